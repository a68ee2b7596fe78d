//! Pixels in memory, and the shape of an image.

use std::borrow::Cow;

/// What a pixel byte is divided by: 256, as in the article's data, not 255.
pub const PIXEL_SCALE: f32 = 256.0;

/// Height and width of one image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShape {
    /// Height.
    pub rows: usize,
    /// Width.
    pub columns: usize,
}

impl ImageShape {
    /// MNIST's 28 × 28.
    pub const MNIST: Self = Self {
        rows: 28,
        columns: 28,
    };

    /// The square of so many pixels, where there is one.
    pub fn square(pixels: usize) -> Option<Self> {
        let side = pixels.isqrt();
        (side * side == pixels).then_some(Self {
            rows: side,
            columns: side,
        })
    }

    /// The square of `pixels` pixels, if there is one that is large enough for a picture of a digit. Fewer inputs are
    /// taken for columns of a table.
    pub fn of_drawing(pixels: usize) -> Option<Self> {
        const SMALLEST: usize = 5;
        Self::square(pixels).filter(|square| square.rows >= SMALLEST)
    }

    /// The shape of images of so many pixels, of which no more is known: square where it can be, else one row.
    pub fn of_pixels(pixels: usize) -> Self {
        Self::square(pixels).unwrap_or(Self {
            rows: 1,
            columns: pixels,
        })
    }

    /// Number of pixels, the network's number of inputs.
    pub fn pixels(self) -> usize {
        self.rows * self.columns
    }
}

/// The pixels of many images, one image after the other, each row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    /// `k` means `k / 256`.
    Bytes(Vec<u8>),
    /// The value itself.
    Floats(Vec<f32>),
}

impl Pixels {
    /// How many numbers.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(pixels) => pixels.len(),
            Self::Floats(pixels) => pixels.len(),
        }
    }
}

/// A range of [`Pixels`], borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PixelSlice<'a> {
    /// `k` means `k / 256`.
    Bytes(&'a [u8]),
    /// The value itself.
    Floats(&'a [f32]),
}

impl<'a> PixelSlice<'a> {
    /// The intensity of every pixel.
    pub fn intensities(self) -> impl Iterator<Item = f32> + 'a {
        let (bytes, floats): (&[u8], &[f32]) = match self {
            Self::Bytes(pixels) => (pixels, &[]),
            Self::Floats(pixels) => (&[], pixels),
        };
        let bytes = bytes.iter().map(|&byte| f32::from(byte) / PIXEL_SCALE);
        bytes.chain(floats.iter().copied())
    }

    /// As bytes, for pictures: what is beyond 0 and 255 is black and white.
    pub fn to_bytes(self) -> Cow<'a, [u8]> {
        match self {
            Self::Bytes(pixels) => pixels.into(),
            Self::Floats(pixels) => pixels.iter().map(|pixel| (pixel * PIXEL_SCALE) as u8).collect(),
        }
    }
}
