//! Data sets in formats other than MNIST's own, recognised by the names of files and folders.

use std::io;
use std::path::{Path, PathBuf};

use crate::data::find::source::{DataSource, file_name, parent};
use crate::data::read::arrays::roles::roles;
use crate::data::read::csv::CsvFiles;
use crate::data::read::folders;
use crate::data::read::folders::PictureFolders;
use crate::data::read::labels::Name;
use crate::data::read::names::{IMAGES, LABELS, TEST, TRAINING, VALIDATION, words};
use crate::data::read::paired::PairedFiles;

/// Endings of files with separated values, before `.gz`.
const CSV_ENDINGS: [&str; 4] = [".csv", ".tsv", ".txt", ".data"];

/// The form of a file, by its name.
pub(super) fn of_file(path: &Path) -> Option<DataSource> {
    let name = unzipped_name(path);
    let has_ending = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let beside = || {
        let mut paths = paths_in(parent(path)).unwrap_or_default();
        paths.retain(|other| set_words(other) == set_words(path));
        paths
    };
    let ending = [".npy", ".npz", ".csv"]
        .into_iter()
        .find(|ending| name.ends_with(ending));
    if let Some(files) = ending.and_then(|ending| paired_files(&beside(), ending))
        && (name.ends_with(".npy") || has(&files, path))
    {
        return Some(DataSource::Paired(files));
    }
    if has_ending(&CSV_ENDINGS) {
        return Some(DataSource::Csv(CsvFiles {
            learning: path.to_owned(),
            test: None,
        }));
    }
    has_ending(&[".npz"]).then(|| DataSource::Npz(path.to_owned()))
}

/// The part of a file's name that identifies its data set: `kmnist`.
fn set_words(path: &Path) -> Vec<String> {
    let name = file_name(path);
    let stem = name.split('.').next().unwrap_or_default();
    let known = [&IMAGES[..], &LABELS, &TRAINING, &TEST, &VALIDATION].concat();
    let mut words = words(stem);
    words.retain(|word| !known.contains(&&**word));
    words
}

/// Whether `path` is one of the files.
fn has(files: &PairedFiles, path: &Path) -> bool {
    let pairs = std::iter::once(&files.learning).chain(&files.test);
    let mut paths = pairs.flat_map(|(images, labels)| [images, labels]);
    paths.any(|other| file_name(other) == file_name(path))
}

/// The form of what is in a directory.
pub(super) fn in_directory(directory: &Path) -> io::Result<Option<DataSource>> {
    let paths = paths_in(directory)?;
    let paired = |ending| paired_files(&paths, ending).map(DataSource::Paired);
    let found = npz_file(&paths).map(DataSource::Npz);
    let found = found.or_else(|| paired(".npz"));
    let found = found.or_else(|| paired(".npy"));
    let found = found.or_else(|| paired(".csv"));
    let found = found.or_else(|| csv_files(&paths).map(DataSource::Csv));
    Ok(found.or_else(|| picture_folders(directory).map(DataSource::Pictures)))
}

/// Folders for the classes, right here or in `train`, `val` and `test`.
fn picture_folders(directory: &Path) -> Option<PictureFolders> {
    let classes = |folder: &Path| folders::classes(folder).unwrap_or_default();
    let has_classes = |folder: &PathBuf| !classes(folder).is_empty();
    // One folder with a word as its name is not a data set for training; in a test set it may be the only class.
    let teaches = |folder: &PathBuf| !matches!(&classes(folder)[..], [(Name::Word(_), _)] | []);
    let inside = paths_in(directory).ok()?;
    let part = |names: &[&str]| {
        let named = |wanted: &&str| {
            let folder = inside
                .iter()
                .find(|path| file_name(path).to_lowercase() == **wanted)?;
            // Kaggle's archives have trainingSet/trainingSet.
            let nested = folder.join(file_name(folder));
            [folder.clone(), nested].into_iter().find(has_classes)
        };
        names.iter().find_map(named)
    };
    let whole = directory.to_owned();
    let (learning, validation, test) = match part(&TRAINING) {
        Some(learning) if teaches(&learning) => (learning, part(&VALIDATION), part(&TEST)),
        _ if teaches(&whole) => (whole.clone(), None, None),
        _ => return None,
    };
    Some(PictureFolders {
        directory: whole,
        learning,
        validation,
        test,
    })
}

/// All that is in a directory, in the order of the names.
pub(super) fn paths_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
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

/// Images and labels in files of this ending, named as the arrays of a `.npz` file are.
fn paired_files(paths: &[PathBuf], ending: &str) -> Option<PairedFiles> {
    let name = |path: &PathBuf| {
        let name = file_name(path);
        let zipped = name.len()
            - if name.to_lowercase().ends_with(".gz") {
                3
            } else {
                0
            };
        let unzipped = name.get(..zipped)?;
        let is_such = unzipped.to_lowercase().ends_with(ending);
        is_such.then(|| unzipped[..unzipped.len() - ending.len()].to_owned())
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
    Some(PairedFiles {
        learning: paths(roles.learning)?,
        test: roles.test.and_then(paths),
    })
}

/// `train.csv`, also with something before it, such as `mnist_`, and `test.csv` with the same; `mnist_train_100.csv` with
/// `mnist_test_10.csv`; or the only CSV file.
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
    let of_part = |part: &[&str]| -> Vec<(Vec<String>, &PathBuf)> {
        let split = |path: &&PathBuf| {
            let name = unzipped_name(path);
            let mut words = words(name.strip_suffix(".csv")?);
            let at = words.iter().position(|word| part.contains(&&**word))?;
            words.remove(at);
            words.retain(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
            Some(words)
        };
        files
            .iter()
            .filter_map(|path| split(path).map(|words| (words, *path)))
            .collect()
    };
    let (training, tests) = (of_part(&TRAINING), of_part(&TEST));
    if let [(words, learning)] = &training[..] {
        let mut same = tests.iter().filter(|(other, _)| other == words);
        let test = match (same.next(), same.next()) {
            (Some((_, test)), None) => Some((*test).clone()),
            _ => None,
        };
        if test.is_some() || files.len() == 1 {
            return Some(CsvFiles {
                learning: (*learning).clone(),
                test,
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
