//! The inked pixels of a data set: which, and of what shade, image by image.
//!
//! Four of five MNIST pixels are blank. In this form 60,000 images take 27 MB, and an image is 450 contiguous bytes.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::images::pixels::{ImageShape, PIXEL_SCALE, Pixels};
use crate::math::columns::InkedPixels;
use crate::math::simd::prefetch;

/// With a larger share of inked pixels, inputs are dense. The value is a guess: with MNIST's 19 %, skipping blanks
/// is three times as fast as BLAS; the break-even point has not been measured.
const DENSE: f64 = 0.5;

/// Images in one task.
const BLOCK: usize = 1024;

/// The pixels that are not 0, of many images.
#[derive(Debug, Clone)]
pub(crate) struct Ink {
    /// Where each image's pixels start, and where the last one's end.
    starts: Vec<u32>,
    inked: InkedPixels,
    palette: [f32; 256],
}

impl Ink {
    /// The ink of `pixels`; `None` if too many pixels are inked, if there are more shades than a byte can number, or
    /// more pixels in an image than two bytes can number.
    pub(super) fn of(pixels: &Pixels, shape: ImageShape) -> Option<Self> {
        if shape.pixels() > 1 << 16 {
            return None;
        }
        let (collected, palette) = match pixels {
            Pixels::Bytes(bytes) => {
                let palette = std::array::from_fn(|k| k as f32 / PIXEL_SCALE);
                (collect(bytes, shape.pixels(), |&byte| byte)?, palette)
            }
            Pixels::Floats(floats) => {
                let (palette, shades) = palette_of(floats)?;
                (
                    collect(floats, shape.pixels(), |value| shades[&value.to_bits()])?,
                    palette,
                )
            }
        };
        let (starts, pixels, shades) = collected;
        Some(Self {
            starts,
            inked: InkedPixels::new(pixels, shades, shape.pixels()),
            palette,
        })
    }

    /// Where image `index` starts and ends in [`Self::inked`].
    #[inline(always)]
    pub(crate) fn range(&self, index: usize) -> (u32, u32) {
        (self.starts[index], self.starts[index + 1])
    }

    /// Asks the cache for what [`Self::range`] will read.
    #[inline(always)]
    pub(crate) fn prefetch_range(&self, index: usize) {
        prefetch(&self.starts[index..index + 1]);
    }

    /// The inked pixels of all images.
    #[inline(always)]
    pub(crate) fn inked(&self) -> &InkedPixels {
        &self.inked
    }

    /// The intensity of every shade.
    pub(crate) fn palette(&self) -> &[f32; 256] {
        &self.palette
    }
}

/// The distinct values, if there are at most 256, and the index of each by its bits.
fn palette_of(values: &[f32]) -> Option<([f32; 256], HashMap<u32, u8>)> {
    let mut palette = [0.0; 256];
    let mut shades = HashMap::from([(0.0f32.to_bits(), 0)]);
    for &value in values {
        if value != 0.0 && !shades.contains_key(&value.to_bits()) {
            let shade = u8::try_from(shades.len()).ok()?;
            shades.insert(value.to_bits(), shade);
            palette[usize::from(shade)] = value;
        }
    }
    Some((palette, shades))
}

/// Starts, positions and shades of all that is not 0.
fn collect<T: Default + PartialEq + Send + Sync>(
    pixels: &[T],
    image: usize,
    shade: impl Fn(&T) -> u8 + Sync,
) -> Option<(Vec<u32>, Vec<u16>, Vec<u8>)> {
    let blank = T::default();
    let counts: Vec<u32> = pixels
        .par_chunks_exact(image)
        .with_min_len(BLOCK)
        .map(|pixels| pixels.iter().map(|pixel| u32::from(*pixel != blank)).sum())
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

    let (mut positions, mut shades) = (vec![0; total], vec![0; total]);
    // Each block of images has its own stretch of the two vectors.
    let mut blocks = Vec::new();
    let (mut rest_positions, mut rest_shades) = (&mut positions[..], &mut shades[..]);
    for block in starts.chunks(BLOCK) {
        let first = blocks.len() * BLOCK;
        let last = (first + block.len()).min(counts.len());
        let len = (starts[last] - starts[first]) as usize;
        let (block_positions, rest) = rest_positions.split_at_mut(len);
        rest_positions = rest;
        let (block_shades, rest) = rest_shades.split_at_mut(len);
        rest_shades = rest;
        blocks.push((
            &pixels[first * image..last * image],
            block_positions,
            block_shades,
        ));
    }
    blocks.into_par_iter().for_each(|(images, positions, shades)| {
        let mut inked = positions.iter_mut().zip(shades);
        for pixels in images.chunks_exact(image) {
            for (position, pixel) in pixels.iter().enumerate() {
                if *pixel != blank {
                    let (to_position, to_shade) = inked.next().expect("as many as were counted");
                    *to_position = position as u16;
                    *to_shade = shade(pixel);
                }
            }
        }
    });
    Some((starts, positions, shades))
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
        let mut drawn = vec![0; bytes.len()];
        for image in 0..images {
            let (pixels, shades) = ink.inked().range(ink.range(image));
            for (&pixel, &shade) in pixels.iter().zip(shades) {
                drawn[image * 6 + usize::from(pixel)] = shade;
            }
        }
        assert_eq!(drawn, bytes);
    }

    #[test]
    fn images_full_of_ink_have_no_ink_list() {
        let shape = ImageShape { rows: 1, columns: 4 };
        assert!(Ink::of(&Pixels::Floats(vec![1.0; 8]), shape).is_none());
    }

    #[test]
    fn floats_of_few_shades_have_ink() {
        let shape = ImageShape { rows: 1, columns: 4 };
        let ink = Ink::of(
            &Pixels::Floats(vec![0.0, 0.7, -0.0, 0.0, 0.3, 0.0, 0.0, 0.7]),
            shape,
        )
        .unwrap();
        let (pixels, shades) = ink.inked().range((0, 3));
        let values: Vec<f32> = shades
            .iter()
            .map(|&shade| ink.palette()[usize::from(shade)])
            .collect();
        assert_eq!(
            (pixels, &values[..]),
            (&[1, 0, 3][..], &[0.7, 0.3, 0.7][..])
        );
        let shades = (0..4000).map(|k| if k % 4 == 0 { k as f32 } else { 0.0 });
        assert!(Ink::of(&Pixels::Floats(shades.collect()), shape).is_none());
    }
}
