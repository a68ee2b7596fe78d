//! How the learning rate, and the strength of distortions, change while training runs.
//!
//! All except the plateau's depend on the number of the step only, so that a resumed run needs nothing else.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::TrainingOptions;
use crate::error::{Error, Result};

/// How the learning rate changes, starting from η.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Always η.
    #[default]
    Constant,
    /// Multiplied by `factor` every `every` epochs: PyTorch's `StepLR`.
    Step {
        /// Epochs between two changes.
        every: usize,
        /// In (0, 1].
        factor: f64,
    },
    /// ½ η (1 + cos πx), x from 0 to 1, mini-batch by mini-batch: down to 0. Loshchilov and Hutter 2016.
    Cosine,
    /// From η/25 up to η in the first three tenths of the steps, then down to η/250,000, both as cosines: PyTorch's
    /// `OneCycleLR` with its defaults, but the momentum does not change. Smith and Topin 2017.
    OneCycle,
    /// Halved whenever the validation accuracy has had no new maximum for `patience` epochs;
    /// training ends when η/128 has not helped either. Nielsen's exercise in chapter 3.
    HalveOnPlateau {
        /// Epochs without improvement.
        patience: usize,
    },
}

/// Halvings after which a plateau ends training: 2⁷ = 128.
pub const MOST_HALVINGS: u32 = 7;

impl Schedule {
    /// Whether the learning rate of a step depends on the number of epochs.
    pub fn follows_epochs(self) -> bool {
        matches!(self, Self::Cosine | Self::OneCycle)
    }

    /// Whether its numbers are in their ranges.
    ///
    /// # Errors
    /// [`Error::Option`] with the first that is not.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Step { every: 0, .. } => Err(Error::option("step_every", 0, "1 epoch or more")),
            Self::Step { factor, .. } if !(factor > 0.0 && factor <= 1.0) => Err(Error::option(
                "step_factor",
                factor,
                "above 0 and at most 1, such as 0.1",
            )),
            Self::HalveOnPlateau { patience: 0 } => {
                Err(Error::option("plateau_patience", 0, "1 epoch or more"))
            }
            _ => Ok(()),
        }
    }
}

/// The learning rate of every step of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningRates {
    /// η.
    pub base: f64,
    /// How it changes.
    pub schedule: Schedule,
    /// Steps in which the rate grows linearly to where the schedule starts. Goyal et al. 2017.
    pub warmup_steps: u64,
    /// Mini-batches in an epoch.
    pub steps_an_epoch: u64,
    /// Mini-batches in the whole run.
    pub steps: u64,
    /// By plateaus, so far.
    pub halvings: u32,
}

impl LearningRates {
    /// Those of a run on this many images, before any plateau.
    pub fn of(options: &TrainingOptions, images: usize) -> Self {
        let steps_an_epoch = images.div_ceil(options.batch_size.min(images)) as u64;
        Self {
            base: options.learning_rate,
            schedule: options.schedule,
            warmup_steps: (options.warmup_epochs * steps_an_epoch as f64).round() as u64,
            steps_an_epoch,
            steps: steps_an_epoch.saturating_mul(options.epochs as u64),
            halvings: 0,
        }
    }

    /// The rate of a step, counted from 0 over the whole run.
    pub fn at(&self, step: u64) -> f64 {
        let warmup = if step < self.warmup_steps {
            (step + 1) as f64 / self.warmup_steps as f64
        } else {
            1.0
        };
        warmup * self.scheduled(step)
    }

    fn scheduled(&self, step: u64) -> f64 {
        match self.schedule {
            Schedule::Constant => self.base,
            Schedule::Step { every, factor } => {
                let epoch = step / self.steps_an_epoch;
                self.base * libm::pow(factor, (epoch / every as u64) as f64)
            }
            Schedule::Cosine => {
                let done = step.saturating_sub(self.warmup_steps) as f64;
                let all = self.steps.saturating_sub(self.warmup_steps).max(1) as f64;
                self.base * cosine(1.0, 0.0, done / all)
            }
            Schedule::OneCycle => {
                const RISING: f64 = 0.3;
                let (step, steps) = (step as f64, self.steps as f64);
                // As PyTorch counts: the steps are numbered from 0, and the peak is between two of them.
                let (peak, last) = (RISING * steps - 1.0, steps - 1.0);
                self.base
                    * if step <= peak {
                        cosine(1.0 / 25.0, 1.0, step / peak)
                    } else {
                        cosine(1.0, 1.0 / 250_000.0, (step - peak) / (last - peak))
                    }
            }
            Schedule::HalveOnPlateau { .. } => self.base / f64::from(1u32 << self.halvings),
        }
    }
}

