use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{Delay, Frame, ImageEncoder, RgbaImage};

use super::*;

fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn grey(bytes: &[u8]) -> Grey {
    decode(bytes, Path::new("digit")).unwrap()
}

fn refused(bytes: &[u8], because: &str) {
    let error = decode(bytes, Path::new("folder/digit")).unwrap_err().to_string();
    assert!(
        error.starts_with("folder/digit: ") && error.contains(because),
        "{error} does not say {because:?}"
    );
}

fn gif(pictures: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for picture in 0..pictures {
        let image = RgbaImage::from_pixel(6, 4, Rgba([100 * picture, 100 * picture, 100 * picture, 255]));
        encoder
            .encode_frame(Frame::from_parts(image, 0, 0, Delay::from_numer_denom_ms(10, 1)))
            .unwrap();
    }
    drop(encoder);
    bytes
}

/// A PNG that says it has so many pixels, one bit each, and has none of them.
fn png_of(columns: u32, rows: u32) -> Vec<u8> {
    let small = written(GrayImage::new(1, 1), ImageFormat::Png);
    let mut header = b"IHDR".to_vec();
    header.extend(columns.to_be_bytes());
    header.extend(rows.to_be_bytes());
    header.extend([1, 0, 0, 0, 0]);
    let mut checksum = flate2::Crc::new();
    checksum.update(&header);
    let sum = checksum.sum().to_be_bytes();
    [&small[..12], &header, &sum, &small[33..]].concat()
}

#[test]
fn each_format_is_read_whatever_its_colours() {
    let column = |column: u32, _| Luma([if column < 8 { 250_u8 } else { 5 }]);
    let image = DynamicImage::ImageLuma8(GrayImage::from_fn(16, 8, column));
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::Bmp,
        ImageFormat::WebP,
    ] {
        let colours = image.to_rgb8();
        let grey = grey(&written(colours, format));
        assert_eq!((grey.rows(), grey.columns()), (8, 16));
        for (index, &level) in grey.pixels().iter().enumerate() {
            let expected = if index % 16 < 8 { 250 } else { 5 };
            assert!(
                level.abs_diff(expected) <= 8,
                "{format:?}: {level}, not {expected}"
            );
        }
    }
    let deep = grey(&written(image.to_luma16(), ImageFormat::Png));
    assert_eq!(deep.pixels(), image.to_luma8().as_raw());
}

#[test]
fn what_is_transparent_shows_white_paper() {
    let image = RgbaImage::from_fn(3, 1, |column, _| Rgba([0, 0, 0, [0, 128, 255][column as usize]]));
    assert_eq!(grey(&written(image, ImageFormat::Png)).pixels(), [255, 127, 0]);
}

#[test]
fn a_photograph_is_turned_as_the_camera_was_held() {
    let image = GrayImage::from_fn(32, 16, |column, _| Luma([if column < 16 { 255 } else { 0 }]));
    // TIFF, little-endian, with one entry: orientation 6, the camera was turned to the left.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif).unwrap();
    encoder
        .write_image(image.as_raw(), 32, 16, image::ExtendedColorType::L8)
        .unwrap();
    let grey = grey(&bytes);
    assert_eq!((grey.rows(), grey.columns()), (32, 16));
    assert!(grey.pixels()[0] > 200 && grey.pixels()[31 * 16] < 50);
}

#[test]
fn a_gif_of_one_picture_is_read_and_an_animated_one_is_refused() {
    assert_eq!(grey(&gif(1)).rows(), 4);
    refused(
        &gif(2),
        "expected a GIF of one picture, found an animation of several",
    );
}

#[test]
fn what_claims_to_be_too_large_is_refused_before_memory_is_taken_for_it() {
    refused(&png_of(20_000, 20_000), "found 20000×20000 pixels");
    refused(&png_of(9000, 9000), "found 9000×9000 pixels");
    refused(&png_of(1, 20_000), "found 1×20000 pixels");
}

#[test]
fn what_is_no_picture_is_refused() {
    refused(b"", "found an empty file");
    refused(
        b"<!DOCTYPE html>",
        "PNG, JPEG, GIF, BMP or WebP, found an SVG or XML document",
    );
    refused(
        b"a digit",
        "PNG, JPEG, GIF, BMP or WebP, found a file that begins with \"a digit\"",
    );
    refused(b"RIFF\0\0\0\0WEBPVP8 ", "expected a sound WebP");
    refused(&png_of(100, 100), "expected a sound PNG, found damage");
}

#[test]
fn no_beginning_and_no_flipped_byte_of_a_picture_makes_the_reader_panic() {
    let noise = GrayImage::from_fn(9, 7, |column, row| Luma([(column * 37 + row * 91) as u8]));
    let files = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::Bmp,
    ]
    .map(|format| written(DynamicImage::ImageLuma8(noise.clone()).to_rgb8(), format));
    for mut bytes in files {
        for length in 0..bytes.len() {
            _ = decode(&bytes[..length], Path::new("digit"));
        }
        for place in 0..bytes.len() {
            for flipped in [0xff, 0x01, 0x80] {
                bytes[place] ^= flipped;
                _ = decode(&bytes, Path::new("digit"));
                bytes[place] ^= flipped;
            }
        }
    }
}

#[test]
fn what_is_all_light_and_partly_transparent_lies_on_black_paper() {
    let drawn = |level: u8, beside: u8| {
        let image = RgbaImage::from_fn(9, 9, |column, row| match (column, row) {
            (4, 1..8) => Rgba([level, level, level, 255]),
            (5, 1..8) => Rgba([beside, beside, beside, 255]),
            _ => Rgba([0, 0, 0, 0]),
        });
        let picture = grey(&written(image, ImageFormat::Png));
        (picture.pixels()[0], picture.pixels()[9 * 4 + 4])
    };
    assert_eq!(drawn(255, 250), (0, 255));
    assert_eq!(drawn(0, 0), (255, 0));
    // A white sheet with a dark stroke.
    assert_eq!(drawn(255, 0), (255, 255));
}
