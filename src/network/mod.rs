//! The network: its parameters, their initialisation, and feedforward.

pub mod activation;
pub mod committee;
pub mod cost;
pub(crate) mod dropout;
pub(crate) mod forward;
pub mod functions;
pub mod initialisation;
pub mod layer;
pub mod output;

use ndarray::{Array1, Array2};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::files::checksum::hexadecimal;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::memory;
use crate::network::functions::Functions;
use crate::network::initialisation::Initialisation;
use crate::network::layer::Layer;

/// The hint when a network is too large for the memory.
pub(crate) const FEWER_UNITS: &str = "Fewer units in `hidden` need less.";

/// The parameters of a fully connected network: L layers, each with its weights and biases.
#[derive(Debug, Clone, PartialEq)]
pub struct Network<F: Real> {
    layers: Vec<Layer<F>>,
    functions: Functions,
}

impl<F: Real> Network<F> {
    /// A network of the given sizes (inputs, hidden layers, outputs) as in the article: with its functions, and
    /// weights and biases ~ N(0, 1), drawn from `seed`.
    ///
    /// ```
    /// use batchprop::{Activation, Cost, Functions, Initialisation, Network, Output};
    ///
    /// let article = Network::<f32>::new(&[784, 30, 10], 0)?;
    /// let modern = Network::<f32>::zeros(&[784, 800, 10])?
    ///     .with_functions(Functions {
    ///         activation: Activation::Relu,
    ///         output: Output::Softmax,
    ///         cost: Cost::LogLikelihood,
    ///     })?
    ///     .initialised(Initialisation::He, 0)?;
    /// assert_eq!(modern.sizes(), [784, 800, 10]);
    /// # assert_eq!(article.functions(), Functions::default());
    /// # Ok::<(), batchprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Option`] when there are fewer than two sizes or one of them is 0; [`Error::OutOfMemory`] when
    /// the parameters do not fit into memory.
    pub fn new(sizes: &[usize], seed: u64) -> Result<Self> {
        Self::zeros(sizes)?.initialised(Initialisation::Normal, seed)
    }

