//! Labelled images in memory, and the ways to get them: bytes → [`Dataset`].
//!
//! A [`Dataset`] is a cheap handle: [`Dataset::slice`] shares the pixels, so that the training set, the
//! validation set and "both" are three views of one allocation. Pixels stay bytes where the file has bytes.
//! A byte `k` means the intensity `k / 256`, as in the article's `mnist.pkl.gz`; the division happens when a
//! mini-batch is gathered. This room knows nothing of networks.

pub mod arrays;
pub mod checksum;
pub mod csv;
pub mod download;
pub mod idx;
mod ink;
pub mod locate;
mod numbers;
mod part;
pub mod pickle;
pub mod pictures;
pub mod resolve;
pub mod scale;
pub mod synthetic;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

pub use csv::LabelColumn;
pub(crate) use ink::Ink;
pub use scale::PixelRange;

use crate::error::{Error, Result};

/// What a pixel byte is divided by: 256, as in the article's data, not 255.
pub const PIXEL_SCALE: f32 = 256.0;

/// Height and width of one image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShape {
    /// Height.
    pub rows: usize,
    /// Width.
    pub columns: usize,
}

impl ImageShape {
    /// MNIST's 28 × 28.
    pub const MNIST: Self = Self {
        rows: 28,
        columns: 28,
    };

    /// The square of so many pixels, where there is one.
    pub fn square(pixels: usize) -> Option<Self> {
        let side = pixels.isqrt();
        (side * side == pixels).then_some(Self {
            rows: side,
            columns: side,
        })
    }

    /// The shape of images of so many pixels, of which no more is known: square where it can be, else one row.
    pub fn of_pixels(pixels: usize) -> Self {
        Self::square(pixels).unwrap_or(Self {
            rows: 1,
            columns: pixels,
        })
    }

    /// Number of pixels, the network's number of inputs.
    pub fn pixels(self) -> usize {
        self.rows * self.columns
    }
}

/// The pixels of many images, one image after the other, each row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    /// `k` means `k / 256`.
    Bytes(Vec<u8>),
    /// The value itself.
    Floats(Vec<f32>),
}

impl Pixels {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(pixels) => pixels.len(),
            Self::Floats(pixels) => pixels.len(),
        }
    }
}

/// A range of [`Pixels`], borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PixelSlice<'a> {
    /// `k` means `k / 256`.
    Bytes(&'a [u8]),
    /// The value itself.
    Floats(&'a [f32]),
}

impl<'a> PixelSlice<'a> {
    /// As bytes, for pictures: what is beyond 0 and 255 is black and white.
    pub fn to_bytes(self) -> Cow<'a, [u8]> {
        match self {
            Self::Bytes(pixels) => pixels.into(),
            Self::Floats(pixels) => pixels.iter().map(|pixel| (pixel * PIXEL_SCALE) as u8).collect(),
        }
    }
}

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
    labels: Vec<u8>,
    ink: OnceLock<Option<Ink>>,
}

impl Dataset {
    /// Images of `shape` with one label each.
    ///
    /// # Errors
    /// [`Error::Format`] at `origin` when there is no image, or when pixels and labels do not fit each other.
    pub fn new(pixels: Pixels, labels: Vec<u8>, shape: ImageShape, origin: &str) -> Result<Self> {
        let mismatch = |expected: String, found: String| Error::Format {
            path: origin.into(),
            place: "images and labels".to_owned(),
            expected,
            found,
            way_out: "Both files must come from the same data set; fetch them again.".to_owned(),
        };
        if labels.is_empty() || shape.pixels() == 0 {
            return Err(mismatch("at least one image".to_owned(), "none".to_owned()));
        }
        if pixels.len() != labels.len() * shape.pixels() {
            return Err(mismatch(
                format!("one label an image ({} labels)", labels.len()),
                format!("{} images", pixels.len() / shape.pixels()),
            ));
        }
        Ok(Self {
            range: 0..labels.len(),
            images: Arc::new(Images {
                pixels,
                labels,
                ink: OnceLock::new(),
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

    /// The labels, one an image.
    pub fn labels(&self) -> &[u8] {
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

    /// The inked pixels of all images this set is a slice of, found at the first call; none where blanks are
    /// too few to be worth skipping. Image `i` of this set is number [`Self::first`] + i there.
    pub(crate) fn ink(&self) -> Option<&Ink> {
        let Images { pixels, ink, .. } = &*self.images;
        ink.get_or_init(|| Ink::of(pixels, self.shape)).as_ref()
    }

    /// How many pixels are inked, where there is [`Self::ink`].
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

    /// How many images each class has; index = label, as long as the largest label asks, at least 10.
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
                way_out: "Give the network one output a class with --classes, or mend the labels.",
            }),
        }
    }
}

/// How files are to be read, where they leave it open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Number of classes; `None`: ten for MNIST's own forms, else one more than the largest label, and at least two.
    pub classes: Option<usize>,
    /// Where a CSV file has its labels; `None`: where they seem to be.
    pub label_column: Option<LabelColumn>,
    /// What the numbers of CSV and NumPy files mean.
    pub pixel_range: PixelRange,
}

/// Which images train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrainOn {
    /// The seed's split: the training images without the validation images (MNIST: 50,000).
    #[default]
    Train,
    /// Training and validation images together (MNIST: 60,000).
    All,
}

