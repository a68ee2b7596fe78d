//! No run succeeds with NaN or infinity: both are reported in the epoch in which they appear.

use batchprop::training::optimizer::Moments;
use batchprop::{
    Activation, Cost, EngineKind, Error, Functions, Initialisation, Network, OptimizerOptions, Output, Real,
    Rule, TrainingOptions,
};

use crate::common::{Split, parameters, run};

fn split() -> Split {
    Split::new(3, 36, 10)
}

fn functions(activation: Activation, output: Output, cost: Cost) -> Functions {
    Functions {
        activation,
        output,
        cost,
    }
}

/// Trains for one, two and three epochs. Each run must end with finite numbers, or be reported as diverged in its
/// last epoch, with advice. Returns whether one diverged.
fn ends_finite_or_diverged<F: Real>(functions: Functions, options: &TrainingOptions, split: &Split) -> bool {
    (1..=3).any(|epochs| {
        let options = TrainingOptions {
            epochs,
            ..options.clone()
        };
        let network = Network::<F>::zeros(&[784, 12, 10]).unwrap();
        let network = network.with_functions(functions).unwrap();
        let mut network = network.initialised(Initialisation::Normalised, 1).unwrap();
        match run(&mut network, split.data(), &options) {
            Err(error @ Error::Diverged { epoch, value, .. }) => {
                let message = error.to_string();
                assert!(!value.is_finite(), "{message}");
                assert_eq!(epoch + 1, epochs, "{functions}, {options:?}: {message}");
                assert!(message.contains("try `learning_rate` 3.0"), "{message}");
                assert_eq!(message.contains("`precision` f64"), F::NAME == "f32", "{message}");
                true
            }
            Err(error) => panic!("{error}"),
            Ok(outcome) => {
                let mut all = parameters(network.layers());
                assert!(all.all(|number| number.is_finite()), "{functions}, {options:?}");
                for report in outcome.reports {
                    let costs = [report.validation, report.test].map(|it| it.unwrap().cost);
                    let all = [report.cost, report.gradient_norm, costs[0], costs[1]];
                    let is_finite = all.iter().all(|number| number.is_finite());
                    assert!(is_finite, "{functions}, {options:?}");
                }
                false
            }
        }
    })
}

fn is_reported_in<F: Real>(rates: &[f64]) {
    let split = split();
    let moments = Moments::default();
    let rules = [
        Rule::Sgd,
        Rule::Momentum { momentum: 0.9 },
        Rule::Nesterov { momentum: 0.9 },
        Rule::Adam(moments),
        Rule::AdamW(moments),
    ];
    let outputs = [
        (Output::Sigmoid, Cost::Quadratic),
        (Output::Sigmoid, Cost::CrossEntropy),
        (Output::Softmax, Cost::LogLikelihood),
    ];
    let mut diverged = Vec::new();
    for activation in Activation::ALL {
        for (output, cost) in outputs {
            for rule in rules {
                for (engine, clip_norm) in [
                    (EngineKind::Batched, None),
                    (EngineKind::Batched, Some(1.0)),
                    (EngineKind::Reference, None),
                ] {
                    let options = |&rate: &f64| TrainingOptions {
                        engine,
                        learning_rate: rate,
                        optimizer: OptimizerOptions {
                            rule,
                            clip_norm,
                            ..Default::default()
                        },
                        ..Default::default()
                    };
                    let functions = functions(activation, output, cost);
                    if rates
                        .iter()
                        .map(options)
                        .any(|options| ends_finite_or_diverged::<F>(functions, &options, &split))
                    {
                        diverged.push((activation, rule));
                    }
                }
            }
        }
    }
    for activation in Activation::ALL {
        for rule in rules {
            assert!(diverged.contains(&(activation, rule)), "{activation:?}, {rule:?}");
        }
    }
}

#[test]
fn every_activation_cost_and_optimizer_reports_divergence_in_its_epoch_in_f32() {
    is_reported_in::<f32>(&[3e30, 1e38, 3e38]);
}

#[test]
fn every_activation_cost_and_optimizer_reports_divergence_in_its_epoch_in_f64() {
    is_reported_in::<f64>(&[1e150, 1e300, f64::MAX]);
}

/// What is reported as not finite for a network whose hidden weights are 0 and whose output weights are ±`weight`.
fn found<F: Real>(weight: f64, change: impl FnOnce(&mut TrainingOptions)) -> String {
    let relu = functions(Activation::LeakyRelu, Output::Softmax, Cost::LogLikelihood);
    let mut network = Network::<F>::zeros(&[784, 12, 10]).unwrap();
    network = network.with_functions(relu).unwrap();
    for ((class, _), element) in network.layers_mut()[1].weights_mut().indexed_iter_mut() {
        *element = F::of(if class % 2 == 0 { weight } else { -weight });
    }
    let mut options = TrainingOptions {
        epochs: 1,
        batch_size: 1000,
        learning_rate: 1e-30,
        ..Default::default()
    };
    change(&mut options);
    match run(&mut network, split().data(), &options) {
        Err(Error::Diverged { epoch: 0, what, .. }) => what.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn infinite_weights_of_the_last_step_are_reported_though_no_cost_shows_them() {
    let with_rate =
        |learning_rate| move |options: &mut TrainingOptions| options.learning_rate = learning_rate;
    assert_eq!(found::<f32>(1.0, with_rate(f64::MAX)), "a weight or bias");
    assert_eq!(found::<f64>(1e10, with_rate(f64::MAX)), "a weight or bias");
}

#[test]
fn a_gradient_whose_square_overflows_in_adam_is_reported() {
    let adam = |options: &mut TrainingOptions| options.optimizer.rule = Rule::Adam(Moments::default());
    assert_eq!(found::<f32>(1e25, adam), "the optimizer's state");
    assert_eq!(found::<f64>(1e200, adam), "the optimizer's state");
}

#[test]
fn a_gradient_with_an_infinite_norm_is_reported_when_it_is_clipped() {
    let clipped = |options: &mut TrainingOptions| options.optimizer.clip_norm = Some(1.0);
    assert_eq!(found::<f64>(1e200, clipped), "the gradient's norm");
}

#[test]
fn weights_of_blank_pixels_are_checked_too() {
    let mut network = Network::<f32>::new(&[784, 12, 10], 0).unwrap();
    // The corner is blank in every digit, and the kernels skip it.
    network.layers_mut()[0].weights_mut()[(3, 0)] = f32::NAN;
    let options = TrainingOptions {
        epochs: 1,
        ..Default::default()
    };
    let result = run(&mut network, split().data(), &options);
    let Err(Error::Diverged { what, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(what, "a weight or bias");
}
