//! The input of `predict`: pictures, IDX images, CSV, `.npy` and `.npz`. The first bytes of a file decide which it is.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::cli::options::data::NumberOptions;
use crate::cli::output::messages::note;
use batchprop::data::Dataset;
use batchprop::data::read::csv::Rows;
use batchprop::data::read::{arrays, csv, idx};
use batchprop::images;
use batchprop::images::BoundingBox;
use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::{Error, files};

/// The first bytes of a file, enough to tell what it is.
const BEGINNING: u64 = 64;

/// The first bytes of `.npy`.
const NUMPY: &[u8] = b"\x93NUMPY";

/// The first byte of Python's pickles, such as PyTorch's networks.
const PICKLE: u8 = 0x80;

/// The name of standard input in results and errors.
pub const STDIN: &str = "-";

/// The images of one file.
#[derive(Debug)]
pub struct Images {
    pub images: Dataset,
    /// Whether the file has labels.
    pub has_labels: bool,
    /// Whether they are numbered: in files of many images, and in pictures of several digits.
    pub many: bool,
    /// Where each is in its picture; empty if the file is not a picture.
    pub boxes: Vec<BoundingBox>,
}

impl Images {
    /// The class of an image, if the file says it.
    pub fn label(&self, index: usize) -> Option<usize> {
        self.has_labels.then(|| self.images.labels()[index].into())
    }

    fn of_rows(rows: Rows) -> Self {
        rows.note.as_deref().inspect(|text| note(text));
        Self {
            images: rows.images,
            has_labels: rows.has_labels,
            many: true,
            boxes: Vec::new(),
        }
    }
}

/// Reads the images of `file` for a network of `inputs`. `numbers` says what the numbers of CSV and NumPy's arrays mean.
pub fn read(file: &Path, inputs: usize, numbers: &NumberOptions) -> Result<Images, Error> {
    let mut reader: Box<dyn Read> = if file == Path::new(STDIN) {
        Box::new(io::stdin())
    } else {
        files::check_exists(
            file,
            "a picture of a digit, IDX images, CSV, .npy or .npz",
            "Give the path of one, or - for standard input.",
        )?;
        Box::new(File::open(file).map_err(Error::io(file, "open"))?)
    };
    let mut beginning = Vec::new();
    (&mut reader)
        .take(BEGINNING)
        .read_to_end(&mut beginning)
        .map_err(Error::io(file, "read"))?;
    let kind = Kind::of(&beginning);
    let whole = Cursor::new(beginning).chain(reader);
    let name = file.display().to_string();
    match kind {
        Kind::Idx => idx_images(idx::read_images_from(whole, &name)?, file, inputs),
        Kind::Csv => csv::read_rows_from(whole, &name, inputs, &numbers.reading()).map(Images::of_rows),
        Kind::Numpy => arrays::read_rows_from(whole, &name, inputs, &numbers.reading()).map(Images::of_rows),
        Kind::Picture => digits_of(whole, file, inputs),
    }
}

/// Whether `file` can be read, and its first bytes are not those of another kind of file, such as PyTorch's.
pub fn may_be_images(file: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(file).and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning));
    read.is_ok() && beginning.first() != Some(&PICKLE) && !images::is_known_other(&beginning)
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Or any other file: the reader of pictures has the best errors.
    Picture,
    Idx,
    Csv,
    /// `.npy`, or `.npz`: any zip archive.
    Numpy,
}

impl Kind {
    fn of(beginning: &[u8]) -> Self {
        if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(NUMPY) {
            return Self::Numpy;
        }
        if images::is_known_other(beginning) {
            return Self::Picture;
        }
        let mut unzipped = Vec::new();
        if beginning.starts_with(&[0x1f, 0x8b]) {
            // Only a part of the file, so that unpacking ends with an error.
            let _ = MultiGzDecoder::new(beginning).read_to_end(&mut unzipped);
            if unzipped.is_empty() {
                return Self::Idx;
            }
        } else {
            unzipped.extend_from_slice(beginning);
        }
        let is_text = |&byte: &u8| byte >= b' ' && byte != 0x7f || b"\t\r\n".contains(&byte);
        let begins_as_csv = |byte: &u8| byte.is_ascii_alphanumeric() || b"\"',;.+-\t \n\r\xef".contains(byte);
        match unzipped[..] {
            [0, 0, ..] => Self::Idx,
            _ if unzipped.starts_with(NUMPY) => Self::Numpy,
            [b'B', b'M', ..] | [b'G', b'I', b'F', b'8', ..] => Self::Picture,
            [first, ..] if begins_as_csv(&first) && unzipped.iter().all(is_text) => Self::Csv,
            _ => Self::Picture,
        }
    }
}

