//! How weights and biases start.
//!
//! Biases are drawn before weights, layer by layer, weights row by row as NumPy fills a matrix, in any storage
//! order, and in f64, so that a seed gives the same network in both precisions.

use ndarray::{Array2, Axis};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::math::normal::standard_normal;
use crate::math::random::{Stream, stream};
use crate::math::real::Real;
use crate::network::layer::Layer;

/// The distribution of the first weights and biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialisation {
    /// Weights and biases ~ N(0, 1): the article's.
    #[default]
    Normal,
    /// Weights ~ N(0, 1/n_in), so that no unit starts saturated; biases ~ N(0, 1). Nielsen, chapter 3.
    Normalised,
    /// Weights uniform in ±√(6 / (n_in + n_out)), biases 0. For sigmoid and tanh. Glorot and Bengio 2010.
    Xavier,
    /// Weights ~ N(0, 2/n_in), biases 0. For the ReLU and its kin. He, Zhang, Ren and Sun 2015.
    He,
    /// Weights whose rows, or columns where there are fewer of them, are orthonormal: Q of the QR decomposition of a
    /// normal matrix, with the signs that make it uniformly distributed. Biases 0. Saxe, McClelland and Ganguli 2013.
    /// Needs LAPACK, which comes with OpenBLAS.
    Orthogonal,
}

impl Initialisation {
    /// All variants.
    pub const ALL: [Self; 5] = [
        Self::Normal,
        Self::Normalised,
        Self::Xavier,
        Self::He,
        Self::Orthogonal,
    ];

    /// The name on the command line: `he`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Normalised => "normalised",
            Self::Xavier => "xavier",
            Self::He => "he",
            Self::Orthogonal => "orthogonal",
        }
    }

    /// Draws all parameters of `layers` anew.
    pub(crate) fn draw<F: Real>(self, layers: &mut [Layer<F>], seed: u64) -> Result<()> {
        let mut random = stream(seed, Stream::Initialisation);
        for layer in &mut *layers {
            match self {
                Self::Normal | Self::Normalised => {
                    layer.biases_mut().mapv_inplace(|_| standard_normal(&mut random));
                }
                Self::Xavier | Self::He | Self::Orthogonal => layer.biases_mut().fill(F::zero()),
            }
        }
        for layer in layers {
            let (n_out, n_in) = layer.weights().dim();
            match self {
                Self::Normal => fill(layer, || standard_normal(&mut random)),
                Self::Normalised => fill_normal(layer, 1.0 / n_in as f64, &mut random),
                Self::Xavier => {
                    let bound = (6.0 / (n_in + n_out) as f64).sqrt();
                    fill(layer, || F::of(random.random_range(-bound..=bound)));
                }
                Self::He => fill_normal(layer, 2.0 / n_in as f64, &mut random),
                Self::Orthogonal => {
                    let weights = orthogonal(n_out, n_in, &mut random)?;
                    layer
                        .weights_mut()
                        .zip_mut_with(&weights, |weight, &value| *weight = F::of(value));
                }
            }
        }
        Ok(())
    }
}

fn fill<F: Real>(layer: &mut Layer<F>, mut draw: impl FnMut() -> F) {
    for mut row in layer.weights_mut().axis_iter_mut(Axis(0)) {
        row.mapv_inplace(|_| draw());
    }
}

fn fill_normal<F: Real>(layer: &mut Layer<F>, variance: f64, random: &mut impl Rng) {
    let deviation = variance.sqrt();
    fill(layer, || F::of(standard_normal::<f64>(random) * deviation));
}

/// A random (rows × columns) matrix with orthonormal rows or columns, whichever are fewer.
#[cfg(lapack)]
fn orthogonal(rows: usize, columns: usize, random: &mut impl Rng) -> Result<Array2<f64>> {
    use crate::error::Error;
    use ndarray_linalg::QR;

    let (long, short) = (rows.max(columns), rows.min(columns));
    let normal = Array2::from_shape_simple_fn((long, short), || standard_normal::<f64>(random));
    let (mut q, r) = normal.qr().map_err(|error| {
        Error::option(
            "initialisation",
            "orthogonal",
            format!("a LAPACK that can decompose {long} × {short} random numbers: {error}"),
        )
    })?;
    // Q is unique, and so uniformly distributed, once R's diagonal is positive.
    for (mut column, &diagonal) in q.columns_mut().into_iter().zip(r.diag()) {
        column *= diagonal.signum();
    }
    Ok(if rows >= columns { q } else { q.reversed_axes() })
}

/// Without LAPACK there is no QR decomposition.
#[cfg(not(lapack))]
fn orthogonal(_: usize, _: usize, _: &mut impl Rng) -> Result<Array2<f64>> {
    Err(crate::error::Error::option(
        "initialisation",
        "orthogonal",
        "normal, normalised, xavier or he, because this program was built without LAPACK; install OpenBLAS's \
                   development package, such as libopenblas-dev, and build again to have it",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(initialisation: Initialisation) -> Vec<Layer<f64>> {
        let mut layers = vec![Layer::zeros(300, 500), Layer::zeros(400, 300)];
        initialisation.draw(&mut layers, 3).unwrap();
        layers
    }

    fn variance(values: impl ExactSizeIterator<Item = f64>) -> f64 {
        let n = values.len() as f64;
        values.map(|value| value * value).sum::<f64>() / n
    }

    #[test]
    fn variances_are_the_papers() {
        for (initialisation, weights, biases) in [
            (Initialisation::Normal, 1.0, 1.0),
            (Initialisation::Normalised, 1.0 / 500.0, 1.0),
            (Initialisation::Xavier, 2.0 / 800.0, 0.0),
            (Initialisation::He, 2.0 / 500.0, 0.0),
        ] {
            let layer = &drawn(initialisation)[0];
            let found = variance(layer.weights().iter().copied());
            assert!(
                (found / weights - 1.0).abs() < 0.02,
                "{initialisation:?}: {found}"
            );
            let found = variance(layer.biases().iter().copied());
            assert!((found - biases).abs() < 0.3, "{initialisation:?} biases: {found}");
        }
    }

    #[test]
    fn xavier_stays_within_its_bound() {
        let bound = (6.0f64 / 800.0).sqrt();
        let layers = drawn(Initialisation::Xavier);
        assert!(layers[0].weights().iter().all(|weight| weight.abs() <= bound));
    }

    #[cfg(lapack)]
    #[test]
    fn orthogonal_rows_or_columns_are_orthonormal() {
        for layer in drawn(Initialisation::Orthogonal) {
            let weights = layer.weights();
            let gram = if layer.n_out() < layer.n_in() {
                weights.dot(&weights.t())
            } else {
                weights.t().dot(&weights)
            };
            let error = (gram - Array2::<f64>::eye(300)).mapv(f64::abs);
            let error = error.into_iter().fold(0.0, f64::max);
            assert!(error < 1e-13, "{error:e}");
        }
    }

    #[cfg(not(lapack))]
    #[test]
    fn orthogonal_without_lapack_says_how_to_get_it() {
        let error = Initialisation::Orthogonal
            .draw(&mut [Layer::<f32>::zeros(2, 2)], 0)
            .unwrap_err();
        assert!(
            error.is_usage() && error.to_string().contains("libopenblas-dev"),
            "{error}"
        );
    }
}
