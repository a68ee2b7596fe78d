//! The training loop: epochs of shuffled mini-batches. It computes and tells, and neither prints nor saves.
//!
//! [`train`] is the whole story, [`Trainer`] one epoch of it in an order the caller chooses. Both run on the
//! rayon pool they are called in; inside a pool of any size the results have the same bits.

mod options;
mod progress;
mod trainer;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;

use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::evaluation::{Evaluation, evaluate};
use crate::memory;
use crate::network::Network;
use crate::random::{Stream, stream};
use crate::real::Real;

pub use options::{CheckedOptions, Control, TrainingOptions};
use progress::Progress;
pub use trainer::{Diverged, Pass, Trainer};

/// The images of a run.
#[derive(Debug, Clone, Copy)]
pub struct TrainingData<'a> {
    /// To learn from.
    pub training: &'a Dataset,
    /// To choose by: early stopping, the best epoch, plateaus. Evaluated after each epoch where given.
    pub validation: Option<&'a Dataset>,
    /// Evaluated after each epoch where given; nothing depends on it.
    pub test: Option<&'a Dataset>,
}

impl<'a> TrainingData<'a> {
    /// Only images to learn from.
    pub fn new(training: &'a Dataset) -> Self {
        Self {
            training,
            validation: None,
            test: None,
        }
    }

    /// With images to choose by.
    pub fn with_validation(self, validation: &'a Dataset) -> Self {
        Self {
            validation: Some(validation),
            ..self
        }
    }

    /// With images to be evaluated.
    pub fn with_test(self, test: &'a Dataset) -> Self {
        Self {
            test: Some(test),
            ..self
        }
    }
}

/// What training tells while it runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainingEvent<'a> {
    /// A mini-batch is done.
    MiniBatch {
        /// From 0.
        epoch: usize,
        /// Images trained on so far in this epoch.
        images: usize,
    },
    /// An epoch is done, or broken off.
    Epoch(&'a EpochReport),
}

/// An epoch.
#[derive(Debug, Clone)]
pub struct EpochReport {
    /// From 0.
    pub epoch: usize,
    /// Trained on: all, unless the epoch was broken off.
    pub images: usize,
    /// The cost of each sample as its mini-batch met it, before the step; averaged. With label smoothing and dropout,
    /// without penalties.
    pub cost: f64,
    /// On the training images, where [`Control::evaluate_training`] asks for it.
    pub training: Option<Evaluation>,
    /// On the validation images, where there are any.
    pub validation: Option<Evaluation>,
    /// On the test images, where there are any.
    pub evaluation: Option<Evaluation>,
    /// η of the last step.
    pub learning_rate: f64,
    /// Euclidean norm of the averaged gradient of the last mini-batch, before clipping and without penalties.
    pub gradient_norm: f64,
    /// Time of shuffling, gathering, gradients and steps.
    pub train_time: Duration,
    /// Time of the evaluations.
    pub eval_time: Duration,
    /// Training images a second, evaluation not counted.
    pub images_per_second: f64,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// All epochs are done.
    Epochs,
    /// [`Control::patience`] ran out.
    Patience,
    /// The smallest learning rate of [`Schedule::HalveOnPlateau`](crate::Schedule::HalveOnPlateau) did not help.
    Plateau,
    /// [`Control::max_time`] is over.
    Time,
    /// The listener said so.
    Listener,
}

/// A run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Of all epochs, the last one perhaps broken off.
    pub reports: Vec<EpochReport>,
    /// Why there are no more.
    pub ending: Ending,
    /// The epoch with the best validation accuracy, the first of equals; `None` without validation images.
    /// With [`Control::keep_best`] the network's parameters are this epoch's.
    pub best_epoch: Option<usize>,
}

