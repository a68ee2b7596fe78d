//! out ← out + scale · Δ Xᵀ, for samples X that are lists of factors and columns.

use pulp::{Simd, WithSimd};

use super::rows::{Rows, RowsMut, tile};
use super::tile::{Tiles, accumulate, add_scaled, for_each_tile, least_lines};
use crate::math::columns::{Samples, Terms};
use crate::math::matrix::Matrix;
use crate::math::simd::{Vectors, dispatch};
use crate::math::team::Team;

/// out ← out + scale · Δ Xᵀ, sample by sample. `out` has the stride of `delta`, and one column for each element of a
/// sample. Each member of `team` adds to some rows.
///
/// Best for small mini-batches, in which few samples share a pixel.
///
/// # Panics
/// When `delta` or `out` has too few columns.
pub(crate) fn add_outer_products<F: Vectors, X: Samples<F> + Sync>(
    team: &mut Team,
    scale: F,
    delta: &Matrix<F>,
    samples: X,
    out: &mut [F],
) {
    let stride = delta.stride();
    RowsMut::new(out, stride).share(team, least_lines(stride / F::PER_LINE), |out| {
        dispatch(OuterProducts {
            scale,
            delta,
            samples,
            out,
        });
    });
}

struct OuterProducts<'a, F: Vectors, X> {
    scale: F,
    delta: &'a Matrix<F>,
    samples: X,
    out: RowsMut<'a, F>,
}

impl<F: Vectors, X: Samples<F>> WithSimd for OuterProducts<'_, F, X> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for_each_tile(simd, self.out.stride(), self.out.rows(), &mut self);
    }
}

impl<F: Vectors, X: Samples<F>> Tiles<F> for OuterProducts<'_, F, X> {
    #[allow(unsafe_code)]
    #[inline(always)]
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize) {
        let stride = self.delta.stride();
        let scale = F::splat(simd, self.scale);
        self.out.check::<S, X, N>(first, self.samples);
        for k in 0..self.samples.len() {
            let delta = tile::<F, S, N>(self.delta.elements(), k * stride + first);
            let delta = delta.map(|delta| F::mul(simd, scale, delta));
            for (factor, column) in self.samples.sample(k).each() {
                // SAFETY: the rows were checked for these samples.
                let weights = unsafe { self.out.of_term_mut::<S, N>(column, first) };
                add_scaled(simd, weights, factor, &delta);
            }
        }
    }
}

/// out ← out + scale · Δ Xᵀ, column by column of `out`. `rows` are the rows of X: each lists the samples in which it has
/// elements. `out` has the stride of `delta`.
///
/// Best for large mini-batches: the gradient of a weight is summed in registers, and the weight is read and written
/// once.
///
/// # Panics
/// When `delta` or `out` has too few columns.
pub(crate) fn add_outer_products_by_row<F: Vectors, X: Samples<F>>(
    scale: F,
    delta: &Matrix<F>,
    rows: X,
    out: &mut [F],
) {
    dispatch(OuterProductsByRow {
        scale,
        delta,
        rows,
        out: RowsMut::new(out, delta.stride()),
    });
}

struct OuterProductsByRow<'a, F: Vectors, X> {
    scale: F,
    delta: &'a Matrix<F>,
    rows: X,
    out: RowsMut<'a, F>,
}

impl<F: Vectors, X: Samples<F>> WithSimd for OuterProductsByRow<'_, F, X> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for_each_tile(simd, self.out.stride(), self.out.rows(), &mut self);
    }
}

impl<F: Vectors, X: Samples<F>> Tiles<F> for OuterProductsByRow<'_, F, X> {
    #[allow(unsafe_code)]
    #[inline(always)]
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize) {
        let zero = [F::splat(simd, F::zeroed()); N];
        let delta = Rows::new::<S, X, N>(self.delta.elements(), self.delta.stride(), first, self.rows);
        for row in 0..self.rows.len() {
            let terms = self.rows.sample(row);
            if terms.is_empty() {
                continue;
            }
            // SAFETY: Δ was checked for these rows of X.
            let sums = unsafe { accumulate::<F, S, _, N, U>(simd, delta, terms, zero) };
            add_scaled(simd, self.out.tile_mut::<S, N>(row, first), self.scale, &sums);
        }
    }
}
