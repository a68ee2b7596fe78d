//! What a layer multiplies: some samples, stored dense, sparse, or as ink.

mod ink;
mod samples;
mod sparse;

use crate::math::real::Real;

pub(crate) use ink::{InkColumns, InkedPixels};
pub(crate) use samples::{DenseColumns, Samples, Terms};
pub(crate) use sparse::{SparseColumns, SparseMatrix};

/// Some samples of a mini-batch, or of the activations that take their place in the layers above.
#[derive(Clone, Copy)]
pub(crate) enum InputColumns<'a, F: Real> {
    Dense(DenseColumns<'a, F>),
    Sparse(SparseColumns<'a, F>),
    Ink(InkColumns<'a, F>),
}

impl<F: Real> InputColumns<'_, F> {
    /// Number of samples.
    pub fn len(self) -> usize {
        match self {
            Self::Dense(samples) => samples.len(),
            Self::Sparse(samples) => samples.len(),
            Self::Ink(samples) => samples.len(),
        }
    }
}
