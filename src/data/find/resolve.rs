//! From the user's choice of data to a [`DataSource`].
//!
//! `auto` always finds data: in `./data`, in the cache, by a download, or else synthetic digits, with a [`Note`] of
//! one line. If something is wrong with a path, that is an error.

use std::fmt;
use std::path::{Path, PathBuf};

use super::download;
use super::download::{Progress, Remote};
use super::locate;
use super::locate::{DataSource, Places};
use crate::error::{Error, Result};

/// Which data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Wanted {
    /// `auto`: MNIST from wherever it is, else synthetic digits.
    #[default]
    Auto,
    /// `synthetic`: digits drawn by this crate.
    Synthetic,
    /// A file or directory.
    Path(PathBuf),
}

/// What the user should know about the choice of data, in one line each ([`fmt::Display`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A folder was skipped, with the reason.
    PassedOver(String),
    /// MNIST was downloaded into this directory.
    Downloaded(PathBuf),
    /// There is no MNIST, with the reason why it was not downloaded.
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

/// Finds the data that `data` asks for; [`Wanted::Auto`] downloads MNIST from `remote` when it is in none of `places`.
/// With `remote` `None` nothing is downloaded.
///
/// # Errors
/// For a path: those of [`locate::locate`]. `auto` and `synthetic` always find something.
pub fn resolve(
    data: &Wanted,
    places: &Places,
    remote: Option<&Remote>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Resolved> {
    match data {
        Wanted::Path(path) => Ok(Resolved {
            source: locate::locate(path)?,
            notes: Vec::new(),
        }),
        Wanted::Synthetic => Ok(Resolved {
            source: DataSource::Synthetic,
            notes: Vec::new(),
        }),
        Wanted::Auto => Ok(resolve_auto(places, remote, progress)),
    }
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
            // Incomplete folders are complete now, or no longer relevant.
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

/// Downloads and locates. An error is reduced to its reason, because the note says the rest.
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
