//! Checkpoints: a training run that was stopped at any moment, in any way, can be resumed from the last one.
//!
//! A checkpoint is one file with a [`Snapshot`](crate::training::Snapshot), the options, and what the program needs
//! to set up the run again. Its checksum covers every byte, so that a damaged checkpoint is never resumed. Files
//! appear whole or not at all, and a [`Folder`] keeps the newest two, for one run at a time.
//!
//! The format is that of a [model](crate::storage::model), with a prefix to the tensors' names: `network.0.weight` and so on;
//! of the optimizer `first.0.weight` (momentum, or Adam's mean) and `second.0.weight` (Adam's variance); and of the best
//! epoch `best.0.weight`. The reports of the epochs are JSON in a tensor of bytes, because they can be too long for a header.
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
//!         // `"mine"` stands for what a program needs to set up the run again.
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
