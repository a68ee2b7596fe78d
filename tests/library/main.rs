//! The library by its public interface, one module for each topic.

mod article;
mod augmentation;
mod blas;
mod checkpoints;
#[path = "../common/mod.rs"]
mod common;
mod disturbed;
mod divergence;
#[cfg(feature = "download")]
mod download;
mod foreign_models;
mod gradient;
mod house;
mod limits;
mod locate;
mod members;
mod models;
mod parts;
mod pictures;
mod pytorch;
mod readers;
mod runs;
mod synthetic;
mod threads;
