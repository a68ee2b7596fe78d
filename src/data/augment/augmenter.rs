//! From an image to a distorted one.

use rand::Rng;
use rayon::prelude::*;

use super::affine::Affine;
use super::elastic::{Field, Lattice};
use super::resample::{Framed, Pixel};
use super::{Augmentation, LANES, Lanes};
use crate::data::Dataset;
use crate::error::Result;
use crate::images::pixels::{ImageShape, PixelSlice, Pixels};
use crate::math::random::{ImageStreams, Stream};
use crate::math::simd::vectorized;

/// Distorts images of one shape.
#[derive(Debug, Clone)]
pub struct Augmenter {
    bounds: Augmentation,
    /// The bounds as they are now: [`Self::set_strength`].
    present: Augmentation,
    strength: f32,
    shape: ImageShape,
    streams: ImageStreams,
    field: Option<Field>,
}

/// Memory for one image at a time: each thread needs its own.
#[derive(Debug, Clone)]
pub struct Scratch {
    source: Framed,
    lattice: Option<Lattice>,
    bytes: Vec<u8>,
    floats: Vec<f32>,
}

impl Augmenter {
    /// Distorts images of `shape` within `bounds`. All random numbers come from `seed`.
    ///
    /// # Errors
    /// As [`Augmentation::check`].
    pub fn new(bounds: Augmentation, shape: ImageShape, seed: u64) -> Result<Self> {
        bounds.check()?;
        Ok(Self::of_checked(bounds, shape, seed))
    }

    /// As [`Self::new`], with bounds that passed [`Augmentation::check`].
    pub(crate) fn of_checked(bounds: Augmentation, shape: ImageShape, seed: u64) -> Self {
        Self {
            bounds,
            present: bounds,
            strength: 1.0,
            shape,
            streams: ImageStreams::new(seed, Stream::Augmentation),
            field: bounds.elastic.map(|elastic| Field::new(elastic, shape)),
        }
    }

    /// From now on distorts `strength` times as far, from 0 to 1, as [`Augmentation::weakened`]. It is 1 at first.
    pub fn set_strength(&mut self, strength: f64) {
        self.present = self.bounds.weakened(strength);
        self.strength = strength as f32;
    }

    /// Memory for [`Self::draw`].
    pub fn scratch(&self) -> Scratch {
        Scratch {
            source: Framed::new(self.shape),
            lattice: self.field.as_ref().map(Field::lattice),
            bytes: Vec::with_capacity(self.shape.pixels()),
            floats: Vec::with_capacity(self.shape.pixels()),
        }
    }

    /// Image `index` of `dataset` as it is in `epoch`. Bytes stay bytes. Allocates nothing.
    ///
    /// # Panics
    /// When the image is not there, or not of the augmenter's shape.
    pub fn draw<'s>(
        &self,
        dataset: &Dataset,
        index: u32,
        epoch: usize,
        scratch: &'s mut Scratch,
    ) -> PixelSlice<'s> {
        assert_eq!(
            dataset.shape(),
            self.shape,
            "shapes of the images and of the augmenter"
        );
        let mut random = self.streams.get(epoch, index);
        let Scratch {
            source,
            lattice,
            bytes,
            floats,
        } = scratch;
        match dataset.image(index as usize) {
            PixelSlice::Bytes(image) => {
                bytes.resize(self.shape.pixels(), 0);
                self.distort(image, &mut random, source, lattice.as_mut(), bytes);
                PixelSlice::Bytes(bytes)
            }
            PixelSlice::Floats(image) => {
                floats.resize(self.shape.pixels(), 0.0);
                self.distort(image, &mut random, source, lattice.as_mut(), floats);
                PixelSlice::Floats(floats)
            }
        }
    }

    /// All images of `dataset` as training sees them in `epoch`.
    ///
    /// # Panics
    /// When the images are not of the augmenter's shape.
    pub fn draw_all(&self, dataset: &Dataset, epoch: usize) -> Dataset {
        let image = self.shape.pixels();
        let mut pixels = match dataset.pixels() {
            PixelSlice::Bytes(pixels) => Pixels::Bytes(vec![0; pixels.len()]),
            PixelSlice::Floats(pixels) => Pixels::Floats(vec![0.0; pixels.len()]),
        };
        match &mut pixels {
            Pixels::Bytes(pixels) => pixels.par_chunks_exact_mut(image).enumerate().for_each_init(
                || self.scratch(),
                |scratch, (index, to)| {
                    if let PixelSlice::Bytes(drawn) = self.draw(dataset, index as u32, epoch, scratch) {
                        to.copy_from_slice(drawn);
                    }
                },
            ),
            Pixels::Floats(pixels) => pixels.par_chunks_exact_mut(image).enumerate().for_each_init(
                || self.scratch(),
                |scratch, (index, to)| {
                    if let PixelSlice::Floats(drawn) = self.draw(dataset, index as u32, epoch, scratch) {
                        to.copy_from_slice(drawn);
                    }
                },
            ),
        }
        Dataset::new(pixels, dataset.labels().to_vec(), self.shape, "augmented images")
            .expect("as many images and labels as in a data set that is one")
    }

    /// `image` distorted into `out`.
    fn distort<P: Pixel>(
        &self,
        image: &[P],
        random: &mut impl Rng,
        source: &mut Framed,
        mut lattice: Option<&mut Lattice>,
        out: &mut [P],
    ) {
        let map = Affine::draw(&self.present, random);
        vectorized(
            #[inline(always)]
            || {
                source.set(image);
                if let (Some(field), Some(lattice)) = (&self.field, lattice.as_deref_mut()) {
                    field.draw(lattice, random);
                }
                let centre = [self.shape.columns, self.shape.rows].map(|pixels| (pixels as f32 - 1.0) / 2.0);
                for (row, out) in out.chunks_exact_mut(self.shape.columns).enumerate() {
                    if let (Some(field), Some(lattice)) = (&self.field, lattice.as_deref_mut()) {
                        field.enter_row(lattice, row);
                    }
                    for (block, out) in out.chunks_mut(LANES).enumerate() {
                        let [mut x, mut y] = places(&map, centre, row, block);
                        if let (Some(field), Some(lattice)) = (&self.field, lattice.as_deref()) {
                            let [by_x, by_y] = field.displacements(lattice, block);
                            for lane in 0..LANES {
                                x[lane] += self.strength * by_x[lane];
                                y[lane] += self.strength * by_y[lane];
                            }
                        }
                        let pixels = source.at(&x, &y).map(P::of_number);
                        out.copy_from_slice(&pixels[..out.len()]);
                    }
                }
            },
        );
    }
}

/// Where a block of pixels comes from by the affine map alone, in pixels from the first.
#[inline(always)]
fn places(map: &Affine, centre: [f32; 2], row: usize, block: usize) -> [Lanes; 2] {
    let from_x: Lanes =
        std::array::from_fn(|lane| (block * LANES + lane) as f32 - centre[0] - map.translation[0]);
    let from_y = row as f32 - centre[1] - map.translation[1];
    let [x, y] = map.matrix;
    [
        from_x.map(|from_x| x[0] * from_x + x[1] * from_y + centre[0]),
        from_x.map(|from_x| y[0] * from_x + y[1] * from_y + centre[1]),
    ]
}
