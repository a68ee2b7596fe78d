//! Whole mini-batches have the textbook's gradient for any shape, and so have finite differences of the cost.

use crate::common::parts::functions;
use batchprop::math::matrix::Matrix;
use batchprop::training::gradient::{Batched, Reference, Regularisers};
use batchprop::training::verify::{
    Case, batched_against_reference, engine_bound, reference_against_differences,
};
use batchprop::{GradientEngine, Minibatch, Network};
use proptest::prelude::*;

/// One to four layers of 1 to 40 units, and mini-batches of one to several chunks, rarely whole ones; any parts.
fn case() -> impl Strategy<Value = Case> {
    let sizes = (1..200usize, prop::collection::vec(1..40usize, 0..4), 2..12usize);
    let part = || prop_oneof![Just(0.0), 0.0..0.5];
    let regularisers =
        (part(), part(), any::<u64>()).prop_map(|(label_smoothing, dropout, seed)| Regularisers {
            label_smoothing,
            dropout,
            seed,
        });
    (sizes, 1..200usize, functions(), regularisers).prop_map(
        |((inputs, hidden, outputs), batch_size, functions, regularisers)| Case {
            sizes: std::iter::once(inputs).chain(hidden).chain([outputs]).collect(),
            batch_size,
            functions,
            regularisers,
        },
    )
}

proptest! {
    #[test]
    fn batched_gradient_equals_reference_for_any_shape(case in case(), seed: u64) {
        // If a ReLU's z is within rounding of 0, two correct engines may disagree on its sign; this happens in f32.
        if case.functions.activation.is_smooth() {
            let single = batched_against_reference::<f32>(&case, seed).unwrap();
            prop_assert!(single <= engine_bound::<f32>(), "f32 {single:e}");
        }
        let double = batched_against_reference::<f64>(&case, seed).unwrap();
        prop_assert!(double <= engine_bound::<f64>(), "f64 {double:e}");
    }

    #[test]
    fn reference_gradient_is_the_slope_of_the_cost(case in case(), seed: u64) {
        let error = reference_against_differences(&case, seed, 2).unwrap();
        prop_assert!(error <= 1e-5, "{error:e}");
    }
}

#[test]
fn batched_gradient_equals_reference_for_a_mini_batch_with_a_short_last_chunk() {
    for batch_size in [63, 64, 65, 127, 128, 129, 500] {
        let case = Case::new(&[784, 120, 10], batch_size);
        let error = batched_against_reference::<f64>(&case, 1).unwrap();
        assert!(error <= 1e-12, "B = {batch_size}: {error:e}");
    }
}

/// The first parameters of all layers, enough to tell two gradients apart.
fn gradient_of(
    engine: &mut impl GradientEngine<f64>,
    network: &Network<f64>,
    minibatch: &Minibatch<f64>,
) -> (Vec<f64>, f64) {
    let (layers, cost) = engine.gradient(network, minibatch);
    let parameters = layers.iter().flat_map(|layer| {
        let biases = layer.biases().to_vec();
        layer.weights().iter().copied().chain(biases).collect::<Vec<_>>()
    });
    (parameters.collect(), cost)
}

#[test]
fn weighted_samples_count_as_often_as_their_weights_say_in_both_engines() {
    let network = Network::<f64>::new(&[9, 7, 3], 4).unwrap();
    let inputs = |samples: usize, of: fn(usize) -> usize| {
        let mut inputs = Matrix::zeros(9, samples);
        for k in 0..samples {
            let column = inputs.column_mut(k);
            column
                .iter_mut()
                .enumerate()
                .for_each(|(i, x)| *x = ((of(k) * 31 + i * 7) % 11) as f64 / 11.0);
        }
        inputs
    };
    // 100 samples, of which every other counts twice, and 150.
    let few = inputs(100, |k| k);
    let many = inputs(150, |k| if k < 100 { k } else { 2 * (k - 100) });
    let label = |k: usize| (k % 3) as u16;
    let few_labels: Vec<u16> = (0..100).map(label).collect();
    let many_labels: Vec<u16> = (0..100).chain((0..50).map(|k| 2 * k)).map(label).collect();
    let weights: Vec<f64> = (0..100).map(|k| if k % 2 == 0 { 2.0 } else { 1.0 }).collect();
    let weighted = Minibatch::dense(&few, &few_labels).weighted(&weights);
    let repeated = Minibatch::dense(&many, &many_labels);
    assert_eq!(weighted.total_weight(), repeated.total_weight());

    let regularisers = Regularisers {
        label_smoothing: 0.1,
        ..Regularisers::default()
    };
    let (expected, expected_cost) =
        gradient_of(&mut Reference::new(&network, regularisers), &network, &repeated);
    let found = [
        gradient_of(&mut Reference::new(&network, regularisers), &network, &weighted),
        gradient_of(
            &mut Batched::new(&network, 100, regularisers),
            &network,
            &weighted,
        ),
    ];
    for (gradient, cost) in found {
        assert!((cost - expected_cost).abs() < 1e-12 * expected_cost);
        let errors = gradient.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        assert!(errors.fold(0.0, f64::max) < 1e-12 * expected_cost);
    }
}

#[test]
fn one_output_distinguishes_two_classes() {
    use batchprop::{Activation, Cost, Functions, Output};
    let functions = Functions {
        activation: Activation::Identity,
        output: Output::Sigmoid,
        cost: Cost::CrossEntropy,
    };
    let network = Network::<f64>::new(&[1, 1], 0)
        .unwrap()
        .with_functions(functions)
        .unwrap();
    let mut inputs = Matrix::zeros(1, 2);
    inputs.column_mut(1)[0] = 0.5;
    let a: Vec<f64> = (0..2)
        .map(|k| network.activations(inputs.column(k))[0][0])
        .collect();
    for smoothing in [0.0, 0.2] {
        let regularisers = Regularisers {
            label_smoothing: smoothing,
            ..Regularisers::default()
        };
        let minibatch = Minibatch::dense(&inputs, &[0, 1]);
        let (gradient, cost) =
            gradient_of(&mut Batched::new(&network, 2, regularisers), &network, &minibatch);
        let y = [1.0 - smoothing / 2.0, smoothing / 2.0];
        let expected = |k: usize| -y[k] * a[k].ln() - (1.0 - y[k]) * (1.0 - a[k]).ln();
        assert!((cost - expected(0) - expected(1)).abs() < 1e-12);
        assert!((gradient[1] - (a[0] - y[0]) - (a[1] - y[1])).abs() < 1e-12);
    }
}
