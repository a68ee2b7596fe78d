use ndarray::Array2;

use super::rules::no_subnormal;
use super::*;
use crate::math::matrix::Matrix;
use crate::training::gradient::{Reference, Regularisers};

/// A parameter of the textbook's optimizer: one number at a time, in f64.
#[derive(Clone, Copy, Default)]
struct Textbook {
    w: f64,
    m: f64,
    v: f64,
}

impl Textbook {
    /// The step against the averaged gradient `g`, the t-th.
    fn step(
        &mut self,
        options: OptimizerOptions,
        images: f64,
        rate: f64,
        t: i32,
        mut g: f64,
        is_weight: bool,
    ) {
        let Penalties { l1, l2, weight_decay } = options.penalties;
        if is_weight {
            let sign = if self.w == 0.0 { 0.0 } else { self.w.signum() };
            g += l2 / images * self.w + l1 / images * sign;
            self.w -= rate * weight_decay * self.w;
        }
        match options.rule {
            Rule::Sgd => self.w -= rate * g,
            Rule::Momentum { momentum } => {
                self.m = momentum * self.m + g;
                self.w -= rate * self.m;
            }
            Rule::Nesterov { momentum } => {
                self.m = momentum * self.m + g;
                self.w -= rate * (g + momentum * self.m);
            }
            Rule::Adam(Moments {
                beta1,
                beta2,
                epsilon,
            })
            | Rule::AdamW(Moments {
                beta1,
                beta2,
                epsilon,
            }) => {
                self.m = beta1 * self.m + (1.0 - beta1) * g;
                self.v = beta2 * self.v + (1.0 - beta2) * g * g;
                let (m, v) = (self.m / (1.0 - beta1.powi(t)), self.v / (1.0 - beta2.powi(t)));
                self.w -= rate * m / (v.sqrt() + epsilon);
            }
        }
    }
}

fn every_option() -> Vec<OptimizerOptions> {
    let momentum = 0.9;
    let rules = [
        Rule::Sgd,
        Rule::Momentum { momentum },
        Rule::Nesterov { momentum },
        Rule::AdamW(Moments::default()),
    ];
    let mut all = Vec::new();
    for rule in rules {
        for (l1, l2, weight_decay) in [
            (0.0, 0.0, 0.0),
            (0.7, 0.0, 0.0),
            (0.0, 1.3, 0.0),
            (0.2, 0.4, 0.01),
        ] {
            for clip_norm in [None, Some(0.05), Some(1e9)] {
                let penalties = Penalties { l1, l2, weight_decay };
                all.push(OptimizerOptions {
                    rule,
                    penalties,
                    clip_norm,
                });
            }
        }
    }
    all
}

fn samples() -> Matrix<f64> {
    let inputs = Array2::from_shape_fn((5, 6), |(i, k)| ((i * 7 + k * 3) % 11) as f64 / 11.0);
    Matrix::from(inputs.view())
}

const LABELS: [u16; 6] = [0, 1, 2, 0, 1, 1];

/// All parameters, and whether they are weights.
fn parameters(layers: &[Layer<f64>]) -> Vec<(f64, bool)> {
    let of = |layer: &Layer<f64>| {
        let weights: Vec<_> = layer.weights().iter().map(|&w| (w, true)).collect();
        let biases: Vec<_> = layer.biases().iter().map(|&b| (b, false)).collect();
        [weights, biases].concat()
    };
    layers.iter().flat_map(of).collect()
}

