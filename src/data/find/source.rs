//! The files to read, and their format.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::data::read::csv::CsvFiles;
use crate::data::read::folders::PictureFolders;
use crate::data::read::idx::IdxFiles;
use crate::data::read::paired::PairedFiles;

/// Where digits come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataSource {
    /// Four IDX files.
    Idx(IdxFiles),
    /// The article's `mnist.pkl.gz`, or its unzipped form.
    Pickle(PathBuf),
    /// Separated values, one file or two.
    Csv(CsvFiles),
    /// NumPy's arrays in one file.
    Npz(PathBuf),
    /// Images and labels in files of their own: `.npy`, `.npz` or CSV.
    Paired(PairedFiles),
    /// A folder of pictures for each class.
    Pictures(PictureFolders),
    /// Drawn by this crate.
    Synthetic,
}

impl DataSource {
    /// The file or folder to name in messages.
    pub(super) fn place(&self) -> PathBuf {
        match self {
            Self::Pictures(folders) => folders.directory.clone(),
            other => other
                .files()
                .first()
                .map(|path| path.to_path_buf())
                .unwrap_or_default(),
        }
    }

    /// The files to read; none for synthetic digits, and for pictures, which are many.
    pub fn files(&self) -> Vec<&Path> {
        match self {
            Self::Idx(files) => vec![
                &files.train_images,
                &files.train_labels,
                &files.test_images,
                &files.test_labels,
            ],
            Self::Pickle(path) => vec![path],
            Self::Npz(path) => vec![path],
            Self::Paired(files) => std::iter::once(&files.learning)
                .chain(&files.validation)
                .chain(&files.test)
                .flat_map(|(images, labels)| [&**images, labels])
                .collect(),
            Self::Csv(files) => std::iter::once(&*files.learning)
                .chain(files.validation.as_deref())
                .chain(files.test.as_deref())
                .collect(),
            Self::Pictures(_) | Self::Synthetic => Vec::new(),
        }
    }
}

/// What it is, and where.
impl fmt::Display for DataSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idx(files) => {
                write!(
                    formatter,
                    "IDX files in {}",
                    parent(&files.train_images).display()
                )
            }
            Self::Pickle(path) => write!(formatter, "{}", path.display()),
            Self::Csv(files) => write!(formatter, "{}", files.learning.display()),
            Self::Pictures(folders) => write!(formatter, "pictures in {}", folders.directory.display()),
            Self::Npz(path) => write!(formatter, "{}", path.display()),
            Self::Paired(files) => write!(formatter, "{}", files.learning.0.display()),
            Self::Synthetic => formatter.write_str("synthetic digits, not MNIST"),
        }
    }
}

/// The directory that a file lies in.
pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