/// A whole data set: images to learn from, of which the last part validates, and images to test on.
#[derive(Debug, Clone)]
pub struct Digits {
    learning: Dataset,
    training_len: usize,
    test: Dataset,
    origin: String,
    /// All images, where they came in one part.
    whole: Option<Dataset>,
    classes: usize,
    pixel_max: f64,
    about: Vec<String>,
}

impl Digits {
    /// A data set whose first `training_len` learning images train and whose others validate.
    /// `origin` says where it is from, for people: a path, or "synthetic digits, not MNIST".
    ///
    /// # Errors
    /// [`Error::Format`] when the images of the two parts differ in shape, or when `training_len` leaves no
    /// image to train or to validate on.
    pub fn new(learning: Dataset, training_len: usize, test: Dataset, origin: String) -> Result<Self> {
        let mismatch = |expected: String, found: String| Error::Format {
            path: origin.clone().into(),
            place: "training and test images".to_owned(),
            expected,
            found,
            way_out: "Take both from the same data set.".to_owned(),
        };
        if learning.shape() != test.shape() {
            let (learning, test) = (learning.shape(), test.shape());
            return Err(mismatch(
                format!(
                    "test images of {}×{} as the training images",
                    learning.rows, learning.columns
                ),
                format!("{}×{}", test.rows, test.columns),
            ));
        }
        if training_len == 0 || training_len >= learning.len() {
            return Err(mismatch(
                "at least one image to train on and one to validate on".to_owned(),
                format!("{} to train on of {}", training_len, learning.len()),
            ));
        }
        let classes = learning.class_counts().len().max(test.class_counts().len());
        let pixel_max = match learning.images.pixels {
            Pixels::Bytes(_) => 255.0,
            Pixels::Floats(_) => 1.0,
        };
        Ok(Self {
            learning,
            training_len,
            test,
            origin,
            whole: None,
            classes,
            pixel_max,
            about: Vec::new(),
        })
    }

    /// A data set that comes in one part: its last sixth tests, and of the rest the last sixth validates.
    ///
    /// # Errors
    /// [`Error::Format`] when there are fewer than three images.
    pub fn of_one_part(images: Dataset, origin: String) -> Result<Self> {
        let learning_len = Self::training_len_of(images.len());
        if images.len() < 3 {
            return Err(part::too_few(&origin, images.len()));
        }
        let learning = images.slice(0..learning_len);
        let test = images.slice(learning_len..images.len());
        let training_len = Self::training_len_of(learning_len);
        Ok(Self {
            whole: Some(images),
            ..Self::new(learning, training_len, test, origin)?
        })
    }

    /// The same with a number of classes, and how its numbers were read.
    fn read_as(self, classes: usize, pixel_max: f64, about: Vec<String>) -> Self {
        Self {
            classes,
            pixel_max,
            about,
            ..self
        }
    }

    /// The same with a number of classes, which no label reaches.
    fn with_classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// The images that train.
    pub fn training(&self, on: TrainOn) -> Dataset {
        match on {
            TrainOn::Train => self.learning.slice(0..self.training_len),
            TrainOn::All => self.learning.clone(),
        }
    }

    /// The images that validate: those that [`TrainOn::Train`] leaves out.
    pub fn validation(&self) -> Dataset {
        self.learning.slice(self.training_len..self.learning.len())
    }

    /// The images that test.
    pub fn test(&self) -> &Dataset {
        &self.test
    }

    /// All images, where the files had no part of their own to test on; then [`Self::test`] is only a sixth of them.
    pub fn whole(&self) -> Option<&Dataset> {
        self.whole.as_ref()
    }

    /// Number of classes: above every label.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// What the files' numbers go up to: 255 for bytes, 1 for intensities. See [`scale`].
    pub fn pixel_max(&self) -> f64 {
        self.pixel_max
    }

    /// How the files were read, where they leave it open: for people.
    pub fn about(&self) -> &[String] {
        &self.about
    }

    /// Where the data are from, for people.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The validation images of a learning set that comes without a split of its own: its last sixth, which
    /// for MNIST's 60,000 are the seed's 10,000. Returns how many images are left to train on.
    pub fn training_len_of(learning_len: usize) -> usize {
        learning_len - (learning_len / 6).max(1)
    }
}
