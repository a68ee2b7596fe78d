//! The results of a run, epoch by epoch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::trainer::{Diverged, Pass};
use crate::training::evaluation::{Score, number};

/// The results of an epoch. It is small and owns no other memory: a run keeps all of them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochReport {
    /// From 0.
    pub epoch: usize,
    /// Images trained on: all of them, unless the epoch was interrupted.
    pub images: usize,
    /// Mean cost of the samples, each before the step of its mini-batch. Label smoothing and dropout are included,
    /// penalties are not.
    #[serde(deserialize_with = "number")]
    pub cost: f64,
    /// On the training images, if [`Control::evaluate_training`](crate::training::Control::evaluate_training) asks for it.
    pub training: Option<Score>,
    /// On the validation images, where there are any.
    pub validation: Option<Score>,
    /// On the test images, where there are any.
    pub test: Option<Score>,
    /// η of the last step.
    pub learning_rate: f64,
    /// Euclidean norm of the averaged gradient of the last mini-batch, before clipping and without penalties.
    #[serde(deserialize_with = "number")]
    pub gradient_norm: f64,
    /// Time of shuffling, gathering, gradients and steps.
    pub train_time: Duration,
    /// Time of the evaluations.
    pub eval_time: Duration,
    /// Training images per second, without the evaluations.
    #[serde(deserialize_with = "number")]
    pub images_per_second: f64,
}

impl EpochReport {
    /// Checks that everything measured after `pass` is finite.
    pub(super) fn check(&self, pass: Pass) -> Result<(), Diverged> {
        let cost = |score: Option<Score>| score.map_or(0.0, |it| it.cost);
        let found = [
            ("the gradient's norm", self.gradient_norm),
            ("the cost of the training images", cost(self.training)),
            ("the cost of the validation images", cost(self.validation)),
            ("the cost of the test images", cost(self.test)),
        ];
        match found.into_iter().find(|(_, value)| !value.is_finite()) {
            Some((what, value)) => Err(pass.diverged(what, value)),
            None => Ok(()),
        }
    }
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Ending {
    /// All epochs are done.
    Epochs,
    /// [`Control::patience`](crate::training::Control::patience) ran out.
    Patience,
    /// The smallest learning rate of [`Schedule::HalveOnPlateau`](crate::Schedule::HalveOnPlateau) did not help.
    Plateau,
    /// [`Control::max_time`](crate::training::Control::max_time) is over.
    Time,
    /// The listener ended it.
    Listener,
}

impl Ending {
    pub(super) const ALL: [Self; 5] = [
        Self::Epochs,
        Self::Patience,
        Self::Plateau,
        Self::Time,
        Self::Listener,
    ];
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// One per epoch; the last epoch may have been interrupted.
    pub reports: Vec<EpochReport>,
    /// Why training ended.
    pub ending: Ending,
    /// The epoch with the best validation accuracy, the first of equals; `None` without validation images.
    /// With [`Control::keep_best`](crate::training::Control::keep_best) the network's parameters are this epoch's.
    pub best_epoch: Option<usize>,
}
