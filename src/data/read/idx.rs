//! Reads MNIST's own format, [IDX], plain or gzip'd.
//!
//! ```text
//! images: 00 00 08 03 | count | rows | columns | count × rows × columns pixel bytes
//! labels: 00 00 08 01 | count | count label bytes
//! ```
//! The sizes are big-endian `u32`. A pixel byte `k` means `k / 256` (see [`Pixels`]); images may have any
//! height and width. A header is not believed further than the bytes that follow it: memory grows as they
//! arrive, and a file that holds fewer or more than its header says is an error.
//!
//! [IDX]: https://ossci-datasets.s3.amazonaws.com/mnist/

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::{Dataset, Digits};
use crate::error::{Error, Result};
use crate::files::source::{Source, show_bytes};
use crate::images::pixels::{ImageShape, Pixels};

/// Larger claims are taken for damage. The largest known set in this format, EMNIST, has 0.6 GiB.
const MAXIMUM_BYTES: u64 = 4 << 30;

const IMAGES_MAGIC: [u8; 4] = [0, 0, 8, 3];
const LABELS_MAGIC: [u8; 4] = [0, 0, 8, 1];

const WAY_OUT: &str = "Fetch MNIST afresh with `batchprop data --download`, or point --data elsewhere.";

/// Where the four files of a data set are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxFiles {
    /// MNIST's `train-images-idx3-ubyte.gz`.
    pub train_images: PathBuf,
    /// MNIST's `train-labels-idx1-ubyte.gz`.
    pub train_labels: PathBuf,
    /// MNIST's `t10k-images-idx3-ubyte.gz`.
    pub test_images: PathBuf,
    /// MNIST's `t10k-labels-idx1-ubyte.gz`.
    pub test_labels: PathBuf,
}

/// Reads a data set from its four files, in parallel. The last sixth of the training images validates
/// ([`Digits::training_len_of`]).
///
/// # Errors
/// [`Error::Io`] when a file cannot be read; [`Error::Format`] when it is not sound IDX, or when images and
/// labels, or training and test images, do not fit each other; [`Error::LabelOutOfRange`] when a label is not
/// below `classes`.
pub fn read(files: &IdxFiles, classes: usize) -> Result<Digits> {
    let (learning, test) = rayon::join(
        || read_part(&files.train_images, &files.train_labels, classes),
        || read_part(&files.test_images, &files.test_labels, classes),
    );
    let (learning, test) = (learning?, test?);
    let training_len = Digits::training_len_of(learning.len());
    let folder = match files.train_images.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Digits::new(learning, training_len, test, folder.display().to_string())
}

fn read_part(images: &Path, labels: &Path, classes: usize) -> Result<Dataset> {
    // Labels first: they are few, and a mistake in them then costs no time.
    let label_bytes = read_labels(labels)?;
    let (pixels, shape) = read_images(images)?;
    let image_count = pixels.len() / shape.pixels();
    if label_bytes.len() != image_count {
        return Err(Error::Format {
            path: labels.to_owned(),
            place: "byte 4".to_owned(),
            expected: format!("{image_count} labels, one for each image of {}", images.display()),
            found: format!("{} labels", label_bytes.len()),
            hint: "Both files must come from the same data set; fetch them again.".to_owned(),
        });
    }
    let origin = labels.display().to_string();
    let part = Dataset::new(Pixels::Bytes(pixels), label_bytes, shape, &origin)?;
    part.check_labels(classes, &origin)?;
    Ok(part)
}

/// Reads a file of images: their pixels, one image after the other, each row by row; at least one image of at
/// least one pixel.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::Format`] when it is not sound.
pub fn read_images(path: &Path) -> Result<(Vec<u8>, ImageShape)> {
    images(Source::open(path, WAY_OUT)?)
}

/// As [`read_images`], from any reader, such as standard input. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_images`].
pub fn read_images_from(reader: impl Read + 'static, name: &str) -> Result<(Vec<u8>, ImageShape)> {
    images(Source::new(Path::new(name), reader, WAY_OUT)?)
}

fn images(mut source: Source) -> Result<(Vec<u8>, ImageShape)> {
    expect_magic(&mut source, IMAGES_MAGIC, "IDX images")?;
    let count = read_size(&mut source, "the number of images")?;
    let rows = read_size(&mut source, "the height of the images")?;
    let columns = read_size(&mut source, "the width of the images")?;
    // u128: three u32 cannot overflow it.
    let length = u128::from(count) * u128::from(rows) * u128::from(columns);
    let length = believable(&source, length, || {
        format!("{count} images of {rows}×{columns} pixels")
    })?;
    let pixels = source.bytes(
        length,
        &format!("the pixels of {count} images of {rows}×{columns}"),
    )?;
    source.expect_end()?;
    let shape = ImageShape {
        rows: rows as usize,
        columns: columns as usize,
    };
    Ok((pixels, shape))
}

/// Reads a file of labels, at least one.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::Format`] when it is not sound.
pub fn read_labels(path: &Path) -> Result<Vec<u8>> {
    labels(Source::open(path, WAY_OUT)?)
}

/// As [`read_labels`], from any reader. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_labels`].
pub fn read_labels_from(reader: impl Read + 'static, name: &str) -> Result<Vec<u8>> {
    labels(Source::new(Path::new(name), reader, WAY_OUT)?)
}

fn labels(mut source: Source) -> Result<Vec<u8>> {
    expect_magic(&mut source, LABELS_MAGIC, "IDX labels")?;
    let count = read_size(&mut source, "the number of labels")?;
    let length = believable(&source, u128::from(count), || format!("{count} labels"))?;
    let labels = source.bytes(length, &format!("{count} labels"))?;
    source.expect_end()?;
    Ok(labels)
}

fn expect_magic(source: &mut Source, magic: [u8; 4], kind: &str) -> Result<()> {
    let expected = if source.is_falsely_named_gz() {
        format!(
            "gzip data (1f 8b), as the file's name says, or {kind} ({})",
            show_magic(magic)
        )
    } else {
        format!("{kind} ({})", show_magic(magic))
    };
    let found = source.array(&expected)?;
    if found == magic {
        return Ok(());
    }
    let found = match found {
        IMAGES_MAGIC => format!("IDX images ({})", show_magic(found)),
        LABELS_MAGIC => format!("IDX labels ({})", show_magic(found)),
        _ => show_bytes(&found),
    };
    Err(source.error_at(0, expected, found))
}

fn show_magic(magic: [u8; 4]) -> String {
    magic.map(|byte| format!("{byte:02x}")).join(" ")
}

/// A size of the header, at least 1.
fn read_size(source: &mut Source, what: &str) -> Result<u32> {
    let offset = source.offset();
    match u32::from_be_bytes(source.array(&format!("{what}, 4 bytes"))?) {
        0 => Err(source.error_at(offset, format!("{what}, at least 1"), "0")),
        size => Ok(size),
    }
}

/// The header's claim as a number of bytes, unless it is absurd.
fn believable(source: &Source, length: u128, claim: impl Fn() -> String) -> Result<usize> {
    usize::try_from(length)
        .ok()
        .filter(|&length| length as u64 <= MAXIMUM_BYTES)
        .ok_or_else(|| {
            source.error_at(
                4,
                format!("sizes of at most {} GiB together", MAXIMUM_BYTES >> 30),
                claim(),
            )
        })
}
