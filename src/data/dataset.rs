//! Labelled images in memory: a cheap handle, whose clones and slices share the pixels.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::Ink;
use crate::error::{Error, Result};
use crate::images::pixels::{ImageShape, PixelSlice, Pixels};
use crate::memory;

/// Images and their labels. Cloning and slicing share the memory.
#[derive(Debug, Clone)]
pub struct Dataset {
    images: Arc<Images>,
    shape: ImageShape,
    range: Range<usize>,
}

/// What a data set and its slices share.
#[derive(Debug)]
struct Images {
    pixels: Pixels,
    labels: Vec<u16>,
    ink: OnceLock<Option<Ink>>,
    /// Whether they have been read without [`Dataset::ink`].
    were_read: AtomicBool,
}

impl Dataset {
    /// Images of `shape` with one label each, the number of its class: `u8` or `u16`.
    ///
    /// # Errors
    /// [`Error::Format`] at `origin` when there is no image, or when pixels and labels do not fit each other.
    pub fn new<L: Into<u16>>(
        pixels: Pixels,
        labels: Vec<L>,
        shape: ImageShape,
        origin: &str,
    ) -> Result<Self> {
        let labels: Vec<u16> = labels.into_iter().map(Into::into).collect();
        let mismatch = |expected: String, found: String| Error::Format {
            path: origin.into(),
            place: "images and labels".to_owned(),
            expected,
            found,
            hint: "Both files must come from the same data set; fetch them again.".to_owned(),
        };
        if labels.is_empty() || shape.pixels() == 0 {
            return Err(mismatch("at least one image".to_owned(), "none".to_owned()));
        }
        if pixels.len() != labels.len() * shape.pixels() {
            return Err(mismatch(
                format!("one label for each image ({} labels)", labels.len()),
                format!("{} images", pixels.len() / shape.pixels()),
            ));
        }
        Ok(Self {
            range: 0..labels.len(),
            images: Arc::new(Images {
                pixels,
                labels,
                ink: OnceLock::new(),
                were_read: AtomicBool::new(false),
            }),
            shape,
        })
    }

    /// Number of images, at least 1.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Height and width of every image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// Pixels of an image: the network's number of inputs.
    pub fn inputs(&self) -> usize {
        self.shape.pixels()
    }

    /// The class of each image.
    pub fn labels(&self) -> &[u16] {
        &self.images.labels[self.range.clone()]
    }

