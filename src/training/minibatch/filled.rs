//! Mini-batches filled image by image.

use std::fmt::Debug;
use std::ops::Range;

use super::{Minibatch, convert};
use crate::images::pixels::{PIXEL_SCALE, PixelSlice};
use crate::math::columns::SparseMatrix;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::vectorized;

/// How samples are stored: sample k is column k.
pub(crate) trait Storage: Debug + Send + Sync {
    /// The precision of the inputs.
    type Number: Real;

    /// No samples, and room for `capacity` of `n_in` inputs each.
    fn with_room(n_in: usize, capacity: usize) -> Self;

    /// Removes all samples.
    fn remove_all(&mut self);

    /// Adds an image as sample `k`.
    fn add_image(&mut self, k: usize, pixels: PixelSlice);

    /// Adds the samples of `other` in `range` as sample `k` and those after it.
    fn add_samples(&mut self, k: usize, other: &Self, range: Range<usize>);

    /// The samples with their labels.
    fn minibatch<'a>(&'a self, labels: &'a [u16]) -> Minibatch<'a, Self::Number>;
}

impl<F: Real> Storage for Matrix<F> {
    type Number = F;

    fn with_room(n_in: usize, capacity: usize) -> Self {
        Self::zeros(n_in, capacity)
    }

    fn remove_all(&mut self) {}

    fn add_image(&mut self, k: usize, pixels: PixelSlice) {
        convert(pixels, self.column_mut(k));
    }

    fn add_samples(&mut self, k: usize, other: &Self, range: Range<usize>) {
        for (index, sample) in range.enumerate() {
            self.column_mut(k + index).copy_from_slice(other.column(sample));
        }
    }

    fn minibatch<'a>(&'a self, labels: &'a [u16]) -> Minibatch<'a, F> {
        Minibatch::dense(self, labels)
    }
}

impl<F: Real> Storage for SparseMatrix<F> {
    type Number = F;

    fn with_room(n_in: usize, capacity: usize) -> Self {
        Self::with_capacity(n_in, capacity)
    }

    fn remove_all(&mut self) {
        self.clear();
    }

    fn add_image(&mut self, _: usize, pixels: PixelSlice) {
        match pixels {
            PixelSlice::Bytes(bytes) => vectorized(
                #[inline(always)]
                || {
                    let scale = F::of(1.0 / f64::from(PIXEL_SCALE));
                    self.push_full(bytes, |byte| F::of_byte(byte) * scale);
                },
            ),
            PixelSlice::Floats(floats) => self.push_full(floats, |value| F::of(f64::from(value))),
        }
    }

    fn add_samples(&mut self, _: usize, other: &Self, range: Range<usize>) {
        self.append(other, range);
    }

    fn minibatch<'a>(&'a self, labels: &'a [u16]) -> Minibatch<'a, F> {
        Minibatch::sparse(self.view(0..self.columns()), labels)
    }
}

/// Up to a capacity of samples, its memory taken once.
#[derive(Debug)]
pub(super) struct Filled<S> {
    inputs: S,
    labels: Vec<u16>,
}

impl<S: Storage> Filled<S> {
    /// No samples, and room for `capacity` of `n_in` inputs each.
    pub fn new(n_in: usize, capacity: usize) -> Self {
        Self {
            inputs: S::with_room(n_in, capacity),
            labels: Vec::with_capacity(capacity),
        }
    }

    /// Removes all samples.
    pub fn clear(&mut self) {
        self.inputs.remove_all();
        self.labels.clear();
    }

    /// Adds a sample. There must be room for it.
    pub fn push(&mut self, pixels: PixelSlice, label: u16) {
        self.inputs.add_image(self.labels.len(), pixels);
        self.labels.push(label);
    }

    /// Adds the samples of `other` in `range`. There must be room for them.
    pub fn append(&mut self, other: &Self, range: Range<usize>) {
        self.inputs
            .add_samples(self.labels.len(), &other.inputs, range.clone());
        self.labels.extend_from_slice(&other.labels[range]);
    }

    /// The samples.
    pub fn minibatch(&self) -> Minibatch<'_, S::Number> {
        self.inputs.minibatch(&self.labels)
    }
}
