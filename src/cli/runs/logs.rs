//! `--log FILE` of many runs: a file each, named by the seed.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::super::log::Log;
use batchprop::runs::Run;
use batchprop::{EpochReport, Error};

/// What a run's seed takes the place of.
const SEED: &str = "{seed}";

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
    /// Whether every run gets a file of its own.
    pub fn check(path: &Path) -> Result<(), Error> {
        match path.to_str() {
            Some(path) if path.contains(SEED) => Ok(()),
            _ => Err(Error::Option {
                option: "--log",
                given: path.display().to_string(),
                expected: "a name with {seed} in it, which --runs replaces by the seed of each run, such as \
                           log-{seed}.csv"
                    .to_owned(),
            }),
        }
    }

    /// None of them is written yet.
    pub fn new(path: &Path, runs: &[Run]) -> Self {
        let of_run = |run: &Run| {
            let path = match path.to_str() {
                Some(path) => path.replace(SEED, &run.options.get().seed.to_string()).into(),
                None => path.to_owned(),
            };
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
