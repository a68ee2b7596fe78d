//! From arrays to images and labels.

use std::path::Path;

use super::super::labelled::Part;
use super::super::numbers::Numbers;
use super::super::scale::as_byte;
use crate::error::Result;
use crate::files::numpy::{Elements, Header};
use crate::files::source::Source;
use crate::images::pixels::{ImageShape, Pixels};
use crate::memory;

/// An array of images.
pub(super) struct Images {
    pub count: usize,
    pub shape: ImageShape,
    numbers: Pixels,
}

impl Images {
    /// Reads images, as their header describes them.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when they are no images.
    pub fn read(header: &Header, source: &mut Source) -> Result<Self> {
        let (count, shape) = match *header.shape {
            [count, pixels] => (count, ImageShape::of_pixels(pixels)),
            [count, rows, columns] | [count, rows, columns, 1] | [count, 1, rows, columns] => {
                (count, ImageShape { rows, columns })
            }
            _ => {
                let expected =
                    "images of one channel: n × pixels, n × rows × columns or n × rows × columns × 1";
                return Err(source.error("header".to_owned(), expected, header.in_words()));
            }
        };
        if header.count() == 0 {
            return Err(source.error(
                "header".to_owned(),
                "at least one image of one pixel",
                header.in_words(),
            ));
        }
        let numbers = numbers(header, source)?;
        let numbers = match (header.is_fortran, numbers) {
            (false, numbers) => numbers,
            (true, Pixels::Bytes(bytes)) => Pixels::Bytes(row_by_row(&bytes, count, shape, source.path())?),
            (true, Pixels::Floats(floats)) => {
                Pixels::Floats(row_by_row(&floats, count, shape, source.path())?)
            }
        };
        Ok(Self {
            count,
            shape,
            numbers,
        })
    }

    /// With their labels.
    pub fn with_labels(self, path: &Path, labels: Vec<u8>) -> Part {
        Part {
            path: path.to_owned(),
            shape: self.shape,
            numbers: self.numbers,
            labels,
            about: Vec::new(),
        }
    }
}

/// Reads the labels of `images` images.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when they are no labels, or not as many.
pub(super) fn labels(header: &Header, source: &mut Source, images: usize) -> Result<Vec<u8>> {
    let (count, classes) = match *header.shape {
        [count] | [count, 1] => (count, 1),
        [count, classes] if classes > 1 && classes <= 256 => (count, classes),
        _ => {
            let expected = "labels: n whole numbers, or n × classes with a single 1 in each row";
            return Err(source.error("header".to_owned(), expected, header.in_words()));
        }
    };
    if count != images {
        let expected = format!("{images} labels, as there are images");
        return Err(source.error("header".to_owned(), expected, format!("{count} labels")));
    }
    let numbers = match numbers(header, source)? {
        Pixels::Bytes(bytes) if classes == 1 => return Ok(bytes),
        Pixels::Bytes(bytes) => bytes.iter().map(|&byte| f32::from(byte)).collect(),
        Pixels::Floats(floats) => floats,
    };
    let number = |image: usize, class: usize| match header.is_fortran {
        true => numbers[image + count * class],
        false => numbers[image * classes + class],
    };
    let label = |image: usize| {
        if classes == 1 {
            return as_byte(number(image, 0));
        }
        let hot: Vec<usize> = (0..classes)
            .filter(|&class| number(image, class) != 0.0)
            .collect();
        match hot[..] {
            [class] if number(image, class) == 1.0 => u8::try_from(class).ok(),
            _ => None,
        }
    };
    (0..count)
        .map(|image| {
            label(image).ok_or_else(|| {
                let (expected, found) = match classes {
                    1 => ("a whole number from 0 to 255", number(image, 0).to_string()),
                    _ => ("a single 1 among zeros", "other numbers".to_owned()),
                };
                source.error(format!("label {image}"), expected, found)
            })
        })
        .collect()
}

/// All numbers in the order of the file: bytes where all are.
fn numbers(header: &Header, source: &mut Source) -> Result<Pixels> {
    if header.elements == Elements::Unsigned(1) {
        return header.bytes(source).map(Pixels::Bytes);
    }
    let mut numbers = Numbers::new(source.path().to_owned(), header.count());
    let mut unfit = None;
    header.numbers(source, |number| {
        let float = number as f32;
        if !float.is_finite() && unfit.is_none() {
            unfit = Some((numbers.len(), number));
        }
        numbers.push(float)
    })?;
    if let Some((index, number)) = unfit {
        let place = format!("element {index}");
        return Err(source.error(place, "a finite number of float32", number.to_string()));
    }
    Ok(numbers.into_pixels())
}

/// From Fortran's order, in which the image goes fastest and the column slowest.
fn row_by_row<T: Copy>(elements: &[T], count: usize, shape: ImageShape, path: &Path) -> Result<Vec<T>> {
    memory::check_data::<T>(path, elements.len())?;
    let ImageShape { rows, columns } = shape;
    let mut images = Vec::with_capacity(elements.len());
    for image in 0..count {
        for row in 0..rows {
            images.extend((0..columns).map(|column| elements[image + count * (row + rows * column)]));
        }
    }
    Ok(images)
}
