//! Checksums that tell whether bytes are MNIST's own.
//!
//! MNIST's checksum is taken over the unzipped bytes: every mirror compresses them differently. A data set in
//! memory is summed in its IDX form (<http://yann.lecun.com/exdb/mnist/>: big-endian magic, sizes, then the
//! bytes), whatever file it came from, so that the same digits have the same sums as IDX files and as a pickle.

use sha2::{Digest, Sha256};

use super::{Dataset, Digits, TrainOn};
use crate::files::checksum::hexadecimal;
use crate::images::pixels::{PIXEL_SCALE, PixelSlice};

/// First four bytes of an IDX file of bytes with three dimensions.
const IMAGES_MAGIC: u32 = 0x0803;
/// First four bytes of an IDX file of bytes with one dimension.
const LABELS_MAGIC: u32 = 0x0801;

/// SHA-256 of the images as the bytes of an IDX file.
///
/// Pixels `k / 256` count as the byte `k`. If a pixel is not such a fraction, there is no IDX form: then the sum is
/// over the same header and the pixels as little-endian float32.
pub fn images_sha256(images: &Dataset) -> String {
    let shape = images.shape();
    let mut hasher = Sha256::new();
    for field in [
        IMAGES_MAGIC,
        size(images.len()),
        size(shape.rows),
        size(shape.columns),
    ] {
        hasher.update(field.to_be_bytes());
    }
    match images.pixels() {
        PixelSlice::Bytes(pixels) => hasher.update(pixels),
        PixelSlice::Floats(pixels) => match pixels.iter().map(|&pixel| as_byte(pixel)).collect() {
            Some::<Vec<u8>>(bytes) => hasher.update(bytes),
            None => pixels.iter().for_each(|pixel| hasher.update(pixel.to_le_bytes())),
        },
    }
    hexadecimal(hasher)
}

/// SHA-256 of the labels as the bytes of an IDX file. If a label is above 255, there is no such file: then the sum
/// is over the same header and the labels as little-endian 16-bit numbers.
pub fn labels_sha256(images: &Dataset) -> String {
    let mut hasher = Sha256::new();
    for field in [LABELS_MAGIC, size(images.len())] {
        hasher.update(field.to_be_bytes());
    }
    match images
        .labels()
        .iter()
        .map(|&label| u8::try_from(label).ok())
        .collect()
    {
        Some::<Vec<u8>>(bytes) => hasher.update(bytes),
        None => images
            .labels()
            .iter()
            .for_each(|label| hasher.update(label.to_le_bytes())),
    }
    hexadecimal(hasher)
}

/// SHA-256 of the sums above of all training and validation images, and of the test images. The same digits in the
/// same order have the same sum, whatever files they came from.
pub fn digits_sha256(digits: &Digits) -> String {
    let mut hasher = Sha256::new();
    for images in [&digits.training(TrainOn::All), digits.test()] {
        hasher.update(images_sha256(images));
        hasher.update(labels_sha256(images));
    }
    hexadecimal(hasher)
}

/// IDX has 32 bits for a size. More images than that have no IDX form; their sum matches nothing.
fn size(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// The byte `k` of a pixel that is exactly `k / 256`.
fn as_byte(pixel: f32) -> Option<u8> {
    let scaled = pixel * PIXEL_SCALE;
    let byte = scaled as u8;
    (f32::from(byte) == scaled).then_some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::pixels::{ImageShape, Pixels};

    const SHAPE: ImageShape = ImageShape { rows: 1, columns: 2 };

    fn sha256(bytes: &[u8]) -> String {
        hexadecimal(Sha256::new_with_prefix(bytes))
    }

    fn dataset(pixels: Pixels) -> Dataset {
        Dataset::new(pixels, vec![7u8, 9], SHAPE, "test").unwrap()
    }

    #[test]
    fn sums_are_those_of_the_idx_files() {
        let images = dataset(Pixels::Bytes(vec![0, 128, 255, 1]));
        let images_file = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 128, 255, 1];
        let labels_file = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
        assert_eq!(images_sha256(&images), sha256(&images_file));
        assert_eq!(labels_sha256(&images), sha256(&labels_file));
    }

    #[test]
    fn fractions_of_256_sum_like_their_bytes_and_others_do_not() {
        let bytes = images_sha256(&dataset(Pixels::Bytes(vec![0, 128, 255, 1])));
        let fractions = Pixels::Floats(vec![0.0, 0.5, 255.0 / 256.0, 1.0 / 256.0]);
        assert_eq!(images_sha256(&dataset(fractions)), bytes);
        for pixel in [1.0, 0.001, -0.5, f32::NAN] {
            let other = Pixels::Floats(vec![0.0, 0.5, 255.0 / 256.0, pixel]);
            assert_ne!(images_sha256(&dataset(other)), bytes, "{pixel}");
        }
    }
}
