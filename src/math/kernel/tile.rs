//! The core of all kernels: a sum of scaled columns, kept in registers.

use pulp::Simd;

use crate::math::columns::Terms;
use crate::math::matrix::Matrix;
use crate::math::simd::Vectors;

/// Vectors in the widest tile. Eight accumulators hide the latency of fused multiply-adds, and leave room in
/// the sixteen registers of AVX2.
pub(super) const WIDEST: usize = 8;

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

/// The N vectors of `elements` from `at` on.
#[inline(always)]
pub(super) fn tile_mut<F: Vectors, S: Simd, const N: usize>(
    elements: &mut [F],
    at: usize,
) -> &mut [F::Vector<S>; N] {
    let numbers = &mut elements[at..at + N * F::lanes::<S>()];
    F::vectors_mut::<S>(numbers)
        .first_chunk_mut()
        .expect("N vectors were sliced")
}

/// start + Σᵢ factorᵢ · matrix[columnᵢ], for the N vectors of rows of a tile. `U` sums run side by side, so that
/// narrow tiles too have enough independent additions in flight.
#[inline(always)]
pub(super) fn accumulate<F: Vectors, S: Simd, T: Terms<F>, const N: usize, const U: usize>(
    simd: S,
    matrix: Rows<F>,
    terms: T,
    start: [F::Vector<S>; N],
) -> [F::Vector<S>; N] {
    let zero = F::splat(simd, F::zeroed());
    let mut sums = [[zero; N]; U];
    sums[0] = start;
    let whole = terms.len() - terms.len() % U;
    for index in (0..whole).step_by(U) {
        for (u, sum) in sums.iter_mut().enumerate() {
            let (factor, column) = terms.at(index + u);
            add_scaled(simd, sum, factor, matrix.of_column::<S, N>(column));
        }
    }
    for index in whole..terms.len() {
        let (factor, column) = terms.at(index);
        add_scaled(simd, &mut sums[0], factor, matrix.of_column::<S, N>(column));
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
            let width = ($vectors - $first).min($crate::math::kernel::tile::WIDEST);
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
