//! out[k] = start + Σᵢ factorᵢ(k) · matrix[columnᵢ(k)] for every sample k: W X + b, and Wᵀ Δ.

use pulp::{Simd, WithSimd};

use super::tile::{Rows, Tiles, accumulate, for_each_tile, tile_mut};
use crate::math::columns::Samples;
use crate::math::matrix::Matrix;
use crate::math::simd::{Vectors, dispatch};

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
    dispatch(WeightedSums {
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
        for_each_tile(simd, self.matrix.stride(), &mut self);
    }
}

impl<F: Vectors, X: Samples<F>> Tiles<F> for WeightedSums<'_, F, X> {
    /// Of every sample: the tile's part of the matrix stays in the cache meanwhile.
    #[inline(always)]
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize) {
        let rows = Rows::new(self.matrix, first);
        let start = match self.start {
            Some(column) => *rows.of_column::<S, N>(column),
            None => [F::splat(simd, F::zeroed()); N],
        };
        let stride = self.out.stride();
        let out = self.out.elements_mut();
        for k in 0..self.samples.len() {
            let sums = accumulate::<F, S, _, N, U>(simd, rows, self.samples.sample(k), start);
            *tile_mut::<F, S, N>(out, k * stride + first) = sums;
        }
    }
}
