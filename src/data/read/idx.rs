//! Reads MNIST's own format, [IDX], plain or gzip'd.
//!
//! ```text
//! images: 00 00 08 03 | count | rows | columns | count × rows × columns pixel bytes
//! labels: 00 00 08 01 | count | count label bytes
//! ```
//! The sizes are big-endian `u32`. The third byte is the type of the numbers: 08 unsigned bytes, 09 signed bytes, 0b, 0c
//! integers of 2 and 4 bytes, 0d, 0e floats of 4 and 8, all big-endian; the fourth is the number of sizes. A pixel byte
//! `k` means `k / 256` (see [`Pixels`]); of other types the numbers say what they mean ([`scale`]). Labels
//! of two dimensions, as QMNIST's of n × 8, are classes in their first column.
//!
//! A header is not believed further than the bytes that follow it: memory grows as they arrive, and a file that holds
//! fewer or more than its header says is an error. EMNIST is published with rows and columns exchanged: its files, known
//! by their names, are turned upright.
//!
//! [IDX]: https://ossci-datasets.s3.amazonaws.com/mnist/

use std::io::Read;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::{Reading, labelled, labels, names, scale};
use crate::data::{Dataset, Digits};
use crate::error::{Error, Result};
use crate::files::source::{Source, show_bytes};
use crate::images::pixels::{ImageShape, Pixels};
use crate::memory;

/// Larger claims are taken for damage. The largest known set in this format, EMNIST, has 0.6 GiB.
const MAXIMUM_BYTES: u64 = 4 << 30;

/// Types of numbers, by their byte in the header, and their sizes.
const TYPES: [(u8, usize); 6] = [(8, 1), (9, 1), (0x0b, 2), (0x0c, 4), (0x0d, 4), (0x0e, 8)];

const HINT: &str = "If it is one of MNIST's files, fetch it afresh (`download`); else point `data` at the file that is meant.";

/// Classes of MNIST's own forms where nobody says how many.
pub(in crate::data) const DIGITS: usize = 10;

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
    let reading = Reading {
        classes: Some(classes),
        ..Reading::default()
    };
    read_as(files, &reading)
}

/// As [`read`]; the classes are those of the set, as its files' names say, else ten.
///
/// # Errors
/// Those of [`read`].
pub fn read_as(files: &IdxFiles, reading: &Reading) -> Result<Digits> {
    let folder = match files.train_images.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = files
        .train_images
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let set = names::idx_set(&name).map(|(set, _)| set);
    let own_names: Option<Vec<String>> = names::classes_of(&files.train_images)
        .map(|names| names.iter().map(|&name| name.to_owned()).collect());
    if own_names.is_none() {
        labels::check_numbered(reading, &folder.display().to_string())?;
    }
    let names = match (&reading.class_names, own_names) {
        (Some(known), Some(own)) if *known != own && !labels::are_numbers(known) => {
            return Err(Error::Format {
                path: folder.to_owned(),
                place: "classes".to_owned(),
                expected: format!("the network's classes, {}", known.join(", ").escape_debug()),
                found: own.join(", "),
                hint: "Give the network images of the classes that it was trained on.".to_owned(),
            });
        }
        (Some(known), None) if !labels::are_numbers(known) => Some(known.clone()),
        (_, own) => own,
    };
    let classes = reading.classes.or(names.as_ref().map(Vec::len)).unwrap_or(DIGITS);
    let is_transposed = set.is_some_and(|set| set.is_transposed);
    let (learning, test) = rayon::join(
        || Part::read(&files.train_images, &files.train_labels),
        || Part::read(&files.test_images, &files.test_labels),
    );
    let (learning, test) = (learning?, test?);
    let pixel_max = match &learning.pixels {
        Pixels::Bytes(_) => 255.0,
        numbers => reading.pixel_range.pixel_max(numbers),
    };
    let mut about = Vec::new();
    if matches!(learning.pixels, Pixels::Floats(_)) {
        about.push(scale::in_words(pixel_max));
    }
    if is_transposed {
        about.push("images turned upright: EMNIST publishes them with rows and columns exchanged".to_owned());
    }
    if let Some(names) = &names {
        about.push(labelled::names_in_words(names));
    }
    let learning = learning.dataset(classes, pixel_max, is_transposed)?;
    let test = test.dataset(classes, pixel_max, is_transposed)?;
    let training_len = Digits::training_len_of(learning.len());
    let digits = Digits::new(learning, training_len, test, folder.display().to_string())?;
    let pixel_max = match about.is_empty() {
        true => digits.pixel_max(),
        false => pixel_max,
    };
    Ok(digits.read_as(classes, names, pixel_max, about))
}

