//! A parallel, batched trainer for fully connected networks on handwritten digits.

pub mod blas;
pub mod dataset;
pub mod error;

pub use dataset::{Dataset, Digits};
pub use error::{Error, Result};
