//! `--csv FILE`: one line per finished run. A command that was stopped continues from it, and files of parts are merged.
//!
//! The file of a part has one column more, the first: `part`. A line is written at once and as a whole; if the disk is full it waits
//! and is written with the next. In the end the lines are sorted, so that the file does not depend on which run ended first.
//! Lines of other commands are refused, because their runs cannot be compared with those of this one.

mod merge;
pub mod read;
pub mod report;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Debug;
use std::fs;
use std::hash::Hash;
use std::io;
use std::path::{Path, PathBuf};

pub use self::merge::{Opened, PartFile, open};
use self::read::{bytes_of, read};
use super::lines::{LineFile, csv_line};
use crate::cli::options::share::Share;
use crate::cli::output::messages::{note, of_error, warn};
use batchprop::Error;
use batchprop::files::{lock, write_whole};

/// The first column in the file of a part.
const PART: &str = "part";

/// The runs of one command: what the lines of its file are.
pub trait Runs {
    /// Tells the runs apart.
    type Key: Copy + Eq + Hash + Debug;
    /// The result of a run.
    type Figures: Clone;

    /// The names of the columns.
    fn columns(&self) -> Vec<String>;

    /// The line of a run.
    fn cells(&self, key: Self::Key, figures: &Self::Figures) -> Vec<String>;

    /// The run of a line.
    ///
    /// # Errors
    /// What was expected, and what was found, where the line is not of one of these runs.
    fn read(&self, cells: &[&str]) -> Result<(Self::Key, Self::Figures), (String, String)>;

    /// The place of a run among all: lines are sorted by it.
    fn place(&self, key: Self::Key) -> impl Ord;

    /// A run in words.
    fn name(&self, key: Self::Key) -> String;

    /// Whether two results of one run are equal, but for the time that it took.
    fn is_same(one: &Self::Figures, other: &Self::Figures) -> bool;
}

/// The runs that are done.
pub type Done<R> = HashMap<<R as Runs>::Key, <R as Runs>::Figures>;

/// An open file, locked against other programs.
pub struct RunFile<R: Runs> {
    path: PathBuf,
    pub(in crate::cli) lines: LineFile,
    /// Whether the last line could not be written.
    is_failing: bool,
    share: Option<Share>,
    /// Those in the file, or waiting to be written.
    done: Done<R>,
}

impl<R: Runs> RunFile<R> {
    /// Opens or creates the file of all runs, or of a share of them.
    ///
    /// # Errors
    /// [`Error::Format`] with the first line that is not of these runs; [`Error::Io`].
    pub fn open(path: &Path, runs: &R, share: Option<Share>) -> Result<Self, Error> {
        let file = lock::open(path)?;
        if !lock::try_lock(&file, path)? {
            let another = io::Error::other("another run is writing to it");
            return Err(Error::io(path, "write")(another));
        }
        let content = bytes_of(&file, path)?;
        let (whole, done) = match content.is_empty() {
            true => (0, Done::<R>::new()),
            false => {
                let content = read::whole_lines(&content);
                (content.len(), read(path, content, runs)?.of_share(path, share)?)
            }
        };
        let lines = LineFile::after(path, file, whole as u64)?;
        let mut opened = Self {
            path: path.to_owned(),
            lines,
            is_failing: false,
            share,
            done,
        };
        if whole == 0 {
            let header = opened.header(runs);
            opened.lines.add(&header)?;
        }
        Ok(opened)
    }

    /// The runs in the file.
    pub fn done(&self) -> &Done<R> {
        &self.done
    }

    /// Adds a line for a run, unless it has one.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written. Then it waits for the next.
    pub fn add(&mut self, runs: &R, key: R::Key, figures: &R::Figures) -> Result<(), Error> {
        let line = self.line(runs, key, figures);
        match self.done.entry(key) {
            Entry::Occupied(_) => Ok(()),
            Entry::Vacant(place) => {
                place.insert(figures.clone());
                self.lines.add(&line)
            }
        }
    }

    /// Adds a line for a run that has ended. Warns once while lines cannot be written.
    pub fn add_or_warn(&mut self, runs: &R, key: R::Key, figures: &R::Figures) {
        let added = self.add(runs, key, figures);
        if let (Err(error), false) = (&added, self.is_failing) {
            let error = of_error(error);
            warn(&format!(
                "no line: {error}. Training goes on; the line is written with the next"
            ));
        }
        self.is_failing = added.is_err();
    }

    /// Sorts the lines, if all are in the file.
    ///
    /// # Errors
    /// [`Error::Io`] when some could not be written.
    pub fn finish(&mut self, runs: &R) -> Result<(), Error> {
        self.lines.finish()?;
        if self.lines.is_file() {
            let sorted = self.sorted(runs);
            let is_sorted = fs::read(&self.path).is_ok_and(|content| content == sorted);
            if !is_sorted && let Err(error) = write_whole(&self.path, &sorted) {
                let error = of_error(&error);
                note(&format!(
                    "the lines stay in the order in which the runs ended: {error}"
                ));
            }
        }
        Ok(())
    }

    /// The whole file.
    fn sorted(&self, runs: &R) -> Vec<u8> {
        let mut done: Vec<_> = self.done.iter().collect();
        done.sort_by(|(one, _), (other, _)| runs.place(**one).cmp(&runs.place(**other)));
        let lines = done
            .into_iter()
            .map(|(&key, figures)| self.line(runs, key, figures));
        std::iter::once(self.header(runs))
            .chain(lines)
            .collect::<Vec<_>>()
            .concat()
    }

    fn header(&self, runs: &R) -> Vec<u8> {
        let part = self.share.map(|_| PART.to_owned());
        csv_line(part.into_iter().chain(runs.columns()))
    }

    fn line(&self, runs: &R, key: R::Key, figures: &R::Figures) -> Vec<u8> {
        let part = self.share.map(|share| share.to_string());
        csv_line(part.into_iter().chain(runs.cells(key, figures)))
    }
}
