//! A picture in shades of grey.

use image::GrayImage;

use crate::error::{Error, Result};

/// A picture in shades of grey: 0 is black, 255 white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    pub(super) pixels: GrayImage,
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
