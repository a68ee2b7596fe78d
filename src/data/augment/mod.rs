//! Augmentation: every image distorted anew in every epoch, as other hands would have written it.
//!
//! | distortion | of each image | after |
//! |---|---|---|
//! | shift | a whole number of pixels up, down, left or right, or not at all | Nielsen's `expand_mnist.py` |
//! | rotation, scale, shear, translation | one affine map, about the centre | Simard, Steinkraus and Platt 2003; Cireşan et al. 2010 |
//! | elastic | each pixel by a smooth random field | Simard, Steinkraus and Platt 2003 |
//!
//! All that is asked for is composed into one map from the pixels of the result to places in the image, which is
//! read there once, between four pixels: distortions add up, blur does not. What lies outside the image is blank.
//!
//! [`Augmentation`] is what a user asks for. [`Augmenter`] distorts single images, into memory taken once. In
//! training the images of the next mini-batches are drawn while the network learns from the present ones.
//!
//! Each image of each epoch has a random stream of its own. What becomes of it depends on the seed, the epoch and its
//! place in the data set; not on the order, the size of mini-batches, the number of threads, or the machine's vectors.

mod affine;
mod augmenter;
mod elastic;
mod options;
mod resample;

pub use augmenter::{Augmenter, Scratch};
pub use options::{Augmentation, Elastic};

/// Columns that are computed together: a vector of AVX-512, two of AVX2, four of NEON.
const LANES: usize = 16;

/// A number for each of [`LANES`] neighbouring columns.
type Lanes = [f32; LANES];
