//! Training runs on disk: stopped by anything at any moment, they go on from their last checkpoint.
//!
//! A checkpoint is one file with a [`Snapshot`](crate::training::Snapshot), the options, and whatever the program needs to set up the run again. Its
//! checksum covers every byte: a damaged one is never resumed. Files appear whole or not at all, and a [`Folder`] keeps
//! the newest two of them, for one run at a time.
//!
//! The format is that of a [model](crate::storage::model), with a prefix to the tensors' names: `network.0.weight` and so on;
//! of the optimizer `first.0.weight` (momentum, or Adam's mean) and `second.0.weight` (Adam's variance); and of the best
//! epoch `best.0.weight`. The reports of the epochs are JSON in a tensor of bytes, for they can outgrow a header.
//!
//! ```
//! use std::ops::ControlFlow;
//! use batchprop::storage::checkpoint::{self, Folder};
//! use batchprop::training::TrainingEvent;
//! use batchprop::{Network, TrainOn, TrainingData, TrainingOptions, data::synthetic, resume, train};
//!
//! let digits = synthetic::digits(1, 1200, 100);
//! let training = digits.training(TrainOn::Train);
//! let data = TrainingData::new(&training);
//! let options = TrainingOptions { epochs: 2, ..Default::default() }.check()?;
//! let directory = tempfile::tempdir().unwrap();
//!
//! let mut folder = Folder::create(directory.path())?;
//! let mut network = Network::<f32>::new(&[784, 30, 10], 0)?;
//! train(&mut network, data, &options, |event| {
//!     if let TrainingEvent::Resumable(state) = event && state.images() == 0 {
//!         // `"mine"`: whatever the program needs to set up the run again.
//!         folder.write(&state.snapshot(), &options, &"mine").expect("the disk has room");
//!         return ControlFlow::Break(());
//!     }
//!     ControlFlow::Continue(())
//! })?;
//! drop(folder);
//!
//! let mut folder = Folder::open(directory.path())?;
//! let newest = folder.newest::<String>()?.checkpoint;
//! assert_eq!(newest.settings(), "mine");
//! let snapshot = newest.snapshot::<f32>()?;
//! let (network, outcome) = resume(snapshot, data, newest.options(), |_| ControlFlow::Continue(()))?;
//! assert_eq!(outcome.reports.len(), 2);
//! # Ok::<(), batchprop::Error>(())
//! ```

mod file;
mod folder;

pub use self::file::Checkpoint;
pub use self::folder::{Folder, Newest};
