//! Between two mini-batches: all that a run needs to go on as if it had never stopped.
//!
//! The random streams are not part of it. The order of the images is shuffled anew up to the epoch at hand, and all
//! other chance in training is a function of the seed and the number of the mini-batch.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::progress::{Counters, Progress};
use super::trainer::Moment;
use super::{CheckedOptions, Ending, EpochReport, Pass, TrainingData};
use crate::error::{Error, Result};
use crate::math::real::Real;
use crate::network::Network;
use crate::network::layer::Layer;
use crate::training::schedule::MOST_HALVINGS;

/// The state of a run between two mini-batches, borrowed: [`Self::snapshot`] takes it along.
#[derive(Debug)]
pub struct State<'a, F: Real> {
    pub(super) moment: Moment<'a, F>,
    pub(super) progress: &'a Progress<F>,
    pub(super) reports: &'a [EpochReport],
    pub(super) epoch: usize,
    pub(super) clock: Clock,
    pub(super) ending: Option<Ending>,
}

impl<F: Real> State<'_, F> {
    /// The network as it is now.
    pub fn network(&self) -> &Network<F> {
        self.moment.network
    }

    /// The epoch at hand, from 0; after the last one their number.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// Images trained on in the epoch at hand; 0 between two epochs.
    pub fn images(&self) -> usize {
        self.moment.pass.images
    }

    /// Mini-batches done in the whole run.
    pub fn steps(&self) -> u64 {
        self.moment.optimizer.steps()
    }

    /// Why no more mini-batches follow, where none do.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// A copy of all that [`resume`](super::resume) needs.
    pub fn snapshot(&self) -> Snapshot<F> {
        let Moment {
            network,
            optimizer,
            pass,
            halvings,
        } = self.moment;
        Snapshot {
            network: network.clone(),
            memories: optimizer.memories().map(<[_]>::to_vec).collect(),
            best_network: self.progress.best_network().cloned(),
            reports: self.reports.to_vec(),
            position: Position {
                epoch: self.epoch,
                pass,
                steps: optimizer.steps(),
                halvings,
                counters: self.progress.counters(),
                // The other endings come from outside: a run that is taken up again is to go on.
                ending: self
                    .ending
                    .filter(|ending| matches!(ending, Ending::Patience | Ending::Plateau)),
                epoch_time: self.clock.epoch_time(),
                total_time: self.clock.total_time(),
            },
        }
    }
}

/// The state of a run between two mini-batches, as [`resume`](super::resume) takes it up.
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
    /// All else.
    pub position: Position,
}

/// Where a run is, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub(super) epoch: usize,
    pub(super) pass: Pass,
    pub(super) steps: u64,
    pub(super) halvings: u32,
    pub(super) counters: Counters,
    pub(super) ending: Option<Ending>,
    pub(super) epoch_time: Duration,
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

    /// Mini-batches done in the next epoch.
    pub fn minibatch(&self) -> usize {
        self.pass.minibatches
    }
}

impl<F: Real> Snapshot<F> {
    /// Whether a run with these data and options can have been here.
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
                format!("a report an epoch, of at most {}", options.epochs),
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

    /// Sums over all reports must not overflow.
    fn check_reports(&self) -> Result<()> {
        let mut times = Some(Duration::ZERO);
        let mut images = Some(0usize);
        for report in &self.reports {
            for time in [report.train_time, report.eval_time] {
                times = times.and_then(|times| times.checked_add(time));
            }
            images = images.and_then(|images| images.checked_add(report.images));
            let evaluations = [report.training, report.validation, report.evaluation];
            if evaluations
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
                "reports that do not add up",
                "times, and counts of images, that can be summed, and no more correct images than there are",
            )),
        }
    }
}

/// How long a run has taken, the time before it was taken up again included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started: Instant,
    before: Duration,
    /// `None` between two epochs.
    epoch_started: Option<Instant>,
    epoch_before: Duration,
}

impl Clock {
    /// Runs from now on.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            before: Duration::ZERO,
            epoch_started: None,
            epoch_before: Duration::ZERO,
        }
    }

    /// Goes on where a snapshot was taken, in the middle of an epoch.
    pub fn add(&mut self, position: &Position) {
        self.before = position.total_time;
        self.epoch_before = position.epoch_time;
    }

    /// An epoch begins, or goes on after what [`Self::add`] said.
    pub fn start_epoch(&mut self) {
        self.epoch_started = Some(Instant::now());
    }

    /// Training time of the epoch at hand.
    pub fn epoch_time(&self) -> Duration {
        let now = self
            .epoch_started
            .map_or(Duration::ZERO, |started| started.elapsed());
        self.epoch_before.saturating_add(now)
    }

    /// The epoch has ended. Its training time.
    pub fn end_epoch(&mut self) -> Duration {
        let time = self.epoch_time();
        self.epoch_before = Duration::ZERO;
        self.epoch_started = None;
        time
    }

    /// Of the whole run.
    pub fn total_time(&self) -> Duration {
        self.before.saturating_add(self.started.elapsed())
    }
}
