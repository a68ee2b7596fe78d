//! Images that stay in their data set: for each, its inked pixels and their shades.

use super::{Samples, Terms};
use crate::math::simd::Vectors;

/// Some images of a data set, read where they are.
#[derive(Clone, Copy)]
pub(crate) struct InkColumns<'a, F> {
    pub pixels: &'a [u16],
    pub shades: &'a [u8],
    pub ranges: &'a [(u32, u32)],
    pub palette: &'a [F; 256],
}

impl<F: Vectors> Samples<F> for InkColumns<'_, F> {
    type Terms<'s>
        = InkTerms<'s, F>
    where
        Self: 's;

    #[inline(always)]
    fn len(self) -> usize {
        self.ranges.len()
    }

    #[inline(always)]
    fn sample(&self, k: usize) -> InkTerms<'_, F> {
        let (start, end) = self.ranges[k];
        InkTerms {
            pixels: &self.pixels[start as usize..end as usize],
            shades: &self.shades[start as usize..end as usize],
            palette: self.palette,
        }
    }
}

/// An image of a data set.
#[derive(Clone, Copy)]
pub(crate) struct InkTerms<'a, F> {
    pixels: &'a [u16],
    shades: &'a [u8],
    palette: &'a [F; 256],
}

impl<F: Vectors> Terms<F> for InkTerms<'_, F> {
    #[inline(always)]
    fn len(self) -> usize {
        self.pixels.len()
    }

    #[inline(always)]
    fn at(self, index: usize) -> (F, usize) {
        (
            self.palette[usize::from(self.shades[index])],
            usize::from(self.pixels[index]),
        )
    }
}
