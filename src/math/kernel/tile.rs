//! The core of all kernels: a sum of scaled columns, kept in registers.

use std::ops::Range;

use pulp::Simd;

use super::rows::Rows;
use crate::math::columns::Terms;
use crate::math::simd::Vectors;

/// Vectors in the widest tile of a column. Eight sums hide the latency of fused multiply-adds, and leave room for what is
/// added to them in the sixteen registers of AVX2 and, with the errors of 64 samples, in the fastest cache.
const WIDEST: usize = 8;

/// The number of interleaved partial sums of a row, for a column of so many cache lines. Part of the order of additions that
/// the documentation of [`kernel`](super) promises.
pub(super) const fn partial_sums(lines: usize) -> usize {
    match lines {
        0 | 1 => 4,
        2 | 3 => 2,
        _ => 1,
    }
}

/// start + Σᵢ factorᵢ · matrix[columnᵢ], for the N vectors of rows of a tile, in the promised order: `U` partial sums,
/// then their tree.
///
/// # Safety
/// [`Rows::new`] checked `matrix` for `S`, `N` and the samples of `terms`.
#[allow(unsafe_code)]
#[inline(always)]
pub(super) unsafe fn accumulate<F: Vectors, S: Simd, T: Terms<F>, const N: usize, const U: usize>(
    simd: S,
    matrix: Rows<F>,
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
            let column = unsafe { matrix.of_term::<S, N>(column) };
            add_scaled(simd, sum, factor, column);
        }
    }
    for (factor, column) in rest {
        // SAFETY: as above.
        let column = unsafe { matrix.of_term::<S, N>(column) };
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

/// The least cache lines of rows for a member of a team, of columns of so many: in narrower tiles of a single partial sum
/// each addition would wait for the one before.
pub(super) const fn least_lines(lines: usize) -> usize {
    if partial_sums(lines) == 1 { 3 } else { 1 }
}

/// The most members of a team among which columns of so many rows can be shared.
pub(crate) const fn most_members<F: Vectors>(rows: usize) -> usize {
    let lines = rows.div_ceil(F::PER_LINE);
    lines / least_lines(lines)
}

/// Cuts `rows`, whole cache lines of a column of `stride`, into tiles. `U` depends on the number of rows of the whole column
/// alone; `N` is free, because no row's sum depends on the rows beside it, and is what suits the instruction set best.
#[inline(always)]
pub(super) fn for_each_tile<F: Vectors, S: Simd>(
    simd: S,
    stride: usize,
    rows: Range<usize>,
    work: &mut impl Tiles<F>,
) {
    let (lanes, lines) = (F::lanes::<S>(), rows.len() / F::PER_LINE);
    // A constant of the instruction set: the code of the other arms is never made.
    let vectors_a_line = F::PER_LINE / lanes;
    match (partial_sums(stride / F::PER_LINE), vectors_a_line, lines) {
        (4, 1, _) => equal_tiles::<F, S, 1, 4>(simd, rows, work),
        (4, 2, _) => equal_tiles::<F, S, 2, 4>(simd, rows, work),
        (4, _, _) => equal_tiles::<F, S, 4, 4>(simd, rows, work),
        (2, 1, 1) => equal_tiles::<F, S, 1, 2>(simd, rows, work),
        (2, 1, 2) => equal_tiles::<F, S, 2, 2>(simd, rows, work),
        (2, 1, _) => equal_tiles::<F, S, 3, 2>(simd, rows, work),
        (2, 2, 1) => equal_tiles::<F, S, 2, 2>(simd, rows, work),
        (2, 2, 3) => equal_tiles::<F, S, 6, 2>(simd, rows, work),
        (2, _, _) => equal_tiles::<F, S, 4, 2>(simd, rows, work),
        _ => wide_tiles(simd, rows, work),
    }
}

/// Tiles of `N` vectors each.
#[inline(always)]
fn equal_tiles<F: Vectors, S: Simd, const N: usize, const U: usize>(
    simd: S,
    rows: Range<usize>,
    work: &mut impl Tiles<F>,
) {
    for first in rows.step_by(N * F::lanes::<S>()) {
        work.tile::<S, N, U>(simd, first);
    }
}

/// As few tiles of up to [`WIDEST`] vectors as possible, each of whole cache lines, and as equal as possible: in a narrow
/// one, each addition would wait for the one before.
#[inline(always)]
fn wide_tiles<F: Vectors, S: Simd>(simd: S, rows: Range<usize>, work: &mut impl Tiles<F>) {
    let vectors_a_line = F::PER_LINE / F::lanes::<S>();
    if vectors_a_line > WIDEST {
        return equal_tiles::<F, S, 8, 1>(simd, rows, work);
    }
    let lines = rows.len() / F::PER_LINE;
    let mut line = 0;
    for tiles in (1..=lines.div_ceil(WIDEST / vectors_a_line)).rev() {
        let tile_lines = (lines - line).div_ceil(tiles);
        let first = rows.start + line * F::PER_LINE;
        match tile_lines * vectors_a_line {
            3 if vectors_a_line == 1 => work.tile::<S, 3, 1>(simd, first),
            4 => work.tile::<S, 4, 1>(simd, first),
            5 if vectors_a_line == 1 => work.tile::<S, 5, 1>(simd, first),
            6 => work.tile::<S, 6, 1>(simd, first),
            7 if vectors_a_line == 1 => work.tile::<S, 7, 1>(simd, first),
            8 => work.tile::<S, 8, 1>(simd, first),
            _ => unreachable!("three lines or more make tiles of three to eight vectors"),
        }
        line += tile_lines;
    }
}
