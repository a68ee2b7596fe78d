//! Numbers: precision, matrices, random streams, and the products that training spends its time on.
//!
//! [`blas`] multiplies dense matrices; `kernel` multiplies what BLAS has no routine for. `columns` are the forms in which a
//! layer meets its inputs: dense, sparse, or ink. This room knows nothing of data sets and networks.

pub mod blas;
pub(crate) mod columns;
pub(crate) mod kernel;
pub mod matrix;
pub(crate) mod normal;
pub mod random;
pub mod real;
pub(crate) mod simd;

pub use simd::has_fused_multiply_add;
