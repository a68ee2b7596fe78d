//! Whole trainings on every instruction set that the machine can run: the same weights, to the last bit.

use std::ops::ControlFlow;

use super::optimizer::{Moments, OptimizerOptions, Penalties, Rule};
use super::schedule::Schedule;
use super::{TrainingData, TrainingOptions, train};
use crate::data::augment::Augmentation;
use crate::data::{Digits, TrainOn, synthetic};
use crate::math::real::Real;
use crate::math::simd::instruction_sets::InstructionSet;
use crate::network::Network;
use crate::network::activation::Activation::{Gelu, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
use crate::network::cost::Cost::{CrossEntropy, LogLikelihood, Quadratic};
use crate::network::functions::Functions;
use crate::network::initialisation::Initialisation::{self, He, Normal, Normalised, Xavier};
use crate::network::output::Output;

/// A short training.
struct Case {
    hidden: &'static [usize],
    functions: Functions,
    initialisation: Initialisation,
    options: TrainingOptions,
}

/// Every activation, output, cost, initialisation, rule, penalty, schedule and regulariser, small and large mini-batches,
/// and hidden layers of all heights that the kernels tell apart.
fn cases() -> Vec<Case> {
    let case = |hidden, (activation, output, cost), initialisation, options| Case {
        hidden,
        functions: Functions {
            activation,
            output,
            cost,
        },
        initialisation,
        options: TrainingOptions { epochs: 2, ..options },
    };
    let plain = TrainingOptions::default;
    let by = |rule, learning_rate| TrainingOptions {
        learning_rate,
        optimizer: OptimizerOptions {
            rule,
            ..OptimizerOptions::default()
        },
        ..plain()
    };
    let (momentum, moments) = (0.8, Moments::default());
    vec![
        case(&[30], (Sigmoid, Output::Sigmoid, Quadratic), Normal, plain()),
        case(
            &[100],
            (Sigmoid, Output::Sigmoid, CrossEntropy),
            Normalised,
            TrainingOptions {
                optimizer: OptimizerOptions {
                    penalties: Penalties {
                        l1: 0.1,
                        l2: 5.0,
                        weight_decay: 0.0,
                    },
                    ..OptimizerOptions::default()
                },
                schedule: Schedule::Cosine,
                warmup_epochs: 0.5,
                learning_rate: 0.5,
                ..plain()
            },
        ),
        case(
            &[160],
            (Relu, Output::Softmax, LogLikelihood),
            He,
            TrainingOptions {
                batch_size: 16,
                learning_rate: 0.3,
                schedule: Schedule::OneCycle,
                ..plain()
            },
        ),
        case(
            &[40, 20],
            (Tanh, Output::Softmax, LogLikelihood),
            Xavier,
            TrainingOptions {
                batch_size: 40,
                label_smoothing: 0.1,
                dropout: 0.2,
                ..by(Rule::Momentum { momentum }, 0.05)
            },
        ),
        case(
            &[60],
            (Gelu, Output::Softmax, LogLikelihood),
            He,
            TrainingOptions {
                batch_size: 100,
                augmentation: Augmentation::ALL,
                ..by(Rule::Adam(moments), 0.003)
            },
        ),
        case(
            &[200, 16],
            (Silu, Output::Sigmoid, CrossEntropy),
            Xavier,
            TrainingOptions {
                label_smoothing: 0.1,
                augmentation: Augmentation::SHIFT,
                schedule: Schedule::Step {
                    every: 1,
                    factor: 0.3,
                },
                optimizer: OptimizerOptions {
                    rule: Rule::AdamW(moments),
                    penalties: Penalties {
                        weight_decay: 0.01,
                        ..Penalties::default()
                    },
                    clip_norm: Some(1.0),
                },
                learning_rate: 0.003,
                ..plain()
            },
        ),
        case(
            &[24],
            (LeakyRelu, Output::Sigmoid, Quadratic),
            He,
            TrainingOptions {
                batch_size: 7,
                ..by(Rule::Nesterov { momentum }, 0.1)
            },
        ),
    ]
}

fn weights<F: Real>(case: &Case, digits: &Digits) -> String {
    let sizes = [&[784], case.hidden, &[10]].concat();
    let network = Network::<F>::zeros(&sizes)
        .and_then(|network| network.with_functions(case.functions))
        .and_then(|network| network.initialised(case.initialisation, 7));
    let mut network = network.unwrap();
    let training = digits.training(TrainOn::All);
    let options = case.options.clone().check().unwrap();
    let continues = |_: super::TrainingEvent<F>| ControlFlow::Continue(());
    train(&mut network, TrainingData::new(&training), &options, continues).unwrap();
    network.sha256()
}

#[test]
fn weights_are_the_same_on_every_instruction_set() {
    let digits = synthetic::digits(5, 105, 10);
    for (index, case) in cases().iter().enumerate() {
        let all = InstructionSet::all().into_iter().map(|set| {
            let sums = set.run(|| (weights::<f32>(case, &digits), weights::<f64>(case, &digits)));
            (set, sums)
        });
        let all: Vec<_> = all.collect();
        assert!(all.len() >= 5);
        for (set, sums) in &all {
            assert_eq!(*sums, all[0].1, "case {index}: {set:?} and {:?}", all[0].0);
        }
    }
}
