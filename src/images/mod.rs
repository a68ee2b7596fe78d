//! Pictures of one digit, as people draw, scan and photograph them → the form that the network learned.
//!
//! [`open`], [`read`] and [`decode`] read PNG, JPEG, GIF and BMP into a [`Grey`] picture. [`digit()`] makes of it what the makers of
//! [MNIST] made of their scans: "the original black and white images were size normalized to fit in a 20x20 pixel box
//! while preserving their aspect ratio […] as a result of the anti-aliasing technique […] the images were centered in a
//! 28x28 image by computing the center of mass of the pixels, and translating the image so as to position this point at
//! the center of the 28x28 field". Before that comes what a scanner had done for them:
//!
//! 1. `paper`: the paper, light or dark, evenly lit or not, is told from the ink and taken away;
//! 2. `ink`: what stands out no more than the paper's noise is paper, and specks far from the digit are no part of it;
//! 3. `fit`: the rest is cropped, made smaller or larger, and centred.
//!
//! What is in MNIST's form already comes out nearly as it went in.
//!
//! ```
//! use batchprop::images::{self, Grey};
//!
//! // A one, drawn dark on light in a corner of a large sheet.
//! let mut pixels = vec![230; 200 * 300];
//! for row in 20..90 {
//!     pixels[row * 300 + 40..row * 300 + 50].fill(30);
//! }
//! let digit = images::digit(&Grey::new(200, 300, pixels)?, 28).expect("there is ink");
//! assert_eq!((digit.shape.rows, digit.shape.columns), (28, 28));
//! assert_eq!(digit.pixels[14 * 28 + 14], 255);
//! assert_eq!(digit.pixels[14 * 28 + 20], 0);
//! # Ok::<(), batchprop::Error>(())
//! ```
//!
//! [MNIST]: https://web.archive.org/web/20240801000000/http://yann.lecun.com/exdb/mnist/

pub mod strokes;

mod decode;
pub mod digit;
pub mod pixels;
pub mod sheet;

use image::GrayImage;
use image::imageops;

pub use self::decode::{decode, open, read};
use crate::error::{Error, Result};
use crate::images::pixels::ImageShape;

/// Pictures are worked on at no more than this many rows or columns: many times what a network sees.
const WORKING_SIDE: u32 = 512;

/// A picture in shades of grey: 0 is black, 255 white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    pixels: GrayImage,
}

impl Grey {
    /// A picture of `rows` × `columns`, row by row.
    ///
    /// # Errors
    /// [`Error::Option`] when there are no pixels, or not `rows` × `columns`.
    pub fn new(rows: usize, columns: usize, pixels: Vec<u8>) -> Result<Self> {
        let count = pixels.len();
        let sides = u32::try_from(columns).ok().zip(u32::try_from(rows).ok());
        sides
            .filter(|_| count > 0 && rows.checked_mul(columns) == Some(count))
            .and_then(|(columns, rows)| GrayImage::from_raw(columns, rows, pixels))
            .map(|pixels| Self { pixels })
            .ok_or_else(|| {
                Error::option(
                    "picture",
                    format!("of {rows}×{columns} with {count} pixels"),
                    "at least one pixel, and as many as rows times columns",
                )
            })
    }

    /// Its height.
    pub fn rows(&self) -> usize {
        self.pixels.height() as usize
    }

    /// Its width.
    pub fn columns(&self) -> usize {
        self.pixels.width() as usize
    }

    /// Its pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        self.pixels.as_raw()
    }
}

/// A digit as a network sees it: 0 is paper, 255 is ink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digit {
    /// A square.
    pub shape: ImageShape,
    /// Row by row; a byte `k` means `k / 256`, as in a [`Dataset`](crate::Dataset).
    pub pixels: Vec<u8>,
}

/// Why there is no digit in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoDigit {
    /// Nothing stands out from the paper.
    #[error("there is no ink in it")]
    Blank,
    /// What stands out is too small to be a digit.
    #[error("there is nothing in it but specks")]
    Specks,
}

/// The digit in `picture`, as a network of `side` × `side` inputs wants it: for 28, in MNIST's form; for other sides it
/// fills the square, as in the data sets of 8 × 8 and 16 × 16 pixels.
///
/// # Errors
/// [`NoDigit`] when there is none.
///
/// # Panics
/// When `side` is 0.
pub fn digit(picture: &Grey, side: usize) -> std::result::Result<Digit, NoDigit> {
    let (columns, rows) = picture.pixels.dimensions();
    let longest = columns.max(rows);
    if longest <= WORKING_SIDE {
        return digit::fit::fit(&digit::ink::of(&digit::paper::taken_away(&picture.pixels))?, side);
    }
    let shrunk = |length: u32| (u64::from(length) * u64::from(WORKING_SIDE)).div_ceil(longest.into()) as u32;
    let smaller = imageops::thumbnail(&picture.pixels, shrunk(columns), shrunk(rows));
    digit::fit::fit(&digit::ink::of(&digit::paper::taken_away(&smaller))?, side)
}

/// As [`digit()`], where ink is told from paper already, as in a drawing: `ink` is 0 on paper and 255 where it is darkest. All of
/// it belongs to the digit, to the edge of the sheet.
///
/// # Errors
/// [`NoDigit`] when there is none.
///
/// # Panics
/// When `side` is 0.
pub fn digit_of_ink(ink: &Grey, side: usize) -> std::result::Result<Digit, NoDigit> {
    digit::fit::fit(&ink.pixels, side)
}

#[cfg(test)]
mod tests;
