//! Images that stay in their data set: for each, its inked pixels and their shades.

use std::ops::Range;

use super::samples::{Listed, Samples, Term, Terms, grouped};
use crate::math::simd::{Vectors, prefetch};

/// The inked pixels of many images, image after image.
#[derive(Debug, Clone)]
pub struct InkedPixels {
    /// Positions within their image, all below `image`.
    pixels: Vec<u16>,
    /// As many.
    shades: Vec<u8>,
    /// Pixels of an image.
    image: usize,
}

impl InkedPixels {
    /// `pixels` are positions within images of `image` pixels; `shades` are numbers of intensities.
    ///
    /// # Panics
    /// When a position is outside its image, or there is not one shade for each.
    pub fn new(pixels: Vec<u16>, shades: Vec<u8>, image: usize) -> Self {
        let largest = pixels.iter().copied().max();
        assert!(largest.is_none_or(|largest| usize::from(largest) < image));
        assert_eq!(pixels.len(), shades.len(), "one shade per inked pixel");
        Self {
            pixels,
            shades,
            image,
        }
    }

    /// Positions and shades.
    #[inline(always)]
    pub fn range(&self, (start, end): (u32, u32)) -> (&[u16], &[u8]) {
        let range = start as usize..end as usize;
        (&self.pixels[range.clone()], &self.shades[range])
    }
}

/// Some images of a data set, read where they are.
#[derive(Clone, Copy)]
pub struct InkColumns<'a, F> {
    pub inked: &'a InkedPixels,
    /// Where each image starts and ends.
    pub ranges: &'a [(u32, u32)],
    /// The same of images of the next mini-batch, where they are known.
    pub next: &'a [(u32, u32)],
    /// The intensity of every shade.
    pub palette: &'a [F; 256],
}

// SAFETY: the terms of a sample are pixels of its `InkedPixels`, which checked them.
#[allow(unsafe_code)]
unsafe impl<F: Vectors> Samples<F> for InkColumns<'_, F> {
    type Terms<'s>
        = InkTerms<'s, F>
    where
        Self: 's;

    #[inline(always)]
    fn len(self) -> usize {
        self.ranges.len()
    }

    #[inline(always)]
    fn columns(self) -> usize {
        self.inked.image
    }

    #[inline(always)]
    fn sample(&self, k: usize) -> InkTerms<'_, F> {
        InkTerms {
            inked: self.inked.range(self.ranges[k]),
            palette: self.palette,
        }
    }

    #[inline(always)]
    fn prefetch_next(self, k: usize) {
        if let Some(&range) = self.next.get(k) {
            let (pixels, shades) = self.inked.range(range);
            prefetch(pixels);
            prefetch(shades);
        }
    }
}

impl<F: Vectors> Listed<F> for InkColumns<'_, F> {
    #[inline(always)]
    fn listed(&self, k: usize) -> &[u16] {
        self.sample(k).inked.0
    }

    #[inline(always)]
    fn part(&self, k: usize, range: Range<usize>) -> InkTerms<'_, F> {
        let (pixels, shades) = self.sample(k).inked;
        InkTerms {
            inked: (&pixels[range.clone()], &shades[range]),
            palette: self.palette,
        }
    }
}

/// An image of a data set.
#[derive(Clone, Copy)]
pub(crate) struct InkTerms<'a, F> {
    inked: (&'a [u16], &'a [u8]),
    palette: &'a [F; 256],
}

impl<F: Vectors> Terms<F> for InkTerms<'_, F> {
    #[inline(always)]
    fn is_empty(self) -> bool {
        self.inked.0.is_empty()
    }

    #[inline(always)]
    fn grouped<const U: usize>(self) -> (impl Iterator<Item = [Term<F>; U]>, impl Iterator<Item = Term<F>>) {
        let palette = self.palette;
        grouped(
            self.inked,
            #[inline(always)]
            move |pixel, shade| (palette[usize::from(shade)], usize::from(pixel)),
        )
    }
}
