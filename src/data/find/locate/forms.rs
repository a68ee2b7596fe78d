//! Data sets in formats other than MNIST's own, recognised by the names of files and folders.

use std::io;
use std::path::{Path, PathBuf};

use crate::data::find::source::{DataSource, file_name, parent};
use crate::data::read::arrays::roles::roles;
use crate::data::read::csv::CsvFiles;
use crate::data::read::folders;
use crate::data::read::folders::PictureFolders;
use crate::data::read::labels::Name;
use crate::data::read::names::{
    CSV_ENDINGS, IMAGES, LABELS, PART_ENDINGS, TEST, TRAINING, VALIDATION, words,
};
use crate::data::read::paired::PairedFiles;

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
    if has_ending(&CSV_ENDINGS) || has_ending(&PART_ENDINGS) || name.ends_with(".txt") {
        return Some(DataSource::Csv(CsvFiles::alone(path.to_owned())));
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
    let pairs = std::iter::once(&files.learning)
        .chain(&files.validation)
        .chain(&files.test);
    let mut paths = pairs.flat_map(|(images, labels)| [images, labels]);
    paths.any(|other| file_name(other) == file_name(path))
}

/// What is in a directory: nothing, a data set, or several of which none is preferred.
pub(super) fn in_directory(directory: &Path) -> io::Result<Vec<DataSource>> {
    let paths = paths_in(directory)?;
    let paired = |ending| paired_files(&paths, ending).map(DataSource::Paired);
    let found = npz_file(&paths).map(DataSource::Npz);
    let found = found.or_else(|| paired(".npz"));
    let found = found.or_else(|| paired(".npy"));
    let found = found.or_else(|| paired(".csv"));
    if let Some(found) = found {
        return Ok(vec![found]);
    }
    let sets: Vec<DataSource> = csv_files(&paths).into_iter().map(DataSource::Csv).collect();
    if !sets.is_empty() {
        return Ok(sets);
    }
    if let Some(pictures) = picture_folders(directory) {
        return Ok(vec![DataSource::Pictures(pictures)]);
    }
    let tables = paths
        .iter()
        .filter(|path| table_stem(path).is_some())
        .map(|path| DataSource::Csv(CsvFiles::alone(path.clone())));
    let archives = files_of(&paths, ".npz").into_iter().cloned().map(DataSource::Npz);
    Ok(archives.chain(tables).collect())
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
        _ if teaches(&whole) => (whole.clone(), part(&VALIDATION), part(&TEST)),
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

/// The files whose names end so, or so before `.gz`.
fn files_of<'a>(paths: &'a [PathBuf], ending: &str) -> Vec<&'a PathBuf> {
    let is_such = |path: &&PathBuf| path.is_file() && unzipped_name(path).ends_with(ending);
    paths.iter().filter(is_such).collect()
}

/// `mnist.npz`, or the only one.
fn npz_file(paths: &[PathBuf]) -> Option<PathBuf> {
    let files = files_of(paths, ".npz");
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
        validation: roles.validation.and_then(paths),
        test: roles.test.and_then(paths),
    })
}

/// Sets in one file or more: `train.csv`, `val.csv` and `test.csv`, also with something before each, such as `mnist_`, or numbers
/// behind: `mnist_train_100.csv` and `mnist_test_10.csv`; or the only file.
fn csv_files(paths: &[PathBuf]) -> Vec<CsvFiles> {
    let files: Vec<&PathBuf> = paths.iter().filter(|path| table_stem(path).is_some()).collect();
    // Of each file of a part, what is before the part's name, and words that are behind it.
    let of_part = |part: &[&str]| -> Vec<(String, &PathBuf)> {
        let split = |path: &&PathBuf| {
            let stem = table_stem(path)?;
            if let Some(before) = part.iter().find_map(|part| stem.strip_suffix(part)) {
                return Some(words(before).join(" "));
            }
            let mut words = words(&stem);
            let at = words.iter().position(|word| part.contains(&&**word))?;
            words.remove(at);
            words.retain(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
            Some(words.join(" "))
        };
        let found = files
            .iter()
            .filter_map(|path| split(path).map(|set| (set, *path)));
        found.collect()
    };
    let (validations, tests) = (of_part(&VALIDATION), of_part(&TEST));
    let mut training = of_part(&TRAINING);
    // Of a file and the same one zipped, the first.
    training.dedup_by_key(|(_, path)| unzipped_name(path));
    let of_set = |files: &[(String, &PathBuf)], set: &String| {
        let found = files.iter().find(|(other, _)| other == set);
        found.map(|(_, path)| (*path).clone())
    };
    let files_of_set = |(set, learning): &(String, &PathBuf)| CsvFiles {
        learning: (*learning).clone(),
        validation: of_set(&validations, set),
        test: of_set(&tests, set),
    };
    match (&training[..], &files[..]) {
        ([], [only]) => vec![CsvFiles::alone((*only).clone())],
        _ => training.iter().map(files_of_set).collect(),
    }
}

/// Of a file with separated values, the name without its ending, or with one that says which part it is.
fn table_stem(path: &Path) -> Option<String> {
    let name = unzipped_name(path);
    let is_part = PART_ENDINGS.iter().any(|ending| name.ends_with(ending));
    let stem = CSV_ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    let stem = stem.or_else(|| is_part.then_some(&*name))?;
    path.is_file().then(|| stem.to_owned())
}

/// In lower case, without `.gz`.
fn unzipped_name(path: &Path) -> String {
    let name = file_name(path).to_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).to_owned()
}
