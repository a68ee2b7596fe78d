//! The training loop: epochs of shuffled mini-batches. It computes and tells, and neither prints nor saves.
//!
//! [`train`] is the whole story, [`Trainer`] one epoch of it in an order the caller chooses. Both run on the
//! rayon pool they are called in; inside a pool of any size the results have the same bits.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;

use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::evaluation::{Evaluation, evaluate};
use crate::gradient::{EngineKind, GradientEngine, Regularisers};
use crate::memory;
use crate::minibatch::{InputForm, Minibatch};
use crate::network::Network;
use crate::optimizer::Sgd;
use crate::random::{Stream, stream};
use crate::real::Real;

/// What a user may ask for, not yet checked. The default is the article's run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingOptions {
    /// Passes over the training images; the article's 30.
    pub epochs: usize,
    /// Samples in a mini-batch, B; the article's 10. More than there are images means all of them.
    pub batch_size: usize,
    /// η; the article's 3.0.
    pub learning_rate: f64,
    /// Where the random streams start.
    pub seed: u64,
    /// What computes the gradient.
    pub engine: EngineKind,
    /// Label smoothing and the like.
    pub regularisers: Regularisers,
    /// How mini-batches are stored.
    pub inputs: InputForm,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            epochs: 30,
            batch_size: 10,
            learning_rate: 3.0,
            seed: 0,
            engine: EngineKind::default(),
            regularisers: Regularisers::default(),
            inputs: InputForm::default(),
        }
    }
}

impl TrainingOptions {
    /// The only way to [`CheckedOptions`].
    ///
    /// # Errors
    /// [`Error::Option`] with the first option outside its range.
    pub fn check(self) -> Result<CheckedOptions> {
        let positive = |option, value: usize| match value {
            0 => Err(Error::Option {
                option,
                given: "0".to_owned(),
                expected: "a whole number, 1 or more".to_owned(),
            }),
            _ => Ok(()),
        };
        positive("--epochs", self.epochs)?;
        positive("--batch-size", self.batch_size)?;
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return Err(Error::Option {
                option: "--learning-rate",
                given: format!("{:?}", self.learning_rate),
                expected: "a finite number above 0, such as 3.0".to_owned(),
            });
        }
        let smoothing = self.regularisers.label_smoothing;
        if !(0.0..1.0).contains(&smoothing) {
            return Err(Error::Option {
                option: "--label-smoothing",
                given: smoothing.to_string(),
                expected: "0 or more and below 1, such as 0.1".to_owned(),
            });
        }
        Ok(CheckedOptions(self))
    }
}

/// Options that training may trust.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedOptions(TrainingOptions);

