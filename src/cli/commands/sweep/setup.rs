//! The setup of a sweep, which is fixed before its first run.

use std::time::Instant;

use super::halving::Rung;
use super::lists::Lists;
use super::points::Point;
use crate::cli::options::recipe::Recipe;
use batchprop::Digits;

/// The points, the data and the rungs of a sweep.
pub struct Setup<'a> {
    pub lists: &'a Lists,
    pub points: &'a [Point],
    pub seeds: &'a [u64],
    /// One without `--halving`; more epochs than a run has mean all of them.
    pub rungs: &'a [Rung],
    pub recipe: Option<Recipe>,
    /// Options of `train` besides those of a run, as they were given: `--data`, `--label-column`, …
    pub shared: &'a [String],
    pub digits: &'a Digits,
    /// `--threads`, which may be more than the cores.
    pub threads_asked: Option<usize>,
    pub started: Instant,
}

impl Setup<'_> {
    /// Epochs after which a run of `point` is compared on a rung.
    pub fn epochs(&self, rung: &Rung, point: &Point) -> usize {
        rung.epochs.min(point.options.epochs)
    }

    /// Whether a run of `point` is compared after this many epochs on some rung.
    pub fn compares(&self, point: &Point, epochs: usize) -> bool {
        self.rungs.iter().any(|rung| self.epochs(rung, point) == epochs)
    }
}
