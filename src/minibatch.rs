//! The mini-batch: B images gathered from anywhere in a data set into one (n_in × B) matrix.
//!
//! Where most pixels are blank the matrix is a sparse one, and both the gather and the products on it skip the
//! blanks; otherwise it is a dense one, for BLAS.

use std::ops::Range;

use ndarray::{Array1, Array2};
use rayon::prelude::*;

use crate::dataset::{Dataset, Ink, InkValues, PIXEL_SCALE, PixelSlice};
use crate::kernel::{DenseColumns, prefetch, vectorized};
use crate::matrix::Matrix;
use crate::real::Real;
use crate::sparse::{SparseColumns, SparseMatrix};

/// From this many pixels on a dense gather is split over the cores.
const PARALLEL_PIXELS: usize = 64 * 784;

/// How the inputs of a mini-batch are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputForm {
    /// Sparse where it pays: where few pixels are inked.
    #[default]
    Auto,
    /// All pixels, for BLAS.
    Dense,
}

/// Up to `capacity` samples: inputs and labels. Allocated once, filled anew for each mini-batch.
#[derive(Debug, Clone)]
pub struct Minibatch<F: Real> {
    inputs: Inputs<F>,
    labels: Vec<u8>,
}

/// (n_in × capacity): sample k is column k.
#[derive(Debug, Clone)]
enum Inputs<F: Real> {
    Dense(Matrix<F>),
    Sparse(SparseMatrix<F>),
}

/// Some samples of a mini-batch, or of the activations that take their place in the layers above.
#[derive(Clone, Copy)]
pub(crate) enum InputColumns<'a, F: Real> {
    Dense(DenseColumns<'a, F>),
    Sparse(SparseColumns<'a, F>),
}

impl<F: Real> InputColumns<'_, F> {
    /// Number of samples.
    pub fn len(self) -> usize {
        match self {
            Self::Dense(samples) => samples.len,
            Self::Sparse(samples) => samples.columns(),
        }
    }
}

impl<F: Real> Minibatch<F> {
    /// An empty mini-batch with room for `capacity` samples of `dataset`.
    pub fn new(dataset: &Dataset, capacity: usize, form: InputForm) -> Self {
        let n_in = dataset.inputs();
        let inputs = match (form, dataset.ink()) {
            (InputForm::Auto, Some(_)) => Inputs::Sparse(SparseMatrix::with_capacity(n_in, capacity)),
            _ => Inputs::Dense(Matrix::zeros(n_in, capacity)),
        };
        Self {
            inputs,
            labels: Vec::with_capacity(capacity),
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
            let inked = sample.iter().enumerate().filter(|(_, value)| !value.is_zero());
            let (indices, values): (Vec<u16>, Vec<F>) =
                inked.map(|(row, &value)| (row as u16, value)).unzip();
            matrix.push(&indices, values.into_iter());
        }
        Self {
            inputs: Inputs::Sparse(matrix),
            labels,
        }
    }

    /// Replaces the samples by those of `dataset` at `indices`, in their order. Bytes become k / 256.
    /// `next` are the indices of the gather after this one: their memory is asked for meanwhile.
    ///
    /// # Panics
    /// When an index is outside the data set, or the data set is not like the one the mini-batch was made for.
    pub fn gather(&mut self, dataset: &Dataset, indices: &[u32], next: &[u32]) {
        self.labels.clear();
        self.labels
            .extend(indices.iter().map(|&index| dataset.labels()[index as usize]));
        match &mut self.inputs {
            Inputs::Dense(matrix) => gather_dense(dataset, indices, matrix),
            Inputs::Sparse(matrix) => {
                let ink = dataset
                    .ink()
                    .expect("a sparse mini-batch was made for a data set with ink");
                assert_eq!(
                    dataset.inputs(),
                    matrix.rows(),
                    "inputs of the data set and of the mini-batch"
                );
                gather_sparse(ink, dataset.first(), indices, next, matrix);
            }
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
        match &self.inputs {
            Inputs::Dense(matrix) => matrix.rows(),
            Inputs::Sparse(matrix) => matrix.rows(),
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
        match &self.inputs {
            Inputs::Dense(matrix) => matrix.column(k).to_vec().into(),
            Inputs::Sparse(matrix) => {
                let (indices, values) = matrix.view(k..k + 1).column(0);
                let mut inputs = Array1::zeros(matrix.rows());
                for (&index, &value) in indices.iter().zip(values) {
                    inputs[usize::from(index)] = value;
                }
                inputs
            }
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
        }
    }
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
        PixelSlice::Bytes(bytes) => vectorized(|| {
            // Exact: a byte is a small integer, and the scale a power of two.
            let scale = F::of(1.0 / f64::from(PIXEL_SCALE));
            for (input, &byte) in inputs.iter_mut().zip(bytes) {
                *input = F::of_byte(byte) * scale;
            }
        }),
        PixelSlice::Floats(floats) => {
            for (input, &value) in inputs.iter_mut().zip(floats) {
                *input = F::of(f64::from(value));
            }
        }
    }
}

fn gather_sparse<F: Real>(
    ink: &Ink,
    first: usize,
    indices: &[u32],
    next: &[u32],
    matrix: &mut SparseMatrix<F>,
) {
    matrix.clear();
    let range = |&index: &u32| ink.range(first + index as usize);
    match ink.values() {
        InkValues::Bytes(bytes) => vectorized(|| {
            for range in next.iter().map(range) {
                prefetch(&ink.pixels()[range.clone()]);
                prefetch(&bytes[range]);
            }
            let scale = F::of(1.0 / f64::from(PIXEL_SCALE));
            for range in indices.iter().map(range) {
                let values = bytes[range.clone()].iter().map(|&byte| F::of_byte(byte) * scale);
                matrix.push(&ink.pixels()[range], values);
            }
        }),
        InkValues::Floats(floats) => {
            for range in indices.iter().map(range) {
                let values = floats[range.clone()].iter().map(|&value| F::of(f64::from(value)));
                matrix.push(&ink.pixels()[range], values);
            }
        }
    }
}
