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

mod forward;
mod gradient;
mod tile;

pub(crate) use forward::weighted_sums;
pub(crate) use gradient::{add_outer_products, add_outer_products_by_row};
