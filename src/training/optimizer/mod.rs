//! Turns a gradient into a step.
//!
//! With g the gradient averaged over the mini-batch, penalties included, and η the learning rate of the step:
//!
//! | rule | step |
//! |---|---|
//! | [`Rule::Sgd`] | w ← w − η g |
//! | [`Rule::Momentum`] | m ← μ m + g, w ← w − η m |
//! | [`Rule::Nesterov`] | m ← μ m + g, w ← w − η (g + μ m) |
//! | [`Rule::Adam`] | m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − η m̂ / (√v̂ + ε) |
//!
//! These are PyTorch's forms, in which a change of η changes the next step at once. Plain gradient descent needs no
//! gradient matrix: the engine adds −η g to the weights themselves. `rules` has the inner loops.

mod blocks;
mod options;
mod rules;

use crate::error::{Error, Result};
use crate::math::real::Real;
use crate::math::simd::vectorized;
use crate::network::Network;
use crate::network::layer::Layer;
use crate::network::zeros_like;
use crate::training::gradient::GradientEngine;
use crate::training::minibatch::Minibatch;

use blocks::{Blocks, SquareSum};
pub use options::{Moments, OptimizerOptions, Penalties, Rule};
use rules::Sgd;

/// The optimizer of a network, with its memory.
#[derive(Debug)]
pub struct Optimizer<F: Real> {
    options: OptimizerOptions,
    /// λ/n of the penalties in the gradient.
    l1: f64,
    l2: f64,
    /// Steps so far.
    steps: u64,
    /// Zeros between steps.
    gradient: Vec<Layer<F>>,
    /// m and v of the rule, as many as it has; the others are empty.
    memories: [Vec<Layer<F>>; 2],
    square_sum: SquareSum,
}

impl<F: Real> Optimizer<F> {
    /// An optimizer with an empty memory, for `network` and `training_images`, the n of the penalties.
    pub fn new(network: &Network<F>, options: OptimizerOptions, training_images: usize) -> Self {
        let memories = [0, 1].map(|index| {
            if index < options.rule.memories() {
                zeros_like(network)
            } else {
                vec![]
            }
        });
        let gradient = zeros_like(network);
        Self {
            l1: options.penalties.l1 / training_images as f64,
            l2: options.penalties.l2 / training_images as f64,
            options,
            steps: 0,
            square_sum: SquareSum::new(&gradient),
            gradient,
            memories,
        }
    }

    /// Takes other `options`, for the steps to come. The rule keeps its memory.
    ///
    /// # Panics
    /// When the rule is of another kind, which remembers other things.
    pub fn set_options(&mut self, options: OptimizerOptions, training_images: usize) {
        let kind = std::mem::discriminant::<Rule>;
        assert_eq!(kind(&options.rule), kind(&self.options.rule), "the kind of rule");
        self.l1 = options.penalties.l1 / training_images as f64;
        self.l2 = options.penalties.l2 / training_images as f64;
        self.options = options;
    }

