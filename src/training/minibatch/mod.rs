//! The mini-batch: B samples as the columns of one (n_in × B) matrix, with their labels.
//!
//! Where most pixels are blank the matrix is a sparse one, and both the gather and the products on it skip the
//! blanks; otherwise it is a dense one, for BLAS. A [`Minibatch`] is a view. [`Gathered`] holds the samples of one that
//! is gathered from a data set, `filled` those of one that is filled image by image, `ahead` draws distorted images
//! for it, and `source` is where a trainer's mini-batches come from.

pub(crate) mod ahead;
mod filled;
mod gathered;
mod source;

use std::ops::Range;

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::data::{Dataset, Ink};
use crate::images::pixels::{PIXEL_SCALE, PixelSlice};
use crate::math::columns::{DenseColumns, InkColumns, InputColumns, Samples, SparseColumns, Terms};
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::vectorized;

pub use gathered::Gathered;
pub use source::Distorted;
pub(crate) use source::Source;

/// How the inputs of a mini-batch are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputForm {
    /// Sparse where it pays: where few pixels are inked.
    #[default]
    Auto,
    /// All pixels, for BLAS.
    Dense,
}

impl InputForm {
    /// The inked pixels of `dataset`, where they are stored sparse.
    fn ink(self, dataset: &Dataset) -> Option<&Ink> {
        match self {
            Self::Auto => dataset.ink(),
            Self::Dense => None,
        }
    }

    /// The number of inked pixels in `dataset`, where they are stored sparse.
    pub(super) fn inked(self, dataset: &Dataset) -> Option<u64> {
        match self {
            Self::Auto => dataset.inked(),
            Self::Dense => None,
        }
    }
}

/// B samples: inputs and labels, borrowed.
#[derive(Clone, Copy)]
pub struct Minibatch<'a, F: Real> {
    inputs: Inputs<'a, F>,
    n_in: usize,
    labels: &'a [u16],
    /// One per sample, or none: every sample counts 1.
    weights: &'a [f64],
    number: u64,
}

/// (n_in × B): sample k is column k.
#[derive(Clone, Copy)]
enum Inputs<'a, F: Real> {
    Dense(&'a Matrix<F>),
    Sparse(SparseColumns<'a, F>),
    Ink(InkColumns<'a, F>),
}

impl<'a, F: Real> Minibatch<'a, F> {
    /// The first columns of `inputs` (n_in × capacity) as samples, one per label.
    ///
    /// # Panics
    /// When there are more labels than columns.
    pub fn dense(inputs: &'a Matrix<F>, labels: &'a [u16]) -> Self {
        assert!(labels.len() <= inputs.columns(), "a column per label");
        Self {
            n_in: inputs.rows(),
            inputs: Inputs::Dense(inputs),
            labels,
            weights: &[],
            number: 0,
        }
    }

    /// The columns of `inputs` (n_in × B) as samples, one per label.
    pub(crate) fn sparse(inputs: SparseColumns<'a, F>, labels: &'a [u16]) -> Self {
        Self {
            n_in: inputs.rows(),
            inputs: Inputs::Sparse(inputs),
            labels,
            weights: &[],
            number: 0,
        }
    }

    /// Which mini-batch of the training run this is, from 0: chance in the pass, as in dropout, depends on it.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The same samples as another mini-batch of the training run.
    pub fn numbered(self, number: u64) -> Self {
        Self { number, ..self }
    }

    /// The same samples, which count as much as `weights` say: a sample of weight 2 as two samples.
    ///
    /// # Panics
    /// When there is not one weight per sample.
    pub fn weighted(self, weights: &'a [f64]) -> Self {
        assert_eq!(weights.len(), self.len(), "a weight per sample");
        Self { weights, ..self }
    }

    /// How much sample `k` counts, if not 1.
    pub fn weight(&self, k: usize) -> Option<f64> {
        self.weights.get(k).copied()
    }

    /// How much all samples count together: by what a summed gradient is divided.
    pub fn total_weight(&self) -> f64 {
        match self.weights {
            [] => self.len() as f64,
            weights => weights.iter().sum(),
        }
    }

    /// Number of samples, B.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of inputs of a sample.
    pub fn n_in(&self) -> usize {
        self.n_in
    }

    /// The samples as one dense matrix: (n_in × B). A copy.
    pub fn inputs(&self) -> Array2<F> {
        let mut inputs = Array2::zeros((self.n_in, self.len()));
        for k in 0..self.len() {
            inputs.column_mut(k).assign(&self.sample(k));
        }
        inputs
    }

    /// The inputs of sample `k`: (n_in). A copy.
    pub fn sample(&self, k: usize) -> Array1<F> {
        match self.columns(k..k + 1) {
            InputColumns::Dense(sample) => with_blanks(self.n_in, sample.sample(0)),
            InputColumns::Sparse(sample) => with_blanks(self.n_in, sample.sample(0)),
            InputColumns::Ink(sample) => with_blanks(self.n_in, sample.sample(0)),
        }
    }

    /// The labels: B.
    pub fn labels(&self) -> &'a [u16] {
        self.labels
    }

    /// The samples in `range`.
    pub(crate) fn columns(&self, range: Range<usize>) -> InputColumns<'a, F> {
        match self.inputs {
            Inputs::Dense(matrix) => InputColumns::Dense(DenseColumns::new(matrix, range)),
            Inputs::Sparse(columns) => InputColumns::Sparse(columns.view(range)),
            Inputs::Ink(images) => InputColumns::Ink(InkColumns {
                next: images.next.get(range.start..).unwrap_or_default(),
                ranges: &images.ranges[range],
                ..images
            }),
        }
    }
}

impl<F: Real> std::fmt::Debug for Minibatch<'_, F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Minibatch")
            .field("labels", &self.labels)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// A sample with its blanks.
fn with_blanks<F: Real>(n_in: usize, terms: impl Terms<F>) -> Array1<F> {
    let mut inputs = Array1::zeros(n_in);
    for (value, input) in terms.each() {
        inputs[input] = value;
    }
    inputs
}

/// Pixels as the network's inputs: bytes become k / 256.
fn convert<F: Real>(pixels: PixelSlice, inputs: &mut [F]) {
    match pixels {
        PixelSlice::Bytes(bytes) => vectorized(
            #[inline(always)]
            || {
                // Exact: a byte is a small integer, and the scale a power of two.
                let scale = F::of(1.0 / f64::from(PIXEL_SCALE));
                for (input, &byte) in inputs.iter_mut().zip(bytes) {
                    *input = F::of_byte(byte) * scale;
                }
            },
        ),
        PixelSlice::Floats(floats) => {
            for (input, &value) in inputs.iter_mut().zip(floats) {
                *input = F::of(f64::from(value));
            }
        }
    }
}
