//! A parallel, batched trainer for fully connected networks on handwritten digits.
//!
//! # The path of the data
//!
//! ```text
//! bytes on disk ─► Dataset ─► shuffled order ─► Minibatch (784×B) ─► gradient ─► optimizer ─► Network
//!    dataset/      dataset/      training          minibatch         gradient/   optimizer     network
//! ```
//!
//! [`training`] is the story; each station is a room of its own and knows nothing of the others' insides.
//!
//! # Legend of shapes
//!
//! | letter | meaning |
//! |---|---|
//! | B | samples in a mini-batch |
//! | n_in, n_out | units below and in a layer; of a network: its inputs and outputs |
//! | L | layers of weights; l counts them from the inputs |
//!
//! Activations are (units × B), one sample a column; weights (n_out × n_in); biases (n_out).

#![warn(missing_docs)]
// `blas` and the kernels' prefetch opt out, and say why.
#![deny(unsafe_code)]
#![deny(unsafe_op_in_unsafe_fn)]

pub mod activation;
pub mod blas;
pub mod cost;
pub mod dataset;
pub mod error;
pub mod evaluation;
pub mod gradient;
mod kernel;
pub mod layer;
pub mod matrix;
pub mod minibatch;
pub mod network;
pub mod optimizer;
pub mod random;
pub mod real;
mod sparse;
pub mod training;
pub mod verify;

pub use dataset::{Dataset, Digits, TrainOn};
pub use error::{Error, Result};
pub use evaluation::{Evaluation, evaluate};
pub use gradient::{EngineKind, GradientEngine};
pub use minibatch::Minibatch;
pub use network::Network;
pub use real::Real;
pub use training::{EpochReport, TrainingEvent, TrainingOptions, train};
