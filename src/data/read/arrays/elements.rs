//! From arrays to images and labels.

use std::path::Path;

use super::super::labelled::Part;
use super::super::labels::{Labels, MOST_CLASSES, Name, Place};
use super::super::numbers::Numbers;
use crate::error::Result;
use crate::files::numpy::{Elements, Header};
use crate::files::source::Source;
use crate::images::pixels::{ImageShape, Pixels};
use crate::images::{LUMA, LUMA_WHOLE};
use crate::memory;

/// An array of images.
pub(in crate::data::read) struct Images {
    pub count: usize,
    pub shape: ImageShape,
    numbers: Pixels,
    is_coloured: bool,
}

/// Which axis of an array has red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colours {
    First,
    Last,
}

impl Images {
    /// Reads images, as their header describes them.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when they are no images.
    pub fn read(header: &Header, source: &mut Source) -> Result<Self> {
        let grey = image_shape(&header.shape).map(|(count, shape)| (count, shape, None));
        let Some((count, shape, colours)) = grey.or_else(|| coloured_shape(&header.shape)) else {
            let expected = "images: n × pixels, n × rows × columns, or these with one channel or with red, green and blue, \
                            first (n × 3 × rows × columns) or last (n × rows × columns × 3)";
            return Err(source.error("header".to_owned(), expected, header.in_words()));
        };
        if header.count() == 0 {
            return Err(source.error(
                "header".to_owned(),
                "at least one image of one pixel",
                header.in_words(),
            ));
        }
        let numbers = numbers(header, source)?;
        if let Some(colours) = colours {
            memory::check_data::<f32>(source.path(), count * shape.pixels())?;
            return Ok(Self {
                count,
                shape,
                numbers: grey_of(&numbers, header, shape, colours),
                is_coloured: true,
            });
        }
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
            is_coloured: false,
        })
    }

    /// Numbers, shape, and how many images.
    pub fn into_parts(self) -> (Pixels, ImageShape, usize) {
        (self.numbers, self.shape, self.count)
    }

    /// With their labels.
    pub fn with_labels(self, path: &Path, labels: Labels) -> Part {
        Part {
            path: path.to_owned(),
            shape: self.shape,
            numbers: self.numbers,
            labels,
            about: match self.is_coloured {
                true => vec!["colours are made grey".to_owned()],
                false => Vec::new(),
            },
            notes: Vec::new(),
        }
    }
}

/// How many images an array of this shape holds, and of which shape: n × pixels, n × rows × columns, or these with one
/// channel. Where only the number of pixels is known, a square number makes square images, any other one row.
pub(in crate::data::read) fn image_shape(shape: &[usize]) -> Option<(usize, ImageShape)> {
    match *shape {
        [count, pixels] => Some((count, ImageShape::of_pixels(pixels))),
        [count, rows, columns] | [count, rows, columns, 1] | [count, 1, rows, columns] => {
            Some((count, ImageShape { rows, columns }))
        }
        _ => None,
    }
}

/// As [`image_shape`], where each pixel has red, green and blue.
fn coloured_shape(shape: &[usize]) -> Option<(usize, ImageShape, Option<Colours>)> {
    match *shape {
        [count, rows, columns, 3] => Some((count, ImageShape { rows, columns }, Some(Colours::Last))),
        [count, 3, rows, columns] => Some((count, ImageShape { rows, columns }, Some(Colours::First))),
        _ => None,
    }
}

/// Grey of all pixels, image by image and row by row.
fn grey_of(numbers: &Pixels, header: &Header, shape: ImageShape, colours: Colours) -> Pixels {
    // How far apart neighbours are along an axis.
    let stride = |axis: usize| -> usize {
        match header.is_fortran {
            true => header.shape[..axis].iter().product(),
            false => header.shape[axis + 1..].iter().product(),
        }
    };
    let (rows, columns, colours) = match colours {
        Colours::First => (stride(2), stride(3), stride(1)),
        Colours::Last => (stride(1), stride(2), stride(3)),
    };
    let images = (0..header.shape[0]).map(|image| image * stride(0));
    let starts = images.flat_map(|image| {
        let starts = (0..shape.rows).map(move |row| image + row * rows);
        starts.flat_map(move |row| (0..shape.columns).map(move |column| row + column * columns))
    });
    let grey = |at: &dyn Fn(usize) -> f64, start: usize| -> f64 {
        let parts = LUMA.iter().enumerate();
        parts
            .map(|(colour, &part)| f64::from(part) / f64::from(LUMA_WHOLE) * at(start + colour * colours))
            .sum()
    };
    match numbers {
        Pixels::Bytes(bytes) => {
            let at = |index: usize| f64::from(bytes[index]);
            Pixels::Bytes(starts.map(|start| grey(&at, start).round() as u8).collect())
        }
        Pixels::Floats(floats) => {
            let at = |index: usize| f64::from(floats[index]);
            Pixels::Floats(starts.map(|start| grey(&at, start) as f32).collect())
        }
    }
}

/// Reads the labels of `images` images: n numbers or strings, or n × classes with a single 1 in each row.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when they are no labels, or not as many.
pub(super) fn labels(header: &Header, source: &mut Source, images: usize) -> Result<Labels> {
    let (count, classes) = match *header.shape {
        [count] | [count, 1] => (count, 1),
        [count, classes] if classes > 1 && classes <= MOST_CLASSES && !header.is_text() => (count, classes),
        _ => {
            let expected = "labels: n numbers or strings, or n × classes with a single 1 in each row";
            return Err(source.error("header".to_owned(), expected, header.in_words()));
        }
    };
    if count != images {
        let expected = format!("{images} labels, as there are images");
        return Err(source.error("header".to_owned(), expected, format!("{count} labels")));
    }
    let place = Place {
        before: source.place("label ".to_owned()),
        ..Place::default()
    };
    let mut labels = Labels::new(source.path(), place);
    if header.is_text() {
        header.texts(source, |text| match Name::parse(&text) {
            Some(name) => labels.push(name),
            None => Err(labels.no_label(labels.len(), &text.escape_debug().to_string())),
        })?;
        return Ok(labels);
    }
    if classes == 1 {
        header.numbers(source, |number| labels.push_number(number))?;
        return Ok(labels);
    }
    let numbers = match numbers(header, source)? {
        Pixels::Bytes(bytes) => bytes.iter().map(|&byte| f32::from(byte)).collect(),
        Pixels::Floats(floats) => floats,
    };
    let number = |image: usize, class: usize| match header.is_fortran {
        true => numbers[image + count * class],
        false => numbers[image * classes + class],
    };
    for image in 0..count {
        let hot: Vec<usize> = (0..classes)
            .filter(|&class| number(image, class) != 0.0)
            .collect();
        match hot[..] {
            [class] if number(image, class) == 1.0 => labels.push_number(class as f64)?,
            _ => {
                let expected = "a single 1 among zeros";
                return Err(source.error(format!("label {image}"), expected, "other numbers"));
            }
        }
    }
    Ok(labels)
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