    /// A network of the given sizes with the article's functions and all parameters zero.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn zeros(sizes: &[usize]) -> Result<Self> {
        if sizes.len() < 2 || sizes.contains(&0) {
            return Err(Error::option(
                "layer sizes",
                format!("{sizes:?}"),
                "at least inputs and outputs, each of one unit or more",
            ));
        }
        Self::check_memory(sizes)?;
        let layers = sizes
            .windows(2)
            .map(|pair| Layer::zeros(pair[1], pair[0]))
            .collect();
        Ok(Self {
            layers,
            functions: Functions::default(),
        })
    }

    /// The bytes that a network of `sizes` takes: its weights and biases. `u64::MAX` on overflow.
    pub fn bytes(sizes: &[usize]) -> u64 {
        let layers = sizes.windows(2);
        layers
            .map(|pair| Matrix::<F>::bytes(pair[1], pair[0].saturating_add(1)))
            .fold(0, u64::saturating_add)
    }

    /// Checks that there is memory for a network of `sizes`.
    pub(crate) fn check_memory(sizes: &[usize]) -> Result<()> {
        memory::check(
            Self::bytes(sizes),
            || format!("a network of {}", dashed(sizes)),
            |_| match F::NAME {
                "f64" => "Fewer units in `hidden` need less, and `precision` f32 half as much.".to_owned(),
                _ => FEWER_UNITS.to_owned(),
            },
        )
    }

    /// The same network with new random parameters from `seed`.
    ///
    /// # Errors
    /// [`Error::Option`] for [`Initialisation::Orthogonal`] where LAPACK is not linked.
    pub fn initialised(mut self, initialisation: Initialisation, seed: u64) -> Result<Self> {
        initialisation.draw(&mut self.layers, seed)?;
        Ok(self)
    }

    /// A network of given weights (n_out × n_in) and biases (n_out), one pair per layer, with the article's functions.
    ///
    /// # Errors
    /// [`Error::Option`] when there is no layer, or when the shapes do not fit each other.
    pub fn from_parameters(parameters: &[(Array2<F>, Array1<F>)]) -> Result<Self> {
        let sizes: Vec<usize> = parameters
            .first()
            .map(|(weights, _)| weights.ncols())
            .into_iter()
            .chain(parameters.iter().map(|(_, biases)| biases.len()))
            .collect();
        let mut network = Self::zeros(&sizes)?;
        for (index, (layer, (weights, biases))) in network.layers.iter_mut().zip(parameters).enumerate() {
            if weights.dim() != layer.weights().dim() {
                return Err(Error::option(
                    "weights",
                    format!("of layer {index}: {:?}", weights.dim()),
                    format!("{:?} to fit the layers beside it", layer.weights().dim()),
                ));
            }
            layer.weights_mut().assign(weights);
            layer.biases_mut().assign(biases);
        }
        Ok(network)
    }

    /// The layers, from the inputs on.
    pub fn layers(&self) -> &[Layer<F>] {
        &self.layers
    }

    /// The layers, from the inputs on.
    pub fn layers_mut(&mut self) -> &mut [Layer<F>] {
        &mut self.layers
    }

    /// The same parameters with other functions.
    ///
    /// # Errors
    /// [`Error::Option`] when the functions do not fit each other.
    pub fn with_functions(self, functions: Functions) -> Result<Self> {
        functions.check()?;
        Ok(Self { functions, ..self })
    }

    /// The same network with its parameters rounded to the nearest `G`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn rounded<G: Real>(&self) -> Result<Network<G>> {
        let round = |value: &F| G::of(value.as_f64());
        let layers = self.layers.iter();
        let parameters: Vec<_> = layers
            .map(|layer| (layer.weights().map(round), layer.biases().map(round)))
            .collect();
        Network::from_parameters(&parameters)?.with_functions(self.functions)
    }

    /// The functions of the units, and the cost. They fit each other.
    pub fn functions(&self) -> Functions {
        self.functions
    }

    /// Units of every layer: inputs, hidden layers, outputs.
    pub fn sizes(&self) -> Vec<usize> {
        std::iter::once(self.n_in())
            .chain(self.layers.iter().map(Layer::n_out))
            .collect()
    }

    /// Number of inputs.
    pub fn n_in(&self) -> usize {
        self.layers[0].n_in()
    }

    /// Number of outputs.
    pub fn n_out(&self) -> usize {
        self.layers[self.layers.len() - 1].n_out()
    }

    /// SHA-256 of the parameters' little-endian bytes, layer by layer, weights (row by row) then biases.
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        for layer in &self.layers {
            for parameter in layer.weights().iter().chain(layer.biases()) {
                hasher.update(parameter.little_endian());
            }
        }
        hexadecimal(hasher)
    }
}

/// Sizes in the usual notation: 784-30-10.
pub(crate) fn dashed(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join("-")
}

/// Zeros in the shapes of a network's parameters.
pub(crate) fn zeros_like<F: Real>(network: &Network<F>) -> Vec<Layer<F>> {
    let layers = network.layers().iter();
    layers
        .map(|layer| Layer::zeros(layer.n_out(), layer.n_in()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::activation::Activation;
    use crate::network::output::Output;

    #[test]
    fn sizes_beyond_all_memory_saturate() {
        assert_eq!(Network::<f64>::bytes(&[usize::MAX, usize::MAX, 2]), u64::MAX);
    }

    #[test]
    fn each_layer_s_activations_are_what_a_network_that_ends_there_feeds_forward() {
        let functions = Functions {
            activation: Activation::Tanh,
            output: Output::Softmax,
            cost: Output::Softmax.usual_cost(),
        };
        let network = Network::<f64>::new(&[7, 40, 3, 5], 1).unwrap();
        let network = network.with_functions(functions).unwrap();
        let input: Vec<f64> = (0..7).map(|k| f64::from(k) / 7.0).collect();
        let column = Array2::from_shape_vec((7, 1), input.clone()).unwrap();
        let layers = network.activations(&input);
        assert_eq!(layers.len(), 3);
        assert_eq!(
            layers[2],
            network.feedforward(column.view()).into_raw_vec_and_offset().0
        );
        let mut below = input;
        for (layer, found) in network.layers().iter().zip(&layers[..2]) {
            let sums = layer.weights().dot(&Array1::from(below)) + layer.biases();
            let error = sums.iter().zip(found).map(|(z, a)| (z.tanh() - a).abs());
            assert!(error.fold(0.0, f64::max) < 1e-14);
            below = found.clone();
        }
    }
}
