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
    /// The lists whose values differ.
    pub varied: Vec<usize>,
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

/// The lists whose values differ between these points.
pub fn varied(lists: &Lists, points: &[Point]) -> Vec<usize> {
    let differs = |&list: &usize| {
        let mut values = points.iter().map(|point| &point.values[list]);
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    (0..lists.lists.len()).filter(differs).collect()
}

impl Setup<'_> {
    /// The options in which a point differs from others: "--hidden=30 --dropout=0.1".
    pub fn name(&self, point: &Point) -> String {
        let of = |&list: &usize| format!("--{}={}", self.lists.lists[list].option, point.values[list]);
        self.varied.iter().map(of).collect::<Vec<_>>().join(" ")
    }

    /// A run of the point with this index: "--hidden=30, seed 0".
    pub fn name_of_run(&self, point: usize, seed: u64) -> String {
        let point = self.name(&self.points[point]);
        let point = if point.is_empty() {
            "the only point"
        } else {
            &point
        };
        format!("{point}, seed {seed}")
    }

    /// Epochs after which a run of `point` is compared on a rung.
    pub fn epochs(&self, rung: &Rung, point: &Point) -> usize {
        rung.epochs.min(point.options.epochs)
    }

    /// Whether a run of `point` is compared after this many epochs on some rung.
    pub fn compares(&self, point: &Point, epochs: usize) -> bool {
        self.rungs.iter().any(|rung| self.epochs(rung, point) == epochs)
    }
}
