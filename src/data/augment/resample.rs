//! Reading an image between its pixels.

use super::{LANES, Lanes};
use crate::images::pixels::ImageShape;

/// A pixel of a data set.
pub(super) trait Pixel: Copy + Default {
    /// The value, in the pixel's own units.
    fn to_number(self) -> f32;
    /// The nearest pixel.
    fn of_number(number: f32) -> Self;
}

impl Pixel for u8 {
    #[inline(always)]
    fn to_number(self) -> f32 {
        f32::from(self)
    }

    #[inline(always)]
    fn of_number(number: f32) -> Self {
        whole(number) as Self
    }
}

impl Pixel for f32 {
    #[inline(always)]
    fn to_number(self) -> f32 {
        self
    }

    #[inline(always)]
    fn of_number(number: f32) -> Self {
        number
    }
}

/// An image with a blank frame, so that no read is outside.
#[derive(Debug, Clone)]
pub(super) struct Framed {
    shape: ImageShape,
    /// Numbers from a row to the next.
    stride: usize,
    /// One blank row and column before the image, two after it, as places up to one pixel outside are read, and with
    /// each place its neighbours to the right and below.
    numbers: Vec<f32>,
}

impl Framed {
    /// A blank image.
    pub fn new(shape: ImageShape) -> Self {
        let stride = (shape.columns + 3).next_multiple_of(LANES);
        Self {
            shape,
            stride,
            numbers: vec![0.0; (shape.rows + 3) * stride],
        }
    }

    /// Replaces the image.
    #[inline(always)]
    pub fn set<P: Pixel>(&mut self, pixels: &[P]) {
        let rows = self.numbers.chunks_exact_mut(self.stride).skip(1);
        for (row, pixels) in rows.zip(pixels.chunks_exact(self.shape.columns)) {
            for (number, pixel) in row[1..].iter_mut().zip(pixels) {
                *number = pixel.to_number();
            }
        }
    }

    /// The image at the places (`x`, `y`), in pixels from the first pixel: bilinear interpolation of the four pixels around.
    #[inline(always)]
    pub fn at(&self, x: &Lanes, y: &Lanes) -> Lanes {
        let (right, bottom) = (self.shape.columns as f32 + 1.0, self.shape.rows as f32 + 1.0);
        let (mut at, mut from_left, mut from_top) = ([0; LANES], [0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            // From the frame's first pixel; what is farther outside is as blank as the frame.
            let (x, y) = (between(x[lane] + 1.0, right), between(y[lane] + 1.0, bottom));
            let (column, row) = (floor(x), floor(y));
            from_left[lane] = x - column;
            from_top[lane] = y - row;
            at[lane] = whole(row) * self.stride as u32 + whole(column);
        }
        let (mut top, mut bottom) = ([[0.0; 2]; LANES], [[0.0; 2]; LANES]);
        for lane in 0..LANES {
            let from = &self.numbers[at[lane] as usize..][..self.stride + 2];
            top[lane] = [from[0], from[1]];
            bottom[lane] = [from[self.stride], from[self.stride + 1]];
        }
        let mut read = [0.0; LANES];
        for lane in 0..LANES {
            let between = |[left, right]: [f32; 2]| left + from_left[lane] * (right - left);
            let (top, bottom) = (between(top[lane]), between(bottom[lane]));
            read[lane] = top + from_top[lane] * (bottom - top);
        }
        read
    }
}

/// From here on `f32` has no fractions: adding it rounds, and leaves the whole number in the low bits. Casts do the
/// same, but handle overflow and so have no vector instructions.
const ROUND: f32 = 8_388_608.0;

/// The nearest whole number, of a number from 0 to 2²³.
#[inline(always)]
fn whole(number: f32) -> u32 {
    (number + ROUND).to_bits() & 0x007f_ffff
}

/// The largest whole number that is not above a number from 0 to 2²³.
#[inline(always)]
fn floor(number: f32) -> f32 {
    let nearest = (number + ROUND) - ROUND;
    if nearest > number { nearest - 1.0 } else { nearest }
}

/// `place` or the nearer of 0 and `end`, without a branch.
#[inline(always)]
fn between(place: f32, end: f32) -> f32 {
    let place = if place > 0.0 { place } else { 0.0 };
    if place < end { place } else { end }
}