fn idx_images((pixels, shape): (Vec<u8>, ImageShape), file: &Path, inputs: usize) -> Result<Images, Error> {
    if shape.pixels() != inputs {
        return Err(Error::Format {
            path: file.to_owned(),
            place: "its images".to_owned(),
            expected: format!("{inputs} pixels, as the network has inputs"),
            found: format!("{}×{} pixels", shape.rows, shape.columns),
            hint: "Take images like those it was trained on, or another network.".to_owned(),
        });
    }
    let labels = vec![0u8; pixels.len() / inputs.max(1)];
    Ok(Images {
        images: Dataset::new(Pixels::Bytes(pixels), labels, shape, &file.display().to_string())?,
        has_labels: false,
        many: true,
        boxes: Vec::new(),
    })
}

fn digits_of(mut whole: impl Read, file: &Path, inputs: usize) -> Result<Images, Error> {
    let error = |place: &str, expected: &str, found: String, hint: &str| Error::Format {
        path: file.to_owned(),
        place: place.to_owned(),
        expected: expected.to_owned(),
        found,
        hint: hint.to_owned(),
    };
    let grey = images::read(&mut whole, file)?;
    let Some(square) = ImageShape::of_drawing(inputs) else {
        let found = format!("a picture, for a network with {inputs} inputs");
        let expected = format!("{inputs} numbers in each row of a CSV file");
        let hint = "Pictures are shown to networks whose inputs are a square of 5×5 or more, such as 784 for 28×28 or 64 for 8×8.";
        return Err(error("picture", &expected, found, hint));
    };
    let found = images::digits(&grey, square.rows).map_err(|no_digit| {
        let expected = "a digit, dark on light or light on dark";
        let hint = "Write thicker, or crop the picture to the digit.";
        error("picture", expected, format!("none: {no_digit}"), hint)
    })?;
    let pixels = found
        .iter()
        .flat_map(|found| found.digit.pixels.iter().copied())
        .collect();
    let name = file.display().to_string();
    Ok(Images {
        images: Dataset::new(Pixels::Bytes(pixels), vec![0u16; found.len()], square, &name)?,
        has_labels: false,
        many: found.len() > 1,
        boxes: found.iter().map(|found| found.place).collect(),
    })
}

/// The files to read: of each folder, the pictures in it.
pub fn files(named: &[PathBuf]) -> Vec<Result<PathBuf, Error>> {
    let in_folder = |folder: &Path| {
        let found = images::in_folder(folder).map_err(Error::io(folder, "look into"))?;
        if found.is_empty() {
            return Err(Error::NotFound {
                path: folder.to_owned(),
                found: "there is no picture in this folder".to_owned(),
                expected: "files named .png, .jpg, .jpeg, .gif, .bmp or .webp".to_owned(),
                hint: "Subfolders are not searched: name them too.".to_owned(),
            });
        }
        Ok(found)
    };
    named
        .iter()
        .flat_map(|file| match file.is_dir() {
            false => vec![Ok(file.clone())],
            true => match in_folder(file) {
                Ok(found) => found.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_what_a_file_is() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Kind::Picture),
            (b"\xff\xd8\xff\xe0", Kind::Picture),
            (b"GIF89a\x10\x00", Kind::Picture),
            (b"BM6\x00\x00\x00", Kind::Picture),
            (b"", Kind::Picture),
            (b"\x7fELF", Kind::Picture),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Kind::Picture),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Kind::Picture),
            (b"{\"json\": 1}", Kind::Picture),
            (b"\0\0\x08\x03\0\0", Kind::Idx),
            (b"\x1f\x8b damage", Kind::Idx),
            (b"label,pixel0,pixel1\n", Kind::Csv),
            (b"\xef\xbb\xbf0,1,2", Kind::Csv),
            (b"-0.5\t1.0", Kind::Csv),
            (b"0;0;255\r\n", Kind::Csv),
            (b"\x93NUMPY\x01\0", Kind::Numpy),
            (b"PK\x03\x04\x14\0", Kind::Numpy),
        ] {
            assert_eq!(Kind::of(bytes), kind, "{}", bytes.escape_ascii());
        }
    }
}
