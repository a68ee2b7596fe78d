//! The mini-batch: B images gathered from anywhere in a data set into one (n_in × B) matrix.
//!
//! Where most pixels are blank the matrix is a sparse one, and both the gather and the products on it skip the
//! blanks; otherwise it is a dense one, for BLAS.

pub(crate) mod ahead;

use std::ops::Range;

use ndarray::{Array1, Array2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::images::pixels::{PIXEL_SCALE, PixelSlice};
use crate::math::columns::SparseMatrix;
use crate::math::columns::{DenseColumns, InkColumns, InputColumns, Samples, Terms};
use crate::math::matrix::{Matrix, array_bytes};
use crate::math::real::Real;
use crate::math::simd::prefetch;
use crate::math::simd::vectorized;

/// From this many pixels on a dense gather is split over the cores.
const PARALLEL_PIXELS: usize = 64 * 784;

/// Images of the next mini-batch whose memory is asked for while this one is computed: as many as fit the fastest
/// cache. Larger mini-batches are read by several cores, and long enough for the hardware to look ahead.
const PREFETCHED: usize = 64;

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
    /// Inked pixels of all images of `dataset` together, where they are stored sparse.
    pub(super) fn inked(self, dataset: &Dataset) -> Option<u64> {
        match self {
            Self::Auto => dataset.inked(),
            Self::Dense => None,
        }
    }
}

/// Up to `capacity` samples: inputs and labels. Allocated once, filled anew for each mini-batch.
#[derive(Debug, Clone)]
pub struct Minibatch<F: Real> {
    inputs: Inputs<F>,
    labels: Vec<u8>,
    number: u64,
}

/// (n_in × capacity): sample k is column k.
#[derive(Debug, Clone)]
enum Inputs<F: Real> {
    Dense(Matrix<F>),
    Sparse(SparseMatrix<F>),
    Ink(InkedImages<F>),
}

/// Images that stay where they are, in their data set.
#[derive(Debug, Clone)]
struct InkedImages<F> {
    dataset: Dataset,
    /// Of each sample, where its ink starts and ends.
    ranges: Vec<(u32, u32)>,
    /// The intensity of every shade.
    palette: Box<[F; 256]>,
}

impl<F: Real> Minibatch<F> {
    /// An empty mini-batch with room for `capacity` samples of `dataset`.
    pub fn new(dataset: &Dataset, capacity: usize, form: InputForm) -> Self {
        let n_in = dataset.inputs();
        let inputs = match (form, dataset.ink()) {
            (InputForm::Auto, Some(ink)) => Inputs::Ink(InkedImages {
                dataset: dataset.clone(),
                ranges: Vec::with_capacity(capacity),
                palette: Box::new(ink.palette().map(|intensity| F::of(f64::from(intensity)))),
            }),
            _ => Inputs::Dense(Matrix::zeros(n_in, capacity)),
        };
        Self {
            inputs,
            labels: Vec::with_capacity(capacity),
            number: 0,
        }
    }

    /// The bytes that [`Self::new`] takes.
    pub(super) fn bytes(dataset: &Dataset, capacity: usize, form: InputForm) -> u64 {
        match form.inked(dataset) {
            // The images stay in the data set; of each is kept where.
            Some(_) => array_bytes::<(u32, u32)>(capacity as u64),
            None => Matrix::<F>::bytes(dataset.inputs(), capacity),
        }
    }

    /// As [`Self::new`], for samples that are not in `dataset` but [pushed](Self::push), one by one.
    pub(crate) fn for_samples_like(dataset: &Dataset, capacity: usize, form: InputForm) -> Self {
        let n_in = dataset.inputs();
        let inputs = match (form, dataset.ink()) {
            (InputForm::Auto, Some(_)) => Inputs::Sparse(SparseMatrix::with_capacity(n_in, capacity)),
            _ => Inputs::Dense(Matrix::zeros(n_in, capacity)),
        };
        Self {
            inputs,
            labels: Vec::with_capacity(capacity),
            number: 0,
        }
    }

