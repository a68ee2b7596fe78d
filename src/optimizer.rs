//! Turns a gradient into a step.

use crate::gradient::GradientEngine;
use crate::minibatch::Minibatch;
use crate::network::Network;
use crate::real::Real;

/// Stochastic gradient descent: w ← w − (η / B) Σ ∇C over the mini-batch's B samples, Nielsen's equations
/// (20) and (21). A mini-batch that is shorter steps by its own size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd {
    /// η.
    pub learning_rate: f64,
}

impl Sgd {
    /// One step. Returns the cost before it, summed over the samples.
    pub fn step<F: Real>(
        &mut self,
        engine: &mut dyn GradientEngine<F>,
        network: &mut Network<F>,
        minibatch: &Minibatch<F>,
    ) -> f64 {
        let cost = engine.backpropagate(network, minibatch);
        let scale = -self.learning_rate / minibatch.len() as f64;
        engine.add_gradient(minibatch, F::of(scale), network.layers_mut());
        cost
    }
}
