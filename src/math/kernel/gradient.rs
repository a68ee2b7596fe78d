//! out ← out + scale · Δ Xᵀ, for samples X that are lists of factors and columns.

use pulp::{Simd, WithSimd};

use super::tile::{Rows, Tiles, accumulate, add_scaled, for_each_tile, tile, tile_mut};
use crate::math::columns::{Samples, Terms};
use crate::math::matrix::Matrix;
use crate::math::simd::{Vectors, dispatch};

/// [`Kernels::add_outer_products`](super::Kernels::add_outer_products)
pub(super) fn add_outer_products<F: Vectors, X: Samples<F>>(
    scale: F,
    delta: &Matrix<F>,
    samples: X,
    out: &mut [F],
) {
    dispatch(OuterProducts {
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
        for_each_tile(simd, self.delta.stride(), &mut self);
    }
}

impl<F: Vectors, X: Samples<F>> Tiles<F> for OuterProducts<'_, F, X> {
    #[allow(unsafe_code)]
    #[inline(always)]
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize) {
        let stride = self.delta.stride();
        let scale = F::splat(simd, self.scale);
        let rows = Rows::new::<F, S, X, N>(self.out, stride, first, self.samples);
        for k in 0..self.samples.len() {
            let mut delta = *tile::<F, S, N>(self.delta.elements(), k * stride + first);
            for delta in &mut delta {
                *delta = F::mul(simd, scale, *delta);
            }
            for (factor, column) in self.samples.sample(k).each() {
                // SAFETY: the rows were made for these samples.
                let weights = unsafe { rows.of_term_mut::<F, S, N>(self.out, column) };
                add_scaled(simd, weights, factor, &delta);
            }
        }
    }
}

/// [`Kernels::add_outer_products_by_row`](super::Kernels::add_outer_products_by_row)
pub(super) fn add_outer_products_by_row<F: Vectors, X: Samples<F>>(
    scale: F,
    delta: &Matrix<F>,
    rows: X,
    out: &mut [F],
) {
    dispatch(OuterProductsByRow {
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
        for_each_tile(simd, self.delta.stride(), &mut self);
    }
}

impl<F: Vectors, X: Samples<F>> Tiles<F> for OuterProductsByRow<'_, F, X> {
    #[allow(unsafe_code)]
    #[inline(always)]
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize) {
        let (delta, stride) = (self.delta.elements(), self.delta.stride());
        let zero = [F::splat(simd, F::zeroed()); N];
        let rows = Rows::new::<F, S, X, N>(delta, stride, first, self.rows);
        for row in 0..self.rows.len() {
            let terms = self.rows.sample(row);
            if terms.is_empty() {
                continue;
            }
            // SAFETY: the rows were made for these samples.
            let sums = unsafe { accumulate::<F, S, _, N, U>(simd, rows, delta, terms, zero) };
            add_scaled(
                simd,
                tile_mut::<F, S, N>(self.out, row * stride + first),
                self.scale,
                &sums,
            );
        }
    }
}
