//! What several integration tests share.

#![allow(dead_code)] // each test uses a part

pub mod golden;

use std::path::PathBuf;

/// The directory that holds the four `.gz` files of MNIST and `mnist.pkl.gz`, as `BATCHPROP_DATA` says. Without it
/// the test that asks has nothing to do, and says so.
pub fn mnist() -> Option<PathBuf> {
    let directory = std::env::var_os("BATCHPROP_DATA").filter(|directory| !directory.is_empty());
    if directory.is_none() {
        eprintln!("MNIST not given: set BATCHPROP_DATA");
    }
    directory.map(PathBuf::from)
}