/// Trains `network`. `listener` hears of every mini-batch and epoch, and may end the run at each.
///
/// # Errors
/// [`Error::Option`] when the network does not fit the data or an option needs validation images,
/// [`Error::LabelOutOfRange`] when a label has no output, [`Error::OutOfMemory`] before the first mini-batch when there is
/// less than is needed, [`Error::Diverged`] when the cost becomes NaN or infinite.
///
/// ```
/// use std::ops::ControlFlow;
/// use batchprop::training::{Control, Ending};
/// use batchprop::{Network, TrainOn, TrainingData, TrainingOptions, dataset::synthetic, train};
///
/// let digits = synthetic::digits(1, 1200, 100);
/// let (training, validation) = (digits.training(TrainOn::Train), digits.validation());
/// let data = TrainingData::new(&training).with_validation(&validation);
/// let control = Control { patience: Some(1), keep_best: true, ..Default::default() };
/// let options = TrainingOptions { epochs: 1000, control, ..Default::default() }.check()?;
/// let mut network = Network::<f32>::new(&[784, 30, 10], 0)?;
/// let outcome = train(&mut network, data, &options, |_| ControlFlow::Continue(()))?;
/// assert_eq!(outcome.ending, Ending::Patience);
/// assert_eq!(outcome.best_epoch, Some(outcome.reports.len() - 2));
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn train<F: Real>(
    network: &mut Network<F>,
    data: TrainingData,
    options: &CheckedOptions,
    mut listener: impl FnMut(TrainingEvent) -> ControlFlow<()>,
) -> Result<Outcome> {
    let started = Instant::now();
    options.check_validation(data.validation.is_some())?;
    let options = options.get();
    check_fit(network, data)?;
    memory::check_training::<F>(&network.sizes(), network.functions(), options, data)?;
    let training = data.training;
    let max_time = options.control.max_time;
    let is_late = || max_time.is_some_and(|max_time| started.elapsed() >= max_time);

    let mut trainer = Trainer::new(network, options, training);
    let mut progress = Progress::new(options.control);
    let mut order: Vec<u32> = (0..training.len() as u32).collect();
    let mut random = stream(options.seed, Stream::Shuffle);
    let mut reports = Vec::new();
    let mut ending = None;
    for epoch in 0..options.epochs {
        let start = Instant::now();
        order.shuffle(&mut random);
        let pass = trainer.epoch(training, &order, |images| {
            if listener(TrainingEvent::MiniBatch { epoch, images }).is_break() {
                ending = Some(Ending::Listener);
            } else if is_late() {
                ending = Some(Ending::Time);
            }
            match ending {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        });
        let pass = pass.and_then(|pass| trainer.check_last_step(pass.images).map(|()| pass));
        let pass = pass.map_err(|diverged| diverged.in_epoch::<F>(epoch, options.learning_rate))?;
        let train_time = start.elapsed();

        let start = Instant::now();
        let gradient_norm = trainer.gradient_norm();
        let learning_rate = trainer.last_rate();
        let evaluated =
            |dataset: Option<&Dataset>| dataset.map(|dataset| evaluate(trainer.network(), dataset));
        let report = EpochReport {
            epoch,
            images: pass.images,
            cost: pass.cost,
            training: evaluated(Some(training).filter(|_| options.control.evaluate_training)),
            validation: evaluated(data.validation),
            evaluation: evaluated(data.test),
            learning_rate,
            gradient_norm,
            train_time,
            eval_time: start.elapsed(),
            images_per_second: pass.images as f64 / train_time.as_secs_f64(),
        };
        if let Some(validation) = &report.validation {
            let (network, rates) = trainer.network_and_rates();
            ending = ending.or(progress.epoch(epoch, validation, network, rates));
        }
        if listener(TrainingEvent::Epoch(&report)).is_break() {
            ending = ending.or(Some(Ending::Listener));
        }
        reports.push(report);
        if ending.is_some() {
            break;
        }
    }
    let (best_epoch, best_network) = progress.best();
    if let Some(best) = best_network {
        *network = best;
    }
    Ok(Outcome {
        reports,
        ending: ending.unwrap_or(Ending::Epochs),
        best_epoch,
    })
}

/// Whether the data can be fed to the network, and every label has an output.
fn check_fit<F: Real>(network: &Network<F>, data: TrainingData) -> Result<()> {
    let sets = [Some(data.training), data.validation, data.test];
    for dataset in sets.into_iter().flatten() {
        if dataset.inputs() != network.n_in() {
            return Err(Error::Option {
                option: "network inputs",
                given: network.n_in().to_string(),
                expected: format!("{}, the pixels of an image of this data set", dataset.inputs()),
            });
        }
        dataset.check_labels(network.n_out(), "data set")?;
    }
    Ok(())
}
