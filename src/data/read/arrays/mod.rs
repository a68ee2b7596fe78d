//! Reads images and labels from NumPy's arrays: a `.npz` file such as Keras's [`mnist.npz`], or `.npy` files beside each
//! other.
//!
//! Images are n × pixels, n × rows × columns, or these with one channel, first or last; any integers or floats, in C's
//! order or Fortran's. Labels are n whole numbers, or n × classes with a single one in each row. Which is which, names
//! say: `roles`. What the numbers mean is in [`scale`](super::scale).
//!
//! [`mnist.npz`]: https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz

mod elements;
pub(crate) mod roles;

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use self::elements::{Images, labels};
use self::roles::roles;
use super::labelled;
use crate::data::Digits;
use crate::data::read::Reading;
use crate::error::{Error, Result};
use crate::files::numpy::Header;
use crate::files::numpy::npz::Npz;
use crate::files::source::Source;

const WAY_OUT: &str = "Save images and labels as arrays x_train, y_train, x_test and y_test, or x and y.";

/// Where the arrays are, each in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpyFiles {
    /// Images and labels to learn from; or all there are.
    pub learning: (PathBuf, PathBuf),
    /// Images and labels to test on.
    pub test: Option<(PathBuf, PathBuf)>,
}

/// Reads a data set from a `.npz` file.
///
/// # Errors
/// [`Error::Io`]; [`Error::Format`] with the array's name: no images, no labels, or what does not fit;
/// [`Error::LabelOutOfRange`].
pub fn read_npz(path: &Path, reading: &Reading) -> Result<Digits> {
    npz(Npz::open(path, WAY_OUT)?, path, reading)
}

/// As [`read_npz`], from any reader. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_npz`].
pub fn read_npz_from(reader: impl Read + Seek, name: &str, reading: &Reading) -> Result<Digits> {
    let path = Path::new(name);
    npz(Npz::new(path, reader, WAY_OUT)?, path, reading)
}

fn npz(mut archive: Npz<impl Read + Seek>, path: &Path, reading: &Reading) -> Result<Digits> {
    let names = archive.names();
    let Some(roles) = roles(&names) else {
        let expected =
            "arrays x_train, y_train, x_test and y_test; or x and y, images and labels, data and target";
        let found = match names.is_empty() {
            true => "no arrays".to_owned(),
            false => names.join(", ").escape_debug().to_string(),
        };
        return Err(Error::Format {
            path: path.to_owned(),
            place: "archive".to_owned(),
            expected: expected.to_owned(),
            found,
            hint: WAY_OUT.to_owned(),
        });
    };
    let mut read = |(images_name, labels_name): &(String, String)| {
        let images = archive.array(images_name, Images::read)?;
        let labels = archive.array(labels_name, |header, source| labels(header, source, images.count))?;
        Ok(images.with_labels(path, labels))
    };
    let learning = read(&roles.learning)?;
    let test = roles.test.as_ref().map(&mut read).transpose()?;
    labelled::digits(learning, test, reading, path.display().to_string())
}

/// Reads a data set from `.npy` files.
///
/// # Errors
/// As those of [`read_npz`].
pub fn read_npy(files: &NpyFiles, reading: &Reading) -> Result<Digits> {
    let read = |(images_path, labels_path): &(PathBuf, PathBuf)| {
        let images = Source::open(images_path, WAY_OUT)?;
        npy_part(images, || Source::open(labels_path, WAY_OUT), images_path)
    };
    let learning = read(&files.learning)?;
    let test = files.test.as_ref().map(read).transpose()?;
    labelled::digits(learning, test, reading, files.learning.0.display().to_string())
}

/// As [`read_npy`], from readers of the images and their labels. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_npy`].
pub fn read_npy_from(images: impl Read, labels: impl Read, name: &str, reading: &Reading) -> Result<Digits> {
    let path = Path::new(name);
    let images = Source::new(path, images, WAY_OUT)?;
    let part = npy_part(images, || Source::new(path, labels, WAY_OUT), path)?;
    labelled::digits(part, None, reading, name.to_owned())
}

/// Images, and labels that are opened when the images are known to be sound.
fn npy_part<'a>(
    mut images: Source,
    labels_of: impl FnOnce() -> Result<Source<'a>>,
    path: &Path,
) -> Result<labelled::Part> {
    let images = Images::read(&Header::read(&mut images)?, &mut images)?;
    let mut source = labels_of()?;
    let labels = labels(&Header::read(&mut source)?, &mut source, images.count)?;
    Ok(images.with_labels(path, labels))
}
