//! Opens the files of `--csv` and `--merged`, and merges those of parts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::read::{Read, bytes_of, read, refused, whole_lines};
use super::{Done, RunFile, Runs};
use crate::cli::options::run_files::{Csv, RunFiles};
use crate::cli::options::share::Share;
use batchprop::Error;
use batchprop::files::{check_exists, lock};

/// The files of a command.
pub struct Opened<R: Runs> {
    /// That new runs are added to.
    pub record: Option<RunFile<R>>,
    /// In all files together.
    pub done: Done<R>,
    /// The files that were merged.
    pub parts: Vec<PartFile>,
}

/// A file that was merged.
#[derive(Debug, Clone)]
pub struct PartFile {
    pub path: PathBuf,
    /// Unknown before its first run.
    pub share: Option<Share>,
    /// Whether another program is writing to it.
    pub is_growing: bool,
}

/// Runs of several files, and which file each is from.
struct Union<'p, R: Runs>(HashMap<R::Key, (R::Figures, &'p Path)>);

/// Opens the files, and reads all runs that are done.
///
/// # Errors
/// [`Error::Format`] where a file is not of these runs, or two files differ; [`Error::NotFound`], [`Error::Io`].
pub fn open<R: Runs>(files: &RunFiles, runs: &R) -> Result<Opened<R>, Error> {
    let mut union = Union::<R>(HashMap::new());
    let (record, parts) = match &files.csv {
        Csv::None => (None, Vec::new()),
        Csv::One(path) => {
            let record = RunFile::open(path, runs, files.share())?;
            union.add(runs, path, record.done().clone())?;
            if let Some(merged) = files.merged.as_ref().filter(|merged| merged.exists()) {
                let (found, _) = read_file(merged, runs)?;
                union.add(runs, merged, found.of_share(merged, None)?)?;
            }
            (Some(record), Vec::new())
        }
        Csv::Several(paths) => {
            let parts = merge(paths, files.finish, runs, &mut union)?;
            let record = match &files.merged {
                None => None,
                Some(merged) => {
                    let mut record = RunFile::open(merged, runs, None)?;
                    union.add(runs, merged, record.done().clone())?;
                    for (key, (figures, _)) in &union.0 {
                        record.add(runs, *key, figures)?;
                    }
                    Some(record)
                }
            };
            (record, parts)
        }
    };
    let done = union.0.into_iter().map(|(key, (figures, _))| (key, figures));
    Ok(Opened {
        record,
        done: done.collect(),
        parts,
    })
}

/// Reads the files of parts.
fn merge<'p, R: Runs>(
    paths: &'p [PathBuf],
    finish: bool,
    runs: &R,
    union: &mut Union<'p, R>,
) -> Result<Vec<PartFile>, Error> {
    let read: Vec<_> = paths.iter().map(|path| (path, read_file(path, runs))).collect();
    let good = read.iter().find_map(|(path, read)| read.is_ok().then_some(*path));
    let mut parts: Vec<PartFile> = Vec::new();
    for (path, read) in read {
        let (found, is_growing) = read.map_err(|error| beside(error, good))?;
        if is_growing && finish {
            let growing = io::Error::other("another run is writing to it, and may train what is missing");
            return Err(Error::io(path, "finish")(growing));
        }
        let counted = parts
            .iter()
            .find_map(|part| Some((&part.path, part.share?.count)));
        if let (Some(share), Some((other, count))) = (found.share, counted)
            && share.count != count
        {
            let expected = format!("a part of {count}, as in {}", other.display());
            return Err(refused(path, "line 2", expected, format!("part {share}")));
        }
        parts.push(PartFile {
            path: path.clone(),
            share: found.share,
            is_growing,
        });
        union.add(runs, path, found.done)?;
    }
    Ok(parts)
}

impl<'p, R: Runs> Union<'p, R> {
    /// Adds the runs of the file at `path`. A run that two files have must be the same in both.
    fn add(&mut self, runs: &R, path: &'p Path, done: Done<R>) -> Result<(), Error> {
        for (key, figures) in done {
            match self.0.entry(key) {
                Entry::Vacant(place) => {
                    place.insert((figures, path));
                }
                Entry::Occupied(known) => {
                    let (other, from) = known.get();
                    if !R::is_same(other, &figures) {
                        let expected = format!("the same result as in {}", from.display());
                        return Err(refused(path, &runs.name(key), expected, "another".to_owned()));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The runs of a file, and whether another program is writing to it.
fn read_file<R: Runs>(path: &Path, runs: &R) -> Result<(Read<R>, bool), Error> {
    check_exists(
        path,
        "a file that --csv wrote",
        "Each part writes its file when it starts.",
    )?;
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let is_growing = lock::is_held(&file);
    let content = bytes_of(&file, path)?;
    let lines = whole_lines(&content);
    // A file without its header is of a program that is starting, or was killed then.
    let read = match content.is_empty() {
        true => Read::empty(),
        false => read(path, lines, runs)?,
    };
    Ok((read, is_growing))
}

/// The error about a file, where another one is of these runs.
fn beside(error: Error, good: Option<&PathBuf>) -> Error {
    match (error, good) {
        (
            Error::Format {
                path,
                place,
                expected,
                found,
                hint,
            },
            Some(good),
        ) => Error::Format {
            expected: format!("{expected}, as in {}", good.display()),
            path,
            place,
            found,
            hint,
        },
        (error, _) => error,
    }
}
