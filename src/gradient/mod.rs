//! The gradient of the cost: engines that must agree.
//!
//! An engine works in two steps, as the textbook does. [`GradientEngine::backpropagate`] finds the errors δ
//! of all layers (BP1, BP2). [`GradientEngine::add_gradient`] turns them into ∂C/∂w = δ aᵀ and ∂C/∂b = δ
//! (BP3, BP4) and adds a multiple to whatever the optimizer keeps: to the weights themselves in plain
//! gradient descent, where no gradient matrix is needed at all, or to a momentum.

mod batched;
mod reference;

pub use batched::Batched;
pub use reference::Reference;

use crate::layer::Layer;
use crate::minibatch::Minibatch;
use crate::network::Network;
use crate::real::Real;

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
}

/// Which engine computes the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

    /// The engine for networks like `network` and mini-batches of up to `capacity` samples.
    pub fn build<F: Real>(self, network: &Network<F>, capacity: usize) -> Box<dyn GradientEngine<F>> {
        match self {
            Self::Batched => Box::new(Batched::new(network, capacity)),
            Self::Reference => Box::new(Reference::new(network)),
        }
    }
}

/// Zeros in the shapes of a network's parameters.
fn zeros_like<F: Real>(network: &Network<F>) -> Vec<Layer<F>> {
    let layers = network.layers().iter();
    layers
        .map(|layer| Layer::zeros(layer.n_out(), layer.n_in()))
        .collect()
}
