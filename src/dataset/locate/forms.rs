//! Data sets in forms that are not MNIST's own: told by the names of files and folders.

use std::io;
use std::path::{Path, PathBuf};

use super::{DataSource, file_name};
use crate::dataset::csv::CsvFiles;

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
    None
}

/// The form of what is in a directory.
pub(super) fn in_directory(directory: &Path) -> io::Result<Option<DataSource>> {
    let entries = directory.read_dir()?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    // The directory has an order of its own.
    paths.sort();
    Ok(csv_files(&paths).map(DataSource::Csv))
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
