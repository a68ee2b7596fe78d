//! Column-major matrices whose columns start at cache lines.
//!
//! Weights (n_out × n_in), the mini-batch (n_in × B) and activations (n_out × B) are all column-major. So a sample is
//! contiguous, BLAS needs no copy for any product of the three, and the weights of one input are neighbours, which the
//! kernels add. Columns are padded to whole cache lines, so that no vector straddles two lines and no kernel needs
//! code for a remainder. The padding starts as zeros, and no product reads it into an element.

use bytemuck::Zeroable;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder, s};

use crate::math::real::Real;
use crate::math::simd::Vectors;

/// A (rows × columns) matrix.
#[derive(Clone)]
pub struct Matrix<F: Vectors> {
    lines: Vec<F::Line>,
    rows: usize,
    columns: usize,
    stride: usize,
}

/// The bytes of an array of `count` elements `T`; `u64::MAX` on overflow.
pub(crate) fn array_bytes<T>(count: u64) -> u64 {
    count.saturating_mul(size_of::<T>() as u64)
}

impl<F: Vectors> Matrix<F> {
    /// All zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let lines_a_column = rows.div_ceil(F::PER_LINE);
        Self {
            lines: vec![F::Line::zeroed(); lines_a_column * columns],
            rows,
            columns,
            stride: lines_a_column * F::PER_LINE,
        }
    }

    /// The bytes that [`Self::zeros`] takes; `u64::MAX` on overflow.
    pub fn bytes(rows: usize, columns: usize) -> u64 {
        array_bytes::<F::Line>((rows.div_ceil(F::PER_LINE) as u64).saturating_mul(columns as u64))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Elements from the start of a column to the start of the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// All elements, padding included, column by column.
    #[inline(always)]
    pub(crate) fn elements(&self) -> &[F] {
        bytemuck::cast_slice(&self.lines)
    }

    /// All elements, padding included, column by column.
    #[inline(always)]
    pub(crate) fn elements_mut(&mut self) -> &mut [F] {
        bytemuck::cast_slice_mut(&mut self.lines)
    }

    /// Replaces the elements by those of the transpose of `other`. Columns of `other` for which there is no row here are
    /// left out.
    ///
    /// # Panics
    /// When `other` does not have as many rows as there are columns here, or has fewer columns than there are rows.
    pub(crate) fn assign_transpose(&mut self, other: &Self) {
        assert!(self.columns == other.rows && self.rows <= other.columns);
        let (rows, stride) = (self.rows, self.stride);
        for (index, column) in self.elements_mut().chunks_exact_mut(stride).enumerate() {
            let row = other.elements()[index..].iter().step_by(other.stride);
            for (element, of_other) in column[..rows].iter_mut().zip(row) {
                *element = *of_other;
            }
        }
    }

    /// A column, without its padding.
    pub fn column(&self, index: usize) -> &[F] {
        &self.elements()[index * self.stride..][..self.rows]
    }

    /// A column, without its padding.
    pub fn column_mut(&mut self, index: usize) -> &mut [F] {
        let range = index * self.stride..index * self.stride + self.rows;
        &mut self.elements_mut()[range]
    }
}

impl<F: Real> Matrix<F> {
    /// The matrix as ndarray sees it.
    pub fn view(&self) -> ArrayView2<'_, F> {
        let padded = ArrayView2::from_shape((self.stride, self.columns).f(), self.elements());
        padded
            .expect("the lines hold whole columns")
            .slice_move(s![..self.rows, ..])
    }

    /// The matrix as ndarray sees it.
    pub fn view_mut(&mut self) -> ArrayViewMut2<'_, F> {
        let (stride, rows, columns) = (self.stride, self.rows, self.columns);
        let padded = ArrayViewMut2::from_shape((stride, columns).f(), self.elements_mut());
        padded
            .expect("the lines hold whole columns")
            .slice_move(s![..rows, ..])
    }
}

impl<F: Real> From<ArrayView2<'_, F>> for Matrix<F> {
    fn from(elements: ArrayView2<F>) -> Self {
        let mut matrix = Self::zeros(elements.nrows(), elements.ncols());
        matrix.view_mut().assign(&elements);
        matrix
    }
}

impl<F: Real> std::fmt::Debug for Matrix<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(formatter)
    }
}

impl<F: Real> PartialEq for Matrix<F> {
    fn eq(&self, other: &Self) -> bool {
        self.view() == other.view()
    }
}
