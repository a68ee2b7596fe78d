//! Where a sweep in parts has got to.

use super::file::Key;

/// The first rung that is not complete.
#[derive(Debug)]
pub struct Incomplete {
    pub rung: usize,
    /// Its runs.
    pub runs: usize,
    /// Those that are not done, with their places in the order in which runs are dealt out.
    pub missing: Vec<(Key, usize)>,
}

impl Incomplete {
    /// Whether it is a rung after the first, of which no run is done.
    pub fn is_next(&self) -> bool {
        self.rung > 0 && self.missing.len() == self.runs
    }
}
