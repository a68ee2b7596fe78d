//! What the kernels multiply by: samples, each a list of factors and of the columns that they scale.

use std::ops::Range;

use ndarray::{ArrayView2, s};

use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::Vectors;

/// One sample: factors, and the columns they scale.
pub(crate) trait Terms<F>: Copy {
    /// Number of factors.
    fn len(self) -> usize;
    /// Factor number `index`, and the column that it scales.
    fn at(self, index: usize) -> (F, usize);
}

/// Some samples.
pub(crate) trait Samples<F>: Copy {
    /// The factors of one sample.
    type Terms<'s>: Terms<F>
    where
        Self: 's;
    /// Number of samples.
    fn len(self) -> usize;
    /// Sample `k`.
    fn sample(&self, k: usize) -> Self::Terms<'_>;
}

/// All elements of a dense vector: element i scales column i.
impl<F: Copy> Terms<F> for &[F] {
    #[inline(always)]
    fn len(self) -> usize {
        <[F]>::len(self)
    }

    #[inline(always)]
    fn at(self, index: usize) -> (F, usize) {
        (self[index], index)
    }
}

/// Some columns of a matrix.
#[derive(Clone, Copy)]
pub(crate) struct DenseColumns<'a, F: Vectors> {
    matrix: &'a Matrix<F>,
    columns: (usize, usize),
    rows: (usize, usize),
}

impl<'a, F: Vectors> DenseColumns<'a, F> {
    /// The columns of `matrix` in `range`.
    pub fn new(matrix: &'a Matrix<F>, range: Range<usize>) -> Self {
        assert!(range.end <= matrix.columns());
        Self {
            matrix,
            columns: (range.start, range.end),
            rows: (0, matrix.rows()),
        }
    }

    /// Only the rows in `range` of all columns.
    pub fn rows(self, range: Range<usize>) -> Self {
        assert!(range.end <= self.matrix.rows());
        Self {
            rows: (range.start, range.end),
            ..self
        }
    }
}

impl<'a, F: Real> DenseColumns<'a, F> {
    /// The columns as ndarray sees them.
    pub fn view(self) -> ArrayView2<'a, F> {
        let (rows, columns) = (self.rows, self.columns);
        self.matrix
            .view()
            .slice_move(s![rows.0..rows.1, columns.0..columns.1])
    }
}

impl<F: Vectors> Samples<F> for DenseColumns<'_, F> {
    type Terms<'s>
        = &'s [F]
    where
        Self: 's;

    #[inline(always)]
    fn len(self) -> usize {
        self.columns.1 - self.columns.0
    }

    #[inline(always)]
    fn sample(&self, k: usize) -> &[F] {
        &self.matrix.column(self.columns.0 + k)[self.rows.0..self.rows.1]
    }
}
