//! The core of all kernels: a sum of scaled columns, kept in registers.

use pulp::Simd;

use crate::math::columns::{Samples, Terms};
use crate::math::simd::Vectors;

/// Vectors in the widest tile of a column. `vectors_a_line` is the number of vectors in a cache line.
///
/// Eight sums hide the latency of fused multiply-adds. With eight vectors of AVX-512, the errors of 64 samples still fit in the
/// fastest cache. Vectors of AVX2 are half as long, and twelve fit in that cache and in the sixteen registers: fewer tiles,
/// for each of which all terms are read, take 5 % less time for 800 units.
const fn widest(vectors_a_line: usize) -> usize {
    match vectors_a_line {
        2 => 12,
        _ => 8,
    }
}

/// The number of interleaved partial sums of a row, for a column of so many cache lines. Part of the order of additions that
/// the documentation of [`kernel`](super) promises.
pub(super) const fn partial_sums(lines: usize) -> usize {
    match lines {
        0 | 1 => 4,
        2 | 3 => 2,
        _ => 1,
    }
}

/// Rows of a matrix of padded columns that a tile covers: `N` vectors of each column.
///
/// Which columns the terms of samples name is checked here once, and not at every term: see [`Samples`].
#[derive(Clone, Copy)]
pub(super) struct Rows {
    stride: usize,
    /// First row of the tile.
    first: usize,
}

#[allow(unsafe_code)]
impl Rows {
    /// The `N` vectors from row `first` on of columns of `elements`, which are `stride` long, for the terms of `samples`.
    ///
    /// # Panics
    /// When a column has fewer rows, or samples may name columns that are not there.
    #[inline(always)]
    pub fn new<F: Vectors, S: Simd, X: Samples<F>, const N: usize>(
        elements: &[F],
        stride: usize,
        first: usize,
        samples: X,
    ) -> Self {
        assert!(first + N * F::lanes::<S>() <= stride, "a tile outside its column");
        let needed = samples.columns().checked_mul(stride);
        assert!(
            needed.is_some_and(|needed| needed <= elements.len()),
            "samples of columns that the matrix does not have"
        );
        Self { stride, first }
    }

    /// The tile's part of a column.
    ///
    /// # Safety
    /// `elements` are those that [`Self::new`] checked, with the same numbers `S` and `N`, and `column` is that of a term
    /// of its samples: so the `N` vectors lie within them.
    #[inline(always)]
    pub unsafe fn of_term<F: Vectors, S: Simd, const N: usize>(
        self,
        elements: &[F],
        column: usize,
    ) -> &[F::Vector<S>; N] {
        let at = column * self.stride + self.first;
        // SAFETY: as above.
        let numbers = unsafe { elements.get_unchecked(at..at + N * F::lanes::<S>()) };
        all_vectors::<F, S, N>(numbers)
    }

    /// As [`Self::of_term`], to be written to.
    ///
    /// # Safety
    /// That of [`Self::of_term`].
    #[inline(always)]
    pub unsafe fn of_term_mut<F: Vectors, S: Simd, const N: usize>(
        self,
        elements: &mut [F],
        column: usize,
    ) -> &mut [F::Vector<S>; N] {
        let at = column * self.stride + self.first;
        // SAFETY: as above.
        let numbers = unsafe { elements.get_unchecked_mut(at..at + N * F::lanes::<S>()) };
        F::vectors_mut::<S>(numbers)
            .first_chunk_mut()
            .expect("N vectors were sliced")
    }
}

/// The N vectors of `elements` from `at` on.
#[inline(always)]
pub(super) fn tile<F: Vectors, S: Simd, const N: usize>(elements: &[F], at: usize) -> &[F::Vector<S>; N] {
    all_vectors::<F, S, N>(&elements[at..at + N * F::lanes::<S>()])
}

/// As [`tile`], to be written to.
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

#[inline(always)]
fn all_vectors<F: Vectors, S: Simd, const N: usize>(numbers: &[F]) -> &[F::Vector<S>; N] {
    F::vectors::<S>(numbers)
        .first_chunk()
        .expect("N vectors were sliced")
}

/// start + Σᵢ factorᵢ · matrix[columnᵢ], for the N vectors of rows of a tile, in the promised order: `U` partial sums,
/// then their tree.
///
/// # Safety
/// `rows` are those that [`Rows::new`] made for `elements`, for the samples of `terms`, and for `S` and `N`.
#[allow(unsafe_code)]
#[inline(always)]
pub(super) unsafe fn accumulate<F: Vectors, S: Simd, T: Terms<F>, const N: usize, const U: usize>(
    simd: S,
    rows: Rows,
    elements: &[F],
    terms: T,
    start: [F::Vector<S>; N],
) -> [F::Vector<S>; N] {
    let zero = F::splat(simd, F::zeroed());
    let mut sums = [[zero; N]; U];
    sums[0] = start;
    let (groups, rest) = terms.grouped::<U>();
    for group in groups {
        for (sum, (factor, column)) in sums.iter_mut().zip(group) {
            // SAFETY: as above.
            let column = unsafe { rows.of_term::<F, S, N>(elements, column) };
            add_scaled(simd, sum, factor, column);
        }
    }
    for (factor, column) in rest {
        // SAFETY: as above.
        let column = unsafe { rows.of_term::<F, S, N>(elements, column) };
        add_scaled(simd, &mut sums[0], factor, column);
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

/// As few tiles of up to [`widest`] vectors as possible, each of whole cache lines, and as equal as possible: in a narrow
/// one, each addition would wait for the one before.
#[inline(always)]
pub(super) fn wide_tiles<F: Vectors, S: Simd>(simd: S, vectors: usize, work: &mut impl Tiles<F>) {
    let vectors_a_line = F::PER_LINE / F::lanes::<S>();
    let widest = widest(vectors_a_line);
    if vectors_a_line > widest {
        return equal_tiles::<F, S, 8, 1>(simd, vectors, work);
    }
    let lines = vectors / vectors_a_line;
    let mut line = 0;
    for tiles in (1..=lines.div_ceil(widest / vectors_a_line)).rev() {
        let tile_lines = (lines - line).div_ceil(tiles);
        let first = line * F::PER_LINE;
        match tile_lines * vectors_a_line {
            4 => work.tile::<S, 4, 1>(simd, first),
            5 if vectors_a_line == 1 => work.tile::<S, 5, 1>(simd, first),
            6 => work.tile::<S, 6, 1>(simd, first),
            7 if vectors_a_line == 1 => work.tile::<S, 7, 1>(simd, first),
            8 => work.tile::<S, 8, 1>(simd, first),
            10 if vectors_a_line == 2 => work.tile::<S, 10, 1>(simd, first),
            12 if vectors_a_line == 2 => work.tile::<S, 12, 1>(simd, first),
            _ => unreachable!("four lines or more make tiles of at least four vectors"),
        }
        line += tile_lines;
    }
}
