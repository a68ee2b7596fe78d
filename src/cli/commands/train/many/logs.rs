//! `--log FILE` of many runs: one file each.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::super::job::Job;
use super::names::of_seed;
use crate::cli::records::log::{Log, RunId};
use batchprop::training::many::Run;
use batchprop::{EpochReport, Error, files};

/// The logs of all runs.
#[derive(Debug)]
pub struct Logs(Vec<(PathBuf, RunId, Mutex<LogFile>)>);

/// A file is open only while its run trains.
#[derive(Debug)]
enum LogFile {
    Closed,
    Open(Log),
    /// It could not be created.
    Failed(Error),
}

impl Logs {
    /// None of them is written yet.
    ///
    /// # Errors
    /// [`Error::Io`] where the first could not be.
    pub fn new(path: &Path, runs: &[Run], job: &Job) -> Result<Self, Error> {
        let of_run = |run: &Run| {
            let seed = run.options.get().seed;
            (of_seed(path, seed), job.run_id(seed), Mutex::new(LogFile::Closed))
        };
        let logs: Vec<_> = runs.iter().map(of_run).collect();
        if let Some((path, ..)) = logs.first() {
            files::check_writable(path)?;
        }
        Ok(Self(logs))
    }

    /// Writes an epoch of a run. A failure does not end the run; if lines are still missing at the end, [`Self::end`] returns it.
    pub fn epoch(&self, run: usize, report: &EpochReport) {
        let (path, id, file) = &self.0[run];
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let LogFile::Closed = *file {
            *file = Log::create(path, *id).map_or_else(LogFile::Failed, LogFile::Open);
        }
        if let LogFile::Open(log) = &mut *file {
            let _ = log.epoch(report);
        }
    }

    /// Closes the log of a run. Returns the error if it is not complete.
    pub fn end(&self, run: usize) -> Option<Error> {
        let (.., file) = &self.0[run];
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *file, LogFile::Closed) {
            LogFile::Closed => None,
            LogFile::Open(mut log) => log.finish().err(),
            LogFile::Failed(failure) => Some(failure),
        }
    }
}