    /// A mini-batch of given samples, stored dense: `inputs` (n_in × B) with one label a column.
    ///
    /// # Panics
    /// When there are not as many labels as columns.
    pub fn dense(inputs: &Array2<F>, labels: Vec<u8>) -> Self {
        assert_eq!(inputs.ncols(), labels.len(), "one label a sample");
        let mut matrix = Matrix::zeros(inputs.nrows(), inputs.ncols());
        matrix.view_mut().assign(inputs);
        Self {
            inputs: Inputs::Dense(matrix),
            labels,
            number: 0,
        }
    }

    /// A mini-batch of given samples, stored sparse: `inputs` (n_in × B) with one label a column.
    ///
    /// # Panics
    /// When there are not as many labels as columns, or more than 65,536 inputs.
    pub fn sparse(inputs: &Array2<F>, labels: Vec<u8>) -> Self {
        assert_eq!(inputs.ncols(), labels.len(), "one label a sample");
        let mut matrix = SparseMatrix::with_capacity(inputs.nrows(), inputs.ncols());
        for sample in inputs.columns() {
            let elements = sample.iter().enumerate();
            matrix.push(
                elements
                    .filter(|(_, value)| !value.is_zero())
                    .map(|(row, &value)| (row, value)),
            );
        }
        Self {
            inputs: Inputs::Sparse(matrix),
            labels,
            number: 0,
        }
    }

    /// Replaces the samples by those of `dataset` at `indices`, in their order. Bytes become k / 256. `upcoming` are
    /// the indices of the gathers to come: the memory of the next few is asked for meanwhile.
    ///
    /// # Panics
    /// When an index is outside the data set, or the data set is not like the one the mini-batch was made for.
    pub fn gather(&mut self, dataset: &Dataset, indices: &[u32], upcoming: &[u32]) {
        assert_eq!(
            dataset.inputs(),
            self.n_in(),
            "inputs of the data set and of the mini-batch"
        );
        let labels = dataset.labels();
        self.labels.clear();
        self.labels
            .extend(indices.iter().map(|&index| labels[index as usize]));
        match &mut self.inputs {
            Inputs::Dense(matrix) => gather_dense(dataset, indices, matrix),
            Inputs::Ink(images) => images.gather(dataset, indices, upcoming),
            Inputs::Sparse(_) => unreachable!("only given samples are stored so"),
        }
    }

    /// Which mini-batch of the training run this is, from 0: chance in the pass, as dropout, depends on it.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Says which mini-batch of the training run this is.
    pub fn set_number(&mut self, number: u64) {
        self.number = number;
    }

    /// Forgets all samples.
    pub(crate) fn clear(&mut self) {
        self.labels.clear();
        if let Inputs::Sparse(matrix) = &mut self.inputs {
            matrix.clear();
        }
    }

    /// Adds a sample. There must be room for it.
    pub(crate) fn push(&mut self, pixels: PixelSlice, label: u8) {
        match (&mut self.inputs, pixels) {
            (Inputs::Dense(matrix), pixels) => convert(pixels, matrix.column_mut(self.labels.len())),
            (Inputs::Sparse(matrix), PixelSlice::Bytes(bytes)) => vectorized(
                #[inline(always)]
                || {
                    let scale = F::of(1.0 / f64::from(PIXEL_SCALE));
                    matrix.push_full(bytes, |byte| F::of_byte(byte) * scale);
                },
            ),
            (Inputs::Sparse(matrix), PixelSlice::Floats(floats)) => {
                matrix.push_full(floats, |value| F::of(f64::from(value)));
            }
            (Inputs::Ink(_), _) => unreachable!("these samples stay in their data set"),
        }
        self.labels.push(label);
    }

