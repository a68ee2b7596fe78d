//! Places the 20 × 20 box in the 28 × 28 image so that the centre of mass is in the middle, as MNIST's authors
//! did: by whole pixels, so that nothing is blurred twice.

use super::super::ImageShape;
use super::raster::BOX;

/// Paper left around the box when it is in the middle; the box is never moved further, so no ink is lost.
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
    let middle = (ImageShape::MNIST.rows / 2) as f32;
    let centre = moment as f32 / mass.max(1) as f32;
    ((middle - centre + 0.5).max(0.0) as usize).min(2 * MARGIN)
}
