//! The state of a run between two mini-batches: everything that is needed to resume it.
//!
//! The random streams are not part of it. A resumed run repeats the shuffles up to the current epoch, and all other
//! randomness in training is a function of the seed and the number of the mini-batch.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::early_stopping::EarlyStopping;
use super::{CheckedOptions, Ending, EpochReport, Pass, TrainingData};
use crate::error::{Error, Result};
use crate::math::real::Real;
use crate::network::Network;
use crate::network::layer::Layer;
use crate::training::optimizer::Optimizer;
use crate::training::schedule::MOST_HALVINGS;

/// The state of a run between two mini-batches, borrowed: [`Self::snapshot`] copies it.
#[derive(Debug)]
pub struct RunState<'a, F: Real> {
    pub(super) network: &'a Network<F>,
    pub(super) optimizer: &'a Optimizer<F>,
    pub(super) best_network: Option<&'a Network<F>>,
    pub(super) reports: &'a [EpochReport],
    pub(super) position: Position,
    pub(super) started: Instant,
    pub(super) epoch_started: Instant,
}

impl<F: Real> RunState<'_, F> {
    /// The network as it is now.
    pub fn network(&self) -> &Network<F> {
        self.network
    }

    /// The current epoch, from 0; after the last one, the number of epochs.
    pub fn epoch(&self) -> usize {
        self.position.epoch
    }

    /// Images trained on in the current epoch; 0 between two epochs.
    pub fn images(&self) -> usize {
        self.position.pass.images
    }

    /// Mini-batches done in the whole run.
    pub fn steps(&self) -> u64 {
        self.position.steps
    }

    /// Why the run ended, if it did.
    pub fn ending(&self) -> Option<Ending> {
        self.position.ending
    }

    /// A copy of everything that [`resume`](super::resume) needs.
    pub fn snapshot(&self) -> Snapshot<F> {
        let Position {
            pass,
            ending,
            epoch_time,
            total_time,
            ..
        } = self.position;
        Snapshot {
            network: self.network.clone(),
            memories: self.optimizer.memories().map(<[_]>::to_vec).collect(),
            best_network: self.best_network.cloned(),
            reports: self.reports.to_vec(),
            position: Position {
                // The other endings have causes outside of the run: a resumed run continues.
                ending: ending.filter(|ending| matches!(ending, Ending::Patience | Ending::Plateau)),
                epoch_time: match pass.images {
                    0 => Duration::ZERO,
                    _ => epoch_time.saturating_add(self.epoch_started.elapsed()),
                },
                total_time: total_time.saturating_add(self.started.elapsed()),
                ..self.position
            },
        }
    }
}

/// The state of a run between two mini-batches, as [`resume`](super::resume) takes it.
#[derive(Debug, Clone)]
pub struct Snapshot<F: Real> {
    /// Parameters and functions.
    pub network: Network<F>,
    /// [`Optimizer::memories`](crate::training::optimizer::Optimizer::memories).
    pub memories: Vec<Vec<Layer<F>>>,
    /// The network of the epoch of the best validation accuracy, where it is kept.
    pub best_network: Option<Network<F>>,
    /// Of the epochs done.
    pub reports: Vec<EpochReport>,
    /// Everything else.
    pub position: Position,
}

/// The numbers of a run's state.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The current epoch.
    pub(super) epoch: usize,
    /// What is done of it.
    pub(super) pass: Pass,
    /// Mini-batches done in the whole run.
    pub(super) steps: u64,
    /// Of the learning rate, by plateaus.
    pub(super) halvings: u32,
    pub(super) progress: EarlyStopping,
    /// Why the run ended, if it did.
    pub(super) ending: Option<Ending>,
    /// Training time of the current epoch.
    pub(super) epoch_time: Duration,
    /// Of the whole run, evaluations included.
    pub(super) total_time: Duration,
}

impl Position {
    /// Epochs done.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// Images trained on in the next epoch.
    pub fn images(&self) -> usize {
        self.pass.images
    }

    /// Time of the run, evaluations included.
    pub fn total_time(&self) -> Duration {
        self.total_time
    }

    /// Why the run ended by itself before its last epoch, if it did.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// Mini-batches done in the whole run.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The epoch with the best validation accuracy so far, the first of equals.
    pub fn best_epoch(&self) -> Option<usize> {
        self.progress.best_epoch()
    }

    /// Mini-batches done in the next epoch.
    pub fn minibatch(&self) -> usize {
        self.pass.minibatches
    }
}

impl<F: Real> Snapshot<F> {
    /// Checks that a run with these data and options can have this state.
    pub(super) fn check(&self, data: TrainingData, options: &CheckedOptions) -> Result<()> {
        let options = options.get();
        let Position {
            epoch,
            pass,
            steps,
            halvings,
            ..
        } = self.position;
        let images = data.training.len();
        let batch_size = options.batch_size.min(images);
        let expected_steps = epoch
            .checked_mul(images.div_ceil(batch_size))
            .and_then(|steps| steps.checked_add(pass.minibatches));
        let unfit = |given: String, expected: String| Err(Error::option("snapshot of", given, expected));
        if epoch > options.epochs || self.reports.len() != epoch {
            return unfit(
                format!("{epoch} epochs with {} reports", self.reports.len()),
                format!("a report per epoch, of at most {}", options.epochs),
            );
        }
        if pass.images >= images || pass.minibatches.checked_mul(batch_size) != Some(pass.images) {
            return unfit(
                format!(
                    "{} images of an epoch in {} mini-batches",
                    pass.images, pass.minibatches
                ),
                format!("{batch_size} each and less than {images}"),
            );
        }
        if expected_steps.map(|steps| steps as u64) != Some(steps) || halvings > MOST_HALVINGS {
            return unfit(
                format!("{steps} mini-batches and {halvings} halvings"),
                format!(
                    "{} and at most {MOST_HALVINGS}",
                    expected_steps.unwrap_or(usize::MAX)
                ),
            );
        }
        let best = self.best_network.as_ref();
        if best.is_some_and(|best| best.sizes() != self.network.sizes()) {
            return unfit(
                "a best network of other sizes".to_owned(),
                format!("{:?}", self.network.sizes()),
            );
        }
        self.check_reports()
    }

    /// Checks that sums over all reports do not overflow.
    fn check_reports(&self) -> Result<()> {
        let mut times = Some(Duration::ZERO);
        let mut images = Some(0usize);
        for report in &self.reports {
            for time in [report.train_time, report.eval_time] {
                times = times.and_then(|times| times.checked_add(time));
            }
            images = images.and_then(|images| images.checked_add(report.images));
            let scores = [report.training, report.validation, report.test];
            if scores
                .iter()
                .any(|score| score.is_some_and(|it| it.correct > it.images))
            {
                images = None;
            }
        }
        match (times, images) {
            (Some(_), Some(_)) => Ok(()),
            _ => Err(Error::option(
                "snapshot with",
                "inconsistent reports",
                "times and numbers of images whose sums do not overflow, and at most as many correct images as images",
            )),
        }
    }
}
