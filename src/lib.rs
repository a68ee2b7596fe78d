//! A parallel, batched trainer for fully connected networks on handwritten digits.
//!
//! # The rooms, from the ground up
//!
//! ```text
//! error      the one error
//! math       numbers: matrices, random streams, vectors, BLAS, and the kernels that multiply
//! memory     how much is available, checked before large allocations
//! files      files written whole, NumPy arrays, tensors, checksums
//! images     pictures: decoded, and the digits found in them
//! data       labelled images: found, downloaded, read, drawn, distorted
//! network    layers, activations, costs, and the forward pass
//! training   mini-batches, gradients, optimizers, epochs
//! storage    files of networks and runs: models and checkpoints
//! ```
//!
//! A room uses only rooms above it in this list; `data` and `network` meet only in `training`. The way of the data:
//!
//! ```text
//! bytes on disk ─► Dataset ─► shuffled order ─► Minibatch (784×B) ─► gradient ─► optimizer ─► Network
//! ```
//!
//! [`training`] describes it.
//!
//! # Legend of shapes
//!
//! | letter | meaning |
//! |---|---|
//! | B | samples in a mini-batch |
//! | n_in, n_out | units below and in a layer; of a network: its inputs and outputs |
//! | L | layers of weights; l counts them from the inputs |
//!
//! Activations are (units × B), one sample per column; weights (n_out × n_in); biases (n_out).
//!
//! # Example
//!
//! The article's network learns digits that the crate draws itself.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use batchprop::data::synthetic;
//! use batchprop::{Network, TrainingData, TrainingOptions, train};
//!
//! batchprop::math::blas::use_one_thread_per_call();
//! let digits = synthetic::digits(0, 6000, 1000);
//! let options = TrainingOptions {
//!     epochs: 3,
//!     ..TrainingOptions::default()
//! };
//! let mut network = Network::<f32>::new(&[784, 30, 10], options.seed)?;
//! let data = TrainingData::from(&digits);
//! let outcome = train(&mut network, data, &options.check()?, |_event| ControlFlow::Continue(()))?;
//! assert!(outcome.reports[2].cost < outcome.reports[0].cost);
//! # Ok::<(), batchprop::Error>(())
//! ```

#![warn(missing_docs)]
// `blas` and the kernels' prefetch opt out, and say why.
#![deny(unsafe_code)]
#![deny(unsafe_op_in_unsafe_fn)]

pub mod data;
pub mod error;
pub mod files;
pub mod images;
pub mod math;
pub mod memory;
pub mod network;
pub mod storage;
pub mod training;

pub use data::find::load;
pub use data::{Dataset, Digits, TrainOn};
pub use error::{Error, Result};
pub use math::real::{Precision, Real};
pub use network::Network;
pub use network::activation::Activation;
pub use network::committee::Committee;
pub use network::cost::Cost;
pub use network::functions::Functions;
pub use network::initialisation::Initialisation;
pub use network::output::Output;
pub use storage::{load_network, save};
pub use training::evaluation::{Evaluation, Score, evaluate};
pub use training::gradient::{EngineKind, GradientEngine};
pub use training::minibatch::Minibatch;
pub use training::optimizer::{OptimizerOptions, Rule};
pub use training::schedule::Schedule;
pub use training::{EpochReport, Outcome, TrainingData, TrainingEvent, TrainingOptions, resume, train};

/// The README's examples are tested with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
