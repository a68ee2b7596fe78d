//! The inked pixels of a data set: which, and of what shade, image by image.
//!
//! Four of five MNIST pixels are blank. In this form 60,000 images take 27 MB, and an image is 450 contiguous bytes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::images::pixels::{ImageShape, PIXEL_SCALE, Pixels};
use crate::math::columns::{InkedPixels, for_each_nonzero, joined};
use crate::math::simd::{prefetch, vectorized};

/// With a larger share of inked pixels, inputs are dense. The value is a guess: with MNIST's 19 %, skipping blanks
/// is three times as fast as BLAS; the break-even point has not been measured.
const DENSE: f64 = 0.5;

/// Images in one task.
const BLOCK: usize = 64;

/// Slots of a hash table of shades: four times as many as there are shades. Intensities k/255 and k/256 have slots of their
/// own.
const SLOTS: usize = 1024;

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
        let image = shape.pixels();
        if image > 1 << 16 {
            return None;
        }
        match pixels {
            Pixels::Bytes(bytes) => {
                let palette = std::array::from_fn(|k| k as f32 / PIXEL_SCALE);
                let blocks = blocks(bytes, image, || (), |(), byte| Some(byte));
                Self::of_blocks(blocks?, palette, image)
            }
            Pixels::Floats(floats) => {
                let palette = Mutex::new(Palette::new());
                let blocks = blocks(floats, image, || Shades::of(&palette), Shades::shade);
                let palette = palette.into_inner().unwrap_or_else(PoisonError::into_inner);
                Self::of_blocks(blocks?, palette.intensities, image)
            }
        }
    }

    /// The ink of all blocks, of images of `image` pixels; `None` if it is too much to be counted.
    fn of_blocks(blocks: Vec<Block>, palette: [f32; 256], image: usize) -> Option<Self> {
        let total: usize = blocks.iter().map(|block| block.pixels.len()).sum();
        let end = u32::try_from(total).ok()?;
        let mut starts = Vec::with_capacity(blocks.iter().map(|block| block.starts.len()).sum::<usize>() + 1);
        let mut first = 0;
        for block in &blocks {
            starts.extend(block.starts.iter().map(|start| first + start));
            first += block.pixels.len() as u32;
        }
        starts.push(end);
        let pixels: Vec<_> = blocks.iter().map(|block| &block.pixels[..]).collect();
        let shades: Vec<_> = blocks.iter().map(|block| &block.shades[..]).collect();
        Some(Self {
            starts,
            inked: InkedPixels::new(joined(&pixels), joined(&shades), image),
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

/// The ink of some images.
struct Block {
    /// Where each image's pixels start.
    starts: Vec<u32>,
    /// Positions within their image.
    pixels: Vec<u16>,
    shades: Vec<u8>,
}

/// The ink of `pixels`, in images of `image` pixels, block after block. `shade` finds a shade, with the state of a thread.
/// None where it finds none, or too many pixels are inked.
fn blocks<T: Copy + Default + PartialEq + Sync, S>(
    pixels: &[T],
    image: usize,
    state: impl Fn() -> S + Sync,
    shade: impl Fn(&mut S, T) -> Option<u8> + Sync,
) -> Option<Vec<Block>> {
    let most = (pixels.len() as f64 * DENSE) as usize;
    let total = AtomicUsize::new(0);
    let scratch = || (vec![0; BLOCK * image], vec![0; BLOCK * image], state());
    let block = |(inked, shades, state): &mut (Vec<u16>, Vec<u8>, S), images: &[T]| {
        let mut starts = Vec::with_capacity(images.len() / image);
        let (end, all_have_shades) = vectorized(
            #[inline(always)]
            || {
                // Variables of this closure, which stay in registers.
                let (inked, shades) = (&mut inked[..], &mut shades[..]);
                let (mut end, mut all_have_shades) = (0, true);
                for pixels in images.chunks_exact(image) {
                    starts.push(end as u32);
                    for_each_nonzero(
                        pixels,
                        #[inline(always)]
                        |pixel, value| {
                            let shade = shade(state, value);
                            all_have_shades &= shade.is_some();
                            inked[end] = pixel as u16;
                            shades[end] = shade.unwrap_or_default();
                            end += 1;
                        },
                    );
                    if !all_have_shades {
                        break;
                    }
                }
                (end, all_have_shades)
            },
        );
        let before = total.fetch_add(end, Ordering::Relaxed);
        (all_have_shades && before + end <= most).then(|| Block {
            starts,
            pixels: inked[..end].to_vec(),
            shades: shades[..end].to_vec(),
        })
    };
    let images = pixels.par_chunks(BLOCK * image);
    images.map_init(scratch, block).collect()
}

/// The intensities of all shades, in the order in which they were found, after that of blank pixels.
struct Palette {
    intensities: [f32; 256],
    len: usize,
}

impl Palette {
    fn new() -> Self {
        Self {
            intensities: [0.0; 256],
            len: 1,
        }
    }

    /// The shade of an intensity, where there are not too many.
    fn shade(&mut self, intensity: f32) -> Option<u8> {
        let mut known = self.intensities[..self.len].iter();
        let is_it = |it: &f32| it.to_bits() == intensity.to_bits();
        if let Some(shade) = known.position(is_it) {
            return Some(shade as u8);
        }
        let shade = u8::try_from(self.len).ok()?;
        self.intensities[self.len] = intensity;
        self.len += 1;
        Some(shade)
    }
}

/// The shades that a thread has met: a hash table beside the palette that all tasks share.
struct Shades<'a> {
    palette: &'a Mutex<Palette>,
    /// The bits of an intensity, not 0, and its shade.
    slots: [(u32, u8); SLOTS],
}

impl<'a> Shades<'a> {
    fn of(palette: &'a Mutex<Palette>) -> Self {
        Self {
            palette,
            slots: [(0, 0); SLOTS],
        }
    }

    /// The shade of an intensity that is not 0, where there are not too many.
    #[inline(always)]
    fn shade(&mut self, intensity: f32) -> Option<u8> {
        let bits = intensity.to_bits();
        let mut slot = (bits >> 16) as usize % SLOTS;
        loop {
            match self.slots[slot] {
                (found, shade) if found == bits => return Some(shade),
                (0, _) => {
                    let mut palette = self.palette.lock().unwrap_or_else(PoisonError::into_inner);
                    let shade = palette.shade(intensity)?;
                    self.slots[slot] = (bits, shade);
                    return Some(shade);
                }
                _ => slot = (slot + 1) % SLOTS,
            }
        }
    }
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
        assert_eq!((pixels, &values[..]), (&[1, 0, 3][..], &[0.7, 0.3, 0.7][..]));
    }

    #[test]
    fn floats_have_ink_up_to_255_shades_wherever_in_the_images_they_are() {
        let shape = ImageShape { rows: 1, columns: 4 };
        let images = 4 * BLOCK;
        for (shades, has_ink) in [(255, true), (256, false)] {
            // Close to each other, so that many start at the same slot.
            let intensity = |image: usize| f32::from_bits(0.5f32.to_bits() + (image % shades) as u32);
            let pixels = (0..4 * images).map(|k| if k % 4 == 2 { intensity(k / 4) } else { 0.0 });
            let ink = Ink::of(&Pixels::Floats(pixels.collect()), shape);
            assert_eq!(ink.is_some(), has_ink, "{shades} shades");
            let Some(ink) = ink else { continue };
            for image in 0..images {
                let (pixels, shades) = ink.inked().range(ink.range(image));
                assert_eq!(pixels, [2]);
                assert_eq!(ink.palette()[usize::from(shades[0])], intensity(image));
            }
        }
    }
}
