//! Checks that the fast engine computes the textbook's gradient on this machine: the batched engine is compared with the
//! reference, and the reference with finite differences.

pub mod published;

use ndarray::{Array2, ArrayView, Dimension};
use rand::RngExt;

use crate::error::Result;
use crate::math::columns::SparseMatrix;
use crate::math::matrix::Matrix;
use crate::math::random::{Stream, stream};
use crate::math::real::Real;
use crate::network::Network;
use crate::network::activation::Activation;
use crate::network::cost::Cost;
use crate::network::functions::Functions;
use crate::network::layer::Layer;
use crate::network::output::Output;
use crate::training::gradient::{Batched, GradientEngine, Reference, Regularisers};
use crate::training::minibatch::Minibatch;

/// Largest relative error between batched and reference that counts as agreement: 10⁻¹² in f64, 10⁻⁵ in f32.
pub fn engine_bound<F: Real>() -> f64 {
    if F::NAME == "f64" { 1e-12 } else { 1e-5 }
}

/// Largest relative error between reference and finite differences that counts as agreement. Central differences with a step
/// of h = 10⁻⁵ have an error of about h² from the formula and of ε/h from rounding. Each is 10⁻¹⁰ of the cost, or 10⁻⁷ of
/// the smallest gradients here.
pub const DIFFERENCES_BOUND: f64 = 1e-6;

/// A network and a mini-batch size to try.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Inputs, hidden layers, outputs.
    pub sizes: Vec<usize>,
    /// B.
    pub batch_size: usize,
    /// Of the network.
    pub functions: Functions,
    /// Of the training pass.
    pub regularisers: Regularisers,
}

impl Case {
    /// A case with the article's functions.
    pub fn new(sizes: &[usize], batch_size: usize) -> Self {
        Self {
            sizes: sizes.to_vec(),
            batch_size,
            functions: Functions::default(),
            regularisers: Regularisers::default(),
        }
    }

    fn with(self, activation: Activation, output: Output, cost: Cost) -> Self {
        let functions = Functions {
            activation,
            output,
            cost,
        };
        Self { functions, ..self }
    }

    fn with_dropout(self, dropout: f64) -> Self {
        let regularisers = Regularisers {
            dropout,
            ..self.regularisers
        };
        Self { regularisers, ..self }
    }

    fn smoothed(self, label_smoothing: f64) -> Self {
        let regularisers = Regularisers {
            label_smoothing,
            ..self.regularisers
        };
        Self { regularisers, ..self }
    }
}

/// What `batchprop verify` tries: the article's network, deeper and unusual ones, a mini-batch of one sample, a layer of one
/// unit, mini-batches whose last chunk is short; and every activation, output and cost.
pub fn cases() -> Vec<Case> {
    use Activation::{Gelu, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
    use Cost::{CrossEntropy, LogLikelihood, Quadratic};
    let case = Case::new;
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
        case(&[784, 30, 10], 10).with(Sigmoid, Output::Sigmoid, CrossEntropy),
        case(&[784, 100, 10], 64).with(Tanh, Output::Softmax, LogLikelihood),
        case(&[784, 30, 10], 10).with(Relu, Output::Softmax, LogLikelihood),
        case(&[784, 30, 20, 10], 10).with(LeakyRelu, Output::Sigmoid, Quadratic),
        case(&[784, 100, 50, 10], 100)
            .with(Gelu, Output::Softmax, LogLikelihood)
            .smoothed(0.1),
        case(&[784, 300, 10], 130)
            .with(Silu, Output::Sigmoid, CrossEntropy)
            .smoothed(0.1),
        case(&[784, 100, 100, 10], 100)
            .with(Sigmoid, Output::Softmax, LogLikelihood)
            .with_dropout(0.3),
    ]
}

/// The largest relative error of the batched engine for one case, with dense and with sparse inputs, against the reference. The
/// error of a layer's gradient is max |batched − reference| / max |reference|. Where the layer's largest gradient is less than a
/// hundredth of the whole network's, that hundredth is the divisor. The relative error of the cost counts as well.
///
/// # Errors
/// [`Error::Option`](crate::Error::Option) when no network has these sizes.
pub fn batched_against_reference<F: Real>(case: &Case, seed: u64) -> Result<f64> {
    let (network, inputs, labels) = random_problem::<F>(case, seed)?;
    let blanks_left_out = sparse(&inputs);
    let (dense, sparse) = (
        Minibatch::dense(&inputs, &labels),
        Minibatch::sparse(blanks_left_out.view(0..inputs.columns()), &labels),
    );
    let (reference, reference_cost) = Reference::new(&network, case.regularisers).gradient(&network, &dense);
    let errors = [dense, sparse].map(|minibatch| {
        let (batched, cost) =
            Batched::new(&network, minibatch.len(), case.regularisers).gradient(&network, &minibatch);
        let cost_error = ((cost - reference_cost) / reference_cost).abs();
        larger(relative_error(&batched, &reference), cost_error)
    });
    Ok(larger(errors[0], errors[1]))
}