impl CheckedOptions {
    /// The options.
    pub fn get(&self) -> &TrainingOptions {
        &self.0
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
    /// An epoch is done.
    Epoch(&'a EpochReport),
}

/// An epoch.
#[derive(Debug, Clone)]
pub struct EpochReport {
    /// From 0.
    pub epoch: usize,
    /// The cost of each sample as its mini-batch met it, before the step; averaged.
    pub cost: f64,
    /// On the test images, where there are any.
    pub evaluation: Option<Evaluation>,
    /// Time of shuffling, gathering, gradients and steps.
    pub train_time: Duration,
    /// Time of the evaluation.
    pub eval_time: Duration,
    /// Training images a second, evaluation not counted.
    pub images_per_second: f64,
}

/// Trains `network` on `training`, and evaluates it on `test` after each epoch. Returns the reports of all epochs.
/// Where `listener` breaks, the epoch it is in is the last.
///
/// # Errors
/// [`Error::Option`] when the network does not fit the data, [`Error::LabelOutOfRange`] when a label has no output,
/// [`Error::OutOfMemory`] before the first mini-batch when there is less than is needed, [`Error::Diverged`] when the
/// cost becomes NaN or infinite.
pub fn train<F: Real>(
    network: &mut Network<F>,
    training: &Dataset,
    test: Option<&Dataset>,
    options: &CheckedOptions,
    mut listener: impl FnMut(TrainingEvent) -> ControlFlow<()>,
) -> Result<Vec<EpochReport>> {
    let options = options.get();
    for dataset in std::iter::once(training).chain(test) {
        check_fit(network, dataset)?;
    }
    memory::check_training::<F>(&network.sizes(), options, training, test)?;
    let mut trainer = Trainer::new(network, options, training);
    let mut order: Vec<u32> = (0..training.len() as u32).collect();
    let mut random = stream(options.seed, Stream::Shuffle);
    let mut reports = Vec::new();
    for epoch in 0..options.epochs {
        let start = Instant::now();
        order.shuffle(&mut random);
        let mut flow = ControlFlow::Continue(());
        let cost = trainer.epoch(training, &order, |images| {
            if listener(TrainingEvent::MiniBatch { epoch, images }).is_break() {
                flow = ControlFlow::Break(());
            }
        });
        let cost = cost.and_then(|cost| trainer.check_last_step(training.len()).map(|()| cost));
        let cost = cost.map_err(|diverged| diverged.in_epoch::<F>(epoch, options.learning_rate))?;
        let train_time = start.elapsed();
        let start = Instant::now();
        let evaluation = test.map(|test| evaluate(trainer.network, test));
        let report = EpochReport {
            epoch,
            cost,
            evaluation,
            train_time,
            eval_time: start.elapsed(),
            images_per_second: training.len() as f64 / train_time.as_secs_f64(),
        };
        let after = listener(TrainingEvent::Epoch(&report));
        reports.push(report);
        if flow.is_break() || after.is_break() {
            break;
        }
    }
    Ok(reports)
}

/// Whether the data set can be fed to the network, and every label has an output.
fn check_fit<F: Real>(network: &Network<F>, dataset: &Dataset) -> Result<()> {
    if dataset.inputs() != network.n_in() {
        return Err(Error::Option {
            option: "network inputs",
            given: network.n_in().to_string(),
            expected: format!("{}, the pixels of an image of this data set", dataset.inputs()),
        });
    }
    dataset.check_labels(network.n_out(), "data set")
}

/// The state of a training run between mini-batches.
#[allow(missing_debug_implementations)] // the engine is open to all
pub struct Trainer<'n, F: Real> {
    network: &'n mut Network<F>,
    engine: Box<dyn GradientEngine<F>>,
    optimizer: Sgd,
    minibatch: Minibatch<F>,
    batch_size: usize,
}

impl<'n, F: Real> Trainer<'n, F> {
    /// Takes all memory that mini-batches of `training` need.
    pub fn new(network: &'n mut Network<F>, options: &TrainingOptions, training: &Dataset) -> Self {
        let batch_size = options.batch_size.min(training.len());
        Self {
            engine: options.engine.build(network, batch_size, options.regularisers),
            optimizer: Sgd {
                learning_rate: options.learning_rate,
            },
            minibatch: Minibatch::new(training, batch_size, options.inputs),
            batch_size,
            network,
        }
    }

    /// One epoch over the images of `training` at `order`; the last mini-batch may be shorter. Returns the
    /// mean cost. `progress` hears, after each mini-batch, how many images are done. Allocates nothing.
    ///
    /// # Errors
    /// [`Diverged`] at the first mini-batch whose cost is NaN or infinite.
    ///
    /// # Panics
    /// When the data do not fit the network, or `order` names an image that is not there.
    pub fn epoch(
        &mut self,
        training: &Dataset,
        order: &[u32],
        mut progress: impl FnMut(usize),
    ) -> Result<f64, Diverged> {
        let mut cost_sum = 0.0;
        let mut images = 0;
        for (index, indices) in order.chunks(self.batch_size).enumerate() {
            let upcoming = &order[images + indices.len()..];
            self.minibatch.gather(training, indices, upcoming);
            let cost = self
                .optimizer
                .step(&mut *self.engine, self.network, &self.minibatch);
            if !cost.is_finite() {
                return Err(Diverged {
                    minibatch: index,
                    cost,
                });
            }
            cost_sum += cost;
            images += indices.len();
            progress(images);
        }
        Ok(cost_sum / images as f64)
    }

    /// The step after the epoch's last cost: no later mini-batch of the epoch shows whether it ended in numbers.
    fn check_last_step(&self, images: usize) -> Result<(), Diverged> {
        let mut layers = self.network.layers().iter();
        let finite = layers.all(|layer| {
            let (weights, biases) = (layer.weights(), layer.biases());
            weights
                .iter()
                .chain(biases)
                .all(|parameter| parameter.is_finite())
        });
        if finite {
            return Ok(());
        }
        Err(Diverged {
            minibatch: (images - 1) / self.batch_size,
            cost: f64::NAN,
        })
    }
}

/// A mini-batch whose cost is NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diverged {
    /// Within the epoch, from 0.
    pub minibatch: usize,
    /// The cost.
    pub cost: f64,
}

impl Diverged {
    /// As an error that says what to try.
    pub fn in_epoch<F: Real>(self, epoch: usize, learning_rate: f64) -> Error {
        // A tenth, but never more than what works for the article.
        let smaller = (learning_rate / 10.0).min(TrainingOptions::default().learning_rate);
        let wider = if F::NAME == "f32" {
            ", or --precision f64"
        } else {
            ""
        };
        Error::Diverged {
            epoch,
            minibatch: self.minibatch,
            cost: self.cost,
            way_out: format!(
                "The learning rate of {learning_rate:?} is probably too large for these data: \
                 try --learning-rate {smaller:?}{wider}."
            ),
        }
    }
}
