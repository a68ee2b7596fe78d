//! Augmentation: every image is distorted differently in every epoch, as if written by other hands.
//!
//! | distortion | of each image | after |
//! |---|---|---|
//! | shift | a whole number of pixels up, down, left or right, or not at all | Nielsen's `expand_mnist.py` |
//! | rotation, scale, shear, translation | one affine map, about the centre | Simard, Steinkraus and Platt 2003; Cireşan et al. 2010 |
//! | elastic | each pixel by a smooth random field | Simard, Steinkraus and Platt 2003 |
//!
//! All distortions are composed into one map from the pixels of the result to places in the image, which is
//! interpolated there once between four pixels, so that blur does not add up. Pixels outside the image are blank.
//!
//! [`Augmentation`] has the options. [`Augmenter`] distorts single images, in memory that is allocated once. In
//! training, the images of the next mini-batches are drawn while the network learns from the current ones.
//!
//! Each image of each epoch has a random stream of its own. The result depends on the seed, the epoch and the index
//! in the data set, not on the order, the size of mini-batches, the number of threads, or the machine's vectors.

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