/// The largest relative error of the reference's gradient against central finite differences of the cost,
/// in f64, over a sample of `parameters` of each layer, measured as in [`batched_against_reference`].
///
/// # Errors
/// [`Error::Option`](crate::Error::Option) when no network has these sizes.
pub fn reference_against_differences(case: &Case, seed: u64, parameters: usize) -> Result<f64> {
    let (mut network, inputs, labels) = random_problem::<f64>(case, seed)?;
    let minibatch = Minibatch::dense(&inputs, &labels);
    let (gradient, _) = Reference::new(&network, case.regularisers).gradient(&network, &minibatch);
    let mut cost = CostFunction {
        engine: Batched::new(&network, minibatch.len(), case.regularisers),
        minibatch,
    };
    let mut random = stream(seed, Stream::Shuffle);
    let floor = floor(&gradient);
    let mut worst: f64 = 0.0;
    for (l, layer) in gradient.iter().enumerate() {
        let (n_out, n_in) = (layer.n_out(), layer.n_in());
        let (weights, biases) = (layer.weights(), layer.biases());
        let (weight_scale, bias_scale) = (larger(largest(&weights), floor), larger(largest(&biases), floor));
        for _ in 0..parameters {
            let at = (random.random_range(0..n_out), random.random_range(0..n_in));
            let slope = cost.slope(&mut network, weight_scale, |network, by| {
                network.layers_mut()[l].weights_mut()[at] += by;
            });
            let error = slope.map_or(0.0, |slope| (slope - weights[at]).abs() / weight_scale);
            worst = larger(worst, error);
            let slope = cost.slope(&mut network, bias_scale, |network, by| {
                network.layers_mut()[l].biases_mut()[at.0] += by;
            });
            let error = slope.map_or(0.0, |slope| (slope - biases[at.0]).abs() / bias_scale);
            worst = larger(worst, error);
        }
    }
    Ok(worst)
}

/// A network from `seed` with weights divided by √n_in, so that no unit saturates and every gradient counts,
/// and random images and labels. The identity bounds nothing, so that weights are half as large there: else the outputs of a
/// deep network with dropout may come so close to 1 that their cost has no digits left for a difference.
fn random_problem<F: Real>(case: &Case, seed: u64) -> Result<(Network<F>, Matrix<F>, Vec<u16>)> {
    let mut network = Network::<F>::new(&case.sizes, seed)?.with_functions(case.functions)?;
    let gain = match case.functions.activation {
        Activation::Identity => 0.5,
        _ => 1.0,
    };
    for layer in network.layers_mut() {
        let scale = F::of(gain * (layer.n_in() as f64).sqrt().recip());
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
        .map(|_| random.random_range(0..classes) as u16)
        .collect();
    Ok((network, Matrix::from(inputs.view()), labels))
}

/// The same samples without their blanks.
fn sparse<F: Real>(samples: &Matrix<F>) -> SparseMatrix<F> {
    let mut sparse = SparseMatrix::with_capacity(samples.rows(), samples.columns());
    for k in 0..samples.columns() {
        let inputs = samples.column(k).iter().copied().enumerate();
        sparse.push(inputs.filter(|(_, input)| !input.is_zero()));
    }
    sparse
}

/// The cost of the training pass, as a function of the parameters.
struct CostFunction<'a> {
    engine: Batched<f64>,
    minibatch: Minibatch<'a, f64>,
}

impl CostFunction<'_> {
    /// ∂C/∂p for the parameter p that `shift` moves, by two central differences. `None` where they disagree by a
    /// good part of what is asked of `scale`: there the cost has a kink within the step (a ReLU's z crosses 0), and
    /// no difference gives the slope.
    fn slope(
        &mut self,
        network: &mut Network<f64>,
        scale: f64,
        shift: impl Fn(&mut Network<f64>, f64),
    ) -> Option<f64> {
        const STEP: f64 = 1e-5;
        let [coarse, fine] = [STEP, STEP / 2.0].map(|step| {
            shift(network, step);
            let above = self.engine.backpropagate(network, &self.minibatch);
            shift(network, -2.0 * step);
            let below = self.engine.backpropagate(network, &self.minibatch);
            shift(network, step);
            (above - below) / (2.0 * step)
        });
        let kinked = (coarse - fine).abs() > DIFFERENCES_BOUND / 2.0 * scale
            && !network.functions().activation.is_smooth();
        (!kinked).then_some(coarse)
    }
}

fn relative_error<F: Real>(actual: &[Layer<F>], expected: &[Layer<F>]) -> f64 {
    let floor = floor(expected);
    let layers = actual.iter().zip(expected).map(|(actual, expected)| {
        let weights = difference(&actual.weights(), &expected.weights(), floor);
        larger(weights, difference(&actual.biases(), &expected.biases(), floor))
    });
    layers.fold(0.0, larger)
}

/// The smallest scale that errors of gradients are divided by: a hundredth of the network's largest gradient. Below
/// saturated units, gradients are differences of almost equal numbers, and so small that their last digits do not
/// matter.
fn floor<F: Real>(gradient: &[Layer<F>]) -> f64 {
    let layers = gradient
        .iter()
        .map(|layer| larger(largest(&layer.weights()), largest(&layer.biases())));
    layers.fold(0.0, larger) / 100.0
}

/// max |actual − expected| / max |expected|, or over `floor` where that is larger
fn difference<F: Real, D: Dimension>(
    actual: &ArrayView<F, D>,
    expected: &ArrayView<F, D>,
    floor: f64,
) -> f64 {
    let differences = actual
        .iter()
        .zip(expected)
        .map(|(a, e)| (a.as_f64() - e.as_f64()).abs());
    differences.fold(0.0, larger) / larger(largest(expected), floor)
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
