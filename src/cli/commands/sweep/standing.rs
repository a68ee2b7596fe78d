//! How good a point is, and which is the best.

use super::figures::Figures;
use batchprop::training::many::Statistics;

/// A point in the table: the rung that it reached, and its results there.
#[derive(Debug, Clone)]
pub struct Standing {
    pub point: usize,
    pub rung: usize,
    /// Of every seed.
    pub figures: Vec<Figures>,
}

impl Standing {
    /// Over the seeds that did not diverge.
    pub fn accuracy(&self) -> Option<Statistics> {
        let accuracies = self
            .figures
            .iter()
            .filter_map(|it| Some(it.accuracies.as_ref()?.last));
        Statistics::of(&accuracies.collect::<Vec<_>>())
    }

    /// How many seeds diverged.
    pub fn diverged(&self) -> usize {
        self.figures.iter().filter(|it| it.accuracies.is_none()).count()
    }

    /// Of the best epoch of each.
    pub fn best_accuracy(&self) -> Option<Statistics> {
        let accuracies = self
            .figures
            .iter()
            .filter_map(|it| Some(it.accuracies.as_ref()?.best));
        Statistics::of(&accuracies.collect::<Vec<_>>())
    }

    /// Epochs of the seed that trained longest.
    pub fn epochs(&self) -> usize {
        self.figures.iter().map(|it| it.epochs).max().unwrap_or(0)
    }

    /// Mean training time.
    pub fn seconds(&self) -> f64 {
        let seconds: Vec<f64> = self.figures.iter().map(|it| it.train_seconds).collect();
        Statistics::of(&seconds).map_or(0.0, |it| it.mean)
    }
}

/// Sorts the best first. Points that diverge for some seed come after all others; equal points keep their order. A point
/// that had ended by itself on a lower rung counts as being on the higher one.
pub fn rank(standings: &mut [Standing]) {
    standings.sort_by(|a, b| {
        let mean = |standing: &Standing| standing.accuracy().map_or(0.0, |it| it.mean);
        a.diverged()
            .cmp(&b.diverged())
            .then(b.rung.cmp(&a.rung))
            .then(mean(b).total_cmp(&mean(a)))
    });
}
