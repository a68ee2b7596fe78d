//! Draws handwritten-style digits: training data if MNIST is not available.
//!
//! An image is drawn as a person would write it and then treated as MNIST's images were:
//!
//! 1. `templates`: a class has several styles (a seven with and without a bar, an open and a closed four …),
//!    each a few strokes through a few points;
//! 2. `hand`: one way of writing bends a style's points: unsteadiness, slant, proportions, rotation, pen;
//! 3. `curve`: smooth curves through the bent points;
//! 4. `raster`: the strokes fitted into 20 × 20 pixels and drawn with soft edges;
//! 5. `centre`: those 20 × 20 pixels placed in 28 × 28 so that the centre of mass is in the middle
//!    (Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*).
//!
//! Promises: the same seed gives the same bytes on every machine and for every number of threads, and more
//! images with the same seed begin with the same images. For this each image has a random stream of its own,
//! and the drawing uses only `+ - * /`, square roots and comparisons, which IEEE 754 rounds alike everywhere;
//! sines and logarithms, which platforms round differently, are not used.
//! Training and test images come from different streams, so no test image is a copy of a training image.

mod centre;
mod curve;
mod hand;
mod raster;
mod stream;
#[rustfmt::skip] // a table: a style a line
mod templates;

use rayon::prelude::*;

use self::hand::Hand;
use self::stream::{Part, Stream};
use super::{Dataset, Digits};
use crate::images::pixels::{ImageShape, Pixels};

/// Learning images (training and validation together), as many as MNIST has.
pub const TRAINING: usize = 60_000;

/// Test images, as many as MNIST has.
pub const TEST: usize = 10_000;

/// [`Digits::origin`] of these images.
pub const ORIGIN: &str = "synthetic digits, not MNIST";

/// Draws `training` images to learn from, of which the last sixth validates, and `test` images to test on,
/// each of 28 × 28 bytes. Classes are drawn evenly at random.
///
/// ```
/// use batchprop::data::synthetic;
///
/// let digits = synthetic::digits(0, 60, 10);
/// assert_eq!(digits.origin(), "synthetic digits, not MNIST");
/// assert_eq!(digits.validation().len(), 10);
/// ```
///
/// # Panics
/// When `training` is below 2 (one image to train and one to validate on) or `test` is 0.
pub fn digits(seed: u64, training: usize, test: usize) -> Digits {
    assert!(training >= 2, "{training} training images: at least 2 are needed");
    assert!(test >= 1, "{test} test images: at least 1 is needed");
    let learning = draw(seed, Part::Learning, training);
    let test = draw(seed, Part::Test, test);
    let training_len = Digits::training_len_of(training);
    Digits::new(learning, training_len, test, ORIGIN.to_owned())
        .expect("both parts are 28 × 28 and hold an image of each kind")
}

fn draw(seed: u64, part: Part, images: usize) -> Dataset {
    let shape = ImageShape::MNIST;
    let mut pixels = vec![0; images * shape.pixels()];
    let mut labels = vec![0; images];
    pixels
        .par_chunks_exact_mut(shape.pixels())
        .zip(&mut labels)
        .enumerate()
        .for_each(|(index, (image, label))| {
            let mut stream = Stream::new(seed, part, index);
            *label = stream.below(templates::CLASSES.len()) as u8;
            let strokes = Hand::new(&mut stream).write(templates::CLASSES[usize::from(*label)], &mut stream);
            centre::place(&raster::draw(&strokes), image);
        });
    Dataset::new(Pixels::Bytes(pixels), labels, shape, ORIGIN)
        .expect("one label an image, at least one image")
}
