//! The gradient of the cost: engines that must agree.
//!
//! An engine works in two steps, as the textbook does. [`GradientEngine::backpropagate`] finds the errors δ
//! of all layers (BP1, BP2). [`GradientEngine::add_gradient`] turns them into ∂C/∂w = δ aᵀ and ∂C/∂b = δ
//! (BP3, BP4) and adds a multiple to whatever the optimizer keeps: to the weights themselves in plain
//! gradient descent, where no gradient matrix is needed at all, or to a momentum.

mod batched;
mod reference;

use std::sync::Arc;

pub use batched::Batched;
pub use reference::Reference;

use serde::{Deserialize, Serialize};

use crate::math::real::Real;
use crate::network::cost::Desired;
use crate::network::dropout::Dropout;
use crate::network::functions::Functions;
use crate::network::layer::Layer;
use crate::network::{Network, zeros_like};
use crate::training::members::Members;
use crate::training::minibatch::Minibatch;

/// Computes gradients of the cost, summed over a mini-batch.
pub trait GradientEngine<F: Real>: Send {
    /// Runs the mini-batch forward and its errors backward, and keeps what [`Self::add_gradient`] needs.
    /// Returns the cost before the step, summed over the samples.
    ///
    /// # Panics
    /// When the mini-batch does not fit the network: number of inputs, or a label without an output.
    fn backpropagate(&mut self, network: &Network<F>, minibatch: &Minibatch<F>) -> f64;

    /// target ← target + scale · ∇C, with ∇C summed over the mini-batch of the last [`Self::backpropagate`].
    /// `target` has the shapes of the network's layers.
    fn add_gradient(&mut self, minibatch: &Minibatch<F>, scale: F, target: &mut [Layer<F>]);

    /// ∇C of `minibatch`, summed over its samples, and the summed cost.
    fn gradient(&mut self, network: &Network<F>, minibatch: &Minibatch<F>) -> (Vec<Layer<F>>, f64) {
        let mut gradient = zeros_like(network);
        let cost = self.backpropagate(network, minibatch);
        self.add_gradient(minibatch, F::one(), &mut gradient);
        (gradient, cost)
    }

    /// From now on shares mini-batches with other members, which have the same network, options and mini-batches. An engine that
    /// cannot share computes all by itself.
    fn share_with(&mut self, _members: Arc<dyn Members>) {}
}

/// What makes a training pass differ from an evaluating one, so that the network overfits less. Penalties on weights
/// belong to the optimizer. The default does nothing, as in the article.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Regularisers {
    /// The part of each desired output that is spread evenly over all classes, in [0, 1): see [`Desired::smoothed`].
    pub label_smoothing: f64,
    /// Probability that a hidden unit is dropped for a sample, in [0, 1).
    pub dropout: f64,
    /// Seed of the dropped units, which also depend on [`Minibatch::number`].
    pub seed: u64,
}

impl Regularisers {
    /// Which units are dropped in a mini-batch, if any may be.
    pub(crate) fn dropout<F: Real>(self, minibatch: &Minibatch<F>) -> Option<Dropout> {
        Dropout::new(self.dropout, self.seed, minibatch.number())
    }

    /// The desired outputs of `network`.
    fn desired<F: Real>(self, network: &Network<F>) -> Desired {
        // One output distinguishes two classes.
        Desired::smoothed(self.label_smoothing, network.n_out().max(2))
    }
}

/// Which engine computes the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineKind {
    /// Whole mini-batches as matrices: [`Batched`].
    #[default]
    Batched,
    /// One sample at a time, by the textbook's formulas: [`Reference`].
    Reference,
}

impl EngineKind {
    /// The engine's name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Batched => "batched",
            Self::Reference => "reference",
        }
    }

    /// The bytes that the engine takes: [`Batched::bytes`].
    pub(super) fn bytes<F: Real>(
        self,
        sizes: &[usize],
        functions: Functions,
        capacity: usize,
        inked: Option<u64>,
        dropout: bool,
    ) -> u64 {
        match self {
            Self::Batched => Batched::<F>::bytes(sizes, functions, capacity, inked, dropout),
            Self::Reference => Reference::<F>::bytes(sizes),
        }
    }

    /// The largest number of bytes that the engine gathers from other members at once.
    pub(super) fn gathered_bytes<F: Real>(self, sizes: &[usize], capacity: usize) -> u64 {
        match self {
            Self::Batched => Batched::<F>::gathered_bytes(sizes, capacity),
            Self::Reference => 0,
        }
    }

    /// The engine for networks like `network` and mini-batches of up to `capacity` samples.
    pub fn build<F: Real>(
        self,
        network: &Network<F>,
        capacity: usize,
        regularisers: Regularisers,
    ) -> Box<dyn GradientEngine<F>> {
        match self {
            Self::Batched => Box::new(Batched::new(network, capacity, regularisers)),
            Self::Reference => Box::new(Reference::new(network, regularisers)),
        }
    }
}
