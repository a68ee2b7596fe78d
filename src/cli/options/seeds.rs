//! The seeds of `--runs`.

use batchprop::Error;

/// More are a mistyped number.
pub const MOST_RUNS: u64 = 10_000;

/// Whether there are so many seeds.
pub fn check_seeds(first: u64, count: usize) -> Result<(), Error> {
    match first.checked_add(count as u64 - 1) {
        Some(_) => Ok(()),
        None => Err(Error::option(
            "--runs",
            count,
            format!("as many as there are seeds from --seed {first} to {}", u64::MAX),
        )),
    }
}
