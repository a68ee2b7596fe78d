//! The folder of a run's checkpoints: the newest two, one run at a time.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::file::{Checkpoint, encode};
use crate::error::{Error, Result};
use crate::files::{self, TEMPORARY_SUFFIX, lock};
use crate::math::real::Real;
use crate::training::{CheckedOptions, Position, Snapshot};

/// The process that holds its lock owns the folder.
const LOCK: &str = ".lock";

/// The parts of a checkpoint's name. Names sort in the order in which checkpoints were written.
const PREFIX: &str = "epoch-";
const INFIX: &str = "-mini-batch-";
const SUFFIX: &str = ".safetensors";

/// Number of checkpoints that are kept.
const KEPT: usize = 2;

/// A folder with the checkpoints of one run, locked against other processes.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// From the oldest on: the checkpoint that this run was resumed from, and those that it has written.
    sound: Vec<PathBuf>,
    lock: File,
}

/// What [`Folder::newest`] found.
#[derive(Debug)]
pub struct Newest<S> {
    /// The newest checkpoint that can be read.
    pub checkpoint: Checkpoint<S>,
    /// The errors of newer ones.
    pub damaged: Vec<Error>,
}

impl Folder {
    /// The folder for a new run. It is created if it does not exist, and must have no checkpoints.
    ///
    /// # Errors
    /// [`Error::Checkpoints`] when there are checkpoints, or another run uses the folder; [`Error::Io`].
    pub fn create(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(Error::io(path, "create"))?;
        let folder = Self::lock(path)?;
        match list(path)?.last() {
            None => Ok(folder),
            Some(newest) => Err(error(
                path,
                format!(
                    "the folder has checkpoints of another run, the newest is {}",
                    name(newest)
                ),
                "Continue that run with `resume`, or give the new one another folder.",
            )),
        }
    }

    /// The folder of a run that is to be resumed.
    ///
    /// # Errors
    /// [`Error::Checkpoints`] when there are no checkpoints, or another run uses the folder; [`Error::Io`].
    pub fn open(path: &Path) -> Result<Self> {
        files::check_exists(
            path,
            "a folder of checkpoints",
            "`checkpoint` names the folder that a run writes them to.",
        )?;
        // Checked before a lock file is created, perhaps in a folder that has nothing to do with this run.
        if list(path)?.is_empty() {
            return Err(none(path));
        }
        Self::lock(path)
    }

    /// The newest checkpoint of a folder that another run may be using: nothing is locked or written.
    ///
    /// # Errors
    /// Those of [`Self::newest`]; [`Error::Io`].
    pub fn look<S: DeserializeOwned>(path: &Path) -> Result<Newest<S>> {
        newest(path)
    }

    /// Whether there are checkpoints in the folder at `path`.
    pub fn has_checkpoints(path: &Path) -> bool {
        list(path).is_ok_and(|checkpoints| !checkpoints.is_empty())
    }

    fn lock(path: &Path) -> Result<Self> {
        let at = path.join(LOCK);
        let file = lock::open(&at)?;
        if !lock::try_lock(&file, &at)? {
            return Err(error(
                path,
                "another run is using the folder".to_owned(),
                "Wait for its end, or give this one another folder.",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            sound: Vec::new(),
            lock: file,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The newest checkpoint that can be read.
    ///
    /// # Errors
    /// [`Error::Checkpoints`] when there is none; when all are damaged, the newest one's error.
    pub fn newest<S: DeserializeOwned>(&mut self) -> Result<Newest<S>> {
        let newest = newest(&self.path)?;
        self.sound = vec![newest.checkpoint.path().to_owned()];
        Ok(newest)
    }

    /// Writes a checkpoint, and then removes all but the newest two. If writing fails, nothing is removed.
    /// `settings` are what the program needs to set up the run again.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Checkpoints`] when the folder at the path has been replaced by another run's.
    pub fn write<F: Real, S: Serialize>(
        &mut self,
        snapshot: &Snapshot<F>,
        options: &CheckedOptions,
        settings: &S,
    ) -> Result<()> {
        self.check_lock()?;
        let path = self.path.join(name_of(&snapshot.position));
        let bytes = encode(&path, snapshot, options, settings)?;
        files::write_whole(&path, &bytes)?;
        self.sound.retain(|other| *other != path);
        self.sound.push(path);
        let older = self.sound.len().saturating_sub(KEPT);
        self.sound.drain(..older);
        self.tidy()
    }

    /// Checks that the lock file of this run is still the one at the path. The folder may have been removed or
    /// moved, and replaced by that of another run.
    fn check_lock(&self) -> Result<()> {
        let path = self.path.join(LOCK);
        match lock::is_at(&self.lock, &path)? {
            true => Ok(()),
            false => Err(error(
                &self.path,
                "the folder of this run was replaced by another one".to_owned(),
                "Give each run a folder of its own.",
            )),
        }
    }

    /// Removes all checkpoints that this run does not need: older ones, damaged ones, and half-written ones.
    fn tidy(&self) -> Result<()> {
        let of_checkpoint = |path: &PathBuf| {
            let name = name(path);
            let half_written = name
                .strip_prefix('.')
                .is_some_and(|name| name.starts_with(PREFIX));
            parse(&name).is_some() || (half_written && name.ends_with(TEMPORARY_SUFFIX))
        };
        let stale = entries(&self.path)?.into_iter().filter(of_checkpoint);
        for path in stale.filter(|path| !self.sound.contains(path)) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::io(&path, "remove")(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn newest<S: DeserializeOwned>(folder: &Path) -> Result<Newest<S>> {
    let mut damaged = Vec::new();
    for path in list(folder)?.into_iter().rev() {
        match Checkpoint::read(&path) {
            Ok(checkpoint) => return Ok(Newest { checkpoint, damaged }),
            Err(error) => damaged.push(error),
        }
    }
    Err(damaged.into_iter().next().unwrap_or_else(|| none(folder)))
}

/// The checkpoints in a folder, from the oldest on.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let paths = entries(folder)?.into_iter();
    let mut checkpoints: Vec<_> = paths
        .filter_map(|path| Some((parse(&name(&path))?, path)))
        .collect();
    checkpoints.sort();
    Ok(checkpoints.into_iter().map(|(_, path)| path).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> io::Result<_> {
        let entries = fs::read_dir(folder)?;
        entries.map(|entry| Ok(entry?.path())).collect()
    };
    read().map_err(Error::io(folder, "read"))
}

fn error(folder: &Path, found: String, hint: &str) -> Error {
    Error::Checkpoints {
        path: folder.to_owned(),
        found,
        hint: hint.to_owned(),
    }
}

fn none(folder: &Path) -> Error {
    error(
        folder,
        format!("the folder has no checkpoints, no files {PREFIX}…{SUFFIX}"),
        "Give the folder of the run's checkpoints (`checkpoint`), or start the run anew.",
    )
}

fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// `epoch-00003-mini-batch-0000500.safetensors`: of epoch 3, counted from 0, 500 mini-batches are done.
fn name_of(position: &Position) -> String {
    let (epoch, minibatch) = (position.epoch(), position.minibatch());
    format!("{PREFIX}{epoch:05}{INFIX}{minibatch:07}{SUFFIX}")
}

/// Epoch and mini-batch.
fn parse(name: &str) -> Option<(u64, u64)> {
    let numbers = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let (epoch, minibatch) = numbers.split_once(INFIX)?;
    Some((epoch.parse().ok()?, minibatch.parse().ok()?))
}
