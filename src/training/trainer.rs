//! One epoch: mini-batch after mini-batch, in an order that the caller chooses.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::error::Error;
use crate::math::real::Real;
use crate::network::Network;
use crate::network::layer::Layer;
use crate::training::gradient::GradientEngine;
use crate::training::members::Members;
use crate::training::minibatch::Source;
use crate::training::optimizer::Optimizer;
use crate::training::schedule::{LearningRates, Strengths};

use super::{CheckedOptions, Position, TrainingOptions};

/// A network, with its engine, optimizer and mini-batches.
#[allow(missing_debug_implementations)] // the engine is open to all
pub struct Trainer<'n, F: Real> {
    network: &'n mut Network<F>,
    engine: Box<dyn GradientEngine<F>>,
    optimizer: Optimizer<F>,
    rates: LearningRates,
    strengths: Strengths,
    source: Source<F>,
    batch_size: usize,
}

/// The result of an epoch, or of its part so far.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// Sum of the costs of the images, each before the step of its mini-batch.
    pub cost_sum: f64,
    /// Images trained on: fewer than there are if the epoch was interrupted.
    pub images: usize,
    /// Number of mini-batches.
    pub minibatches: usize,
}

impl Pass {
    /// Mean cost of the images.
    pub fn cost(self) -> f64 {
        self.cost_sum / self.images as f64
    }

    /// Reports that `what` became NaN or infinite in the last mini-batch.
    pub(super) fn diverged(self, what: &'static str, value: f64) -> Diverged {
        Diverged {
            minibatch: self.minibatches.saturating_sub(1),
            what,
            value,
        }
    }
}

impl<'n, F: Real> Trainer<'n, F> {
    /// Allocates the memory that mini-batches of `training` need, except for what only the first mini-batch determines.
    pub fn new(network: &'n mut Network<F>, options: &CheckedOptions, training: &Dataset) -> Self {
        let options = options.get();
        let batch_size = options.batch_size.min(training.len());
        Self {
            engine: options.engine.build(network, batch_size, options.regularisers()),
            optimizer: Optimizer::new(network, options.optimizer, training.len()),
            rates: LearningRates::of(options, training.len()),
            strengths: Strengths::of(options),
            source: Source::new(
                training,
                batch_size,
                options.inputs,
                options.augmentation,
                options.seed,
            ),
            batch_size,
            network,
        }
    }

    /// Replaces the engine.
    pub fn with_engine(self, engine: Box<dyn GradientEngine<F>>) -> Self {
        Self { engine, ..self }
    }

