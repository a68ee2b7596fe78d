//! `--log FILE` of many runs: a file each.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::super::log::Log;
use super::names::of_seed;
use batchprop::runs::Run;
use batchprop::{EpochReport, Error};

/// The logs of all runs.
#[derive(Debug)]
pub struct Logs(Vec<(PathBuf, Mutex<State>)>);

/// A file is open only while its run trains.
#[derive(Debug)]
enum State {
    NotYet,
    Open(Log),
    Failed(Error),
}

impl Logs {
    /// None of them is written yet.
    pub fn new(path: &Path, runs: &[Run]) -> Self {
        let of_run = |run: &Run| {
            let path = of_seed(path, run.options.get().seed);
            (path, Mutex::new(State::NotYet))
        };
        Self(runs.iter().map(of_run).collect())
    }

    /// Writes an epoch of a run. Breaks, as the run should, when that fails.
    pub fn epoch(&self, run: usize, report: &EpochReport) -> ControlFlow<()> {
        let (path, state) = &self.0[run];
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let log = match std::mem::replace(&mut *state, State::NotYet) {
            State::NotYet => Log::create(path),
            State::Open(log) => Ok(log),
            State::Failed(failure) => Err(failure),
        };
        match log.and_then(|mut log| log.epoch(report).map(|()| log)) {
            Ok(log) => {
                *state = State::Open(log);
                ControlFlow::Continue(())
            }
            Err(failure) => {
                *state = State::Failed(failure);
                ControlFlow::Break(())
            }
        }
    }

    /// Closes the log of a run. Why it could not be written, if so.
    pub fn end(&self, run: usize) -> Option<Error> {
        let (_, state) = &self.0[run];
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::NotYet) {
            State::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}
