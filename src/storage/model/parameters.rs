//! Parameters that were read from .npz or JSON: checked once, and then a network of either precision.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::math::real::{Precision, Real};
use crate::network::Network;

/// A layer's numbers: n_out × n_in weights, row by row, and n_out biases.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawLayer {
    pub n_out: usize,
    pub n_in: usize,
    pub weights: Vec<f64>,
    pub biases: Vec<f64>,
}

/// Layers that fit each other, of finite numbers.
#[derive(Debug)]
pub(super) struct Parameters {
    path: PathBuf,
    layers: Vec<RawLayer>,
}

impl Parameters {
    /// # Errors
    /// [`Error::Format`] when there is no layer, or when they do not fit each other, or a number is not finite.
    pub fn new(path: &Path, layers: Vec<RawLayer>) -> Result<Self> {
        let error = |place: String, expected: String, found: String| Error::Format {
            path: path.to_owned(),
            place,
            expected,
            found,
            hint: super::HINT.to_owned(),
        };
        let mut below = layers.first().map_or(0, |layer| layer.n_in);
        if layers.is_empty() {
            return Err(error(
                "layers".to_owned(),
                "at least one".to_owned(),
                "none".to_owned(),
            ));
        }
        for (index, layer) in layers.iter().enumerate() {
            let RawLayer {
                n_out,
                n_in,
                weights,
                biases,
            } = layer;
            let place = format!("layer {index}");
            if *n_in != below || *n_in == 0 || *n_out == 0 {
                let expected = format!("weights of outputs × {below}, at least 1 × 1");
                return Err(error(place, expected, format!("{n_out} × {n_in}")));
            }
            if n_out.checked_mul(*n_in) != Some(weights.len()) || biases.len() != *n_out {
                let expected = format!("{n_out} × {n_in} weights and {n_out} biases");
                let found = format!("{} and {}", weights.len(), biases.len());
                return Err(error(place, expected, found));
            }
            if let Some(number) = weights.iter().chain(biases).find(|number| !number.is_finite()) {
                return Err(error(place, "finite numbers".to_owned(), number.to_string()));
            }
            below = *n_out;
        }
        Ok(Self {
            path: path.to_owned(),
            layers,
        })
    }

    /// Inputs, hidden layers, outputs.
    pub fn sizes(&self) -> Vec<usize> {
        let inputs = self.layers.first().map(|layer| layer.n_in);
        inputs
            .into_iter()
            .chain(self.layers.iter().map(|layer| layer.n_out))
            .collect()
    }

    /// Single if all numbers are exact in single precision.
    pub fn precision(&self) -> Precision {
        let mut numbers = self
            .layers
            .iter()
            .flat_map(|layer| layer.weights.iter().chain(&layer.biases));
        match numbers.all(|&number| f64::from(number as f32) == number) {
            true => Precision::F32,
            false => Precision::F64,
        }
    }

    /// The network, rounded to the nearest `F`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]; [`Error::Format`] when a number is too large for `F`.
    pub fn network<F: Real>(&self) -> Result<Network<F>> {
        let sizes = self.sizes();
        let mut network = Network::zeros(&sizes)?;
        for (layer, raw) in network.layers_mut().iter_mut().zip(&self.layers) {
            let mut weights = layer.weights_mut();
            weights
                .iter_mut()
                .zip(&raw.weights)
                .for_each(|(weight, &number)| *weight = F::of(number));
            let mut biases = layer.biases_mut();
            biases
                .iter_mut()
                .zip(&raw.biases)
                .for_each(|(bias, &number)| *bias = F::of(number));
        }
        Ok(network)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
