//! Reads PNG, JPEG, GIF, BMP and WebP. What a file is, its first bytes say, never its name.
//!
//! A file is not believed: sides and pixels are compared with what is allowed before memory is taken for them. What is
//! transparent shows white paper, or black where all that is drawn is light, and a photograph is turned as its EXIF data say that the camera was held.

mod others;

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
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

const FORMATS: &str = "a picture: PNG, JPEG, GIF, BMP or WebP";

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
            let (found, hint) = match others::of(bytes) {
                Some(other) => (other.name.to_owned(), other.hint),
                None => (show_beginning(bytes), "Convert it to PNG."),
            };
            return Err(refuse("byte 0", FORMATS, found, hint));
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
    if is_animated(format, bytes, limits).map_err(damaged)? {
        let found = "an animation of several".to_owned();
        return Err(refuse(
            "its second picture",
            &format!("a {} of one picture", word(format)),
            found,
            "Save one of its pictures as PNG.",
        ));
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let colours = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    // Turned when it is grey, and small.
    let mut grey = DynamicImage::ImageLuma8(on_paper(&colours));
    drop(colours);
    grey.apply_orientation(orientation);
    Ok(Grey {
        pixels: grey.into_luma8(),
    })
}

fn is_animated(format: ImageFormat, bytes: &[u8], limits: Limits) -> Result<bool, ImageError> {
    match format {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(Cursor::new(bytes))?;
            decoder.set_limits(limits)?;
            match decoder.into_frames().nth(1) {
                None => Ok(false),
                Some(second) => second.map(|_| true),
            }
        }
        ImageFormat::WebP => Ok(WebPDecoder::new(Cursor::new(bytes))?.has_animation()),
        _ => Ok(false),
    }
}

/// Whether a file of these first bytes is of a kind that is known to be no picture that can be read, such as HEIC.
pub fn is_known_other(beginning: &[u8]) -> bool {
    others::of(beginning).is_some()
}

/// How much red, green and blue add to grey, of [`LUMA_WHOLE`]: those of Rec. 709, as the library weighs colours without
/// transparency.
pub(crate) const LUMA: [u32; 3] = [2126, 7152, 722];
pub(crate) const LUMA_WHOLE: u32 = 10_000;

/// Where less than this part of what is drawn is dark, it is drawn for dark paper.
const ALL_LIGHT: f64 = 0.02;

/// In grey, as it looks on paper where it is transparent: white, or black for white strokes.
fn on_paper(colours: &DynamicImage) -> GrayImage {
    if !colours.color().has_alpha() {
        return colours.to_luma8();
    }
    let luma = |red: u8, green: u8, blue: u8| {
        let parts = LUMA.iter().zip([red, green, blue]);
        parts.map(|(part, colour)| part * u32::from(colour)).sum::<u32>() / LUMA_WHOLE
    };
    let (mut dark, mut drawn, mut clear) = (0_u64, 0_u64, 0_u64);
    for (_, _, Rgba([red, green, blue, opacity])) in colours.pixels() {
        drawn += u64::from(opacity);
        clear += u64::from(255 - opacity);
        if luma(red, green, blue) < 128 {
            dark += u64::from(opacity);
        }
    }
    let is_light = clear > 0 && (dark as f64) < ALL_LIGHT * drawn as f64;
    let paper = if is_light { 0 } else { 255 };
    GrayImage::from_fn(colours.width(), colours.height(), |column, row| {
        let Rgba([red, green, blue, opacity]) = colours.get_pixel(column, row);
        let opacity = u32::from(opacity);
        let level = luma(red, green, blue) * opacity + paper * (255 - opacity);
        Luma([((level + 127) / 255) as u8])
    })
}

fn word(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Gif => "GIF",
        ImageFormat::WebP => "WebP",
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
