//! Logs and files of runs: one line per epoch or run, written and read.

pub mod lines;
pub mod log;
pub mod read_back;
pub mod runs;