    /// Adds the samples of `other`, which is stored alike, in `range`. There must be room for them.
    pub(crate) fn append(&mut self, other: &Self, range: Range<usize>) {
        match (&mut self.inputs, &other.inputs) {
            (Inputs::Sparse(matrix), Inputs::Sparse(samples)) => matrix.append(samples, range.clone()),
            (Inputs::Dense(matrix), Inputs::Dense(samples)) => {
                for (k, sample) in range.clone().enumerate() {
                    let column = matrix.column_mut(self.labels.len() + k);
                    column.copy_from_slice(samples.column(sample));
                }
            }
            _ => unreachable!("both were made for the same samples"),
        }
        self.labels.extend_from_slice(&other.labels[range]);
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
        match &self.inputs {
            Inputs::Dense(matrix) => matrix.rows(),
            Inputs::Sparse(matrix) => matrix.rows(),
            Inputs::Ink(images) => images.dataset.inputs(),
        }
    }

    /// The samples as one dense matrix: (n_in × B). A copy.
    pub fn inputs(&self) -> Array2<F> {
        let mut inputs = Array2::zeros((self.n_in(), self.len()));
        for k in 0..self.len() {
            inputs.column_mut(k).assign(&self.sample(k));
        }
        inputs
    }

    /// The inputs of sample `k`: (n_in). A copy.
    pub fn sample(&self, k: usize) -> Array1<F> {
        match self.columns(k..k + 1) {
            InputColumns::Dense(sample) => dense(self.n_in(), sample.sample(0)),
            InputColumns::Sparse(sample) => dense(self.n_in(), sample.sample(0)),
            InputColumns::Ink(sample) => dense(self.n_in(), sample.sample(0)),
        }
    }

    /// The labels: B.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The samples in `range`.
    pub(crate) fn columns(&self, range: Range<usize>) -> InputColumns<'_, F> {
        match &self.inputs {
            Inputs::Dense(matrix) => InputColumns::Dense(DenseColumns::new(matrix, range)),
            Inputs::Sparse(matrix) => InputColumns::Sparse(matrix.view(range)),
            Inputs::Ink(images) => InputColumns::Ink(images.columns(range)),
        }
    }
}

/// A sample with its blanks.
fn dense<F: Real>(n_in: usize, terms: impl Terms<F>) -> Array1<F> {
    let mut inputs = Array1::zeros(n_in);
    for index in 0..terms.len() {
        let (value, input) = terms.at(index);
        inputs[input] = value;
    }
    inputs
}

fn gather_dense<F: Real>(dataset: &Dataset, indices: &[u32], matrix: &mut Matrix<F>) {
    let (rows, stride) = (matrix.rows(), matrix.stride());
    let elements = &mut matrix.elements_mut()[..indices.len() * stride];
    let convert = |(column, &index): (&mut [F], &u32)| {
        convert(dataset.image(index as usize), &mut column[..rows]);
    };
    if elements.len() < PARALLEL_PIXELS {
        elements.chunks_exact_mut(stride).zip(indices).for_each(convert);
    } else {
        let columns = elements.par_chunks_exact_mut(stride).zip(indices);
        columns
            .with_min_len(PARALLEL_PIXELS / stride / 4)
            .for_each(convert);
    }
}

/// Pixels as the network's inputs.
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

impl<F: Real> InkedImages<F> {
    fn gather(&mut self, dataset: &Dataset, indices: &[u32], upcoming: &[u32]) {
        self.dataset = dataset.clone();
        let ink = dataset.ink().expect("made for a data set with ink");
        let first = dataset.first();
        self.ranges.clear();
        self.ranges
            .extend(indices.iter().map(|&index| ink.range(first + index as usize)));
        // The next mini-batch's images, and where those of the one after it are.
        let (next, after) = upcoming.split_at(upcoming.len().min(indices.len().min(PREFETCHED)));
        for &index in next {
            let (start, end) = ink.range(first + index as usize);
            prefetch(&ink.pixels()[start as usize..end as usize]);
            prefetch(&ink.shades()[start as usize..end as usize]);
        }
        for &index in &after[..after.len().min(next.len())] {
            ink.prefetch_range(first + index as usize);
        }
    }

    fn columns(&self, range: Range<usize>) -> InkColumns<'_, F> {
        let ink = self.dataset.ink().expect("made for a data set with ink");
        InkColumns {
            pixels: ink.pixels(),
            shades: ink.shades(),
            ranges: &self.ranges[range],
            palette: &self.palette,
        }
    }
}
