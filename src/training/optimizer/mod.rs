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
//! gradient matrix: the engine adds −η g to the weights themselves.

mod blocks;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::math::real::Real;
use crate::math::simd::vectorized;
use crate::network::Network;
use crate::network::layer::Layer;
use crate::network::zeros_like;
use crate::training::gradient::GradientEngine;
use crate::training::minibatch::Minibatch;
use blocks::{Blocks, SquareSum};

/// How a gradient becomes a step.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Stochastic gradient descent, Nielsen's equations (20) and (21).
    #[default]
    Sgd,
    /// With the memory of earlier steps: Nielsen's equations (107) and (108), where v = −η m. Polyak 1964.
    Momentum {
        /// μ, in [0, 1).
        momentum: f64,
    },
    /// Momentum that looks ahead. Nesterov 1983; Sutskever, Martens, Dahl and Hinton 2013.
    Nesterov {
        /// μ, in [0, 1).
        momentum: f64,
    },
    /// Each parameter by the mean and the variance of its gradients. Kingma and Ba 2014.
    Adam(Moments),
    /// As Adam, with [`Penalties::weight_decay`]. Loshchilov and Hutter 2017.
    AdamW(Moments),
}

impl Rule {
    /// How many numbers it remembers of each parameter.
    pub fn memories(self) -> usize {
        match self {
            Self::Sgd => 0,
            Self::Momentum { .. } | Self::Nesterov { .. } => 1,
            Self::Adam(_) | Self::AdamW(_) => 2,
        }
    }
}

/// The constants of Adam. The default is the paper's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Of the mean, in [0, 1).
    pub beta1: f64,
    /// Of the variance, in [0, 1).
    pub beta2: f64,
    /// Added to the deviation, above 0.
    pub epsilon: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

/// Costs of large weights; biases cost nothing. They move the steps and are not in the reported cost.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Penalties {
    /// λ of λ/n Σ|w| over n training images, Nielsen's equation (95).
    pub l1: f64,
    /// λ of λ/2n Σw², Nielsen's equation (87): w ← w (1 − ηλ/n) in plain descent. PyTorch's `weight_decay` of `SGD` and
    /// `Adam` is λ/n; scikit-learn's `alpha` of `MLPClassifier` is λ/n times the mini-batch size, since it is divided by that.
    pub l2: f64,
    /// Beside the gradient, w ← w (1 − η · decay): `weight_decay` of PyTorch's `AdamW`. Not divided by n.
    pub weight_decay: f64,
}

/// What the optimizer is to do. The default is the article's plain descent.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct OptimizerOptions {
    /// From gradient to step.
    pub rule: Rule,
    /// Costs of large weights.
    pub penalties: Penalties,
    /// Longer gradients, over all parameters and before penalties, are shortened to this Euclidean norm.
    /// Pascanu, Mikolov and Bengio 2012.
    pub clip_norm: Option<f64>,
}

impl OptimizerOptions {
    /// Whether all are in their ranges.
    ///
    /// # Errors
    /// [`Error::Option`] with the first that is not.
    pub fn check(&self) -> Result<()> {
        let fraction = |option, value: f64| match value {
            0.0..1.0 => Ok(()),
            _ => Err(Error::option(option, value, "0 or more and below 1, such as 0.9")),
        };
        let not_negative = |option, value: f64| match value {
            0.0..f64::INFINITY => Ok(()),
            _ => Err(Error::option(option, value, "a finite number, 0 or more")),
        };
        let positive = |option, value: f64| match value > 0.0 && value.is_finite() {
            true => Ok(()),
            false => Err(Error::option(option, value, "a finite number above 0")),
        };
        match self.rule {
            Rule::Sgd => {}
            Rule::Momentum { momentum } | Rule::Nesterov { momentum } => fraction("--momentum", momentum)?,
            Rule::Adam(moments) | Rule::AdamW(moments) => {
                fraction("--beta1", moments.beta1)?;
                fraction("--beta2", moments.beta2)?;
                positive("--epsilon", moments.epsilon)?;
            }
        }
        let Penalties { l1, l2, weight_decay } = self.penalties;
        not_negative("--l1", l1)?;
        not_negative("--l2", l2)?;
        not_negative("--weight-decay", weight_decay)?;
        if matches!(self.rule, Rule::Adam(_)) && weight_decay > 0.0 {
            return Err(Error::option(
                "--weight-decay",
                weight_decay,
                "--optimizer adamw, which decays weights beside the gradient, or with --optimizer adam an --l2 \
                 penalty in the gradient",
            ));
        }
        self.clip_norm
            .map_or(Ok(()), |norm| positive("--clip-norm", norm))
    }
}

/// The optimizer of a network, with its memory.
#[derive(Debug)]
pub struct Optimizer<F: Real> {
    options: OptimizerOptions,
    /// λ/n of the penalties in the gradient.
    l1: f64,
    l2: f64,
    /// Done so far.
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

