//! The core of all kernels: a sum of scaled columns, kept in registers.

use pulp::Simd;

use crate::math::columns::Terms;
use crate::math::matrix::Matrix;
use crate::math::simd::Vectors;

/// Vectors in the widest tile of a column. Eight sums hide the latency of fused multiply-adds; ten, and what is added to
/// them, fit into the sixteen registers of AVX2.
const WIDEST: usize = 10;

/// The number of interleaved partial sums of a row, for a column of so many cache lines. Part of the order of additions that
/// the documentation of [`kernel`](super) promises.
pub(super) const fn partial_sums(lines: usize) -> usize {
    match lines {
        0 | 1 => 4,
        2 | 3 => 2,
        _ => 1,
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

/// start + Σᵢ factorᵢ · matrix[columnᵢ], for the N vectors of rows of a tile, in the promised order: `U` partial sums,
/// then their tree.
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
    let mut left = U;
    while left > 1 {
        left /= 2;
        for u in 0..left {
            // By their numbers, so that the sums stay in registers.
            #[allow(clippy::needless_range_loop)]
            for n in 0..N {
                sums[u][n] = F::add(simd, sums[u][n], sums[u + left][n]);
            }
        }
    }
    sums[0]
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

/// A kernel, tile by tile.
pub(super) trait Tiles<F: Vectors> {
    /// Computes the `N` vectors of rows from row `first` on, with `U` partial sums.
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize);
}

/// Cuts a column of `stride` rows into tiles. `U` depends on the number of rows alone; `N` is free, because no row's sum
/// depends on the rows beside it, and is what suits the instruction set best.
#[inline(always)]
pub(super) fn for_each_tile<F: Vectors, S: Simd>(simd: S, stride: usize, work: &mut impl Tiles<F>) {
    let vectors = stride / F::lanes::<S>();
    // A constant of the instruction set: the code of the other arms is never made.
    let vectors_a_line = F::PER_LINE / F::lanes::<S>();
    match (partial_sums(stride / F::PER_LINE), vectors_a_line) {
        (4, 1) => equal_tiles::<F, S, 1, 4>(simd, vectors, work),
        (4, 2) => equal_tiles::<F, S, 2, 4>(simd, vectors, work),
        (4, _) => equal_tiles::<F, S, 4, 4>(simd, vectors, work),
        (2, 1) if vectors == 2 => equal_tiles::<F, S, 2, 2>(simd, vectors, work),
        (2, 1) => equal_tiles::<F, S, 3, 2>(simd, vectors, work),
        (2, 2) if vectors == 6 => equal_tiles::<F, S, 6, 2>(simd, vectors, work),
        (2, _) => equal_tiles::<F, S, 4, 2>(simd, vectors, work),
        _ => wide_tiles(simd, vectors, work),
    }
}

/// Tiles of `N` vectors each.
#[inline(always)]
fn equal_tiles<F: Vectors, S: Simd, const N: usize, const U: usize>(
    simd: S,
    vectors: usize,
    work: &mut impl Tiles<F>,
) {
    for vector in (0..vectors).step_by(N) {
        work.tile::<S, N, U>(simd, vector * F::lanes::<S>());
    }
}

/// As few tiles of up to [`WIDEST`] vectors as possible, each of whole cache lines, and as equal as possible: in a narrow
/// one, each addition would wait for the one before.
#[inline(always)]
fn wide_tiles<F: Vectors, S: Simd>(simd: S, vectors: usize, work: &mut impl Tiles<F>) {
    let vectors_a_line = F::PER_LINE / F::lanes::<S>();
    if vectors_a_line > WIDEST {
        return equal_tiles::<F, S, 8, 1>(simd, vectors, work);
    }
    let lines = vectors / vectors_a_line;
    let mut line = 0;
    for tiles in (1..=lines.div_ceil(WIDEST / vectors_a_line)).rev() {
        let tile_lines = (lines - line).div_ceil(tiles);
        let first = line * F::PER_LINE;
        match tile_lines * vectors_a_line {
            4 => work.tile::<S, 4, 1>(simd, first),
            5 if vectors_a_line == 1 => work.tile::<S, 5, 1>(simd, first),
            6 => work.tile::<S, 6, 1>(simd, first),
            7 if vectors_a_line == 1 => work.tile::<S, 7, 1>(simd, first),
            8 => work.tile::<S, 8, 1>(simd, first),
            9 if vectors_a_line == 1 => work.tile::<S, 9, 1>(simd, first),
            10 => work.tile::<S, 10, 1>(simd, first),
            _ => unreachable!("four lines or more make tiles of four to ten vectors"),
        }
        line += tile_lines;
    }
}
