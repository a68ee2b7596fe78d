//! Finds a data set on this machine: from the user's path to the files to read.
//!
//! MNIST comes as four IDX files (<http://yann.lecun.com/exdb/mnist/>), which have several usual names: plain or
//! `.gz`, `train-images-idx3-ubyte` or `train-images.idx3-ubyte`, in a directory of their own or in torchvision's
//! `MNIST/raw/`. The article's `mnist.pkl.gz` holds the same digits. Other sets have other names and formats;
//! `data/read/names.rs` is the table of known ones. This module only looks at names, and at the first bytes of
//! unknown files, to say what they are.

mod foreign;
mod forms;
mod mnist;
mod places;

use std::io;
use std::path::{Path, PathBuf};

use self::mnist::{Content, look_into};
pub use self::mnist::{IDX_NAMES, find_spelling};
pub use self::places::Places;
pub use super::source::DataSource;
use super::source::{file_name, parent};
use crate::data::read::names::idx_set;
use crate::error::{Error, Result};
use crate::files;

/// The most folders that are searched for a data set.
const MOST_FOLDERS: usize = 64;

/// The data set at `path`: a directory, a pickle, or one of the four IDX files, whose siblings are then looked
/// for beside it.
///
/// In a directory, IDX files are preferred to a pickle, and both to torchvision's subdirectories. Without these and
/// other formats, the directory's folders are searched.
///
/// # Errors
/// [`Error::NotFound`] when there is no complete data set, or more than one. It names what is missing, what was
/// found instead, or an existing path that resembles the given one. [`Error::Option`] for an empty path.
/// [`Error::Io`] when the directory may not be read.
pub fn locate(path: &Path) -> Result<DataSource> {
    if path.as_os_str().is_empty() {
        // An unset shell variable gives an empty path, which other messages could not name.
        return Err(Error::option(
            "data",
            "''",
            "a directory, a file, auto or synthetic",
        ));
    }
    files::check_exists(
        path,
        "a directory with MNIST's four IDX files or mnist.pkl.gz, or one of these files; else CSV, .npz or .npy files, \
         or a folder of pictures for each class",
        "Correct the path, or leave `data` out: MNIST is then looked for and downloaded.",
    )?;
    let metadata = path.metadata().map_err(Error::io(path, "look at"))?;
    if !metadata.is_dir() {
        return locate_file(path);
    }
    let several = |sets: Vec<(&'static str, PathBuf)>| {
        mnist::several(
            path,
            sets.into_iter()
                .map(|(title, file)| (title.to_owned(), file))
                .collect(),
        )
    };
    match look_into(path).map_err(Error::io(path, "look into"))? {
        Content::Whole(source) => Ok(source),
        Content::Part(part) => Err(part.into_error(path)),
        Content::Several(sets) => Err(several(sets)),
        Content::Nothing => {
            let mut found = forms::in_directory(path).map_err(Error::io(path, "look into"))?;
            match found.len() {
                0 => in_folders(path),
                1 => Ok(found.remove(0)),
                _ => Err(mnist::several(path, named(&found))),
            }
        }
    }
}

/// The only data set in the folders of `directory`, such as torchvision's `FashionMNIST/raw` or an unpacked archive's one
/// folder.
fn in_folders(directory: &Path) -> Result<DataSource> {
    let paths = forms::paths_in(directory).map_err(Error::io(directory, "look into"))?;
    let is_visible = |path: &&PathBuf| !file_name(path).starts_with(['.', '_']) && path.is_dir();
    let mut found: Vec<DataSource> = Vec::new();
    let mut sets = Vec::new();
    for folder in paths.iter().filter(is_visible).take(MOST_FOLDERS) {
        match look_into(folder) {
            Ok(Content::Whole(source)) => found.push(source),
            Ok(Content::Several(several)) => sets.extend(several),
            _ => found.extend(forms::in_directory(folder).unwrap_or_default()),
        }
    }
    if sets.is_empty() && found.len() == 1 {
        return Ok(found.remove(0));
    }
    let sets = sets.into_iter().map(|(title, file)| (title.to_owned(), file));
    let named: Vec<(String, PathBuf)> = sets.chain(named(&found)).collect();
    if !named.is_empty() {
        return Err(mnist::several(directory, named));
    }
    let folders = paths.iter().filter(is_visible).take(MOST_FOLDERS);
    let inside: Vec<PathBuf> = folders
        .flat_map(|folder| forms::paths_in(folder).unwrap_or_default())
        .collect();
    if let Some(foreign) = paths.iter().chain(&inside).find_map(|path| foreign::kind(path)) {
        return Err(foreign.into_error(directory));
    }
    Err(Error::NotFound {
        path: directory.to_owned(),
        found: "there is no data set in this directory".to_owned(),
        expected: expected_files(),
        hint: "Point `data` at a data set; for MNIST, `download` fetches it into this directory.".to_owned(),
    })
}

/// What each is and where.
fn named(found: &[DataSource]) -> Vec<(String, PathBuf)> {
    let named = found.iter().map(|source| (source.to_string(), source.place()));
    named.collect()
}

/// `path` is a file: a pickle by its name, or one of the four.
fn locate_file(path: &Path) -> Result<DataSource> {
    let name = file_name(path);
    let lower = name.to_lowercase();
    let unzipped = lower.strip_suffix(".gz").unwrap_or(&lower);
    if unzipped.ends_with(".pkl") || unzipped.ends_with(".pickle") {
        return Ok(DataSource::Pickle(path.to_owned()));
    }
    if let Some(source) = forms::of_file(path) {
        return Ok(source);
    }
    let Some((set, index)) = idx_set(&name) else {
        if let Some(foreign) = foreign::kind(path) {
            return Err(foreign.into_error(path));
        }
        return Err(Error::NotFound {
            path: path.to_owned(),
            found: "this file's name is not that of a data set".to_owned(),
            expected: expected_files(),
            hint: "Name the file so, or point `data` at the directory that holds the data set.".to_owned(),
        });
    };
    let directory = parent(path);
    match mnist::files_of(set, directory) {
        Content::Whole(DataSource::Idx(mut files)) => {
            // The user named this file: it is read even if the directory has it in another spelling, too.
            let named = match index {
                0 => &mut files.train_images,
                1 => &mut files.train_labels,
                2 => &mut files.test_images,
                _ => &mut files.test_labels,
            };
            *named = path.to_owned();
            Ok(DataSource::Idx(files))
        }
        Content::Part(part) => Err(part.into_error(directory)),
        // The file was there a moment ago.
        _ => Err(Error::io(path, "open")(io::ErrorKind::NotFound.into())),
    }
}

fn expected_files() -> String {
    format!(
        "{} (each plain or .gz, also spelled .idx3-ubyte and .idx1-ubyte), or mnist.pkl.gz; else a .csv or .npz file, \
         x_train.npy and y_train.npy, or pictures in a folder for each class",
        IDX_NAMES.join(", ")
    )
}
