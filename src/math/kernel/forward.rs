//! out[k] = start + Σᵢ factorᵢ(k) · matrix[columnᵢ(k)] for every sample k: W X + b, and Wᵀ Δ.

use pulp::{Simd, WithSimd};

use super::tile::{Rows, Tiles, accumulate, for_each_tile, tile, tile_mut};
use crate::math::columns::Samples;
use crate::math::matrix::Matrix;
use crate::math::simd::{Vectors, dispatch};

/// [`Kernels::weighted_sums`](super::Kernels::weighted_sums)
pub(super) fn weighted_sums<F: Vectors, X: Samples<F>>(
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
    #[allow(unsafe_code)]
    #[inline(always)]
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize) {
        let (elements, stride) = (self.matrix.elements(), self.matrix.stride());
        let start = match self.start {
            Some(column) => *tile::<F, S, N>(elements, column * stride + first),
            None => [F::splat(simd, F::zeroed()); N],
        };
        let rows = Rows::new::<F, S, X, N>(elements, stride, first, self.samples);
        let out = self.out.elements_mut();
        for k in 0..self.samples.len() {
            // Spread out over the samples, so that the loads never wait for each other.
            if first == 0 {
                self.samples.prefetch_next(k);
            }
            let terms = self.samples.sample(k);
            // SAFETY: the rows were made for these samples.
            let sums = unsafe { accumulate::<F, S, _, N, U>(simd, rows, elements, terms, start) };
            *tile_mut::<F, S, N>(out, k * stride + first) = sums;
        }
    }
}
