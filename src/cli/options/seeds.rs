//! The seeds of `--runs`.

use batchprop::Error;

/// A larger number must be a typo.
pub const MOST_RUNS: u64 = 10_000;

/// Checks that there are this many seeds from the first on.
pub fn check_seeds(first: u64, count: usize) -> Result<(), Error> {
    match first.checked_add(count as u64 - 1) {
        Some(_) => Ok(()),
        None => Err(Error::option(
            "--runs",
            count,
            format!("at most the number of seeds from --seed {first} to {}", u64::MAX),
        )),
    }
}
