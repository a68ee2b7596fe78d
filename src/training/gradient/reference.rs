//! The reference: backpropagation one sample at a time, as in Nielsen's `network.py`.
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
//! It is written to be read, not to be fast. All that it shares with the batched engine are the functions σ and C.

use ndarray::{Array1, Axis};

use super::{GradientEngine, Regularisers};
use crate::math::real::Real;
use crate::network::Network;
use crate::network::activation::Activation;
use crate::network::layer::Layer;
use crate::network::zeros_like;
use crate::training::minibatch::Minibatch;

/// One sample at a time.
#[derive(Debug)]
pub struct Reference<F: Real> {
    regularisers: Regularisers,
    /// ∇C, summed over the samples of the last mini-batch.
    gradient: Vec<Layer<F>>,
}

impl<F: Real> Reference<F> {
    /// An engine for networks of the shape of `network`.
    pub fn new(network: &Network<F>, regularisers: Regularisers) -> Self {
        Self {
            regularisers,
            gradient: zeros_like(network),
        }
    }

    /// The bytes that an engine for networks of `sizes` takes: the summed gradient, and that of one sample.
    pub(super) fn bytes(sizes: &[usize]) -> u64 {
        Network::<F>::bytes(sizes).saturating_mul(2)
    }

    /// Adds the gradient of one sample; returns its cost.
    fn backpropagate_sample(&mut self, network: &Network<F>, minibatch: &Minibatch<F>, k: usize) -> f64 {
        let (x, label) = (minibatch.sample(k), minibatch.labels()[k]);
        let (functions, desired) = (network.functions(), self.regularisers.desired(network));
        let sigma = functions.activation;
        let last = network.layers().len();
        // mˡ: what dropout multiplies the activations of layer l by.
        let dropout = self.regularisers.dropout(minibatch);
        let mask = |l: usize| {
            let units = network.layers()[l].n_out();
            Array1::from_shape_fn(units, |unit| match dropout {
                Some(dropout) => dropout.factor(k, l, unit),
                None => F::one(),
            })
        };

        // Feedforward: a⁰ = x, zˡ = wˡ aˡ⁻¹ + bˡ, aˡ = σ(zˡ) ⊙ mˡ; the outputs have a function of their own.
        let (mut zs, mut activations) = (vec![], vec![x]);
        for (l, layer) in network.layers().iter().enumerate() {
            let z = layer.weights().dot(&activations[l]) + layer.biases();
            activations.push(if l + 1 < last {
                z.mapv(|z| sigma.of(z)) * mask(l)
            } else {
                let mut outputs = z.to_vec();
                functions.output.of(&mut outputs);
                outputs.into()
            });
            zs.push(z);
        }
        let mut delta = activations[last].to_vec();
        let cost = functions.cost.of(&delta, label, desired);

        // BP1, or the book's equations (66) and (84), in which σ′ has cancelled out.
        functions.cost.subtract_desired(&mut delta, label, desired);
        let mut delta = Array1::from(delta);
        if functions.cost.keeps_slope() {
            delta *= &zs[last - 1].mapv(|z| Activation::Sigmoid.derivative(z));
        }

        // w δᴸ of a sample of weight w, from which all other errors follow.
        let weight = minibatch.weight(k).unwrap_or(1.0);
        delta *= F::of(weight);

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
                let slope = zs[l - 1].mapv(|z| sigma.derivative(z)) * mask(l - 1);
                delta = network.layers()[l].weights().t().dot(&delta) * slope;
            }
        }
        weight * cost
    }
}

impl<F: Real> GradientEngine<F> for Reference<F> {
    fn backpropagate(&mut self, network: &Network<F>, minibatch: &Minibatch<F>) -> f64 {
        self.gradient = zeros_like(network);
        let samples = 0..minibatch.len();
        samples
            .map(|k| self.backpropagate_sample(network, minibatch, k))
            .sum()
    }

    fn add_gradient(&mut self, _: &Minibatch<F>, scale: F, target: &mut [Layer<F>]) {
        for (target, gradient) in target.iter_mut().zip(&self.gradient) {
            target.weights_mut().scaled_add(scale, &gradient.weights());
            target.biases_mut().scaled_add(scale, &gradient.biases());
        }
    }
}
