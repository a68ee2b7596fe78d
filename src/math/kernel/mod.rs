//! The inner loops that BLAS has no routine for, written once for every instruction set and precision.
//!
//! A page of handwriting is mostly blank: four of five MNIST pixels are 0. Neither does a blank pixel move a
//! unit, nor does its weight have a gradient, so the first layer's products skip them; that is five times less
//! work than any dense product. And products with a handful of rows, as the ten outputs', are over before a
//! BLAS call has prepared itself.
//!
//! All loops share one core, [`tile::accumulate`]: a few vectors of accumulators, kept in registers, to which
//! chosen columns of a matrix are added, each times a number. Which columns, and what for, is the caller's:
//!
//! | product | result | columns of | times |
//! |---|---|---|---|
//! | W X + b | a sample | W | the sample's inked pixels |
//! | Wᵀ Δ | a sample | Wᵀ | the sample's errors |
//! | Δ Xᵀ | a pixel | Δ | the pixel in the samples it is inked in |
//!
//! Vectors come from the `pulp` crate, which picks AVX-512, AVX2, NEON or scalar code when the program runs.
//!
//! # The order of additions
//!
//! Every machine adds the same numbers in the same order, so that a network's weights are a function of the data, the
//! options and the seed. The order is written in terms of rows and terms, never of vectors. A *row* is one element of the
//! result's column; its *terms* are the sample's inked pixels, or whatever the table above names, in increasing order of
//! their columns.
//!
//! 1. A row's sum is kept in U partial sums. U follows from the rows of the column alone:
//!
//!    | rows, f32 | rows, f64 | U |
//!    |---|---|---|
//!    | 1 to 16 | 1 to 8 | 4 |
//!    | 17 to 48 | 9 to 24 | 2 |
//!    | more | more | 1 |
//!
//! 2. Partial sum 0 starts with the bias, or with 0; the others start with 0.
//! 3. Of n terms, the first U · ⌊n/U⌋ are dealt out: term i is added to partial sum i mod U. The rest is added to
//!    partial sum 0. All additions are fused multiply-adds, s ← factor · element + s, with one rounding.
//! 4. The partial sums are added as a tree: with U = 4, (s₀ + s₂) + (s₁ + s₃).
//!
//! | product | sums |
//! |---|---|
//! | W X + b, Wᵀ Δ | as above |
//! | Δ Xᵀ, fewer than 32 samples | sample after sample, w ← x · (scale · δ) + w |
//! | Δ Xᵀ, more | for each chunk of samples, the sum over its samples as above, then w ← scale · sum + w |
//! | Δ 1 | one sum, sample after sample |

mod forward;
mod gradient;
#[cfg(test)]
mod tests;
mod tile;

pub(crate) use forward::weighted_sums;
pub(crate) use gradient::{add_outer_products, add_outer_products_by_row};
