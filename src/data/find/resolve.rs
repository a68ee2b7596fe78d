//! From `--data` to digits: what the user asked for → a [`DataSource`] → [`Digits`].
//!
//! `auto` never fails for want of data: `./data`, the cache, a download, and at last synthetic digits, which the
//! returned [`Note`]s then say in one line. A path is taken at its word: what is wrong with it is an error.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::download;
use super::download::{Progress, Remote};
use super::locate;
use super::locate::{DataSource, Places};
use crate::data::read::Reading;
use crate::data::read::{arrays, csv, folders, idx, paired, pickle};
use crate::data::{Digits, TrainOn, synthetic};
use crate::error::{Error, Result};

/// The value of `--data`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DataArg {
    /// `auto`: MNIST from wherever it is, else synthetic digits.
    #[default]
    Auto,
    /// `synthetic`: digits drawn by this crate.
    Synthetic,
    /// Anything else: a file or directory. One that is named `auto` is written `./auto`.
    Path(PathBuf),
}

/// Paths need not be UTF-8.
impl From<OsString> for DataArg {
    fn from(value: OsString) -> Self {
        if value == "auto" {
            Self::Auto
        } else if value == "synthetic" {
            Self::Synthetic
        } else {
            Self::Path(value.into())
        }
    }
}

/// What the user should know about the choice of data, in one line each ([`fmt::Display`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A place was passed over: why, in words.
    PassedOver(String),
    /// MNIST was downloaded into this directory.
    Downloaded(PathBuf),
    /// There is no MNIST: why it was not downloaded, in words.
    NoMnist(String),
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassedOver(why) => write!(formatter, "passed over {why}"),
            Self::Downloaded(directory) => {
                write!(formatter, "MNIST was downloaded into {}", directory.display())
            }
            Self::NoMnist(why) => write!(
                formatter,
                "MNIST is not on this machine and could not be downloaded ({why}): training on synthetic \
                 digits, not MNIST"
            ),
        }
    }
}

/// The data to use, and what to tell the user about the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The data.
    pub source: DataSource,
    /// In the order of events.
    pub notes: Vec<Note>,
}

/// Finds the data that `data` asks for; `auto` downloads MNIST from `remote` when it is in none of `places`.
/// With `remote` `None` nothing is downloaded.
///
/// # Errors
/// For a path: those of [`locate::locate`]. `auto` and `synthetic` always find something.
pub fn resolve(
    data: &DataArg,
    places: &Places,
    remote: Option<&Remote>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Resolved> {
    match data {
        DataArg::Path(path) => Ok(Resolved {
            source: locate::locate(path)?,
            notes: Vec::new(),
        }),
        DataArg::Synthetic => Ok(Resolved {
            source: DataSource::Synthetic,
            notes: Vec::new(),
        }),
        DataArg::Auto => Ok(resolve_auto(places, remote, progress)),
    }
}

/// Reads the files of `source`, or draws the synthetic digits of seed 0.
///
/// # Errors
/// Those of the form's reader, such as [`idx::read`] and [`csv::read`]; [`Error::LabelOutOfRange`] when a label is not below the
/// number of classes asked for.
pub fn load(source: &DataSource, reading: &Reading) -> Result<Digits> {
    let classes = reading.classes.unwrap_or(idx::DIGITS);
    let digits = match source {
        DataSource::Idx(files) => return idx::read_as(files, reading),
        DataSource::Pickle(path) => pickle::read(path, classes)?,
        DataSource::Synthetic => {
            let digits = synthetic::digits(0, synthetic::TRAINING, synthetic::TEST);
            digits
                .training(TrainOn::All)
                .check_labels(classes, digits.origin())?;
            digits
        }
        DataSource::Csv(files) => return csv::read(files, reading),
        DataSource::Pictures(folders) => return folders::read(folders, reading),
        DataSource::Npz(path) => return arrays::read_npz(path, reading),
        DataSource::Paired(files) => return paired::read(files, reading),
    };
    Ok(digits.with_classes(classes))
}

fn resolve_auto(
    places: &Places,
    remote: Option<&Remote>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Resolved {
    let (found, passed_over) = places.search();
    let mut notes: Vec<_> = passed_over
        .iter()
        .map(|error| Note::PassedOver(error.to_string()))
        .collect();
    if let Some(source) = found {
        return Resolved { source, notes };
    }
    let directory = places.download_directory();
    let fetched = match remote {
        Some(remote) => fetch(remote, directory, progress),
        None => Err("`offline` was given".to_owned()),
    };
    let source = match fetched {
        Ok(source) => {
            // What was incomplete is whole now, or no longer of interest.
            notes.clear();
            notes.push(Note::Downloaded(directory.to_owned()));
            source
        }
        Err(reason) => {
            notes.push(Note::NoMnist(reason));
            DataSource::Synthetic
        }
    };
    Resolved { source, notes }
}

/// Downloads and locates; an error is told by its reason alone, since the note around it says the rest.
fn fetch(
    remote: &Remote,
    directory: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> std::result::Result<DataSource, String> {
    let fetched = download::download(remote, directory, progress).and_then(|_| locate::locate(directory));
    fetched.map_err(|error| match error {
        Error::Download { reason, .. } => reason,
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_s_words_are_auto_and_synthetic_and_all_else_is_a_path() {
        let parse = |value: &str| DataArg::from(OsString::from(value));
        assert_eq!(parse("auto"), DataArg::Auto);
        assert_eq!(parse("synthetic"), DataArg::Synthetic);
        for path in ["./auto", "synthetic.pkl", "Auto", "data/mnist"] {
            assert_eq!(parse(path), DataArg::Path(PathBuf::from(path)));
        }
    }
}
