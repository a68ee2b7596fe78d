//! Reads images from a folder for each class: `0/….png`, `1/….png`, or these in `train/` and `test/`.
//!
//! The folder's name is the label. All pictures have one size and are taken as they are, in shades of grey; ink is light
//! on dark as in MNIST, or dark on light and then inverted. Each picture's border tells which. Where it does not, because it
//! is of many shades, the picture is as most of its part are. They are read in the order of their names and mixed, always in the same way, before they are split.

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
    let inverted = made_light_on_dark(&mut learning);
    learning
        .about
        .extend(in_words(inverted, learning.labels.len(), ""));
    if let Some(test) = &mut test {
        let inverted = made_light_on_dark(test);
        learning
            .about
            .extend(in_words(inverted, test.labels.len(), " in test"));
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
        let found = images::in_folder(&folder).map_err(Error::io(&folder, "look into"))?;
        paths.extend(found.into_iter().map(|path| (label, path)));
    }
    let Some((_, first)) = paths.first() else {
        return Err(Error::Format {
            path: directory.to_owned(),
            place: "folders".to_owned(),
            expected: "pictures (PNG, JPEG, GIF, BMP or WebP) in folders named 0, 1, …".to_owned(),
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

/// Inverts the pictures that are dark on light, and counts them.
fn made_light_on_dark(part: &mut Part) -> usize {
    let shape = part.shape;
    let Pixels::Bytes(pixels) = &mut part.numbers else {
        return 0;
    };
    let border: Vec<usize> = (0..shape.pixels())
        .filter(|&index| {
            let (row, column) = (index / shape.columns, index % shape.columns);
            row == 0 || row + 1 == shape.rows || column == 0 || column + 1 == shape.columns
        })
        .collect();
    let paper: Vec<Paper> = pixels
        .par_chunks_exact(shape.pixels())
        .map(|image| Paper::of(image, &border))
        .collect();
    let light: usize = paper.iter().filter(|paper| paper.is_light).count();
    let most_are_light = 2 * light > paper.len();
    let mut inverted = 0;
    for (image, paper) in pixels.chunks_exact_mut(shape.pixels()).zip(paper) {
        if if paper.is_plain {
            paper.is_light
        } else {
            most_are_light
        } {
            image.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
            inverted += 1;
        }
    }
    inverted
}

/// What a picture's border says of its paper: ink seldom reaches it.
#[derive(Debug, Clone, Copy)]
struct Paper {
    is_light: bool,
    /// Whether nearly all of the border has nearly one shade.
    is_plain: bool,
}

impl Paper {
    /// This part of a plain border…
    const PLAIN: f64 = 0.85;
    /// …is so many levels from its median or less.
    const NEAR: u8 = 48;

    fn of(image: &[u8], border: &[usize]) -> Self {
        let mut levels: Vec<u8> = border.iter().map(|&index| image[index]).collect();
        let middle = levels.len() / 2;
        let median = *levels.select_nth_unstable(middle).1;
        let near = levels.iter().filter(|level| level.abs_diff(median) <= Self::NEAR);
        Self {
            is_light: median >= 128,
            is_plain: near.count() as f64 >= Self::PLAIN * levels.len() as f64,
        }
    }
}

/// What is said of so many inverted pictures; nothing of none.
fn in_words(inverted: usize, of: usize, place: &str) -> Option<String> {
    match inverted {
        0 => None,
        _ if inverted == of => Some(format!("dark on light{place}, so inverted")),
        _ => Some(format!("{inverted} of {of}{place} dark on light, so inverted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synthetic;
    use crate::images::pixels::PixelSlice;
    use image::GrayImage;

    /// Ten images of each part, in a folder for each class; `is_inverted` says which lie dark on light.
    fn written(directory: &Path, is_inverted: impl Fn(&str, usize) -> bool) {
        let digits = synthetic::digits(2, 12, 10);
        for (part, images) in [
            ("train", digits.training(crate::TrainOn::All)),
            ("test", digits.test().clone()),
        ] {
            for index in 0..10 {
                let PixelSlice::Bytes(pixels) = images.image(index) else {
                    panic!("synthetic digits are bytes");
                };
                let mut pixels = pixels.to_vec();
                if is_inverted(part, index) {
                    pixels.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
                }
                let class = directory.join(part).join(images.labels()[index].to_string());
                std::fs::create_dir_all(&class).unwrap();
                let image = GrayImage::from_raw(28, 28, pixels).unwrap();
                image.save(class.join(format!("{index}.png"))).unwrap();
            }
        }
    }

    fn read_from(directory: &Path) -> Digits {
        let folders = PictureFolders {
            directory: directory.to_owned(),
            learning: directory.join("train"),
            test: Some(directory.join("test")),
        };
        read(&folders, &Reading::default()).unwrap()
    }

    #[test]
    fn each_picture_decides_whether_it_is_dark_on_light() {
        let as_it_is = tempfile::tempdir().unwrap();
        written(as_it_is.path(), |_, _| false);
        let expected = read_from(as_it_is.path());
        for is_inverted in [
            (|part, _| part == "test") as fn(&str, usize) -> bool,
            |part, _| part == "train",
            |_, index| index % 2 == 0,
            |_, _| true,
        ] {
            let folder = tempfile::tempdir().unwrap();
            written(folder.path(), is_inverted);
            let digits = read_from(folder.path());
            let pairs = [
                (
                    digits.training(crate::TrainOn::All),
                    expected.training(crate::TrainOn::All),
                ),
                (digits.test().clone(), expected.test().clone()),
            ];
            for (found, expected) in pairs {
                assert_eq!(found.labels(), expected.labels());
                for index in 0..10 {
                    assert_eq!(found.image(index).to_bytes(), expected.image(index).to_bytes());
                }
            }
        }
    }

    #[test]
    fn a_picture_without_a_plain_border_is_as_most_are() {
        let border: Vec<usize> = (0..100).collect();
        let mixed: Vec<u8> = (0..100)
            .map(|index| if index % 2 == 0 { 250 } else { 120 })
            .collect();
        assert!(!Paper::of(&mixed, &border).is_plain);
        let paper = Paper::of(&[240; 100], &border);
        assert!(paper.is_plain && paper.is_light);
        let paper = Paper::of(&[9; 100], &border);
        assert!(paper.is_plain && !paper.is_light);
    }
}