    /// All pixels, one image after the other.
    pub fn pixels(&self) -> PixelSlice<'_> {
        self.pixel_range(0..self.len())
    }

    /// The pixels of image `index`, row by row.
    ///
    /// # Panics
    /// When `index` is not below [`Self::len`].
    pub fn image(&self, index: usize) -> PixelSlice<'_> {
        self.pixel_range(index..index + 1)
    }

    fn pixel_range(&self, images: Range<usize>) -> PixelSlice<'_> {
        assert!(images.end <= self.len(), "image {} of {}", images.end, self.len());
        let start = (self.range.start + images.start) * self.inputs();
        let range = start..start + images.len() * self.inputs();
        match &self.images.pixels {
            Pixels::Bytes(pixels) => PixelSlice::Bytes(&pixels[range]),
            Pixels::Floats(pixels) => PixelSlice::Floats(&pixels[range]),
        }
    }

    /// Whether `other` shares this data set's memory, so that its images are the same, not just equal.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.images, &other.images) && self.range == other.range
    }

    /// The inked pixels of all images that this set is a slice of, computed at the first call; `None` if too few
    /// pixels are blank for skipping them to pay off. Image `i` of this set is number [`Self::first`] + i there.
    pub(crate) fn ink(&self) -> Option<&Ink> {
        let Images { pixels, ink, .. } = &*self.images;
        let ink = ink.get().unwrap_or_else(|| {
            // Not while the lock is held: a thread that waits for its parts of the ink may take up work of its caller, which
            // may ask for this very ink. Whoever shares a data set among threads asks for its ink first.
            let found = Ink::of(pixels, self.shape);
            ink.get_or_init(|| found)
        });
        ink.as_ref()
    }

    /// As [`Self::ink`], but `None` for the first reader: finding the ink pays off for images that are read again.
    pub(crate) fn ink_if_read_again(&self) -> Option<&Ink> {
        let Images { ink, were_read, .. } = &*self.images;
        let is_again = ink.get().is_some() || were_read.swap(true, Ordering::Relaxed);
        is_again.then(|| self.ink()).flatten()
    }

    /// The number of inked pixels, if there is [`Self::ink`].
    pub(crate) fn inked(&self) -> Option<u64> {
        let ink = self.ink()?;
        let (start, _) = ink.range(self.range.start);
        let (_, end) = ink.range(self.range.end - 1);
        Some(u64::from(end - start))
    }

    /// Number of the first image in [`Self::ink`].
    pub(crate) fn first(&self) -> usize {
        self.range.start
    }

    /// The images in `range`, sharing this set's memory.
    ///
    /// # Panics
    /// When `range` is empty or reaches past the end.
    pub fn slice(&self, range: Range<usize>) -> Self {
        assert!(
            range.start < range.end && range.end <= self.len(),
            "{range:?} of {} images",
            self.len()
        );
        Self {
            range: self.range.start + range.start..self.range.start + range.end,
            ..self.clone()
        }
    }

    /// The images of this set followed by those of `other`, which must have the same shape.
    ///
    /// # Errors
    /// [`Error::Format`] when the shapes differ; [`Error::OutOfMemory`].
    pub(super) fn followed_by(&self, other: &Self, origin: &str) -> Result<Self> {
        if self.shape != other.shape {
            return Err(Error::Format {
                path: origin.into(),
                place: "validation images".to_owned(),
                expected: format!(
                    "images of {}×{} as the training images",
                    self.shape.rows, self.shape.columns
                ),
                found: format!("{}×{}", other.shape.rows, other.shape.columns),
                hint: "Take both from the same data set.".to_owned(),
            });
        }
        let path = std::path::Path::new(origin);
        let numbers = (self.len() + other.len()) * self.inputs();
        let pixels = match (self.pixels(), other.pixels()) {
            (PixelSlice::Bytes(first), PixelSlice::Bytes(second)) => {
                memory::check_data::<u8>(path, numbers)?;
                Pixels::Bytes([first, second].concat())
            }
            (first, second) => {
                memory::check_data::<f32>(path, numbers)?;
                Pixels::Floats(first.intensities().chain(second.intensities()).collect())
            }
        };
        let labels = [self.labels(), other.labels()].concat();
        Self::new(pixels, labels, self.shape, origin)
    }

    /// The images at `order`, in this order.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    ///
    /// # Panics
    /// When an index is not below [`Self::len`].
    pub(super) fn picked(&self, order: &[usize], origin: &str) -> Result<Self> {
        let (path, numbers) = (std::path::Path::new(origin), order.len() * self.inputs());
        let pixels = match self.pixels() {
            PixelSlice::Bytes(pixels) => {
                memory::check_data::<u8>(path, numbers)?;
                Pixels::Bytes(gathered(pixels, self.inputs(), order))
            }
            PixelSlice::Floats(pixels) => {
                memory::check_data::<f32>(path, numbers)?;
                Pixels::Floats(gathered(pixels, self.inputs(), order))
            }
        };
        let labels = order.iter().map(|&index| self.labels()[index]).collect();
        Self::new::<u16>(pixels, labels, self.shape, origin)
    }

    /// How many images each class has; index = label, up to the largest label, at least 10 of them.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; 10];
        for &label in self.labels() {
            let label = usize::from(label);
            if counts.len() <= label {
                counts.resize(label + 1, 0);
            }
            counts[label] += 1;
        }
        counts
    }

    /// Checks that every label is below `classes`.
    ///
    /// # Errors
    /// [`Error::LabelOutOfRange`] with the first image whose label is not.
    pub fn check_labels(&self, classes: usize, origin: &str) -> Result<()> {
        match self
            .labels()
            .iter()
            .position(|&label| usize::from(label) >= classes)
        {
            None => Ok(()),
            Some(row) => Err(Error::LabelOutOfRange {
                origin: origin.to_owned(),
                row,
                label: usize::from(self.labels()[row]),
                classes,
                hint: "Give `classes` a number above all labels, or correct the labels.",
            }),
        }
    }
}

/// The rows of `length` numbers at `order`.
fn gathered<T: Copy>(numbers: &[T], length: usize, order: &[usize]) -> Vec<T> {
    let rows = order.iter().map(|&index| &numbers[index * length..][..length]);
    rows.flatten().copied().collect()
}
