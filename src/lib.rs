//! A parallel, batched trainer for fully connected networks on handwritten digits.
//!
//! # The path of the data
//!
//! ```text
//! bytes on disk ─► Dataset ─► shuffled order ─► Minibatch (784×B) ─► gradient ─► optimizer ─► Network
//!    dataset/      dataset/      training          minibatch         gradient/   optimizer     network
//! ```
//!
//! What training tells of on the way, [`checkpoint`] can write for another day, and [`model_file`] keeps its result.
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
//!
//! # Example
//!
//! The article's network learns digits that the crate draws itself.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use batchprop::dataset::synthetic;
//! use batchprop::{Network, TrainOn, TrainingData, TrainingOptions, train};
//!
//! batchprop::blas::use_one_thread_per_call();
//! let digits = synthetic::digits(0, 6000, 1000);
//! let options = TrainingOptions {
//!     epochs: 3,
//!     ..TrainingOptions::default()
//! };
//! let mut network = Network::<f32>::new(&[784, 30, 10], options.seed)?;
//! let training = digits.training(TrainOn::Train);
//! let data = TrainingData::new(&training).with_test(digits.test());
//! let outcome = train(&mut network, data, &options.check()?, |_event| ControlFlow::Continue(()))?;
//! assert!(outcome.reports[2].cost < outcome.reports[0].cost);
//! # Ok::<(), batchprop::Error>(())
//! ```

#![warn(missing_docs)]
// `blas` and the kernels' prefetch opt out, and say why.
#![deny(unsafe_code)]
#![deny(unsafe_op_in_unsafe_fn)]

pub mod activation;
mod activations;
pub mod augment;
pub mod blas;
pub mod checkpoint;
pub mod cost;
pub mod dataset;
mod digest;
pub mod drawing;
mod dropout;
pub mod error;
pub mod evaluation;
pub mod files;
pub mod functions;
pub mod gradient;
pub mod initialisation;
mod kernel;
pub mod layer;
pub mod matrix;
pub mod memory;
pub mod minibatch;
pub mod model_file;
pub mod network;
mod normal;
mod numpy;
pub mod optimizer;
pub mod picture;
pub mod random;
pub mod real;
pub mod runs;
pub mod schedule;
mod sparse;
mod tensor_file;
pub mod training;
pub mod verify;

pub use activation::Activation;
pub use cost::Cost;
pub use dataset::{Dataset, Digits, TrainOn};
pub use error::{Error, Result};
pub use evaluation::{Evaluation, Score, evaluate};
pub use functions::{Functions, Output};
pub use gradient::{EngineKind, GradientEngine};
pub use initialisation::Initialisation;
pub use minibatch::Minibatch;
pub use network::Network;
pub use optimizer::{OptimizerOptions, Rule};
pub use real::{Precision, Real};
pub use schedule::Schedule;
pub use training::{EpochReport, Outcome, TrainingData, TrainingEvent, TrainingOptions, resume, train};

/// The README's examples are tested with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
