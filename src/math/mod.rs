//! Numbers: precision, matrices, random streams, and the products that take most of the training time.
//!
//! [`blas`] multiplies dense matrices; `kernel` multiplies what BLAS has no routine for. `columns` has the forms of
//! a layer's inputs: dense, sparse, or ink. This room knows nothing of data sets and networks.

pub mod blas;
pub(crate) mod columns;
pub(crate) mod kernel;
pub mod matrix;
pub(crate) mod normal;
pub mod random;
pub mod real;
pub(crate) mod simd;

pub use simd::{has_fused_multiply_add, instruction_set};
