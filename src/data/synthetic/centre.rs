//! Places the 20 × 20 box in the 28 × 28 image so that the centre of mass is in the middle, as MNIST's authors
//! did, by whole pixels, so that nothing is blurred twice.
//!
//! The middle is the middle of the pixel in row 14 and column 14, counted from 0: that is where MNIST's images
//! have it, give or take half a pixel, though 28 pixels have their middle half a pixel before.

use super::raster::BOX;
use crate::images::pixels::ImageShape;

/// Paper around the box when it is in the middle. The box is never moved further, so that no ink is lost: a rare
/// top-heavy digit keeps its centre of mass a little off the middle, as in MNIST.
const MARGIN: usize = (ImageShape::MNIST.rows - BOX) / 2;

/// Copies `ink` into the blank `image`, both row by row.
pub(super) fn place(ink: &[u8; BOX * BOX], image: &mut [u8]) {
    let (mut mass, mut mass_rows, mut mass_columns) = (0, 0, 0);
    for (index, &value) in ink.iter().enumerate() {
        let value = u32::from(value);
        mass += value;
        mass_rows += value * (index / BOX) as u32;
        mass_columns += value * (index % BOX) as u32;
    }
    let top = offset(mass_rows, mass);
    let left = offset(mass_columns, mass);
    for (row, values) in ink.chunks_exact(BOX).enumerate() {
        let start = (top + row) * ImageShape::MNIST.columns + left;
        image[start..start + BOX].copy_from_slice(values);
    }
}

/// Where the box begins in the image, in one direction, when its ink has `mass` and first moment `moment`.
fn offset(moment: u32, mass: u32) -> usize {
    const MIDDLE: f32 = (ImageShape::MNIST.rows / 2) as f32;
    let centre = moment as f32 / mass.max(1) as f32;
    ((MIDDLE - centre + 0.5).max(0.0) as usize).min(2 * MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(row: usize, column: usize) -> (usize, usize) {
        let mut ink = [0; BOX * BOX];
        ink[row * BOX + column] = 255;
        let mut image = vec![0; ImageShape::MNIST.pixels()];
        place(&ink, &mut image);
        let index = image
            .iter()
            .position(|&pixel| pixel == 255)
            .expect("no ink is lost");
        (
            index / ImageShape::MNIST.columns,
            index % ImageShape::MNIST.columns,
        )
    }

    #[test]
    fn the_centre_of_mass_comes_to_the_pixel_in_row_and_column_14() {
        assert_eq!(placed(10, 10), (14, 14));
        assert_eq!(placed(6, 14), (14, 14));
    }

    #[test]
    fn the_box_stays_inside_the_image() {
        assert_eq!(placed(0, 0), (8, 8));
        assert_eq!(placed(19, 19), (19, 19));
    }
}
