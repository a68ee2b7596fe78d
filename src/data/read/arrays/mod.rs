//! Reads images and labels from NumPy's arrays: a `.npz` file such as Keras's [`mnist.npz`], or `.npy` files beside each
//! other.
//!
//! Images are n × pixels, n × rows × columns, or these with one channel, first or last, or with red, green and blue, which are
//! made grey; any integers or floats, in C's order or Fortran's. Labels are n numbers or strings, or n × classes with a single one in each row. Which is which,
//! names say: `roles`. What the numbers mean is in [`scale`](super::scale).
//!
//! [`mnist.npz`]: https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz

pub(super) mod elements;
pub(crate) mod roles;
mod rows;

use std::io::{Read, Seek};
use std::path::Path;

use self::elements::{Images, labels};
use self::roles::roles;
pub(crate) use self::rows::holds_images;
pub use self::rows::read_rows_from;
use super::labelled;
use super::labelled::Parts;
use super::labels::Labels;
use crate::data::Digits;
use crate::data::read::Reading;
use crate::error::{Error, Result};
use crate::files::numpy::Header;
use crate::files::numpy::npz::Npz;
use crate::files::source::Source;

const HINT: &str = "Save images and labels as arrays x_train, y_train, x_test and y_test, or x and y.";

/// Reads a data set from a `.npz` file.
///
/// # Errors
/// [`Error::Io`]; [`Error::Format`] with the array's name: no images, no labels, or what does not fit;
/// [`Error::LabelOutOfRange`].
pub fn read_npz(path: &Path, reading: &Reading) -> Result<Digits> {
    npz(Npz::open(path, HINT)?, path, reading)
}

/// As [`read_npz`], from any reader. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_npz`].
pub fn read_npz_from(reader: impl Read + Seek, name: &str, reading: &Reading) -> Result<Digits> {
    let path = Path::new(name);
    npz(Npz::new(path, reader, HINT)?, path, reading)
}

fn npz(mut archive: Npz<impl Read + Seek>, path: &Path, reading: &Reading) -> Result<Digits> {
    let names = archive.names();
    let Some(roles) = roles(&names) else {
        let expected =
            "arrays x_train, y_train, x_test and y_test; or x and y, images and labels, data and target";
        return Err(not_one_of(path, expected, &names));
    };
    let mut read = |(images_name, labels_name): &(String, String)| {
        let images = archive.array(images_name, Images::read)?;
        let labels = archive.array(labels_name, |header, source| labels(header, source, images.count))?;
        Ok(images.with_labels(path, labels))
    };
    let learning = read(&roles.learning)?;
    let validation = roles.validation.as_ref().map(&mut read).transpose()?;
    let test = roles.test.as_ref().map(&mut read).transpose()?;
    labelled::digits(
        Parts {
            learning,
            validation,
            test,
        },
        reading,
        path.display().to_string(),
    )
}

/// Images alone, of the `.npy` file at `path`, or of a `.npz` file with one array.
pub(super) fn images_alone(path: &Path) -> Result<Images> {
    with_only_array(path, Images::read)
}

/// Labels alone, of such a file.
pub(super) fn labels_alone(path: &Path, images: usize) -> Result<Labels> {
    with_only_array(path, |header, source| labels(header, source, images))
}

fn with_only_array<T>(path: &Path, read: impl FnOnce(&Header, &mut Source) -> Result<T>) -> Result<T> {
    let is_npz = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("npz"));
    if !is_npz {
        let mut source = Source::open(path, HINT)?;
        return read(&Header::read(&mut source)?, &mut source);
    }
    let mut archive = Npz::open(path, HINT)?;
    match &archive.names()[..] {
        [only] => archive.array(only, read),
        names => Err(not_one_of(path, "one array, as the file's name says", names)),
    }
}

/// The error for an archive with other arrays than are `expected`.
fn not_one_of(path: &Path, expected: &str, names: &[String]) -> Error {
    Error::Format {
        path: path.to_owned(),
        place: "archive".to_owned(),
        expected: expected.to_owned(),
        found: match names.is_empty() {
            true => "no arrays".to_owned(),
            false => names.join(", ").escape_debug().to_string(),
        },
        hint: HINT.to_owned(),
    }
}

/// Reads a data set from two `.npy` arrays, images and their labels. `name` stands for a path in errors.
///
/// # Errors
/// As those of [`read_npz`].
pub fn read_npy_from(images: impl Read, labels: impl Read, name: &str, reading: &Reading) -> Result<Digits> {
    let path = Path::new(name);
    let images = Source::new(path, images, HINT)?;
    let part = npy_part(images, || Source::new(path, labels, HINT), path)?;
    labelled::digits(part, reading, name.to_owned())
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
