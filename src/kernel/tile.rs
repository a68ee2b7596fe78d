//! The core of all kernels: a sum of scaled columns, kept in registers.

use std::ops::Range;

use ndarray::{ArrayView2, s};
use pulp::Simd;

use super::Vectors;
use crate::matrix::Matrix;
use crate::real::Real;

/// Vectors in the widest tile. Eight accumulators hide the latency of fused multiply-adds, and leave room in
/// the sixteen registers of AVX2.
pub(super) const WIDEST: usize = 8;

/// Which column each factor belongs to.
pub(crate) trait Columns: Copy {
    fn column(self, index: usize) -> usize;
}

/// Column `index` itself: a dense vector of factors.
#[derive(Clone, Copy)]
pub(crate) struct InOrder;

impl Columns for InOrder {
    #[inline(always)]
    fn column(self, index: usize) -> usize {
        index
    }
}

impl Columns for &[u16] {
    #[inline(always)]
    fn column(self, index: usize) -> usize {
        usize::from(self[index])
    }
}

/// Some samples: of each, factors and the columns they belong to.
pub(crate) trait Samples<F>: Copy {
    /// How the columns are told.
    type Columns<'s>: Columns
    where
        Self: 's;
    /// How many samples.
    fn len(self) -> usize;
    /// The columns and factors of sample `k`.
    fn sample(&self, k: usize) -> (Self::Columns<'_>, &[F]);
}

/// Some columns of a matrix, one after the other.
#[derive(Clone, Copy)]
pub(crate) struct DenseColumns<'a, F: Vectors> {
    matrix: &'a Matrix<F>,
    first: usize,
    pub len: usize,
    first_row: usize,
    rows: usize,
}

impl<'a, F: Vectors> DenseColumns<'a, F> {
    /// The columns of `matrix` in `range`.
    pub fn new(matrix: &'a Matrix<F>, range: Range<usize>) -> Self {
        assert!(range.end <= matrix.columns());
        Self {
            matrix,
            first: range.start,
            len: range.len(),
            first_row: 0,
            rows: matrix.rows(),
        }
    }

    /// Only the rows in `range` of them.
    pub fn rows(self, range: Range<usize>) -> Self {
        assert!(range.end <= self.rows);
        Self {
            first_row: self.first_row + range.start,
            rows: range.len(),
            ..self
        }
    }
}

impl<'a, F: Real> DenseColumns<'a, F> {
    /// The columns as ndarray sees them.
    pub fn view(self) -> ArrayView2<'a, F> {
        let rows = self.first_row..self.first_row + self.rows;
        self.matrix
            .view()
            .slice_move(s![rows, self.first..self.first + self.len])
    }
}

impl<F: Vectors> Samples<F> for DenseColumns<'_, F> {
    type Columns<'s>
        = InOrder
    where
        Self: 's;

    #[inline(always)]
    fn len(self) -> usize {
        self.len
    }

    #[inline(always)]
    fn sample(&self, k: usize) -> (InOrder, &[F]) {
        (
            InOrder,
            &self.matrix.column(self.first + k)[self.first_row..][..self.rows],
        )
    }
}

/// A matrix of padded columns, and the rows that a tile covers.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, F> {
    pub elements: &'a [F],
    pub stride: usize,
    /// First row of the tile.
    pub first: usize,
}

impl<'a, F: Vectors> Rows<'a, F> {
    #[inline(always)]
    pub fn new(matrix: &'a Matrix<F>, first: usize) -> Self {
        Self {
            elements: matrix.elements(),
            stride: matrix.stride(),
            first,
        }
    }

    /// The tile's part of a column.
    #[inline(always)]
    pub fn of_column<S: Simd, const N: usize>(self, column: usize) -> &'a [F::Vector<S>; N] {
        let at = column * self.stride + self.first;
        let numbers = &self.elements[at..at + N * F::lanes::<S>()];
        F::vectors::<S>(numbers)
            .first_chunk()
            .expect("N vectors were sliced")
    }
}

/// start + Σᵢ factorsᵢ · matrix[columnᵢ], for the N vectors of rows of a tile. `U` sums run side by side, so
/// that narrow tiles too have enough independent additions in flight.
#[inline(always)]
pub(super) fn accumulate<F: Vectors, S: Simd, C: Columns, const N: usize, const U: usize>(
    simd: S,
    matrix: Rows<F>,
    columns: C,
    factors: &[F],
    start: [F::Vector<S>; N],
) -> [F::Vector<S>; N] {
    let zero = F::splat(simd, F::zeroed());
    let mut sums = [[zero; N]; U];
    sums[0] = start;
    let whole = factors.len() - factors.len() % U;
    for index in (0..whole).step_by(U) {
        for (u, sum) in sums.iter_mut().enumerate() {
            add_scaled(
                simd,
                sum,
                factors[index + u],
                matrix.of_column::<S, N>(columns.column(index + u)),
            );
        }
    }
    for (index, &factor) in factors.iter().enumerate().skip(whole) {
        add_scaled(
            simd,
            &mut sums[0],
            factor,
            matrix.of_column::<S, N>(columns.column(index)),
        );
    }
    let mut total = sums[0];
    for other in &sums[1..] {
        for n in 0..N {
            total[n] = F::add(simd, total[n], other[n]);
        }
    }
    total
}

/// sum ← sum + factor · column
#[inline(always)]
pub(super) fn add_scaled<F: Vectors, S: Simd, const N: usize>(
    simd: S,
    sum: &mut [F::Vector<S>; N],
    factor: F,
    column: &[F::Vector<S>; N],
) {
    let factor = F::splat(simd, factor);
    for n in 0..N {
        sum[n] = F::mul_add(simd, factor, column[n], sum[n]);
    }
}

/// Calls `$tile::<N, U>` for every tile of a column of `$vectors` vectors: as many of [`WIDEST`] as fit, then
/// one of the rest.
macro_rules! for_each_tile {
    ($vectors:expr, |$first:ident| $tile:ident($($argument:expr),* $(,)?)) => {{
        let mut $first = 0;
        while $first < $vectors {
            let width = ($vectors - $first).min($crate::kernel::tile::WIDEST);
            match width {
                1 => $tile::<F, S, _, 1, 8>($($argument),*),
                2 => $tile::<F, S, _, 2, 4>($($argument),*),
                3 => $tile::<F, S, _, 3, 2>($($argument),*),
                4 => $tile::<F, S, _, 4, 2>($($argument),*),
                5 => $tile::<F, S, _, 5, 1>($($argument),*),
                6 => $tile::<F, S, _, 6, 1>($($argument),*),
                7 => $tile::<F, S, _, 7, 1>($($argument),*),
                _ => $tile::<F, S, _, 8, 1>($($argument),*),
            }
            $first += width;
        }
    }};
}
pub(super) use for_each_tile;
