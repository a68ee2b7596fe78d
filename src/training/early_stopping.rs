//! Early stopping: the best epoch so far, and what happens when no better one comes.

use serde::{Deserialize, Serialize};

use super::Ending;
use crate::training::schedule::{LearningRates, MOST_HALVINGS, Schedule};

/// How the validation accuracy has changed so far.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EarlyStopping {
    best: Option<Best>,
    /// Epochs since the best one.
    without_improvement: usize,
    /// Epochs since the best one or the last halving.
    on_plateau: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Best {
    epoch: usize,
    correct: usize,
}

impl EarlyStopping {
    /// Records an epoch after which `correct` validation images are classified correctly. Returns why training
    /// should end, if it should. A plateau may halve the learning rate instead.
    pub fn epoch(
        &mut self,
        epoch: usize,
        correct: usize,
        patience: Option<usize>,
        rates: &mut LearningRates,
    ) -> Option<Ending> {
        if self.best.is_none_or(|best| correct > best.correct) {
            *self = Self {
                best: Some(Best { epoch, correct }),
                ..Self::default()
            };
            return None;
        }
        self.without_improvement = self.without_improvement.saturating_add(1);
        self.on_plateau = self.on_plateau.saturating_add(1);
        if patience.is_some_and(|patience| self.without_improvement >= patience) {
            return Some(Ending::Patience);
        }
        if let Schedule::HalveOnPlateau { patience } = rates.schedule
            && self.on_plateau >= patience
        {
            if rates.halvings >= MOST_HALVINGS {
                return Some(Ending::Plateau);
            }
            rates.halvings += 1;
            self.on_plateau = 0;
        }
        None
    }

    /// The epoch of the best validation accuracy, the first of equals.
    pub fn best_epoch(self) -> Option<usize> {
        self.best.map(|best| best.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records epochs with these numbers of correct images until training ends.
    fn run(
        patience: Option<usize>,
        schedule: Schedule,
        correct: &[usize],
    ) -> (EarlyStopping, LearningRates, Option<(usize, Ending)>) {
        let mut rates = LearningRates {
            base: 1.0,
            schedule,
            warmup_steps: 0,
            steps_an_epoch: 1,
            steps: 1000,
            halvings: 0,
        };
        let mut progress = EarlyStopping::default();
        let mut epochs = correct.iter().enumerate();
        let ended = epochs.find_map(|(epoch, &correct)| {
            let ending = progress.epoch(epoch, correct, patience, &mut rates);
            ending.map(|ending| (epoch, ending))
        });
        (progress, rates, ended)
    }

    #[test]
    fn patience_ends_after_so_many_epochs_without_a_new_best() {
        let (progress, _, ended) = run(Some(3), Schedule::Constant, &[5, 7, 7, 6, 8, 8, 8, 8, 9]);
        assert_eq!(ended, Some((7, Ending::Patience)));
        assert_eq!(progress.best_epoch(), Some(4));
    }

    #[test]
    fn a_plateau_halves_seven_times_and_then_ends() {
        let schedule = Schedule::HalveOnPlateau { patience: 2 };
        let correct = [vec![5, 6, 6, 7], vec![7; 100]].concat();
        let (_, rates, ended) = run(None, schedule, &correct);
        assert_eq!(rates.halvings, 7);
        assert_eq!(ended, Some((3 + 8 * 2, Ending::Plateau)));
    }
}