/// The strength of the distortions in every epoch of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strengths {
    /// In the last epoch.
    pub end: f64,
    /// Epochs of the run.
    pub epochs: usize,
}

impl Strengths {
    /// Those of a run.
    pub fn of(options: &TrainingOptions) -> Self {
        Self {
            end: options.augment_end,
            epochs: options.epochs,
        }
    }

    /// The strength in an epoch, counted from 0: 1 in the first, and linearly to [`end`](Self::end) in the last.
    pub fn at(&self, epoch: usize) -> f64 {
        let x = epoch as f64 / self.epochs.saturating_sub(1).max(1) as f64;
        1.0 - (1.0 - self.end) * x.min(1.0)
    }
}

/// From `from` to `to` along half a cosine, as x goes from 0 to 1.
fn cosine(from: f64, to: f64, x: f64) -> f64 {
    to + (from - to) * (1.0 + libm::cos(PI * x.clamp(0.0, 1.0))) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(schedule: Schedule, warmup_steps: u64) -> LearningRates {
        LearningRates {
            base: 2.0,
            schedule,
            warmup_steps,
            steps_an_epoch: 10,
            steps: 101,
            halvings: 0,
        }
    }

    #[test]
    fn a_constant_rate_is_the_very_number_given() {
        assert!((0..1000).all(|step| rates(Schedule::Constant, 0).at(step) == 2.0));
    }

    #[test]
    fn warm_up_is_linear_and_ends_at_the_rate() {
        let rates = rates(Schedule::Constant, 4);
        let first: Vec<f64> = (0..6).map(|step| rates.at(step)).collect();
        assert_eq!(first, [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn steps_fall_with_the_epochs() {
        let rates = rates(
            Schedule::Step {
                every: 2,
                factor: 0.5,
            },
            0,
        );
        let of_epoch = |epoch: u64| (rates.at(epoch * 10), rates.at(epoch * 10 + 9));
        assert_eq!(of_epoch(0), (2.0, 2.0));
        assert_eq!(of_epoch(1), (2.0, 2.0));
        assert_eq!(of_epoch(2), (1.0, 1.0));
        assert_eq!(of_epoch(5), (0.5, 0.5));
    }

    #[test]
    fn a_cosine_starts_at_the_rate_after_the_warm_up_and_falls_to_nothing() {
        let rates = rates(Schedule::Cosine, 11);
        assert_eq!(rates.at(11), 2.0);
        assert!((rates.at(56) - 1.0).abs() < 1e-12);
        assert!(rates.at(100) > 0.0 && rates.at(100) < 0.001);
        assert!((11..100).all(|step| rates.at(step) > rates.at(step + 1)));
    }

    #[test]
    fn one_cycle_rises_to_the_rate_and_falls_far_below_where_it_started() {
        let rates = rates(Schedule::OneCycle, 0);
        assert!((rates.at(0) - 2.0 / 25.0).abs() < 1e-12);
        // The peak is at step 0.3 · 101 − 1 = 29.3.
        assert!((rates.at(29) - 2.0).abs() < 0.001);
        assert!((rates.at(100) - 2.0 / 250_000.0).abs() < 1e-12);
        assert!((0..29).all(|step| rates.at(step) < rates.at(step + 1)));
        assert!((30..100).all(|step| rates.at(step) > rates.at(step + 1)));
    }

    #[test]
    fn a_plateau_halves() {
        let mut rates = rates(Schedule::HalveOnPlateau { patience: 3 }, 0);
        rates.halvings = MOST_HALVINGS;
        assert_eq!(rates.at(50), 2.0 / 128.0);
    }
}
