//! Mini-batches filled image by image.

use std::fmt::Debug;
use std::ops::Range;

use bytemuck::{AnyBitPattern, NoUninit};

use super::{Minibatch, convert};
use crate::images::pixels::{PIXEL_SCALE, PixelSlice};
use crate::math::columns::{Samples, SparseMatrix, Terms};
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

    /// Adds the bytes of the first `samples` samples to `bytes`.
    fn write_to(&self, samples: usize, bytes: &mut Vec<u8>);

    /// Reads `samples` samples, as [`Self::write_to`] wrote them, from the start of `bytes`, and moves `bytes` behind them. There
    /// must be no samples yet.
    ///
    /// # Panics
    /// When the bytes end early, or are not those of samples with as many inputs.
    fn read_from(&mut self, samples: usize, bytes: &mut &[u8]);

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

    fn write_to(&self, samples: usize, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(bytemuck::cast_slice(&self.elements()[..samples * self.stride()]));
    }

    fn read_from(&mut self, samples: usize, bytes: &mut &[u8]) {
        let elements = samples * self.stride();
        read(&mut self.elements_mut()[..elements], bytes);
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

    fn write_to(&self, samples: usize, bytes: &mut Vec<u8>) {
        let samples = self.view(0..samples);
        for k in 0..samples.len() {
            let elements = samples.sample(k).each();
            let count_at = bytes.len();
            bytes.extend_from_slice(&[0; size_of::<u32>()]);
            let mut count = 0u32;
            for (value, row) in elements {
                bytes.extend_from_slice(&(row as u16).to_ne_bytes());
                bytes.extend_from_slice(bytemuck::bytes_of(&value));
                count += 1;
            }
            bytes[count_at..][..size_of::<u32>()].copy_from_slice(&count.to_ne_bytes());
        }
    }

    fn read_from(&mut self, samples: usize, bytes: &mut &[u8]) {
        for _ in 0..samples {
            let mut count = [0u32];
            read(&mut count, bytes);
            self.push((0..count[0]).map(|_| {
                let (mut row, mut value) = ([0u16], [F::zero()]);
                read(&mut row, bytes);
                read(&mut value, bytes);
                (usize::from(row[0]), value[0])
            }));
        }
    }

    fn minibatch<'a>(&'a self, labels: &'a [u16]) -> Minibatch<'a, F> {
        Minibatch::sparse(self.view(0..self.columns()), labels)
    }
}

/// Takes numbers off the start of `bytes`.
fn read<T: AnyBitPattern + NoUninit>(numbers: &mut [T], bytes: &mut &[u8]) {
    let room: &mut [u8] = bytemuck::cast_slice_mut(numbers);
    room.copy_from_slice(
        bytes
            .split_off(..room.len())
            .expect("as many bytes as were written"),
    );
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

    /// Adds the bytes of all samples to `bytes`.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&(self.labels.len() as u32).to_ne_bytes());
        bytes.extend_from_slice(bytemuck::cast_slice(&self.labels));
        self.inputs.write_to(self.labels.len(), bytes);
    }

    /// Replaces all samples by those that [`Self::write_to`] wrote, and takes their bytes off `bytes`. There must be room for them.
    ///
    /// # Panics
    /// When they are bytes of something else.
    pub fn read_from(&mut self, bytes: &mut &[u8]) {
        let mut samples = [0u32];
        read(&mut samples, bytes);
        let samples = samples[0] as usize;
        self.labels.resize(samples, 0);
        read(&mut self.labels, bytes);
        self.inputs.remove_all();
        self.inputs.read_from(samples, bytes);
    }

    /// The samples.
    pub fn minibatch(&self) -> Minibatch<'_, S::Number> {
        self.inputs.minibatch(&self.labels)
    }
}
