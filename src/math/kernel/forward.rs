//! out[k] = start + Σᵢ factorᵢ(k) · matrix[columnᵢ(k)] for every sample k: W X + b, and Wᵀ Δ.

use pulp::{Simd, WithSimd};

use super::tile::{Rows, accumulate, for_each_tile, tile_mut};
use crate::math::columns::Samples;
use crate::math::matrix::Matrix;
use crate::math::simd::{ARCH, Vectors};

/// out ← matrix X + start, with a column of `out` for each of `samples`. `start` is a column of `matrix`, or 0.
///
/// # Panics
/// When `out` has fewer columns than there are samples, or other rows than `matrix`.
pub(crate) fn weighted_sums<F: Vectors, X: Samples<F>>(
    matrix: &Matrix<F>,
    start: Option<usize>,
    samples: X,
    out: &mut Matrix<F>,
) {
    assert!(samples.len() <= out.columns() && matrix.rows() == out.rows());
    ARCH.dispatch(WeightedSums {
        matrix,
        start,
        samples,
        out,
    });
}

struct WeightedSums<'a, F: Vectors, X> {
    matrix: &'a Matrix<F>,
    start: Option<usize>,
    samples: X,
    out: &'a mut Matrix<F>,
}

impl<F: Vectors, X: Samples<F>> WithSimd for WeightedSums<'_, F, X> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = F::lanes::<S>();
        let vectors = self.matrix.stride() / lanes;
        for_each_tile!(vectors, |first| tile(simd, &mut self, first * lanes));
    }
}

/// One tile of rows of every sample: the tile's part of the matrix stays in the cache meanwhile.
#[inline(always)]
fn tile<F: Vectors, S: Simd, X: Samples<F>, const N: usize, const U: usize>(
    simd: S,
    work: &mut WeightedSums<F, X>,
    first: usize,
) {
    let rows = Rows::new(work.matrix, first);
    let start = match work.start {
        Some(column) => *rows.of_column::<S, N>(column),
        None => [F::splat(simd, F::zeroed()); N],
    };
    let stride = work.out.stride();
    let out = work.out.elements_mut();
    for k in 0..work.samples.len() {
        let sums = accumulate::<F, S, _, N, U>(simd, rows, work.samples.sample(k), start);
        *tile_mut::<F, S, N>(out, k * stride + first) = sums;
    }
}
