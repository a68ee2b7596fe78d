//! MNIST's own files, and those of other sets in the same format, under all usual names.

use std::io;
use std::path::{Path, PathBuf};

use crate::data::find::source::{DataSource, file_name};
use crate::data::read::idx::IdxFiles;
use crate::data::read::names::{IDX_SETS, IdxSet, idx_set};
use crate::error::Error;

/// MNIST's files without `.gz`: training images and labels, test images and labels.
pub const IDX_NAMES: [&str; 4] = IDX_SETS[0].files;

/// The names of the article's file, the preferred one first.
const PICKLE_NAMES: [&str; 2] = ["mnist.pkl.gz", "mnist.pkl"];

/// Where below a directory torchvision keeps the IDX files, from its `root` and from `root/MNIST`.
const RAW_SUBDIRECTORIES: [&str; 2] = ["MNIST/raw", "raw"];

/// The file in `directory` that is `idx_name` (such as one of [`IDX_NAMES`]) in any of its spellings.
pub fn find_spelling(directory: &Path, idx_name: &str) -> Option<PathBuf> {
    let exact = spellings(idx_name).into_iter().map(|name| directory.join(name));
    // Some archives unpack to a directory of the file's own name.
    exact.into_iter().find(|path| path.is_file()).or_else(|| {
        let entries = directory.read_dir().ok()?.flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths.into_iter().find(|path| {
            let known = idx_set(&file_name(path)).map(|(set, place)| set.files[place]);
            known == Some(idx_name) && path.is_file()
        })
    })
}

/// Plain files are preferred to gzip'd ones, because they are faster to read.
fn spellings(idx_name: &str) -> [String; 4] {
    let dotted = idx_name.replace("-idx", ".idx");
    [
        idx_name.to_owned(),
        dotted.clone(),
        format!("{idx_name}.gz"),
        format!("{dotted}.gz"),
    ]
}

/// What a directory holds.
pub(super) enum Content {
    Whole(DataSource),
    Part(PartOfIdx),
    /// More than one set of IDX files, by their titles and a file of each.
    Several(Vec<(&'static str, PathBuf)>),
    Nothing,
}

/// A directory with some of the four IDX files.
pub(super) struct PartOfIdx {
    directory: PathBuf,
    found: Vec<String>,
    missing: Vec<&'static str>,
}

impl PartOfIdx {
    /// The error for a user who pointed at `path`.
    pub fn into_error(self, path: &Path) -> Error {
        Error::NotFound {
            path: path.to_owned(),
            found: format!("of the four IDX files only {} is there", self.found.join(", ")),
            expected: format!("also {} (plain or .gz)", self.missing.join(", ")),
            hint: format!(
                "Add what is missing; for MNIST, `download` fetches it into {}.",
                self.directory.display()
            ),
        }
    }
}

/// The error for several data sets where one was asked for.
pub(super) fn several(path: &Path, found: Vec<(String, PathBuf)>) -> Error {
    let shown: Vec<String> = found
        .iter()
        .map(|(what, path)| match path.display().to_string() {
            path if *what == path => path,
            path => format!("{what}: {path}"),
        })
        .collect();
    Error::NotFound {
        path: path.to_owned(),
        found: format!("there are {} data sets ({})", found.len(), shown.join("; ")),
        expected: "one".to_owned(),
        hint: "Point `data` at one of them.".to_owned(),
    }
}

pub(super) fn look_into(directory: &Path) -> io::Result<Content> {
    // Distinguishes an unreadable directory from an empty one.
    directory.read_dir()?;
    let here = idx_files(directory);
    if matches!(here, Content::Whole(_)) {
        return Ok(here);
    }
    let pickle = PICKLE_NAMES
        .iter()
        .map(|name| directory.join(name))
        .find(|path| path.is_file());
    if let Some(path) = pickle {
        return Ok(Content::Whole(DataSource::Pickle(path)));
    }
    let below = RAW_SUBDIRECTORIES
        .iter()
        .map(|name| idx_files(&directory.join(name)));
    let mut partial = here;
    for content in below {
        match (&partial, &content) {
            (_, Content::Whole(_)) => return Ok(content),
            (Content::Nothing, Content::Part(_) | Content::Several(_)) => partial = content,
            _ => {}
        }
    }
    Ok(partial)
}

/// The IDX files directly in `directory`: MNIST's names are preferred to those of other sets.
fn idx_files(directory: &Path) -> Content {
    let mut whole = Vec::new();
    let mut partial = Content::Nothing;
    for set in &IDX_SETS {
        match files_of(set, directory) {
            Content::Whole(source) => whole.push((set.title, source)),
            part @ Content::Part(_) if matches!(partial, Content::Nothing) => partial = part,
            _ => {}
        }
    }
    match whole.len() {
        0 => partial,
        1 => whole.remove(0).1.into(),
        _ if whole[0].0 == IDX_SETS[0].title => whole.remove(0).1.into(),
        _ => {
            let file = |source: &DataSource| source.files().first().map(|path| path.to_path_buf());
            let several = whole
                .iter()
                .filter_map(|(title, source)| Some((*title, file(source)?)));
            Content::Several(several.collect())
        }
    }
}

impl From<DataSource> for Content {
    fn from(source: DataSource) -> Self {
        Self::Whole(source)
    }
}

/// The files of a set directly in `directory`.
pub(super) fn files_of(set: &IdxSet, directory: &Path) -> Content {
    let paths = set.files.map(|name| find_spelling(directory, name));
    let [
        Some(train_images),
        Some(train_labels),
        Some(test_images),
        Some(test_labels),
    ] = paths
    else {
        let found: Vec<_> = paths.iter().flatten().map(|path| file_name(path)).collect();
        if found.is_empty() {
            return Content::Nothing;
        }
        let missing = set.files.iter().zip(&paths).filter(|(_, path)| path.is_none());
        return Content::Part(PartOfIdx {
            directory: directory.to_owned(),
            found,
            missing: missing.map(|(&name, _)| name).collect(),
        });
    };
    Content::Whole(DataSource::Idx(IdxFiles {
        train_images,
        train_labels,
        test_images,
        test_labels,
    }))
}
