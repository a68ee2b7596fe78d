//! The proof that the fast engine computes the textbook's gradient, on the machine it runs on: batched against
//! reference, and both against finite differences.

use ndarray::{Array2, ArrayView, Dimension};
use rand::RngExt;

use crate::cost::Cost;
use crate::error::Result;
use crate::gradient::{Batched, GradientEngine, Reference};
use crate::layer::Layer;
use crate::minibatch::Minibatch;
use crate::network::Network;
use crate::random::{Stream, stream};
use crate::real::Real;

/// Largest relative error between batched and reference that counts as agreement: 10⁻¹² in f64, 10⁻⁵ in f32.
pub fn engine_bound<F: Real>() -> f64 {
    if F::NAME == "f64" { 1e-12 } else { 1e-5 }
}

/// Largest relative error between reference and finite differences: central differences of step h = 10⁻⁵ err by
/// h² from the formula and by ε/h from rounding, 10⁻¹⁰ of the cost each, which is 10⁻⁷ of the smallest gradients here.
pub const DIFFERENCES_BOUND: f64 = 1e-6;

/// A network and a mini-batch size to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Inputs, hidden layers, outputs.
    pub sizes: Vec<usize>,
    /// B.
    pub batch_size: usize,
}

/// The shapes `batchprop verify` tries: the article's, deeper and odder ones, one sample, a single unit, and
/// mini-batches that are cut into chunks with a short last one.
pub fn cases() -> Vec<Case> {
    let case = |sizes: &[usize], batch_size| Case {
        sizes: sizes.to_vec(),
        batch_size,
    };
    vec![
        case(&[784, 30, 10], 10),
        case(&[784, 30, 10], 1),
        case(&[784, 100, 10], 64),
        case(&[784, 10], 7),
        case(&[784, 1, 10], 10),
        case(&[12, 7, 5, 3], 6),
        case(&[784, 100, 50, 30, 10], 33),
        case(&[784, 300, 100, 10], 130),
        case(&[784, 800, 10], 200),
        case(&[784, 30, 10], 1000),
    ]
}

/// The largest relative error of the batched gradient, of dense and of sparse inputs, against the reference's for
/// one case: per layer, max |batched − reference| / max |reference|; and of the costs.
///
/// # Errors
/// [`Error::Option`](crate::Error::Option) when the sizes make no network.
pub fn batched_against_reference<F: Real>(case: &Case, seed: u64) -> Result<f64> {
    let (network, inputs, labels) = random_problem::<F>(case, seed)?;
    let (dense, sparse) = (
        Minibatch::dense(&inputs, labels.clone()),
        Minibatch::sparse(&inputs, labels),
    );
    let (reference, reference_cost) = Reference::new(&network).gradient(&network, &dense);
    let errors = [dense, sparse].map(|minibatch| {
        let (batched, cost) = Batched::new(&network, minibatch.len()).gradient(&network, &minibatch);
        let cost_error = ((cost - reference_cost) / reference_cost).abs();
        larger(relative_error(&batched, &reference), cost_error)
    });
    Ok(larger(errors[0], errors[1]))
}

/// The largest relative error of the reference's gradient against central finite differences of the cost,
/// in f64, over a sample of `parameters` of each layer: |difference| / max |gradient of the layer|.
///
/// # Errors
/// [`Error::Option`](crate::Error::Option) when the sizes make no network.
pub fn reference_against_differences(case: &Case, seed: u64, parameters: usize) -> Result<f64> {
    let (mut network, inputs, labels) = random_problem::<f64>(case, seed)?;
    let minibatch = Minibatch::dense(&inputs, labels);
    let (gradient, _) = Reference::new(&network).gradient(&network, &minibatch);
    let mut random = stream(seed, Stream::Shuffle);
    let mut worst: f64 = 0.0;
    for (l, layer) in gradient.iter().enumerate() {
        let (n_out, n_in) = (layer.n_out(), layer.n_in());
        let (weights, biases) = (layer.weights(), layer.biases());
        let (weight_scale, bias_scale) = (largest(&weights), largest(&biases));
        for _ in 0..parameters {
            let at = (random.random_range(0..n_out), random.random_range(0..n_in));
            let slope = central_difference(&mut network, &inputs, &minibatch, |network, by| {
                network.layers_mut()[l].weights_mut()[at] += by;
            });
            worst = larger(worst, (slope - weights[at]).abs() / weight_scale);
            let slope = central_difference(&mut network, &inputs, &minibatch, |network, by| {
                network.layers_mut()[l].biases_mut()[at.0] += by;
            });
            worst = larger(worst, (slope - biases[at.0]).abs() / bias_scale);
        }
    }
    Ok(worst)
}

/// A network from `seed` with weights divided by √n_in, so that no unit saturates and every gradient counts,
/// and random images and labels.
fn random_problem<F: Real>(case: &Case, seed: u64) -> Result<(Network<F>, Array2<F>, Vec<u8>)> {
    let mut network = Network::<F>::new(&case.sizes, seed)?;
    for layer in network.layers_mut() {
        let scale = F::of((layer.n_in() as f64).sqrt().recip());
        layer.weights_mut().mapv_inplace(|weight| weight * scale);
    }
    let mut random = stream(seed, Stream::Shuffle);
    let inputs = Array2::from_shape_simple_fn((network.n_in(), case.batch_size), || {
        // Four of five pixels are blank, as in handwriting.
        let ink = random.random_bool(0.2);
        F::of(if ink {
            f64::from(random.random::<u8>()) / 256.0
        } else {
            0.0
        })
    });
    let classes = network.n_out();
    let labels = (0..case.batch_size)
        .map(|_| random.random_range(0..classes) as u8)
        .collect();
    Ok((network, inputs, labels))
}

/// (C(p + h) − C(p − h)) / 2h for the parameter p that `shift` moves.
fn central_difference(
    network: &mut Network<f64>,
    inputs: &Array2<f64>,
    minibatch: &Minibatch<f64>,
    shift: impl Fn(&mut Network<f64>, f64),
) -> f64 {
    const STEP: f64 = 1e-5;
    let cost = |network: &Network<f64>| -> f64 {
        let outputs = network.feedforward(inputs.view());
        let samples = outputs.columns().into_iter().zip(minibatch.labels());
        samples
            .map(|(output, &label)| Cost::default().of(&output.to_vec(), label))
            .sum()
    };
    shift(network, STEP);
    let above = cost(network);
    shift(network, -2.0 * STEP);
    let below = cost(network);
    shift(network, STEP);
    (above - below) / (2.0 * STEP)
}

fn relative_error<F: Real>(actual: &[Layer<F>], expected: &[Layer<F>]) -> f64 {
    let layers = actual.iter().zip(expected).map(|(actual, expected)| {
        let weights = difference(&actual.weights(), &expected.weights());
        larger(weights, difference(&actual.biases(), &expected.biases()))
    });
    layers.fold(0.0, larger)
}

/// max |actual − expected| / max |expected|
fn difference<F: Real, D: Dimension>(actual: &ArrayView<F, D>, expected: &ArrayView<F, D>) -> f64 {
    let differences = actual
        .iter()
        .zip(expected)
        .map(|(a, e)| (a.as_f64() - e.as_f64()).abs());
    differences.fold(0.0, larger) / largest(expected)
}

/// max |value|, or the smallest number where all are 0
fn largest<F: Real, D: Dimension>(values: &ArrayView<F, D>) -> f64 {
    values
        .iter()
        .map(|value| value.as_f64().abs())
        .fold(f64::MIN_POSITIVE, larger)
}

/// The larger, where NaN is larger than all: a NaN must not pass for agreement.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}