    /// The bytes that an optimizer with `rule` takes for a network of `sizes`: a gradient, and the state of the rule.
    pub(super) fn bytes(rule: Rule, sizes: &[usize]) -> u64 {
        Network::<F>::bytes(sizes).saturating_mul(1 + rule.memories() as u64)
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The state of the rule: m, then v; nothing for plain descent. Their shapes are those of the network's layers.
    pub fn memories(&self) -> impl Iterator<Item = &[Layer<F>]> {
        self.memories
            .iter()
            .map(Vec::as_slice)
            .filter(|memory| !memory.is_empty())
    }

    /// Restores what [`Self::steps`] and [`Self::memories`] returned, for a run that is resumed.
    ///
    /// # Errors
    /// [`Error::Option`] when there are not as many memories as the rule has, or not in the network's shapes.
    pub fn restore(&mut self, steps: u64, memories: Vec<Vec<Layer<F>>>) -> Result<()> {
        let shapes = |layers: &[Layer<F>]| -> Vec<_> {
            layers.iter().map(|layer| (layer.n_out(), layer.n_in())).collect()
        };
        let own: Vec<_> = self.memories().map(shapes).collect();
        let given: Vec<_> = memories.iter().map(|memory| shapes(memory)).collect();
        if own != given {
            return Err(Error::option(
                "optimizer memory",
                format!("of shapes {given:?}"),
                format!("{own:?}, as the optimizer has"),
            ));
        }
        for (own, given) in self.memories.iter_mut().zip(memories) {
            *own = given;
        }
        self.steps = steps;
        Ok(())
    }

    /// One step of the given size η. Returns the cost before it, summed over the samples. Allocates nothing.
    pub fn step(
        &mut self,
        engine: &mut dyn GradientEngine<F>,
        network: &mut Network<F>,
        minibatch: &Minibatch<F>,
        learning_rate: f64,
    ) -> f64 {
        let cost = engine.backpropagate(network, minibatch);
        self.steps += 1;
        if matches!(self.options.rule, Rule::Sgd) && self.options.clip_norm.is_none() {
            self.shrink(network, learning_rate);
            let scale = -learning_rate / minibatch.total_weight();
            engine.add_gradient(minibatch, F::of(scale), network.layers_mut());
        } else {
            engine.add_gradient(
                minibatch,
                F::of(1.0 / minibatch.total_weight()),
                &mut self.gradient,
            );
            let clip = self.options.clip_norm.map_or(1.0, |longest| {
                let norm = self.square_sum.of(&self.gradient).sqrt();
                if norm > longest { longest / norm } else { 1.0 }
            });
            self.update(network, learning_rate, clip);
        }
        cost
    }

    /// The Euclidean norm of the averaged gradient, without penalties, of the engine's last mini-batch.
    pub fn gradient_norm(&mut self, engine: &mut dyn GradientEngine<F>, minibatch: &Minibatch<F>) -> f64 {
        engine.add_gradient(
            minibatch,
            F::of(1.0 / minibatch.total_weight()),
            &mut self.gradient,
        );
        let norm = self.square_sum.of(&self.gradient).sqrt();
        for layer in &mut self.gradient {
            layer.parameters_mut().elements_mut().fill(F::zero());
        }
        norm
    }

    /// The penalties' part of a plain step; the gradient's is the engine's.
    fn shrink(&self, network: &mut Network<F>, learning_rate: f64) {
        if self.options.penalties == Penalties::default() {
            return;
        }
        let sgd = self.sgd(learning_rate, 0.0);
        for layer in network.layers_mut() {
            let weights = layer.elements_mut().0;
            Blocks::new([weights, &mut [], &mut [], &mut []]).for_each(&|[weights, ..]| {
                vectorized(
                    #[inline(always)]
                    move || {
                        for w in weights {
                            *w = sgd.step(*w, F::zero());
                        }
                    },
                );
            });
        }
    }

    /// Applies the rule to the gradient times `clip`, and sets the gradient to zero.
    fn update(&mut self, network: &mut Network<F>, learning_rate: f64, clip: f64) {
        let sgd = self.sgd(learning_rate, clip);
        let of_biases = Sgd {
            l1: F::zero(),
            l2: F::zero(),
            keep: F::one(),
            ..sgd
        };
        let (rule, steps) = (self.options.rule, self.steps);
        let [first, second] = &mut self.memories;
        let (mut first, mut second) = (first.iter_mut(), second.iter_mut());
        for (layer, gradient) in network.layers_mut().iter_mut().zip(&mut self.gradient) {
            let all = [Some(layer), Some(gradient), first.next(), second.next()];
            let parts = all.map(|layer| layer.map_or((&mut [][..], &mut [][..]), Layer::elements_mut));
            let [w, g, m, v] = parts;
            for (sgd, blocks) in [(sgd, [w.0, g.0, m.0, v.0]), (of_biases, [w.1, g.1, m.1, v.1])] {
                Blocks::new(blocks).for_each(&|[w, g, m, v]| match rule {
                    Rule::Sgd => sgd.update(w, g),
                    Rule::Momentum { momentum } => sgd.update_with_momentum(momentum, false, w, g, m),
                    Rule::Nesterov { momentum } => sgd.update_with_momentum(momentum, true, w, g, m),
                    Rule::Adam(moments) | Rule::AdamW(moments) => {
                        sgd.update_with_moments(moments, steps, w, g, m, v);
                    }
                });
            }
        }
    }

    fn sgd(&self, learning_rate: f64, clip: f64) -> Sgd<F> {
        Sgd {
            learning_rate: F::of(learning_rate),
            clip: F::of(clip),
            l1: F::of(self.l1),
            l2: F::of(self.l2),
            keep: F::of(1.0 - learning_rate * self.options.penalties.weight_decay),
        }
    }
}

#[cfg(test)]
mod tests;
