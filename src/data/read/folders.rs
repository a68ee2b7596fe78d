//! Reads images from a folder for each class: `0/….png`, `1/….png`, or these in `train/` and `test/`.
//!
//! The folder's name is the label. All pictures have one size and are taken as they are, in shades of grey; ink is light
//! on dark as in MNIST, or dark on light, which is told once for all of them from their borders and then inverted. They are
//! read in the order of their names and mixed, always in the same way, before they are split.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::labelled;
use super::labelled::Part;
use crate::data::Digits;
use crate::data::read::Reading;
use crate::error::{Error, Result};
use crate::images;
use crate::images::pixels::{ImageShape, Pixels};

/// How names of pictures end.
const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "gif", "bmp"];

/// More are no data set for a network of this kind.
const MOST_PIXELS: usize = 4 << 30;

/// Pictures that are read before their number of pixels is looked at again.
const BLOCK: usize = 1024;

const WAY_OUT: &str = "Give all pictures the size that the network is to see.";

/// Where the pictures are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFolders {
    /// What the user points at.
    pub directory: PathBuf,
    /// Has a folder for each class to learn from: `directory`, or `train` in it.
    pub learning: PathBuf,
    /// Has a folder for each class to test on: `test` in `directory`.
    pub test: Option<PathBuf>,
}

/// Reads a data set.
///
/// # Errors
/// [`Error::Io`]; [`Error::Format`] with the path of a picture that cannot be read or has another size, or of a folder
/// without pictures; [`Error::LabelOutOfRange`].
pub fn read(folders: &PictureFolders, reading: &Reading) -> Result<Digits> {
    let mut learning = read_part(&folders.learning, None)?;
    let mut test = match &folders.test {
        Some(test) => Some(read_part(test, Some(learning.shape))?),
        None => None,
    };
    if is_dark_on_light(&learning) {
        [Some(&mut learning), test.as_mut()]
            .into_iter()
            .flatten()
            .for_each(invert);
        learning.about.push("dark on light, so inverted".to_owned());
    }
    let reading = Reading {
        pixel_range: super::scale::PixelRange::UpTo(255.0),
        ..reading.clone()
    };
    labelled::digits(learning, test, &reading, folders.directory.display().to_string())
}

/// The folders in `directory` that are named after a label, in the order of the labels.
pub(crate) fn classes(directory: &Path) -> io::Result<Vec<(u8, PathBuf)>> {
    let mut classes = Vec::new();
    for entry in directory.read_dir()? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        if let (true, Ok(label), true) = (is_number, name.parse(), path.is_dir()) {
            classes.push((label, path));
        }
    }
    classes.sort();
    Ok(classes)
}

/// All pictures in the folders of `directory`; of `shape`, if one is given.
fn read_part(directory: &Path, shape: Option<ImageShape>) -> Result<Part> {
    let mut paths = Vec::new();
    for (label, folder) in classes(directory).map_err(Error::io(directory, "look into"))? {
        let found = pictures(&folder).map_err(Error::io(&folder, "look into"))?;
        paths.extend(found.into_iter().map(|path| (label, path)));
    }
    let Some((_, first)) = paths.first() else {
        return Err(Error::Format {
            path: directory.to_owned(),
            place: "folders".to_owned(),
            expected: "pictures (PNG, JPEG, GIF or BMP) in folders named 0, 1, …".to_owned(),
            found: "none".to_owned(),
            hint: "Put the pictures of each class into a folder that is named after its label.".to_owned(),
        });
    };
    let shape = match shape {
        Some(shape) => shape,
        None => shape_of(&images::open(first)?),
    };
    let mut pixels = Vec::new();
    for block in paths.chunks(BLOCK) {
        let read: Vec<images::Grey> = block
            .par_iter()
            .map(|(_, path)| checked(path, shape, first))
            .collect::<Result<_>>()?;
        let more = read.len() * shape.pixels();
        if pixels.len() + more > MOST_PIXELS || pixels.try_reserve(more).is_err() {
            return Err(Error::io(directory, "read")(io::ErrorKind::OutOfMemory.into()));
        }
        read.iter()
            .for_each(|picture| pixels.extend_from_slice(picture.pixels()));
    }
    let mut part = Part {
        path: directory.to_owned(),
        shape,
        numbers: Pixels::Bytes(pixels),
        labels: paths.into_iter().map(|(label, _)| label).collect(),
        about: Vec::new(),
    };
    part.mix()?;
    Ok(part)
}

/// The pictures in a folder, in the order of their names.
fn pictures(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = folder.read_dir()?.collect::<io::Result<Vec<_>>>()?;
    let is_picture = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        !is_hidden && ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
    };
    let mut paths: Vec<PathBuf> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(is_picture)
        .collect();
    paths.sort();
    Ok(paths)
}

/// The picture at `path`, which must have the size of the first.
fn checked(path: &Path, shape: ImageShape, first: &Path) -> Result<images::Grey> {
    let picture = images::open(path)?;
    let found = shape_of(&picture);
    if found == shape {
        return Ok(picture);
    }
    Err(Error::Format {
        path: path.to_owned(),
        place: "its size".to_owned(),
        expected: format!(
            "{}×{} pixels, as {} has",
            shape.rows,
            shape.columns,
            first.display()
        ),
        found: format!("{}×{}", found.rows, found.columns),
        hint: WAY_OUT.to_owned(),
    })
}

fn shape_of(picture: &images::Grey) -> ImageShape {
    ImageShape {
        rows: picture.rows(),
        columns: picture.columns(),
    }
}

/// Whether most of the borders is light: ink seldom reaches them.
fn is_dark_on_light(part: &Part) -> bool {
    let Pixels::Bytes(pixels) = &part.numbers else {
        return false;
    };
    let ImageShape { rows, columns } = part.shape;
    let is_border = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        row == 0 || row + 1 == rows || column == 0 || column + 1 == columns
    };
    let border: Vec<usize> = (0..part.shape.pixels())
        .filter(|&index| is_border(index))
        .collect();
    let images = pixels.chunks_exact(part.shape.pixels());
    let light = images.map(|image| border.iter().filter(|&&index| image[index] >= 128).count());
    2 * light.sum::<usize>() > border.len() * part.labels.len()
}

fn invert(part: &mut Part) {
    if let Pixels::Bytes(pixels) = &mut part.numbers {
        pixels.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
    }
}
