//! The oracle: backpropagation one sample at a time, as Nielsen's `network.py` does it.
//!
//! The four equations are those of "Neural Networks and Deep Learning", chapter 2:
//!
//! | | |
//! |---|---|
//! | BP1 | δᴸ = ∇ₐC ⊙ σ′(zᴸ) |
//! | BP2 | δˡ = ((wˡ⁺¹)ᵀ δˡ⁺¹) ⊙ σ′(zˡ) |
//! | BP3 | ∂C/∂bˡ = δˡ |
//! | BP4 | ∂C/∂wˡ = δˡ (aˡ⁻¹)ᵀ |
//!
//! Written to be read, not to be fast: it shares no code with the batched engine beyond σ and C themselves.

use ndarray::{Array1, ArrayView1, Axis};

use super::{GradientEngine, zeros_like};
use crate::cost::Cost;
use crate::layer::Layer;
use crate::minibatch::Minibatch;
use crate::network::Network;
use crate::real::Real;

/// One sample at a time.
#[derive(Debug)]
pub struct Reference<F: Real> {
    cost: Cost,
    /// ∇C, summed over the samples of the last mini-batch.
    gradient: Vec<Layer<F>>,
}

impl<F: Real> Reference<F> {
    /// An engine for networks of the shape of `network`.
    pub fn new(network: &Network<F>) -> Self {
        Self {
            cost: Cost::default(),
            gradient: zeros_like(network),
        }
    }

    /// Adds the gradient of one sample; returns its cost.
    fn backpropagate_sample(&mut self, network: &Network<F>, x: ArrayView1<F>, label: u8) -> f64 {
        let sigma = network.activation();
        let derivative = |a: &Array1<F>| a.mapv(|a| sigma.derivative(a));

        // Feedforward: a⁰ = x, aˡ = σ(wˡ aˡ⁻¹ + bˡ).
        let mut activations = vec![x.to_owned()];
        for layer in network.layers() {
            let z = layer.weights().dot(&activations[activations.len() - 1]) + layer.biases();
            activations.push(z.mapv(|z| sigma.of(z)));
        }

        let last = network.layers().len();
        let mut nabla_a = activations[last].to_vec();
        let cost = self.cost.of(&nabla_a, label);

        // BP1
        self.cost.derivative_in_place(&mut nabla_a, label);
        let mut delta = Array1::from(nabla_a) * derivative(&activations[last]);

        for l in (0..last).rev() {
            let (below, gradient) = (&activations[l], &mut self.gradient[l]);
            // BP3
            let mut nabla_b = gradient.biases_mut();
            nabla_b += &delta;
            // BP4
            let mut nabla_w = gradient.weights_mut();
            nabla_w += &(&delta.view().insert_axis(Axis(1)) * &below.view().insert_axis(Axis(0)));
            // BP2
            if l > 0 {
                delta = network.layers()[l].weights().t().dot(&delta) * derivative(below);
            }
        }
        cost
    }
}

impl<F: Real> GradientEngine<F> for Reference<F> {
    fn backpropagate(&mut self, network: &Network<F>, minibatch: &Minibatch<F>) -> f64 {
        self.gradient = zeros_like(network);
        let samples = minibatch.labels().iter().enumerate();
        samples
            .map(|(k, &label)| self.backpropagate_sample(network, minibatch.sample(k).view(), label))
            .sum()
    }

    fn add_gradient(&mut self, _: &Minibatch<F>, scale: F, target: &mut [Layer<F>]) {
        for (target, gradient) in target.iter_mut().zip(&self.gradient) {
            target.weights_mut().scaled_add(scale, &gradient.weights());
            target.biases_mut().scaled_add(scale, &gradient.biases());
        }
    }
}
