//! Crops the ink, fits it into the network's square and centres it.

use image::imageops::{self, FilterType};
use image::{GenericImageView, GrayImage};

use super::super::pixels::ImageShape;
use super::{Digit, NoDigit, stroke};

/// The box that MNIST's digits fit into.
const MNIST_BOX: u32 = 20;

/// Less is the end of a soft edge.
const FAINT: u8 = 8;

/// The `ink` in a square of `side` × `side`.
///
/// # Errors
/// [`NoDigit`] when it is nowhere more than faint.
pub(super) fn fit(ink: &GrayImage, side: usize) -> Result<Digit, NoDigit> {
    let shape = ImageShape {
        rows: side,
        columns: side,
    };
    let is_mnist = shape == ImageShape::MNIST;
    let (left, top, columns, rows) = bounds(ink).ok_or(NoDigit::Blank)?;
    let cropped = ink.view(left, top, columns, rows).to_image();
    let inner = if is_mnist { MNIST_BOX } else { side as u32 };
    let cropped = if is_mnist {
        stroke::as_in_mnist(cropped)
    } else {
        cropped
    };
    let (columns, rows) = cropped.dimensions();
    let longest = columns.max(rows);
    let scaled = |length: u32| ((length * inner + longest / 2) / longest).max(1);
    // Of the filters that smooth what they shrink, the one that keeps strokes sharpest without darkening what is beside
    // them.
    let small = imageops::resize(&cropped, scaled(columns), scaled(rows), FilterType::Triangle);
    let (left, top) = match is_mnist {
        true => by_mass(&small, side),
        false => (
            (side - small.width() as usize) / 2,
            (side - small.height() as usize) / 2,
        ),
    };
    let mut pixels = vec![0; shape.pixels()];
    for (row, values) in small.rows().enumerate() {
        let start = (top + row) * side + left;
        for (pixel, value) in pixels[start..].iter_mut().zip(values) {
            *pixel = value.0[0];
        }
    }
    Ok(Digit { shape, pixels })
}

/// Left, top, columns and rows of all that is more than faint.
fn bounds(ink: &GrayImage) -> Option<(u32, u32, u32, u32)> {
    let mut inked = ink.enumerate_pixels().filter(|(.., pixel)| pixel.0[0] > FAINT);
    let (column, row, _) = inked.next()?;
    let (mut left, mut right, mut bottom) = (column, column, row);
    for (column, below, _) in inked {
        left = left.min(column);
        right = right.max(column);
        bottom = below;
    }
    Some((left, row, right - left + 1, bottom - row + 1))
}

/// Where `small` begins in the square so that its centre of mass is in the middle: at the pixel in row and column
/// `side` / 2, where MNIST's images have it. It is moved by whole pixels, so that nothing is blurred twice, and stays
/// inside.
fn by_mass(small: &GrayImage, side: usize) -> (usize, usize) {
    let (mut mass, mut mass_columns, mut mass_rows) = (0.0, 0.0, 0.0);
    for (column, row, pixel) in small.enumerate_pixels() {
        let value = f64::from(pixel.0[0]);
        mass += value;
        mass_columns += value * f64::from(column);
        mass_rows += value * f64::from(row);
    }
    let start = |moment: f64, length: u32| {
        let wanted = (side as f64 / 2.0 - moment / mass.max(1.0)).round().max(0.0);
        (wanted as usize).min(side - length as usize)
    };
    (
        start(mass_columns, small.width()),
        start(mass_rows, small.height()),
    )
}
