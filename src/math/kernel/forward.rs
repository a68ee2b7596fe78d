//! out[k] = start + Σᵢ factorᵢ(k) · matrix[columnᵢ(k)] for every sample k: W X + b, and Wᵀ Δ.

use pulp::{Simd, WithSimd};

use super::rows::{Rows, RowsMut, tile};
use super::tile::{Tiles, accumulate, for_each_tile, least_lines};
use crate::math::columns::Samples;
use crate::math::matrix::Matrix;
use crate::math::simd::{Vectors, dispatch};
use crate::math::team::Team;

/// out ← matrix X + start, with a column of `out` for each of `samples`. `start` is a column of `matrix`, or 0. Each member
/// of `team` computes some rows.
///
/// # Panics
/// When `out` has fewer columns than there are samples, or other rows than `matrix`.
pub(crate) fn weighted_sums<F: Vectors, X: Samples<F> + Sync>(
    team: &mut Team,
    matrix: &Matrix<F>,
    start: Option<usize>,
    samples: X,
    out: &mut Matrix<F>,
) {
    assert!(samples.len() <= out.columns() && matrix.rows() == out.rows());
    let stride = out.stride();
    let out = RowsMut::new(out.elements_mut(), stride);
    out.share(team, least_lines(stride / F::PER_LINE), |out| {
        dispatch(WeightedSums {
            matrix,
            start,
            samples,
            out,
        });
    });
}

struct WeightedSums<'a, F: Vectors, X> {
    matrix: &'a Matrix<F>,
    start: Option<usize>,
    samples: X,
    out: RowsMut<'a, F>,
}

impl<F: Vectors, X: Samples<F>> WithSimd for WeightedSums<'_, F, X> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for_each_tile(simd, self.out.stride(), self.out.rows(), &mut self);
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
        let rows = Rows::new::<S, X, N>(elements, stride, first, self.samples);
        let is_first = first == self.out.rows().start;
        for k in 0..self.samples.len() {
            // Spread out over the samples, so that loads do not wait for each other.
            if is_first {
                self.samples.prefetch_next(k);
            }
            // SAFETY: the rows were checked for these samples.
            let sums = unsafe { accumulate::<F, S, _, N, U>(simd, rows, self.samples.sample(k), start) };
            *self.out.tile_mut::<S, N>(k, first) = sums;
        }
    }
}