/// Images with their labels.
struct Part {
    images: PathBuf,
    origin: String,
    pixels: Pixels,
    shape: ImageShape,
    labels: Vec<u16>,
}

impl Part {
    fn read(images: &Path, labels: &Path) -> Result<Self> {
        // Labels first: they are few, and a mistake in them then costs no time.
        let classes = labels_of(Source::open(labels, HINT)?)?;
        let (pixels, shape) = images_of(Source::open(images, HINT)?)?;
        let image_count = pixels.len() / shape.pixels();
        if classes.len() != image_count {
            return Err(Error::Format {
                path: labels.to_owned(),
                place: "byte 4".to_owned(),
                expected: format!("{image_count} labels, one for each image of {}", images.display()),
                found: format!("{} labels", classes.len()),
                hint: "Both files must come from the same data set; fetch them again.".to_owned(),
            });
        }
        Ok(Self {
            images: images.to_owned(),
            origin: labels.display().to_string(),
            pixels,
            shape,
            labels: classes,
        })
    }

    fn dataset(self, classes: usize, pixel_max: f64, is_transposed: bool) -> Result<Dataset> {
        let pixels = match self.pixels {
            Pixels::Floats(_) => scale::intensities(self.pixels, pixel_max, &self.images)?,
            bytes => bytes,
        };
        let (pixels, shape) = match is_transposed {
            true => super::transpose::transposed(pixels, self.shape),
            false => (pixels, self.shape),
        };
        let part = Dataset::new(pixels, self.labels, shape, &self.origin)?;
        part.check_labels(classes, &self.origin)?;
        Ok(part)
    }
}

/// Reads a file of images: their pixels, one image after the other, each row by row; at least one image of at
/// least one pixel.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::Format`] when it is not sound.
pub fn read_images(path: &Path) -> Result<(Vec<u8>, ImageShape)> {
    bytes_of(Source::open(path, HINT)?)
}

/// As [`read_images`], from any reader, such as standard input. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_images`].
pub fn read_images_from(reader: impl Read + 'static, name: &str) -> Result<(Vec<u8>, ImageShape)> {
    bytes_of(Source::new(Path::new(name), reader, HINT)?)
}

fn bytes_of(source: Source) -> Result<(Vec<u8>, ImageShape)> {
    let path = source.path().to_owned();
    match images_of(source)? {
        (Pixels::Bytes(bytes), shape) => Ok((bytes, shape)),
        (Pixels::Floats(_), _) => Err(Error::Format {
            path,
            place: "byte 2".to_owned(),
            expected: "pixels that are bytes (type 08)".to_owned(),
            found: "numbers of another type".to_owned(),
            hint: "Save the images as unsigned bytes.".to_owned(),
        }),
    }
}

/// Images of any type of numbers.
fn images_of(mut source: Source) -> Result<(Pixels, ImageShape)> {
    let (kind, dimensions) = expect_magic(&mut source, "IDX images", 3..=4)?;
    let count = read_size(&mut source, "the number of images")?;
    let rows = read_size(&mut source, "the height of the images")?;
    let columns = read_size(&mut source, "the width of the images")?;
    if dimensions == 4 {
        let offset = source.offset();
        let channels = read_size(&mut source, "the number of channels")?;
        if channels != 1 {
            return Err(source.error_at(offset, "images of 1 channel", channels.to_string()));
        }
    }
    // u128: three u32 cannot overflow it.
    let length = u128::from(count) * u128::from(rows) * u128::from(columns);
    let claim = || format!("{count} images of {rows}×{columns} pixels");
    let length = believable(&source, length, kind, claim)?;
    let expected = format!("the pixels of {count} images of {rows}×{columns}");
    let pixels = match kind.code {
        8 => Pixels::Bytes(source.bytes(length, &expected)?),
        _ => {
            let (path, mut floats) = (source.path().to_owned(), Vec::new());
            let mut unfit = None;
            each_number(&mut source, kind, length, &expected, |number| {
                if !(number as f32).is_finite() && unfit.is_none() {
                    unfit = Some((floats.len(), number));
                }
                memory::reserve(&mut floats, 1, length, &path)?;
                floats.push(number as f32);
                Ok(())
            })?;
            if let Some((index, number)) = unfit {
                let place = format!("number {index}");
                return Err(source.error(place, "a finite number of float32", number.to_string()));
            }
            Pixels::Floats(floats)
        }
    };
    source.expect_end()?;
    let shape = ImageShape {
        rows: rows as usize,
        columns: columns as usize,
    };
    Ok((pixels, shape))
}

