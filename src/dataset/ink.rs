//! The inked pixels of a data set: which, and how strong, image by image.
//!
//! Four of five MNIST pixels are blank. Kept this way, 60,000 images take 27 MB and a mini-batch is gathered
//! from 450 bytes an image, read front to back.

use std::ops::Range;

use rayon::prelude::*;

use super::{ImageShape, Pixels};

/// From this share of inked pixels on, dense products are faster than skipping the blanks. From
/// `cargo bench --bench epoch`.
const DENSE: f64 = 0.5;

/// Images in one task.
const BLOCK: usize = 1024;

/// The pixels that are not 0, of many images.
#[derive(Debug, Clone)]
pub(crate) struct Ink {
    /// Where each image's pixels start, and where the last one's end.
    starts: Vec<u32>,
    pixels: Vec<u16>,
    values: InkValues,
}

/// The values of inked pixels, as the data set has them.
#[derive(Debug, Clone)]
pub(crate) enum InkValues {
    /// `k` means `k / 256`.
    Bytes(Vec<u8>),
    /// The value itself.
    Floats(Vec<f32>),
}

impl Ink {
    /// The ink of `pixels`; none where so many are inked, or an image has so many pixels, that it does not pay.
    pub(super) fn of(pixels: &Pixels, shape: ImageShape) -> Option<Self> {
        if shape.pixels() > 1 << 16 {
            return None;
        }
        match pixels {
            Pixels::Bytes(bytes) => {
                let (starts, pixels, values) = collect(bytes, shape.pixels())?;
                let values = InkValues::Bytes(values);
                Some(Self {
                    starts,
                    pixels,
                    values,
                })
            }
            Pixels::Floats(floats) => {
                let (starts, pixels, values) = collect(floats, shape.pixels())?;
                let values = InkValues::Floats(values);
                Some(Self {
                    starts,
                    pixels,
                    values,
                })
            }
        }
    }

    /// Where image `index` is in [`Self::pixels`] and [`Self::values`].
    pub(crate) fn range(&self, index: usize) -> Range<usize> {
        self.starts[index] as usize..self.starts[index + 1] as usize
    }

    /// Positions of inked pixels within their image, image after image.
    pub(crate) fn pixels(&self) -> &[u16] {
        &self.pixels
    }

    /// Values of the inked pixels.
    pub(crate) fn values(&self) -> &InkValues {
        &self.values
    }
}

/// Starts, positions and values of all that is not 0.
fn collect<T: Copy + Default + PartialEq + Send + Sync>(
    pixels: &[T],
    image: usize,
) -> Option<(Vec<u32>, Vec<u16>, Vec<T>)> {
    let blank = T::default();
    let counts: Vec<u32> = pixels
        .par_chunks_exact(image)
        .with_min_len(BLOCK)
        .map(|pixels| pixels.iter().map(|&pixel| u32::from(pixel != blank)).sum())
        .collect();
    let total: usize = counts.iter().map(|&count| count as usize).sum();
    if total as f64 > DENSE * pixels.len() as f64 || u32::try_from(total).is_err() {
        return None;
    }
    let mut starts = Vec::with_capacity(counts.len() + 1);
    starts.push(0);
    starts.extend(counts.iter().scan(0, |sum, count| {
        *sum += count;
        Some(*sum)
    }));

    let (mut positions, mut values) = (vec![0; total], vec![blank; total]);
    // Each block of images has its own stretch of the two vectors.
    let mut blocks = Vec::new();
    let (mut rest_positions, mut rest_values) = (&mut positions[..], &mut values[..]);
    for block in starts.chunks(BLOCK) {
        let first = blocks.len() * BLOCK;
        let last = (first + block.len()).min(counts.len());
        let len = (starts[last] - starts[first]) as usize;
        let (block_positions, rest) = rest_positions.split_at_mut(len);
        rest_positions = rest;
        let (block_values, rest) = rest_values.split_at_mut(len);
        rest_values = rest;
        blocks.push((
            &pixels[first * image..last * image],
            block_positions,
            block_values,
        ));
    }
    blocks.into_par_iter().for_each(|(images, positions, values)| {
        let mut inked = positions.iter_mut().zip(values);
        for pixels in images.chunks_exact(image) {
            for (position, &pixel) in pixels.iter().enumerate() {
                if pixel != blank {
                    let (to_position, to_value) = inked.next().expect("as many as were counted");
                    *to_position = position as u16;
                    *to_value = pixel;
                }
            }
        }
    });
    Some((starts, positions, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_is_what_is_not_blank() {
        let images = 3000;
        let bytes: Vec<u8> = (0..images * 6)
            .map(|k| if k % 3 == 0 { (k % 255) as u8 } else { 0 })
            .collect();
        let shape = ImageShape { rows: 2, columns: 3 };
        let ink = Ink::of(&Pixels::Bytes(bytes.clone()), shape).unwrap();
        let InkValues::Bytes(values) = ink.values() else {
            panic!("bytes stay bytes");
        };
        let mut drawn = vec![0; bytes.len()];
        for image in 0..images {
            for at in ink.range(image) {
                drawn[image * 6 + usize::from(ink.pixels()[at])] = values[at];
            }
        }
        assert_eq!(drawn, bytes);
    }

    #[test]
    fn images_full_of_ink_have_no_ink_list() {
        let shape = ImageShape { rows: 1, columns: 4 };
        assert!(Ink::of(&Pixels::Floats(vec![1.0; 8]), shape).is_none());
    }
}
