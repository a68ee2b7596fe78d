//! Options as they are typed: one file per group.

pub mod augmentation;
pub mod choice;
pub mod control;
pub mod data;
pub mod defaults;
pub mod letters;
pub mod model;
pub mod network;
pub mod optimizer;
pub mod part;
pub mod recipe;
pub mod regularisation;
pub mod run;
pub mod run_files;
pub mod seeds;
pub mod share;
