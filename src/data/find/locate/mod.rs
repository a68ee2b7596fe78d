//! Finds a data set on this machine: what the user points at → which files to read.
//!
//! MNIST comes as four IDX files (<http://yann.lecun.com/exdb/mnist/>), which the world keeps under several
//! names: plain or `.gz`, `train-images-idx3-ubyte` or `train-images.idx3-ubyte`, in a directory of their own
//! or in torchvision's `MNIST/raw/`. The article's `mnist.pkl.gz` holds the same digits. This room only looks
//! at names; what is in the files is for their readers to judge. It reads no file and writes none.

mod forms;
mod places;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use self::places::Places;
use crate::data::read::arrays::NpyFiles;
use crate::data::read::csv::CsvFiles;
use crate::data::read::folders::PictureFolders;
use crate::data::read::idx::IdxFiles;
use crate::error::{Error, Result};
use crate::files;

/// MNIST's files without `.gz`: training images and labels, test images and labels.
pub const IDX_NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The article's file, in the order in which it is preferred.
const PICKLE_NAMES: [&str; 2] = ["mnist.pkl.gz", "mnist.pkl"];

/// Where below a directory torchvision keeps the IDX files, from its `root` and from `root/MNIST`.
const RAW_SUBDIRECTORIES: [&str; 2] = ["MNIST/raw", "raw"];

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
    /// NumPy's arrays, a file each.
    Npy(NpyFiles),
    /// A folder of pictures for each class.
    Pictures(PictureFolders),
    /// Drawn by this crate.
    Synthetic,
}

impl DataSource {
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
            Self::Npy(files) => std::iter::once(&files.learning)
                .chain(&files.test)
                .flat_map(|(images, labels)| [&**images, labels])
                .collect(),
            Self::Csv(files) => std::iter::once(&*files.learning)
                .chain(files.test.as_deref())
                .collect(),
            Self::Pictures(_) | Self::Synthetic => Vec::new(),
        }
    }
}

/// For people: what it is and where.
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
            Self::Npy(files) => write!(formatter, "{}", files.learning.0.display()),
            Self::Synthetic => formatter.write_str("synthetic digits, not MNIST"),
        }
    }
}

/// The data set at `path`: a directory, a pickle, or one of the four IDX files, whose siblings are then looked
/// for beside it.
///
/// In a directory, IDX files go before a pickle, and both before torchvision's subdirectories.
///
/// # Errors
/// [`Error::NotFound`] when there is no whole data set; it names what is missing, or the existing path that
/// resembles a missing one. [`Error::Option`] for an empty path. [`Error::Io`] when the directory may not be read.
pub fn locate(path: &Path) -> Result<DataSource> {
    if path.as_os_str().is_empty() {
        // What an unset shell variable leaves; no path to name in another message.
        return Err(Error::option(
            "--data",
            "''",
            "a directory, a file, auto or synthetic",
        ));
    }
    files::check_exists(
        path,
        "a directory with MNIST's four IDX files or mnist.pkl.gz, or one of these files; else CSV, .npz or .npy files, \
         or a folder of pictures for each class",
        "Correct the path, or leave --data out: MNIST is then looked for and downloaded.",
    )?;
    let metadata = path.metadata().map_err(Error::io(path, "look at"))?;
    if !metadata.is_dir() {
        return locate_file(path);
    }
    match look_into(path).map_err(Error::io(path, "look into"))? {
        Content::Whole(source) => Ok(source),
        Content::Part(part) => Err(part.into_error(path)),
        Content::Nothing => match forms::in_directory(path).map_err(Error::io(path, "look into"))? {
            Some(source) => Ok(source),
            None => Err(Error::NotFound {
                path: path.to_owned(),
                found: "there is no data set in this directory".to_owned(),
                expected: expected_files(),
                hint: format!("Fetch MNIST with {}.", fetch_command(path)),
            }),
        },
    }
}

/// The file in `directory` that is `idx_name` (one of [`IDX_NAMES`]) in any of its spellings.
pub fn find_spelling(directory: &Path, idx_name: &str) -> Option<PathBuf> {
    spellings(idx_name)
        .into_iter()
        .map(|name| directory.join(name))
        // Some archives unpack to a directory of the file's own name.
        .find(|path| path.is_file())
}

/// Plain goes before gzip'd: the same bytes, sooner read.
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
enum Content {
    Whole(DataSource),
    Part(PartOfIdx),
    Nothing,
}

/// A directory with some of the four IDX files.
struct PartOfIdx {
    directory: PathBuf,
    found: Vec<String>,
    missing: Vec<&'static str>,
}

impl PartOfIdx {
    /// The error for a user who pointed at `path`.
    fn into_error(self, path: &Path) -> Error {
        Error::NotFound {
            path: path.to_owned(),
            found: format!("of the four IDX files only {} is there", self.found.join(", ")),
            expected: format!("also {} (plain or .gz)", self.missing.join(", ")),
            hint: format!(
                "Add what is missing; for MNIST {} does it.",
                fetch_command(&self.directory)
            ),
        }
    }
}

fn look_into(directory: &Path) -> io::Result<Content> {
    // Tells a directory that may not be read from an empty one.
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
            (Content::Nothing, Content::Part(_)) => partial = content,
            _ => {}
        }
    }
    Ok(partial)
}

/// The IDX files right in `directory`.
fn idx_files(directory: &Path) -> Content {
    let paths = IDX_NAMES.map(|name| find_spelling(directory, name));
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
        let missing = IDX_NAMES.iter().zip(&paths).filter(|(_, path)| path.is_none());
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

/// `path` is a file: a pickle by its name, or one of the four.
fn locate_file(path: &Path) -> Result<DataSource> {
    let name = file_name(path);
    let unzipped = name.strip_suffix(".gz").unwrap_or(&name);
    if unzipped.ends_with(".pkl") || unzipped.ends_with(".pickle") {
        return Ok(DataSource::Pickle(path.to_owned()));
    }
    if let Some(source) = forms::of_file(path) {
        return Ok(source);
    }
    let Some(index) = IDX_NAMES
        .iter()
        .position(|idx_name| spellings(idx_name).contains(&name))
    else {
        return Err(Error::NotFound {
            path: path.to_owned(),
            found: "this file's name is not that of a data set".to_owned(),
            expected: expected_files(),
            hint: "Name the file so, or point --data at the directory that holds the data set.".to_owned(),
        });
    };
    let directory = parent(path);
    match idx_files(directory) {
        Content::Whole(DataSource::Idx(mut files)) => {
            // The user named this very file: where it lies in two spellings, it is the one to read.
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
        Content::Whole(_) | Content::Nothing => Err(Error::io(path, "open")(io::ErrorKind::NotFound.into())),
    }
}

fn expected_files() -> String {
    format!(
        "{} (each plain or .gz, also spelled .idx3-ubyte and .idx1-ubyte), or mnist.pkl.gz; else a .csv or .npz file, \
         x_train.npy and y_train.npy, or pictures in folders named 0, 1, …",
        IDX_NAMES.join(", ")
    )
}

fn fetch_command(directory: &Path) -> String {
    format!("`batchprop data --download --data {}`", directory.display())
}

/// The directory that a file lies in.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
