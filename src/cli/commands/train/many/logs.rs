//! `--log FILE` of many runs: a file each.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::names::of_seed;
use crate::cli::records::log::Log;
use batchprop::training::many::Run;
use batchprop::{EpochReport, Error, files};

/// The logs of all runs.
#[derive(Debug)]
pub struct Logs(Vec<(PathBuf, Mutex<State>)>);

/// A file is open only while its run trains.
#[derive(Debug)]
enum State {
    NotYet,
    Open(Log),
    /// It could not be made.
    Failed(Error),
}

impl Logs {
    /// None of them is written yet.
    ///
    /// # Errors
    /// [`Error::Io`] where the first could not be.
    pub fn new(path: &Path, runs: &[Run]) -> Result<Self, Error> {
        let of_run = |run: &Run| {
            let path = of_seed(path, run.options.get().seed);
            (path, Mutex::new(State::NotYet))
        };
        let logs: Vec<_> = runs.iter().map(of_run).collect();
        if let Some((path, _)) = logs.first() {
            files::check_writable(path)?;
        }
        Ok(Self(logs))
    }

    /// Writes an epoch of a run. What goes wrong is told at the end, if it is still wrong then: the run goes on.
    pub fn epoch(&self, run: usize, report: &EpochReport) {
        let (path, state) = &self.0[run];
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::NotYet = *state {
            *state = Log::create(path).map_or_else(State::Failed, State::Open);
        }
        if let State::Open(log) = &mut *state {
            let _ = log.epoch(report);
        }
    }

    /// Closes the log of a run. Why it is not whole, if so.
    pub fn end(&self, run: usize) -> Option<Error> {
        let (_, state) = &self.0[run];
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::NotYet) {
            State::NotYet => None,
            State::Open(mut log) => log.finish().err(),
            State::Failed(failure) => Some(failure),
        }
    }
}
