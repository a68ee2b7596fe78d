//! Data sets in forms that are not MNIST's own: told by the names of files and folders.

use std::io;
use std::path::{Path, PathBuf};

use super::{DataSource, file_name, parent};
use crate::data::read::arrays::NpyFiles;
use crate::data::read::arrays::roles::roles;
use crate::data::read::csv::CsvFiles;
use crate::data::read::folders;
use crate::data::read::folders::PictureFolders;

/// How names of files with separated values end, before `.gz`.
const CSV_ENDINGS: [&str; 3] = [".csv", ".tsv", ".txt"];

/// The form of a file, by its name.
pub(super) fn of_file(path: &Path) -> Option<DataSource> {
    let name = unzipped_name(path);
    let has_ending = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if has_ending(&CSV_ENDINGS) {
        return Some(DataSource::Csv(CsvFiles {
            learning: path.to_owned(),
            test: None,
        }));
    }
    if has_ending(&[".npz"]) {
        return Some(DataSource::Npz(path.to_owned()));
    }
    if has_ending(&[".npy"]) {
        // The others are beside it.
        let beside = paths_in(parent(path)).ok()?;
        return npy_files(&beside).map(DataSource::Npy);
    }
    None
}

/// The form of what is in a directory.
pub(super) fn in_directory(directory: &Path) -> io::Result<Option<DataSource>> {
    let paths = paths_in(directory)?;
    let found = npz_file(&paths).map(DataSource::Npz);
    let found = found.or_else(|| npy_files(&paths).map(DataSource::Npy));
    let found = found.or_else(|| csv_files(&paths).map(DataSource::Csv));
    Ok(found.or_else(|| picture_folders(directory).map(DataSource::Pictures)))
}

/// Folders for the classes, right here or in `train` and `test`.
fn picture_folders(directory: &Path) -> Option<PictureFolders> {
    let has_classes = |folder: &PathBuf| folders::classes(folder).is_ok_and(|classes| !classes.is_empty());
    let part = |names: [&str; 2]| {
        let mut folders = names.into_iter().map(|name| directory.join(name));
        folders.find(has_classes)
    };
    let directory = directory.to_owned();
    let (learning, test) = match part(["train", "training"]) {
        Some(learning) => (learning, part(["test", "testing"])),
        None if has_classes(&directory) => (directory.clone(), None),
        None => return None,
    };
    Some(PictureFolders {
        directory,
        learning,
        test,
    })
}

/// All that is in a directory, in the order of the names.
fn paths_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = directory.read_dir()?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// `mnist.npz`, or the only one.
fn npz_file(paths: &[PathBuf]) -> Option<PathBuf> {
    let is_npz = |path: &&PathBuf| path.is_file() && unzipped_name(path).ends_with(".npz");
    let files: Vec<&PathBuf> = paths.iter().filter(is_npz).collect();
    match files[..] {
        [only] => Some(only.clone()),
        _ => files
            .into_iter()
            .find(|path| unzipped_name(path) == "mnist.npz")
            .cloned(),
    }
}

/// The arrays whose files are named as arrays of a `.npz` file are.
fn npy_files(paths: &[PathBuf]) -> Option<NpyFiles> {
    let name = |path: &PathBuf| {
        let name = file_name(path);
        let unzipped = name.strip_suffix(".gz").unwrap_or(&name);
        unzipped.strip_suffix(".npy").map(str::to_owned)
    };
    let named: Vec<(String, &PathBuf)> = paths
        .iter()
        .filter_map(|path| name(path).map(|name| (name, path)))
        .collect();
    let names: Vec<String> = named.iter().map(|(name, _)| name.clone()).collect();
    let roles = roles(&names)?;
    let path = |wanted: String| {
        let found = named.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, path)| (*path).clone())
    };
    let paths = |(images, labels)| path(images).zip(path(labels));
    Some(NpyFiles {
        learning: paths(roles.learning)?,
        test: roles.test.and_then(paths),
    })
}

/// `train.csv`, also with something before it, such as `mnist_`, and `test.csv` with the same; or the only CSV file.
fn csv_files(paths: &[PathBuf]) -> Option<CsvFiles> {
    let is_csv = |path: &&PathBuf| path.is_file() && unzipped_name(path).ends_with(".csv");
    let files: Vec<&PathBuf> = paths.iter().filter(is_csv).collect();
    let called = |wanted: &str| files.iter().find(|path| unzipped_name(path) == wanted);
    for learning in &files {
        let name = unzipped_name(learning);
        if let Some(before) = name.strip_suffix("train.csv") {
            return Some(CsvFiles {
                learning: (*learning).clone(),
                test: called(&format!("{before}test.csv")).map(|path| (*path).clone()),
            });
        }
    }
    match files[..] {
        [only] => Some(CsvFiles {
            learning: only.clone(),
            test: None,
        }),
        _ => None,
    }
}

/// In lower case, without `.gz`.
fn unzipped_name(path: &Path) -> String {
    let name = file_name(path).to_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).to_owned()
}
