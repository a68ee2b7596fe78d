//! Whether training still gets anywhere: the best epoch so far, and what its absence leads to.

use serde::{Deserialize, Serialize};

use crate::math::real::Real;
use crate::network::Network;
use crate::training::evaluation::Score;
use crate::training::schedule::{LearningRates, MOST_HALVINGS, Schedule};

use super::{Control, Ending};

/// The validation accuracy's story.
#[derive(Debug)]
pub(super) struct Progress<F: Real> {
    control: Control,
    counters: Counters,
    /// The parameters of the best epoch, where they are wanted.
    best_network: Option<Network<F>>,
}

/// What has come of the epochs so far.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counters {
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

impl<F: Real> Progress<F> {
    pub fn new(control: Control) -> Self {
        Self {
            control,
            counters: Counters::default(),
            best_network: None,
        }
    }

    /// Goes on where [`Self::counters`] and [`Self::best_network`] were taken.
    pub fn restore(&mut self, counters: Counters, best_network: Option<Network<F>>) {
        self.counters = counters;
        self.best_network = best_network;
    }

    /// What has come of the epochs so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The network of the best epoch, where it is kept.
    pub fn best_network(&self) -> Option<&Network<F>> {
        self.best_network.as_ref()
    }

    /// Takes in an epoch. The reason to end training, if this gives one.
    pub fn epoch(
        &mut self,
        epoch: usize,
        validation: &Score,
        network: &Network<F>,
        rates: &mut LearningRates,
    ) -> Option<Ending> {
        let correct = validation.correct;
        let counters = &mut self.counters;
        if counters.best.is_none_or(|best| correct > best.correct) {
            *counters = Counters {
                best: Some(Best { epoch, correct }),
                ..Counters::default()
            };
            if self.control.keep_best {
                self.best_network = Some(network.clone());
            }
            return None;
        }
        counters.without_improvement = counters.without_improvement.saturating_add(1);
        counters.on_plateau = counters.on_plateau.saturating_add(1);
        if self
            .control
            .patience
            .is_some_and(|patience| counters.without_improvement >= patience)
        {
            return Some(Ending::Patience);
        }
        if let Schedule::HalveOnPlateau { patience } = rates.schedule
            && counters.on_plateau >= patience
        {
            if rates.halvings >= MOST_HALVINGS {
                return Some(Ending::Plateau);
            }
            rates.halvings += 1;
            counters.on_plateau = 0;
        }
        None
    }

    /// The epoch of the best validation accuracy, the first of equals, and its parameters where they were kept.
    pub fn best(self) -> (Option<usize>, Option<Network<F>>) {
        (self.counters.best.map(|best| best.epoch), self.best_network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes in epochs with so many correct images until training ends.
    fn run(
        control: Control,
        schedule: Schedule,
        correct: &[usize],
    ) -> (Progress<f32>, LearningRates, Option<(usize, Ending)>) {
        let mut rates = LearningRates {
            base: 1.0,
            schedule,
            warmup_steps: 0,
            steps_an_epoch: 1,
            steps: 1000,
            halvings: 0,
        };
        let mut progress = Progress::new(control);
        for (epoch, &correct) in correct.iter().enumerate() {
            let validation = Score {
                correct,
                images: 10,
                cost: 0.0,
            };
            let network = Network::new(&[1, 1], epoch as u64).unwrap();
            if let Some(ending) = progress.epoch(epoch, &validation, &network, &mut rates) {
                return (progress, rates, Some((epoch, ending)));
            }
        }
        (progress, rates, None)
    }

    #[test]
    fn patience_ends_after_so_many_epochs_without_a_new_best_and_the_best_is_kept() {
        let control = Control {
            patience: Some(3),
            keep_best: true,
            ..Control::default()
        };
        let (progress, _, ended) = run(control, Schedule::Constant, &[5, 7, 7, 6, 8, 8, 8, 8, 9]);
        assert_eq!(ended, Some((7, Ending::Patience)));
        let (epoch, network) = progress.best();
        assert_eq!(epoch, Some(4));
        assert_eq!(network, Some(Network::new(&[1, 1], 4).unwrap()));
    }

    #[test]
    fn a_plateau_halves_seven_times_and_then_ends() {
        let schedule = Schedule::HalveOnPlateau { patience: 2 };
        let correct = [vec![5, 6, 6, 7], vec![7; 100]].concat();
        let (_, rates, ended) = run(Control::default(), schedule, &correct);
        assert_eq!(rates.halvings, 7);
        assert_eq!(ended, Some((3 + 8 * 2, Ending::Plateau)));
    }
}