    /// The bytes that an optimizer with `rule` takes for a network of `sizes`: a gradient, and what the rule remembers.
    pub(super) fn bytes(rule: Rule, sizes: &[usize]) -> u64 {
        Network::<F>::bytes(sizes).saturating_mul(1 + rule.memories() as u64)
    }

    /// Steps done so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What the rule remembers: m, then v; neither for plain descent. In the shapes of the network's layers.
    pub fn memories(&self) -> impl Iterator<Item = &[Layer<F>]> {
        self.memories
            .iter()
            .map(Vec::as_slice)
            .filter(|memory| !memory.is_empty())
    }

    /// Puts back what [`Self::steps`] and [`Self::memories`] gave, for a run that goes on.
    ///
    /// # Errors
    /// [`Error::Option`] when the rule does not have so many memories, or their shapes are not the network's.
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
            let scale = -learning_rate / minibatch.len() as f64;
            engine.add_gradient(minibatch, F::of(scale), network.layers_mut());
        } else {
            engine.add_gradient(minibatch, F::of(1.0 / minibatch.len() as f64), &mut self.gradient);
            let clip = self.options.clip_norm.map_or(1.0, |longest| {
                let norm = self.square_sum.of(&self.gradient).sqrt();
                if norm > longest { longest / norm } else { 1.0 }
            });
            self.update(network, learning_rate, clip);
        }
        cost
    }

    /// The Euclidean norm of the averaged gradient, without penalties, of the mini-batch that the engine met last.
    pub fn gradient_norm(&mut self, engine: &mut dyn GradientEngine<F>, minibatch: &Minibatch<F>) -> f64 {
        engine.add_gradient(minibatch, F::of(1.0 / minibatch.len() as f64), &mut self.gradient);
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

    /// The rule, on the gradient times `clip`. Leaves the gradient zero.
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

/// What all rules share, ready for the inner loops.
#[derive(Debug, Clone, Copy)]
struct Sgd<F> {
    learning_rate: F,
    clip: F,
    l1: F,
    l2: F,
    /// 1 − η · decay
    keep: F,
}

impl<F: Real> Sgd<F> {
    /// The gradient of a weight, with its penalties.
    #[inline(always)]
    fn penalised(self, w: F, g: F) -> F {
        let sign = if w > F::zero() {
            self.l1
        } else if w < F::zero() {
            -self.l1
        } else {
            F::zero()
        };
        self.clip * g + self.l2 * w + sign
    }

    /// A weight after a step against `g`.
    #[inline(always)]
    fn step(self, w: F, g: F) -> F {
        self.keep * w - self.learning_rate * self.penalised(w, g)
    }

    fn update(self, w: &mut [F], g: &mut [F]) {
        vectorized(
            #[inline(always)]
            move || {
                for (w, g) in w.iter_mut().zip(g) {
                    *w = self.step(*w, *g);
                    *g = F::zero();
                }
            },
        );
    }

    fn update_with_momentum(self, momentum: f64, looks_ahead: bool, w: &mut [F], g: &mut [F], m: &mut [F]) {
        let momentum = F::of(momentum);
        // w ← w − η (a g + b m)
        let (a, b) = if looks_ahead {
            (F::one(), momentum)
        } else {
            (F::zero(), F::one())
        };
        vectorized(
            #[inline(always)]
            move || {
                for ((w, g), m) in w.iter_mut().zip(g).zip(m) {
                    let gradient = self.penalised(*w, *g);
                    *m = no_subnormal(momentum * *m + gradient);
                    *w = self.keep * *w - self.learning_rate * (a * gradient + b * *m);
                    *g = F::zero();
                }
            },
        );
    }

    fn update_with_moments(
        self,
        moments: Moments,
        steps: u64,
        w: &mut [F],
        g: &mut [F],
        m: &mut [F],
        v: &mut [F],
    ) {
        // What is missing in means that started from 0: m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
        let started = |beta: f64| 1.0 - beta.powf(steps as f64);
        let rate = F::of(self.learning_rate.as_f64() / started(moments.beta1));
        let deviation = F::of(started(moments.beta2).sqrt().recip());
        let [beta1, beta2, epsilon] = [moments.beta1, moments.beta2, moments.epsilon].map(F::of);
        let [rest1, rest2] = [1.0 - moments.beta1, 1.0 - moments.beta2].map(F::of);
        vectorized(
            #[inline(always)]
            move || {
                for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
                    let gradient = self.penalised(*w, *g);
                    *m = no_subnormal(beta1 * *m + rest1 * gradient);
                    *v = no_subnormal(beta2 * *v + rest2 * gradient * gradient);
                    *w = self.keep * *w - rate * *m / (v.sqrt() * deviation + epsilon);
                    *g = F::zero();
                }
            },
        );
    }
}

/// Zero for what is too small to be a normal number. The memory of a weight without gradient shrinks to the smallest
/// subnormal numbers and, by rounding, stays there; processors are slow with them, and no step sees the difference.
#[inline(always)]
fn no_subnormal<F: Real>(value: F) -> F {
    // NaN stays NaN.
    if value.abs() < F::min_positive_value() {
        F::zero()
    } else {
        value
    }
}

#[cfg(test)]
mod tests;
