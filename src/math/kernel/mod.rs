//! The inner loops for products that BLAS has no routine for, written once for every instruction set and precision.
//!
//! Handwriting is mostly blank: four of five MNIST pixels are 0. A blank pixel contributes nothing to a weighted sum, and
//! its weights have no gradient. So the first layer's products skip blank pixels, which is five times less work than a
//! dense product. Products with few rows, such as those of the ten outputs, are here too: they are done before a BLAS
//! call has prepared its blocks.
//!
//! All loops share one core, [`tile::accumulate`]: a few vectors of sums, kept in registers, to which columns of a matrix
//! are added, each times a factor. The caller chooses columns and factors, which are the *terms* of the sums:
//!
//! | product | one result column per | columns of | factors |
//! |---|---|---|---|
//! | W X + b | sample | W | the sample's inked pixels |
//! | Wᵀ Δ | sample | Wᵀ | the sample's errors |
//! | Δ Xᵀ | pixel | Δ | that pixel in the samples in which it is inked |
//!
//! # The order of additions
//!
//! Floating-point addition is not associative, so the order of a sum decides its last bits. Here every machine adds the
//! same numbers in the same order. The order depends on samples, pixels and rows, never on the width of a vector. Each
//! row of a result column is a sum of its own:
//!
//! 1. The sum is kept in U partial sums. U depends only on the number of rows of the column:
//!
//!    | rows, f32 | rows, f64 | U |
//!    |---|---|---|
//!    | 1 to 16 | 1 to 8 | 4 |
//!    | 17 to 48 | 9 to 24 | 2 |
//!    | more | more | 1 |
//!
//! 2. Partial sum 0 starts with the bias, or with 0 where there is none. The others start with 0.
//! 3. Terms come in increasing order of their columns. Of n terms, the first U · ⌊n/U⌋ are dealt out: term i goes to
//!    partial sum i mod U. The rest goes to partial sum 0. Each is added by a fused multiply-add, with one rounding:
//!    s ← factor · element + s.
//! 4. The partial sums are added as a tree: (s₀ + s₂) + (s₁ + s₃) for U = 4, s₀ + s₁ for U = 2.
//!
//! Gradients add such sums to the weights w, with s = −η/B or whatever the optimizer scales them by:
//!
//! | product | order |
//! |---|---|
//! | Δ Xᵀ of pixels, mini-batches of 32 samples or more | chunk after chunk of samples: w ← s · (sum over the chunk) + w |
//! | Δ Xᵀ otherwise | sample after sample: w ← x · (s · δ) + w |
//! | Δ 1, for the biases | chunk after chunk: b ← b + s · (sum over the chunk, sample after sample) |
//!
//! The tests compute these orders row by row and compare them with the kernels on every instruction set.

mod forward;
mod gradient;
#[cfg(test)]
mod tests;
mod tile;

use crate::math::columns::{InputColumns, SparseColumns};
use crate::math::matrix::Matrix;
use crate::math::simd::Vectors;

/// The kernels of a number type.
///
/// These are not generic functions, so that they are compiled once, with the library. Generic functions would be compiled
/// again in the program and in each test, example and benchmark, for all instruction sets.
pub trait Kernels: Vectors {
    /// out ← matrix X + start, with a column of `out` for each of `samples`. `start` is a column of `matrix`, or 0.
    ///
    /// # Panics
    /// When `out` has fewer columns than there are samples, or other rows than `matrix`.
    fn weighted_sums(
        matrix: &Matrix<Self>,
        start: Option<usize>,
        samples: InputColumns<'_, Self>,
        out: &mut Matrix<Self>,
    );

    /// out ← out + scale · Δ Xᵀ, sample by sample. `out` has the stride of `delta`, and one column for each element of a
    /// sample.
    ///
    /// Best for small mini-batches, in which few samples share a pixel.
    ///
    /// # Panics
    /// When `delta` or `out` has too few columns.
    fn add_outer_products(
        scale: Self,
        delta: &Matrix<Self>,
        samples: InputColumns<'_, Self>,
        out: &mut [Self],
    );

    /// out ← out + scale · Δ Xᵀ, column by column of `out`. `rows` are the rows of X: each lists the samples in which it
    /// has elements. `out` has the stride of `delta`.
    ///
    /// Best for large mini-batches: the gradient of a weight is summed in registers, and the weight is read and written
    /// once.
    ///
    /// # Panics
    /// When `delta` or `out` has too few columns.
    fn add_outer_products_by_row(
        scale: Self,
        delta: &Matrix<Self>,
        rows: SparseColumns<'_, Self>,
        out: &mut [Self],
    );
}

macro_rules! kernels {
    ($number:ty) => {
        impl Kernels for $number {
            fn weighted_sums(
                matrix: &Matrix<Self>,
                start: Option<usize>,
                samples: InputColumns<'_, Self>,
                out: &mut Matrix<Self>,
            ) {
                match samples {
                    InputColumns::Dense(samples) => forward::weighted_sums(matrix, start, samples, out),
                    InputColumns::Sparse(samples) => {
                        forward::listed_weighted_sums(matrix, start, samples, out)
                    }
                    InputColumns::Ink(samples) => forward::listed_weighted_sums(matrix, start, samples, out),
                }
            }

            fn add_outer_products(
                scale: Self,
                delta: &Matrix<Self>,
                samples: InputColumns<'_, Self>,
                out: &mut [Self],
            ) {
                match samples {
                    InputColumns::Dense(samples) => gradient::add_outer_products(scale, delta, samples, out),
                    InputColumns::Sparse(samples) => gradient::add_outer_products(scale, delta, samples, out),
                    InputColumns::Ink(samples) => gradient::add_outer_products(scale, delta, samples, out),
                }
            }

            fn add_outer_products_by_row(
                scale: Self,
                delta: &Matrix<Self>,
                rows: SparseColumns<'_, Self>,
                out: &mut [Self],
            ) {
                gradient::add_outer_products_by_row(scale, delta, rows, out);
            }
        }
    };
}

kernels!(f32);
kernels!(f64);
