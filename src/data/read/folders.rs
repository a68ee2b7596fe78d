//! Reads images from a folder for each class: `0/….png`, `1/….png`, or these in `train/` and `test/`.
//!
//! The folder's name is the label: a number or a word. All pictures have one size and are taken as they are, in shades of grey; ink is light
//! on dark as in MNIST, or dark on light, which is told once for all of them from their borders and then inverted. They are
//! read in the order of their names and mixed, always in the same way, before they are split.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::labelled;
use super::labelled::{Part, Parts};
use super::labels::{Labels, Name, Place};
use super::names;
use crate::data::Digits;
use crate::data::read::Reading;
use crate::error::{Error, Result};
use crate::images;
use crate::images::pixels::{ImageShape, Pixels};
use crate::memory;

/// How names of pictures end.
const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "gif", "bmp"];

/// More are no data set for a network of this kind. 64 bits, also where addresses have 32.
const MOST_PIXELS: u64 = 4 << 30;

/// Pictures that are read before their number of pixels is looked at again.
const BLOCK: usize = 1024;

const HINT: &str = "Give all pictures the size that the network is to see.";

/// Where the pictures are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFolders {
    /// What the user points at.
    pub directory: PathBuf,
    /// Has a folder for each class to learn from: `directory`, or `train` in it.
    pub learning: PathBuf,
    /// Has a folder for each class to validate on: `val` in `directory`. Tests where there is no `test`.
    pub validation: Option<PathBuf>,
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
    let shape = learning.shape;
    let other = |folder: &Option<PathBuf>| {
        folder
            .as_ref()
            .map(|folder| read_part(folder, Some(shape)))
            .transpose()
    };
    let (mut validation, mut test) = (other(&folders.validation)?, other(&folders.test)?);
    if is_dark_on_light(&learning) {
        [Some(&mut learning), validation.as_mut(), test.as_mut()]
            .into_iter()
            .flatten()
            .for_each(invert);
        learning.about.push("dark on light, so inverted".to_owned());
    }
    let reading = Reading {
        pixel_range: super::scale::PixelRange::UpTo(255.0),
        ..reading.clone()
    };
    let parts = Parts {
        learning,
        validation,
        test,
    };
    labelled::digits(parts, &reading, folders.directory.display().to_string())
}

/// The folders of classes in `directory`, with their names, in the order of these: those named after numbers and single
/// letters; where there are none, all that have pictures, at least two.
pub(crate) fn classes(directory: &Path) -> io::Result<Vec<(Name, PathBuf)>> {
    let (mut numbers, mut letters, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for entry in directory.read_dir()? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with(['.', '_']) || !path.is_dir() {
            continue;
        }
        match Name::parse(&name) {
            Some(number @ Name::Number(_)) => numbers.push((number, path)),
            Some(word) if has_pictures(&path) => match name.chars().count() {
                1 => letters.push((word, path)),
                _ => words.push((word, path)),
            },
            _ => {}
        }
    }
    // Folders such as `unsorted` beside digits are no classes.
    let mut classes = numbers;
    classes.append(&mut letters);
    if classes.is_empty() {
        classes.append(&mut words);
        if classes.len() < 2 || classes.iter().any(|(name, _)| is_part(name)) {
            classes.clear();
        }
    }
    classes.sort();
    Ok(classes)
}

/// Whether a folder is named after a part of a data set.
fn is_part(name: &Name) -> bool {
    let name = name.to_string().to_lowercase();
    [&names::TRAINING, &names::TEST, &names::VALIDATION]
        .iter()
        .any(|part| part.contains(&&*name))
}

fn has_pictures(folder: &Path) -> bool {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.into_iter().any(|entry| is_picture(&entry.path()))
}

/// All pictures in the folders of `directory`; of `shape`, if one is given.
fn read_part(directory: &Path, shape: Option<ImageShape>) -> Result<Part> {
    let mut paths = Vec::new();
    for (name, folder) in classes(directory).map_err(Error::io(directory, "look into"))? {
        let found = pictures(&folder).map_err(Error::io(&folder, "look into"))?;
        paths.extend(found.into_iter().map(|path| (name.clone(), path)));
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
        reserve(&mut pixels, read.len(), shape, directory)?;
        read.iter()
            .for_each(|picture| pixels.extend_from_slice(picture.pixels()));
    }
    let mut labels = Labels::new(
        directory,
        Place {
            before: "picture ",
            ..Place::default()
        },
    );
    for (name, _) in paths {
        labels.push(name)?;
    }
    let mut part = Part {
        path: directory.to_owned(),
        shape,
        numbers: Pixels::Bytes(pixels),
        labels,
        about: Vec::new(),
        guess: None,
    };
    part.mix()?;
    Ok(part)
}

/// Makes room for so many more pictures.
///
/// # Errors
/// [`Error::Format`] when there are more pixels than a data set has; [`Error::OutOfMemory`].
fn reserve(pixels: &mut Vec<u8>, pictures: usize, shape: ImageShape, directory: &Path) -> Result<()> {
    let more = (pictures as u64)
        .saturating_mul(shape.rows as u64)
        .saturating_mul(shape.columns as u64);
    let all = more.saturating_add(pixels.len() as u64);
    match usize::try_from(more) {
        Ok(more) if all <= MOST_PIXELS => memory::reserve(pixels, more, usize::MAX, directory),
        _ => Err(Error::Format {
            path: directory.to_owned(),
            place: "pictures".to_owned(),
            expected: format!("at most {MOST_PIXELS} pixels in all of them"),
            found: format!("{all} or more"),
            hint: "Make the pictures smaller: MNIST's have 28×28 pixels.".to_owned(),
        }),
    }
}

/// The pictures in a folder, in the order of their names.
fn pictures(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = folder.read_dir()?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<PathBuf> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| is_picture(path))
        .collect();
    paths.sort();
    Ok(paths)
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let is_hidden = path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    !is_hidden && ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
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
        hint: HINT.to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_more_pixels_than_a_data_set_has_are_refused_before_memory_is_taken() {
        let mut pixels = Vec::new();
        let shape = |side| ImageShape {
            rows: side,
            columns: side,
        };
        reserve(&mut pixels, 3, shape(28), Path::new("pictures")).unwrap();
        assert!(pixels.capacity() >= 3 * 784);
        // 2^33 pixels, and a product beyond 64 bits.
        for side in [1 << 15, usize::MAX] {
            let error = reserve(&mut pixels, 8, shape(side), Path::new("pictures"))
                .unwrap_err()
                .to_string();
            assert!(error.contains("at most 4294967296 pixels"), "{error}");
        }
    }
}
