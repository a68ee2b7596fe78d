//! What several integration tests share.

#![allow(dead_code)] // each test uses a part

pub mod golden;
pub mod parts;

use std::io::Write;
use std::path::PathBuf;

/// The directory that holds the four `.gz` files of MNIST and `mnist.pkl.gz`, as `BATCHPROP_DATA` says. Without it
/// the test that asks has nothing to do, and says so; where `CI` is set it fails, lest a machine that should
/// have MNIST prove nothing in silence.
pub fn mnist() -> Option<PathBuf> {
    let directory = std::env::var_os("BATCHPROP_DATA").filter(|directory| !directory.is_empty());
    if directory.is_none() {
        let on_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
        assert!(!on_ci, "MNIST not given: set BATCHPROP_DATA, or unset CI");
        // Not `eprintln!`, which the test harness hides when a test passes.
        _ = writeln!(std::io::stderr(), "MNIST not given: set BATCHPROP_DATA");
    }
    directory.map(PathBuf::from)
}
