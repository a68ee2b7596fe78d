//! Brings strokes to the width that MNIST's have: a ballpoint's are thinner, and would be faint in 20 × 20 pixels. Thicker
//! strokes are left, as MNIST has them.

use image::{GrayImage, Luma, imageops};

use super::thickness;

/// MNIST's digits are about this many pixels of the 20 high or wide.
const MNIST_BOX: f64 = 20.0;

/// Thinner strokes, in pixels of the 20, are widened…
const THIN: f64 = 1.9;

/// …to this.
const USUAL: f64 = 2.4;

/// A digit's longer side in pixels when strokes are widened: enough for whole pixels to be fine, and not so many that it takes
/// long.
const FINE: u32 = 120;

/// A digit's ink, cropped, with strokes as wide as in MNIST.
pub(super) fn as_in_mnist(ink: GrayImage) -> GrayImage {
    let longest = ink.width().max(ink.height());
    let width_of = |ink: &GrayImage| {
        let inside: Vec<bool> = bordered(ink, 1).iter().map(|&value| value >= 128).collect();
        thickness::of(&inside, ink.width() as usize + 2)
    };
    let in_box = width_of(&ink) * MNIST_BOX / f64::from(longest);
    if in_box >= THIN || in_box == 0.0 {
        return ink;
    }
    let ink = if longest < FINE {
        let factor = FINE.div_ceil(longest);
        let (columns, rows) = (ink.width() * factor, ink.height() * factor);
        imageops::resize(&ink, columns, rows, imageops::FilterType::CatmullRom)
    } else {
        darkest_of_blocks(&ink, longest / FINE)
    };
    let longest = f64::from(ink.width().max(ink.height()));
    let width = width_of(&ink);
    let radius = ((USUAL / MNIST_BOX * longest - width) / 2.0).round().max(0.0) as i64;
    widened(&ink, radius)
}

/// Smaller by `factor`: as dark as the darkest of so many by so many pixels, so that no thin stroke fades.
fn darkest_of_blocks(ink: &GrayImage, factor: u32) -> GrayImage {
    let mut smaller = GrayImage::new(ink.width().div_ceil(factor), ink.height().div_ceil(factor));
    for (column, row, &Luma([level])) in ink.enumerate_pixels() {
        let Luma([darkest]) = smaller.get_pixel_mut(column / factor, row / factor);
        *darkest = level.max(*darkest);
    }
    smaller
}

/// With `border` pixels of paper around it.
fn bordered(ink: &GrayImage, border: u32) -> GrayImage {
    let mut wider = GrayImage::new(ink.width() + 2 * border, ink.height() + 2 * border);
    imageops::replace(&mut wider, ink, border.into(), border.into());
    wider
}

/// Each pixel as dark as the darkest within `radius`.
fn widened(ink: &GrayImage, radius: i64) -> GrayImage {
    let ink = bordered(ink, radius as u32);
    let (columns, rows) = ink.dimensions();
    let mut widened = ink.clone();
    for (column, row, &Luma([level])) in ink.enumerate_pixels().filter(|(.., pixel)| pixel.0[0] > 0) {
        for down in -radius..=radius {
            let half = ((radius * radius - down * down) as f64).sqrt() as i64;
            let Some(row) = u32::try_from(i64::from(row) + down)
                .ok()
                .filter(|&row| row < rows)
            else {
                continue;
            };
            for right in -half..=half {
                let column = u32::try_from(i64::from(column) + right)
                    .ok()
                    .filter(|&column| column < columns);
                if let Some(column) = column {
                    let Luma([darkest]) = widened.get_pixel_mut(column, row);
                    *darkest = (*darkest).max(level);
                }
            }
        }
    }
    widened
}