#[test]
fn every_rule_with_every_penalty_steps_as_the_textbook() {
    let samples = samples();
    let minibatch = Minibatch::dense(&samples, &LABELS);
    for options in every_option() {
        options.check().unwrap();
        let mut network = Network::<f64>::new(&[5, 4, 3], 2).unwrap();
        let start = parameters(network.layers());
        let mut expected: Vec<Textbook> = start
            .iter()
            .map(|&(w, _)| Textbook {
                w,
                ..Textbook::default()
            })
            .collect();
        let mut engine = Reference::new(&network, Regularisers::default());
        let mut optimizer = Optimizer::new(&network, options, 60);
        for t in 1..=5 {
            let rate = 0.5 / f64::from(t);
            let (gradient, _) = engine.gradient(&network, &minibatch);
            let gradient = parameters(&gradient);
            let norm = gradient
                .iter()
                .map(|(g, _)| (g / 6.0).powi(2))
                .sum::<f64>()
                .sqrt();
            let clip = options.clip_norm.map_or(1.0, |longest| (longest / norm).min(1.0));
            for (parameter, (g, is_weight)) in expected.iter_mut().zip(gradient) {
                parameter.step(options, 60.0, rate, t, clip * g / 6.0, is_weight);
            }
            optimizer.step(&mut engine, &mut network, &minibatch, rate);
            let error = parameters(network.layers())
                .iter()
                .zip(&expected)
                .map(|((w, _), expected)| (w - expected.w).abs())
                .fold(0.0, f64::max);
            assert!(error < 1e-12, "{options:?}, step {t}: {error:e}");
            let measured = optimizer.gradient_norm(&mut engine, &minibatch);
            assert!((measured / norm - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn an_optimizer_put_back_goes_on_as_if_never_stopped() {
    let samples = samples();
    let minibatch = Minibatch::dense(&samples, &LABELS);
    for options in every_option() {
        let mut network = Network::<f64>::new(&[5, 4, 3], 2).unwrap();
        let mut engine = Reference::new(&network, Regularisers::default());
        let mut optimizer = Optimizer::new(&network, options, 60);
        for _ in 0..3 {
            optimizer.step(&mut engine, &mut network, &minibatch, 0.1);
        }
        let mut resumed_network = network.clone();
        let mut resumed = Optimizer::new(&network, options, 60);
        let memories = optimizer.memories().map(<[_]>::to_vec).collect();
        resumed.restore(optimizer.steps(), memories).unwrap();
        optimizer.step(&mut engine, &mut network, &minibatch, 0.1);
        resumed.step(&mut engine, &mut resumed_network, &minibatch, 0.1);
        assert_eq!(network, resumed_network, "{options:?}");
        assert!(resumed.restore(1, vec![vec![]]).is_err());
    }
}

#[test]
fn options_outside_their_range_are_named() {
    let refused = |options: OptimizerOptions, name: &str| {
        let error = options.check().unwrap_err();
        assert!(error.is_usage() && error.to_string().starts_with(name), "{error}");
    };
    let rule = |rule| OptimizerOptions {
        rule,
        ..OptimizerOptions::default()
    };
    refused(rule(Rule::Momentum { momentum: 1.0 }), "momentum 1");
    refused(rule(Rule::Nesterov { momentum: f64::NAN }), "momentum NaN");
    let moments = Moments {
        epsilon: 0.0,
        ..Moments::default()
    };
    refused(rule(Rule::Adam(moments)), "epsilon 0");
    let mut options = rule(Rule::Adam(Moments::default()));
    options.penalties.weight_decay = 0.01;
    refused(options, "weight_decay 0.01");
    options.penalties.weight_decay = 0.0;
    options.penalties.l1 = -1.0;
    refused(options, "l1 -1");
    options.penalties.l1 = 0.0;
    options.clip_norm = Some(0.0);
    refused(options, "clip_norm 0");
}

#[test]
fn the_memory_of_a_weight_without_gradient_shrinks_to_zero_and_stays_no_subnormal_number() {
    for rule in [Rule::Momentum { momentum: 0.9 }, Rule::Adam(Moments::default())] {
        let network = Network::<f32>::zeros(&[3, 2]).unwrap();
        let options = OptimizerOptions {
            rule,
            ..Default::default()
        };
        let mut optimizer = Optimizer::new(&network, options, 1);
        let mut memories: Vec<Vec<Layer<f32>>> = optimizer.memories().map(<[_]>::to_vec).collect();
        for layer in memories.iter_mut().flatten() {
            layer.weights_mut().fill(1e-37);
        }
        optimizer.restore(1000, memories).unwrap();
        let mut network = network;
        // Zero after 22 steps of 0.9; 0.999 takes v two thousand.
        for _ in 0..3000 {
            optimizer.update(&mut network, 0.01, 1.0);
            let memories = optimizer.memories().flatten();
            let mut elements = memories.flat_map(Layer::elements);
            assert!(elements.all(|it| !it.is_subnormal()), "{rule:?}");
        }
        let mut elements = optimizer.memories().flatten().flat_map(Layer::elements);
        assert!(elements.all(|&it| it == 0.0), "{rule:?}");
    }
    assert!(no_subnormal(f32::NAN).is_nan());
}
