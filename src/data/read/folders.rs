//! Reads images from a folder for each class: `0/….png`, `1/….png`, or these in `train/` and `test/`.
//!
//! The folder's name is the label: a number or a word. All pictures have one size and are taken as they are, in shades of
//! grey; ink is light on dark as in MNIST, or dark on light and then inverted. Each picture's border tells which, inside a
//! frame if it has one. Where it does not, because it is of many shades, the picture is as most of its part are. They are read in the order of their names
//! and mixed, always in the same way, before they are split.

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
    let parts = [
        (Some(&mut learning), ""),
        (validation.as_mut(), " in validation"),
        (test.as_mut(), " in test"),
    ];
    let mut about = Vec::new();
    for (part, place) in parts {
        if let Some(part) = part {
            let inverted = made_light_on_dark(part);
            about.extend(in_words(inverted, part.labels.len(), place));
        }
    }
    learning.about.extend(about);
    learning.notes = unused(folders).map_err(Error::io(&folders.directory, "look into"))?;
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

/// Notes about folders that are named after a part and have pictures, but no folder for each class.
fn unused(folders: &PictureFolders) -> io::Result<Vec<String>> {
    let mut notes = Vec::new();
    for entry in folders.directory.read_dir()? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let is_used = |used: &PathBuf| used.starts_with(&path);
        let is_used = folders.validation.iter().chain(&folders.test).any(is_used);
        let shown = name.to_string_lossy();
        let is_part = is_part(&Name::Word(shown.to_string()));
        if is_part
            && !is_used
            && path != folders.learning
            && (has_pictures(&path) || has_pictures(&path.join(name)))
        {
            notes.push(format!(
                "{shown} has no folder for each class and is not used; `batchprop predict` reads its pictures"
            ));
        }
    }
    notes.sort();
    Ok(notes)
}

/// The folders of classes in `directory`, with their names, in the order of these: those named after numbers and single
/// letters; where there are none, all that have pictures.
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
        if classes.iter().any(|(name, _)| is_part(name)) {
            classes.clear();
        }
    }
    classes.sort();
    Ok(classes)
}

/// Whether a folder is named after a part of a data set.
fn is_part(name: &Name) -> bool {
    let name = name.to_string().to_lowercase();
    [&names::TRAINING[..], &names::TEST, &names::VALIDATION]
        .iter()
        .any(|part| part.contains(&&*name))
}

fn has_pictures(folder: &Path) -> bool {
    images::in_folder(folder).is_ok_and(|pictures| !pictures.is_empty())
}

/// All pictures in the folders of `directory`; of `shape`, if one is given.
fn read_part(directory: &Path, shape: Option<ImageShape>) -> Result<Part> {
    let mut paths = Vec::new();
    for (name, folder) in classes(directory).map_err(Error::io(directory, "look into"))? {
        let found = images::in_folder(&folder).map_err(Error::io(&folder, "look into"))?;
        paths.extend(found.into_iter().map(|path| (name.clone(), path)));
    }
    let Some((_, first)) = paths.first() else {
        return Err(no_pictures(directory));
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
            before: "picture ".to_owned(),
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
        notes: Vec::new(),
    };
    part.mix()?;
    Ok(part)
}

/// The error of a folder without pictures, with a file that is there instead.
fn no_pictures(directory: &Path) -> Error {
    let files = |folder: &Path| -> Vec<PathBuf> {
        let entries = folder.read_dir().into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let folders = classes(directory).unwrap_or_default();
    let mut inside = folders.iter().flat_map(|(_, folder)| files(folder));
    let is_file = |path: &PathBuf| path.is_file();
    Error::Format {
        path: directory.to_owned(),
        place: "folders".to_owned(),
        expected: "pictures (PNG, JPEG, GIF, BMP or WebP) in folders named 0, 1, …".to_owned(),
        found: match inside.find(is_file) {
            Some(file) => format!("only others, such as {}", file.display()),
            None => "none".to_owned(),
        },
        hint: "Put the pictures of each class into a folder that is named after its label; convert those of other kinds to PNG."
            .to_owned(),
    }
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

/// A frame is no wider than this part of a picture's shorter side.
const WIDEST_FRAME: usize = 8;

/// The pixels of the border, and of the borders inside it as far as a frame may reach.
fn rings(shape: ImageShape) -> Vec<Vec<usize>> {
    let ImageShape { rows, columns } = shape;
    let ring_of = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        row.min(rows - 1 - row).min(column).min(columns - 1 - column)
    };
    let mut rings = vec![Vec::new(); rows.min(columns) / WIDEST_FRAME + 1];
    for index in 0..shape.pixels() {
        if let Some(ring) = rings.get_mut(ring_of(index)) {
            ring.push(index);
        }
    }
    rings.retain(|ring| !ring.is_empty());
    rings
}

/// Inverts the pictures that are dark on light, and counts them.
fn made_light_on_dark(part: &mut Part) -> usize {
    let shape = part.shape;
    let Pixels::Bytes(pixels) = &mut part.numbers else {
        return 0;
    };
    let rings = rings(shape);
    let paper: Vec<Paper> = pixels
        .par_chunks_exact(shape.pixels())
        .map(|image| Paper::inside_frame(image, &rings))
        .collect();
    let light: usize = paper.iter().filter(|paper| paper.is_light).count();
    let most_are_light = 2 * light > paper.len();
    let mut inverted = 0;
    for (image, paper) in pixels.chunks_exact_mut(shape.pixels()).zip(paper) {
        let is_dark_on_light = if paper.is_plain {
            paper.is_light
        } else {
            most_are_light
        };
        if is_dark_on_light {
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

    /// Of the border; where that is a frame's, of what is plain inside it. A frame has the other polarity, or not all sides.
    fn inside_frame(image: &[u8], rings: &[Vec<usize>]) -> Self {
        let papers: Vec<Self> = rings.iter().map(|ring| Self::of(image, ring)).collect();
        let outer = papers[0];
        let is_inside =
            |inner: &&Self| inner.is_plain && (!outer.is_plain || inner.is_light != outer.is_light);
        *papers.iter().find(is_inside).unwrap_or(&outer)
    }

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
            ("train", digits.training(crate::data::TrainOn::All)),
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
            validation: None,
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
                    digits.training(crate::data::TrainOn::All),
                    expected.training(crate::data::TrainOn::All),
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

    #[test]
    fn a_frame_is_not_taken_for_the_paper() {
        let shape = ImageShape::MNIST;
        let rings = rings(shape);
        let framed = |frame: u8, width: usize, paper: u8| -> Vec<u8> {
            let mut image = vec![paper; shape.pixels()];
            let frames = rings.iter().take(width).flatten();
            frames.for_each(|&index| image[index] = frame);
            image[14 * 28 + 10..14 * 28 + 18].fill(255 - paper);
            image
        };
        for width in 0..4 {
            assert!(Paper::inside_frame(&framed(0, width, 255), &rings).is_light);
            assert!(!Paper::inside_frame(&framed(255, width, 0), &rings).is_light);
        }
        // A shirt that fills nearly all of a dark picture.
        let mut shirt = vec![0; shape.pixels()];
        for row in 1..27 {
            shirt[row * 28 + 6..row * 28 + 22].fill(230);
        }
        assert!(!Paper::inside_frame(&shirt, &rings).is_light);
    }

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
