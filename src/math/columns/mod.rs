//! What a layer multiplies: some samples, stored dense, sparse, or as ink.

mod ink;
mod joined;
mod nonzero;
mod samples;
mod sparse;

use crate::math::simd::Vectors;

pub use ink::{InkColumns, InkedPixels};
pub(crate) use joined::joined;
pub(crate) use nonzero::for_each_nonzero;
pub use samples::DenseColumns;
pub(crate) use samples::{Listed, Samples, Terms};
pub use sparse::SparseColumns;
pub(crate) use sparse::SparseMatrix;

/// Some samples of a mini-batch, or of the activations that take their place in the layers above.
#[derive(Clone, Copy)]
pub enum InputColumns<'a, F: Vectors> {
    Dense(DenseColumns<'a, F>),
    Sparse(SparseColumns<'a, F>),
    Ink(InkColumns<'a, F>),
}

impl<F: Vectors> InputColumns<'_, F> {
    /// Number of samples.
    pub fn len(self) -> usize {
        match self {
            Self::Dense(samples) => samples.len(),
            Self::Sparse(samples) => samples.len(),
            Self::Ink(samples) => samples.len(),
        }
    }
}
