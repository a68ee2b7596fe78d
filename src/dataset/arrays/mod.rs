//! Reads images and labels from NumPy's arrays: a `.npz` file such as Keras's [`mnist.npz`], or `.npy` files beside each
//! other.
//!
//! Images are n × pixels, n × rows × columns, or these with one channel, first or last; any integers or floats, in C's
//! order or Fortran's. Labels are n whole numbers, or n × classes with a single one in each row. Which is which, names
//! say: `x_train` and `y_train`, or `X` and `y`. What the numbers mean is in [`scale`](super::scale).
//!
//! [`mnist.npz`]: https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz

mod elements;
pub(super) mod roles;

use std::path::{Path, PathBuf};

use self::elements::{Images, labels};
use self::roles::roles;
use super::{Digits, Reading, part};
use crate::error::{Error, Result};
use crate::files::source::Source;
use crate::numpy::Header;
use crate::numpy::npz::Npz;

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
    let mut archive = Npz::open(path, WAY_OUT)?;
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
            way_out: WAY_OUT.to_owned(),
        });
    };
    let mut read = |(images_name, labels_name): &(String, String)| {
        let images = archive.array(images_name, Images::read)?;
        let labels = archive.array(labels_name, |header, source| labels(header, source, images.count))?;
        Ok(images.with_labels(path, labels))
    };
    let learning = read(&roles.learning)?;
    let test = roles.test.as_ref().map(&mut read).transpose()?;
    part::digits(learning, test, reading, path.display().to_string())
}

/// Reads a data set from `.npy` files.
///
/// # Errors
/// As those of [`read_npz`].
pub fn read_npy(files: &NpyFiles, reading: &Reading) -> Result<Digits> {
    let read = |(images_path, labels_path): &(PathBuf, PathBuf)| {
        let mut source = Source::open(images_path, WAY_OUT)?;
        let images = Images::read(&Header::read(&mut source)?, &mut source)?;
        let mut source = Source::open(labels_path, WAY_OUT)?;
        let labels = labels(&Header::read(&mut source)?, &mut source, images.count)?;
        Ok(images.with_labels(images_path, labels))
    };
    let learning = read(&files.learning)?;
    let test = files.test.as_ref().map(read).transpose()?;
    part::digits(learning, test, reading, files.learning.0.display().to_string())
}
