//! Reads the article's `mnist.pkl.gz`, without running it.
//!
//! The file is a [Python pickle], plain or gzip'd, of any protocol from 0 to 5, written by Python 2 or 3 with
//! NumPy 1 or 2: a tuple of three pairs `(images, labels)`, which train, validate and test. `images` is an
//! array of shape (n, pixels) or (n, rows, columns); `labels` an array of n integers.
//!
//! A pickle is a program for a stack machine that may call any Python function. The `machine` here knows only
//! the instructions and the five functions (`objects`) from which NumPy arrays are made; anything else
//! is an error that names it. Nothing that the file says is run, and memory grows only with the bytes that
//! arrive, up to a limit.
//!
//! The 220 MB that the article's file unzips to are never in memory: pixels that are exactly `k / 256`, as all
//! of MNIST's are, become bytes while the stream is read (`data`).
//!
//! [Python pickle]: https://github.com/python/cpython/blob/main/Lib/pickletools.py

mod array;
mod data;
mod instructions;
mod machine;
mod objects;
mod strings;

use std::io::Read;
use std::path::Path;

use self::array::Array;
use crate::data::{Dataset, Digits};
use crate::error::{Error, Result};
use crate::files::source::Source;
use crate::images::pixels::{ImageShape, Pixels};
use crate::memory;

const HINT: &str = "Only three (images, labels) pairs of NumPy arrays are read, as in the article's mnist.pkl.gz, and no code is \
    ever run. Fetch that file afresh, or MNIST itself (`download`). Of any other pickle that you trust, such as a dict, Python makes a file that is read: `import pickle, numpy; \
    d = pickle.load(open('FILE', 'rb')); numpy.savez('digits.npz', x=d['data'], y=d['target'])`.";

/// Reads a data set from the pickle at `path`: the first pair trains, the second validates, the third tests.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::Format`] when it is damaged, asks for anything but
/// NumPy arrays, or its arrays do not fit each other; [`Error::LabelOutOfRange`] when a label is not below
/// `classes`.
pub fn read(path: &Path, classes: usize) -> Result<Digits> {
    digits(Source::open(path, HINT)?, path, classes)
}

/// As [`read`], from any reader. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read`].
pub fn read_from(reader: impl Read + 'static, name: &str, classes: usize) -> Result<Digits> {
    let path = Path::new(name);
    digits(Source::new(path, reader, HINT)?, path, classes)
}

fn digits(mut source: Source<'static>, path: &Path, classes: usize) -> Result<Digits> {
    let value = machine::run(&mut source)?;
    let found = value.describe();
    let [training, validation, test] = value.into_pairs().ok_or_else(|| Error::Format {
        path: path.to_owned(),
        place: "the whole pickle".to_owned(),
        expected: "a tuple of three (images, labels) pairs of NumPy arrays".to_owned(),
        found,
        hint: HINT.to_owned(),
    })?;
    let learning = Part::new(training, path, "training", classes)?;
    let validation = Part::new(validation, path, "validation", classes)?;
    let test = Part::new(test, path, "test", classes)?;
    let training_len = learning.labels.len();
    let learning = learning.followed_by(validation, path)?;
    let origin = path.display().to_string();
    Digits::new(
        learning.into_dataset(&origin)?,
        training_len,
        test.into_dataset(&origin)?,
        origin,
    )
}

/// One of the three pairs, checked.
struct Part {
    pixels: Pixels,
    labels: Vec<u16>,
    shape: ImageShape,
}

impl Part {
    fn new([images, labels]: [Array; 2], path: &Path, name: &str, classes: usize) -> Result<Self> {
        let mismatch = |place: &str, mismatch: Mismatch| Error::Format {
            path: path.to_owned(),
            place: format!("{name} {place}"),
            expected: mismatch.expected,
            found: mismatch.found,
            hint: HINT.to_owned(),
        };
        let (count, shape) = images.image_shape().map_err(|error| mismatch("images", error))?;
        memory::check_data::<u8>(path, labels.bytes())?;
        let labels = labels.integers().map_err(|error| mismatch("labels", error))?;
        if labels.len() != count {
            return Err(mismatch(
                "labels",
                Mismatch::new(
                    format!("{count} labels, one for each image"),
                    format!("{} labels", labels.len()),
                ),
            ));
        }
        let labels = labels
            .enumerate()
            .map(|(row, label)| check_label(path, name, row, label, classes))
            .collect::<Result<_>>()?;
        memory::check_data::<u8>(path, images.memory_as_pixels())?;
        let pixels = images.into_pixels().map_err(|error| mismatch("images", error))?;
        Ok(Self {
            pixels,
            labels,
            shape,
        })
    }

    /// The images of this part, and behind them those of `other`.
    fn followed_by(mut self, other: Self, path: &Path) -> Result<Self> {
        if self.shape != other.shape {
            let show = |shape: ImageShape| format!("{}×{}", shape.rows, shape.columns);
            return Err(Error::Format {
                path: path.to_owned(),
                place: "validation images".to_owned(),
                expected: format!("{} as the training images", show(self.shape)),
                found: show(other.shape),
                hint: HINT.to_owned(),
            });
        }
        self.labels.extend(other.labels);
        self.pixels = data::concatenate(self.pixels, other.pixels, path)?;
        Ok(self)
    }

    fn into_dataset(self, origin: &str) -> Result<Dataset> {
        Dataset::new(self.pixels, self.labels, self.shape, origin)
    }
}

fn check_label(path: &Path, name: &str, row: usize, label: i128, classes: usize) -> Result<u16> {
    if let Ok(label) = u16::try_from(label)
        && usize::from(label) < classes
    {
        return Ok(label);
    }
    match usize::try_from(label) {
        Ok(label) => Err(Error::LabelOutOfRange {
            origin: format!("{}: {name} labels", path.display()),
            row,
            label,
            classes,
            hint: "Give `classes` a number above all labels, or correct the labels.",
        }),
        Err(_) => Err(Error::Format {
            path: path.to_owned(),
            place: format!("{name} labels, row {row}"),
            expected: format!("a label below {classes}"),
            found: label.to_string(),
            hint: "Correct the labels.".to_owned(),
        }),
    }
}

/// What was expected and what was found, before the place in the file is known.
#[derive(Debug, PartialEq, Eq)]
struct Mismatch {
    expected: String,
    found: String,
}

impl Mismatch {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            found: found.into(),
        }
    }
}
