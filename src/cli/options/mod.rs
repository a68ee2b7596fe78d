//! Options that several subcommands share: one file per group.

pub mod augmentation;
pub mod model;
pub mod optimizer;
pub mod recipe;
pub mod run;
