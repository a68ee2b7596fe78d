//! out ← out + scale · Δ Xᵀ, for samples X whose elements come one by one.

use pulp::{Simd, WithSimd};

use super::tile::{Rows, accumulate, add_scaled, for_each_tile, tile_mut};
use crate::math::columns::{Samples, Terms};
use crate::math::matrix::Matrix;
use crate::math::simd::{ARCH, Vectors};

/// out ← out + scale · Δ Xᵀ, sample after sample: each scales its column of `delta` by each of its elements.
/// `out` has the stride of `delta`, and a column for every element of a sample.
///
/// Best where a mini-batch has few samples, so that few of them share a pixel.
///
/// # Panics
/// When `delta` or `out` have too few columns.
pub(crate) fn add_outer_products<F: Vectors, X: Samples<F>>(
    scale: F,
    delta: &Matrix<F>,
    samples: X,
    out: &mut [F],
) {
    ARCH.dispatch(OuterProducts {
        scale,
        delta,
        samples,
        out,
    });
}

struct OuterProducts<'a, F: Vectors, X> {
    scale: F,
    delta: &'a Matrix<F>,
    samples: X,
    out: &'a mut [F],
}

impl<F: Vectors, X: Samples<F>> WithSimd for OuterProducts<'_, F, X> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = F::lanes::<S>();
        let vectors = self.delta.stride() / lanes;
        for_each_tile!(vectors, |first| outer_products(simd, &mut self, first * lanes));
    }
}

#[inline(always)]
fn outer_products<F: Vectors, S: Simd, X: Samples<F>, const N: usize, const U: usize>(
    simd: S,
    work: &mut OuterProducts<F, X>,
    first: usize,
) {
    let rows = Rows::new(work.delta, first);
    let scale = F::splat(simd, work.scale);
    for k in 0..work.samples.len() {
        let delta = rows.of_column::<S, N>(k).map(|delta| F::mul(simd, scale, delta));
        let terms = work.samples.sample(k);
        for index in 0..terms.len() {
            let (factor, column) = terms.at(index);
            let at = column * rows.stride + first;
            add_scaled(simd, tile_mut::<F, S, N>(work.out, at), factor, &delta);
        }
    }
}

/// out ← out + scale · Δ Xᵀ, one column of `out` after the other: `rows` are the rows of X, each with the samples
/// it has elements in. `out` has the stride of `delta`.
///
/// Best where a mini-batch has many samples: what they add to a weight is summed in registers, and the weight
/// is read and written once.
///
/// # Panics
/// When `delta` or `out` have too few columns.
pub(crate) fn add_outer_products_by_row<F: Vectors, X: Samples<F>>(
    scale: F,
    delta: &Matrix<F>,
    rows: X,
    out: &mut [F],
) {
    ARCH.dispatch(OuterProductsByRow {
        scale,
        delta,
        rows,
        out,
    });
}

struct OuterProductsByRow<'a, F: Vectors, X> {
    scale: F,
    delta: &'a Matrix<F>,
    rows: X,
    out: &'a mut [F],
}

impl<F: Vectors, X: Samples<F>> WithSimd for OuterProductsByRow<'_, F, X> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = F::lanes::<S>();
        let vectors = self.delta.stride() / lanes;
        for_each_tile!(vectors, |first| outer_products_by_row(
            simd,
            &mut self,
            first * lanes
        ));
    }
}

#[inline(always)]
fn outer_products_by_row<F: Vectors, S: Simd, X: Samples<F>, const N: usize, const U: usize>(
    simd: S,
    work: &mut OuterProductsByRow<F, X>,
    first: usize,
) {
    let delta = Rows::new(work.delta, first);
    let zero = [F::splat(simd, F::zeroed()); N];
    for row in 0..work.rows.len() {
        let terms = work.rows.sample(row);
        if terms.len() == 0 {
            continue;
        }
        let sums = accumulate::<F, S, _, N, U>(simd, delta, terms, zero);
        let at = row * delta.stride + first;
        add_scaled(simd, tile_mut::<F, S, N>(work.out, at), work.scale, &sums);
    }
}