/// Reads a file of labels, at least one: the number of each image's class.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::Format`] when it is not sound.
pub fn read_labels(path: &Path) -> Result<Vec<u16>> {
    labels_of(Source::open(path, HINT)?)
}

/// As [`read_labels`], from any reader. `name` stands for a path in errors.
///
/// # Errors
/// Those of [`read_labels`].
pub fn read_labels_from(reader: impl Read + 'static, name: &str) -> Result<Vec<u16>> {
    labels_of(Source::new(Path::new(name), reader, HINT)?)
}

fn labels_of(mut source: Source) -> Result<Vec<u16>> {
    let (kind, dimensions) = expect_magic(&mut source, "IDX labels", 1..=2)?;
    let count = read_size(&mut source, "the number of labels")?;
    let columns = match dimensions {
        1 => 1,
        _ => read_size(&mut source, "the numbers of a label")?,
    };
    let numbers = u128::from(count) * u128::from(columns);
    let length = believable(&source, numbers, kind, || format!("{count} labels"))?;
    let expected = format!("{count} labels");
    if kind.code == 8 && columns == 1 {
        let labels = source.bytes(length, &expected)?;
        source.expect_end()?;
        return Ok(labels.into_iter().map(u16::from).collect());
    }
    let (path, mut labels, mut index) = (source.path().to_owned(), Vec::new(), 0);
    let mut unfit = None;
    each_number(&mut source, kind, length, &expected, |number| {
        if index % columns as usize == 0 {
            let is_label = number.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&number);
            if !is_label && unfit.is_none() {
                unfit = Some((index / columns as usize, number));
            }
            memory::reserve(&mut labels, 1, count as usize, &path)?;
            labels.push(number as u16);
        }
        index += 1;
        Ok(())
    })?;
    source.expect_end()?;
    match unfit {
        Some((row, number)) => {
            let expected = "a whole number from 0 to 65535";
            Err(source.error(format!("label {row}"), expected, number.to_string()))
        }
        None => Ok(labels),
    }
}

/// A type of numbers.
#[derive(Debug, Clone, Copy)]
struct Kind {
    code: u8,
    size: usize,
}

/// Gives each of `count` numbers to `take`.
fn each_number(
    source: &mut Source,
    kind: Kind,
    count: usize,
    expected: &str,
    mut take: impl FnMut(f64) -> Result<()>,
) -> Result<()> {
    for _ in 0..count {
        take(match kind.code {
            8 => f64::from(source.byte(expected)?),
            9 => f64::from(source.byte(expected)? as i8),
            0x0b => f64::from(i16::from_be_bytes(source.array(expected)?)),
            0x0c => f64::from(i32::from_be_bytes(source.array(expected)?)),
            0x0d => f64::from(f32::from_be_bytes(source.array(expected)?)),
            _ => f64::from_be_bytes(source.array(expected)?),
        })?;
    }
    Ok(())
}

/// The type of the numbers, and how many sizes follow.
fn expect_magic(source: &mut Source, kind: &str, dimensions: RangeInclusive<u8>) -> Result<(Kind, u8)> {
    let magic = show_magic([0, 0, 8, *dimensions.start()]);
    let expected = if source.is_falsely_named_gz() {
        format!("gzip data (1f 8b), as the file's name says, or {kind} ({magic})")
    } else {
        format!("{kind} ({magic})")
    };
    let found = source.array(&expected)?;
    let known = TYPES.into_iter().find(|&(code, _)| code == found[2]);
    if let ([0, 0, _, sizes], Some((code, size))) = (found, known)
        && dimensions.contains(&sizes)
    {
        return Ok((Kind { code, size }, sizes));
    }
    let found = match found {
        [0, 0, 8, 3] => format!("IDX images ({})", show_magic(found)),
        [0, 0, 8, 1] => format!("IDX labels ({})", show_magic(found)),
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

/// The header's claim as a number of numbers, unless it is absurd.
fn believable(source: &Source, numbers: u128, kind: Kind, claim: impl Fn() -> String) -> Result<usize> {
    usize::try_from(numbers)
        .ok()
        .filter(|&numbers| (numbers as u64).saturating_mul(kind.size as u64) <= MAXIMUM_BYTES)
        .ok_or_else(|| {
            source.error_at(
                4,
                format!("sizes of at most {} GiB together", MAXIMUM_BYTES >> 30),
                claim(),
            )
        })
}
