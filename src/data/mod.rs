//! Labelled images in memory, and how they are found, read and made.
//!
//! A [`Dataset`] is a cheap handle: [`Dataset::slice`] shares the pixels, so that the training set, the validation
//! set and both together are views of one allocation. Pixels stay bytes if the file has bytes. A byte `k` means the
//! intensity `k / 256`, as in the article's `mnist.pkl.gz`; the division happens when a mini-batch is gathered. This
//! room knows nothing of networks.

pub mod augment;
pub mod checksum;
mod dataset;
mod digits;
pub mod find;
mod ink;
pub mod read;
pub mod splits;
pub mod standardisation;
pub mod synthetic;

pub use dataset::Dataset;
pub use digits::{Digits, TrainOn};
pub(crate) use ink::Ink;
