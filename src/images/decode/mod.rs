//! Reads PNG, JPEG, GIF and BMP. What a file is, its first bytes say, never its name.
//!
//! A file is not believed: sides and pixels are compared with what is allowed before memory is taken for them. What is
//! transparent shows white paper, and a photograph is turned as its EXIF data say that the camera was held.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::codecs::gif::GifDecoder;
use image::{
    AnimationDecoder, DynamicImage, GenericImageView, GrayImage, ImageDecoder, ImageError, ImageFormat,
    ImageReader, Limits, Luma, Rgba,
};

use super::Grey;
use crate::error::{Error, Result};
use crate::memory;

/// More bytes are no picture of a digit.
const MOST_BYTES: u64 = 256 << 20;

/// Width and height up to which pictures are read.
const MOST_SIDE: u32 = 16_384;

/// Pixels up to which pictures are read: more than telephones take.
const MOST_PIXELS: u64 = 64 << 20;

/// What a decoder may use, with the largest picture of 16-bit colours.
const MOST_MEMORY: u64 = 8 * MOST_PIXELS;

const FORMATS: &str = "a picture: PNG, JPEG, GIF or BMP";

/// Reads the picture at `path`.
///
/// # Errors
/// [`Error::Io`] when it cannot be read, and those of [`decode`].
pub fn open(path: &Path) -> Result<Grey> {
    read(&mut File::open(path).map_err(Error::io(path, "open"))?, path)
}

/// Reads a picture from a `reader`, no more of it than a picture may have. `name` is what errors call it.
///
/// # Errors
/// [`Error::Io`] when it cannot be read, and those of [`decode`].
pub fn read(reader: &mut impl Read, name: &Path) -> Result<Grey> {
    let mut bytes = Vec::new();
    reader
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io(name, "read"))?;
    decode(&bytes, name)
}

/// Reads the picture in `bytes`. `name` is what errors call it.
///
/// # Errors
/// [`Error::Format`] when it is none of the formats, damaged, animated, or larger than 16,384 pixels on a side, 67
/// million pixels or 256 MiB; [`Error::OutOfMemory`] when it is too large for this machine.
pub fn decode(bytes: &[u8], name: &Path) -> Result<Grey> {
    let refuse = |place: &str, expected: &str, found: String, hint: &str| Error::Format {
        path: name.to_owned(),
        place: place.to_owned(),
        expected: expected.to_owned(),
        found,
        hint: hint.to_owned(),
    };
    if bytes.is_empty() {
        let found = "an empty file".to_owned();
        return Err(refuse("byte 0", FORMATS, found, "Save the picture again."));
    }
    if bytes.len() as u64 > MOST_BYTES {
        let expected = format!("at most {} MiB", MOST_BYTES >> 20);
        let hint = "Save a smaller picture.";
        return Err(refuse("its end", &expected, "a larger file".to_owned(), hint));
    }
    let format = match image::guess_format(bytes) {
        Ok(format) if format.reading_enabled() => format,
        _ => {
            let found = show_beginning(bytes);
            return Err(refuse("byte 0", FORMATS, found, "Convert it to PNG."));
        }
    };
    let damaged = |error: ImageError| {
        let expected = format!("a sound {}", word(format));
        let found = format!("damage ({error})");
        refuse("picture", &expected, found, "Save the picture again.")
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // The sides are compared below, with a better answer than the library has.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (columns, rows) = decoder.dimensions();
    if columns.max(rows) > MOST_SIDE || u64::from(columns) * u64::from(rows) > MOST_PIXELS {
        let expected = format!(
            "at most {MOST_SIDE} pixels on a side and {} million together",
            MOST_PIXELS / 1_000_000
        );
        let found = format!("{columns}×{rows} pixels");
        return Err(refuse(
            "its size",
            &expected,
            found,
            "Make it smaller, or crop it to the digit.",
        ));
    }
    if columns.min(rows) == 0 {
        let found = format!("{columns}×{rows} pixels");
        return Err(refuse(
            "its size",
            "at least one pixel",
            found,
            "Save the picture again.",
        ));
    }
    memory::check(
        decoder.total_bytes(),
        || format!("the picture {}", name.display()),
        |_| "Make it smaller, or crop it to the digit.".to_owned(),
    )?;
    if format == ImageFormat::Gif && is_animated(bytes, limits).map_err(damaged)? {
        let found = "an animation of several".to_owned();
        return Err(refuse(
            "its second picture",
            "a GIF of one picture",
            found,
            "Save one of its pictures as PNG.",
        ));
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let colours = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    // Turned when it is grey, and small.
    let mut grey = DynamicImage::ImageLuma8(on_white_paper(&colours));
    drop(colours);
    grey.apply_orientation(orientation);
    Ok(Grey {
        pixels: grey.into_luma8(),
    })
}

fn is_animated(bytes: &[u8], limits: Limits) -> Result<bool, ImageError> {
    let mut decoder = GifDecoder::new(Cursor::new(bytes))?;
    decoder.set_limits(limits)?;
    match decoder.into_frames().nth(1) {
        None => Ok(false),
        Some(second) => second.map(|_| true),
    }
}

/// In grey, as it looks on white paper where it is transparent.
fn on_white_paper(colours: &DynamicImage) -> GrayImage {
    if !colours.color().has_alpha() {
        return colours.to_luma8();
    }
    GrayImage::from_fn(colours.width(), colours.height(), |column, row| {
        let Rgba([red, green, blue, opacity]) = colours.get_pixel(column, row);
        let over_white = |colour: u8| {
            let opacity = u32::from(opacity);
            u32::from(colour) * opacity + 255 * (255 - opacity)
        };
        // Rec. 709, as the library weighs colours without transparency.
        let luma = 2126 * over_white(red) + 7152 * over_white(green) + 722 * over_white(blue);
        Luma([((luma / 10_000 + 127) / 255) as u8])
    })
}

fn word(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Gif => "GIF",
        _ => "BMP",
    }
}

/// The first bytes as a person reads them.
fn show_beginning(bytes: &[u8]) -> String {
    let beginning = &bytes[..bytes.len().min(8)];
    format!("a file that begins with \"{}\"", beginning.escape_ascii())
}

#[cfg(test)]
mod tests;