    /// Shares the mini-batches, and the drawing of distorted images, with other members, each of which has a trainer of the same
    /// network and options, and trains on the same images in the same order. All end with the bits of one.
    pub fn with_members(mut self, members: Arc<dyn Members>) -> Self {
        self.source.share_with(members.clone());
        self.engine.share_with(members);
        self
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network<F> {
        self.network
    }

    /// The network as it is now, and the learning rates of all steps.
    pub(super) fn network_and_rates(&mut self) -> (&Network<F>, &mut LearningRates) {
        (self.network, &mut self.rates)
    }

    /// The network as it is now, and its optimizer.
    pub(super) fn network_and_optimizer(&self) -> (&Network<F>, &Optimizer<F>) {
        (self.network, &self.optimizer)
    }

    /// Its optimizer, which also counts the steps.
    pub fn optimizer(&mut self) -> &mut Optimizer<F> {
        &mut self.optimizer
    }

    /// Continues from `position`, with the optimizer's state `memories`.
    ///
    /// # Errors
    /// Those of [`Optimizer::restore`].
    pub(super) fn restore(
        &mut self,
        position: &Position,
        memories: Vec<Vec<Layer<F>>>,
    ) -> crate::error::Result<()> {
        self.rates.halvings = position.halvings;
        self.optimizer.restore(position.steps, memories)
    }

    /// One epoch over the images of `training` at `order`; the last mini-batch may be shorter. `progress` is called
    /// after each mini-batch with the number of images done, and may end the epoch. Only the first mini-batch
    /// allocates memory.
    ///
    /// The number of steps so far determines the epoch, and so how images are distorted. After the first steps of an
    /// epoch, an `order` with the rest of it gives the images that the whole epoch would have had.
    ///
    /// # Errors
    /// [`Diverged`] at the first mini-batch whose cost is NaN or infinite.
    ///
    /// # Panics
    /// When the data do not fit the network, or `order` names an image that does not exist.
    pub fn epoch(
        &mut self,
        training: &Dataset,
        order: &[u32],
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Pass, Diverged> {
        self.rest_of_epoch(training, order, Pass::default(), |_, _, pass| {
            progress(pass.images)
        })
    }

    /// As [`Self::epoch`], for the rest `order` of an epoch of which a part is `done`.
    pub(super) fn rest_of_epoch(
        &mut self,
        training: &Dataset,
        order: &[u32],
        done: Pass,
        mut progress: impl FnMut(&Network<F>, &Optimizer<F>, Pass) -> ControlFlow<()>,
    ) -> Result<Pass, Diverged> {
        let Self {
            network,
            engine,
            optimizer,
            rates,
            strengths,
            source,
            batch_size,
        } = self;
        let epoch = (optimizer.steps() / rates.steps_an_epoch) as usize;
        source.set_strength(strengths.at(epoch));
        let mut pass = done;
        let flow = source.for_each_minibatch(training, *batch_size, epoch, order, |minibatch| {
            let step = optimizer.steps();
            let cost = optimizer.step(&mut **engine, network, &minibatch.numbered(step), rates.at(step));
            if !cost.is_finite() {
                return ControlFlow::Break(Err(Diverged {
                    minibatch: pass.minibatches,
                    what: "the cost",
                    value: cost,
                }));
            }
            pass.cost_sum += cost;
            pass.images += minibatch.len();
            pass.minibatches += 1;
            progress(network, optimizer, pass).map_break(Ok)
        });
        match flow {
            ControlFlow::Break(Err(diverged)) => Err(diverged),
            _ => Ok(pass),
        }
    }

    /// Checks what no cost shows: the last step of the epoch, weights of pixels that are always blank, and gradients
    /// whose square overflows, after which Adam makes no steps.
    pub(super) fn check_end(&self, pass: Pass) -> Result<(), Diverged> {
        let parameters = [("a weight or bias", self.network.layers())];
        let memories = self
            .optimizer
            .memories()
            .map(|memory| ("the optimizer's state", memory));
        for (what, layers) in parameters.into_iter().chain(memories) {
            let mut elements = layers.iter().flat_map(Layer::elements);
            if let Some(element) = elements.find(|element| !element.is_finite()) {
                return Err(pass.diverged(what, element.as_f64()));
            }
        }
        Ok(())
    }

    /// The Euclidean norm of the averaged gradient of the last mini-batch, without penalties.
    pub fn gradient_norm(&mut self) -> f64 {
        self.optimizer
            .gradient_norm(&mut *self.engine, &self.source.last())
    }

    /// The learning rate of the last step.
    pub fn last_rate(&self) -> f64 {
        self.rates.at(self.optimizer.steps().saturating_sub(1))
    }
}

/// A mini-batch after which something is NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diverged {
    /// Within the epoch, from 0.
    pub minibatch: usize,
    /// What is NaN or infinite: "the cost".
    pub what: &'static str,
    /// Its value.
    pub value: f64,
}

impl Diverged {
    /// As an error with a hint.
    pub fn in_epoch<F: Real>(self, epoch: usize, learning_rate: f64) -> Error {
        // A tenth, but at most the article's learning rate.
        let smaller = (learning_rate / 10.0).min(TrainingOptions::default().learning_rate);
        let wider = if F::NAME == "f32" {
            ", or `precision` f64"
        } else {
            ""
        };
        Error::Diverged {
            epoch,
            minibatch: self.minibatch,
            what: self.what,
            value: self.value,
            hint: format!(
                "The learning rate of {learning_rate:?} is probably too large for these data: \
                 try `learning_rate` {smaller:?}{wider}."
            ),
        }
    }
}
