//! Pictures of digits, as people draw, scan and photograph them → the form that the network learned.
//!
//! [`open`], [`read`] and [`decode`] read PNG, JPEG, GIF, BMP and WebP into a [`Grey`] picture. [`digits`] finds the digits in
//! it and makes of each what the makers of [MNIST] made of their scans: "the original black and white images were size
//! normalized to fit in a 20x20 pixel box while preserving their aspect ratio […] as a result of the anti-aliasing technique
//! […] the images were centered in a 28x28 image by computing the center of mass of the pixels, and translating the image so
//! as to position this point at the center of the 28x28 field". What is in MNIST's form already comes out nearly as it went
//! in. [`digit`] tells the steps.
//!
//! ```
//! use batchprop::images::{self, Grey};
//!
//! // A one, drawn dark on light in a corner of a large sheet.
//! let mut pixels = vec![230; 200 * 300];
//! for row in 20..90 {
//!     pixels[row * 300 + 40..row * 300 + 50].fill(30);
//! }
//! let found = images::digits(&Grey::new(200, 300, pixels)?, 28).expect("there is ink");
//! let [one] = &found[..] else { panic!("there is one digit") };
//! assert_eq!((one.place.left, one.place.top), (40, 20));
//! assert_eq!((one.digit.shape.rows, one.digit.shape.columns), (28, 28));
//! assert_eq!(one.digit.pixels[14 * 28 + 14], 255);
//! assert_eq!(one.digit.pixels[14 * 28 + 20], 0);
//! # Ok::<(), batchprop::Error>(())
//! ```
//!
//! [MNIST]: https://web.archive.org/web/20240801000000/http://yann.lecun.com/exdb/mnist/

mod decode;
pub mod digit;
mod folder;
mod grey;
pub mod pixels;
pub mod strokes;

pub(crate) use self::decode::{LUMA, LUMA_WHOLE};
pub use self::decode::{decode, is_known_other, open, read};
pub use self::digit::{BoundingBox, Digit, Found, NoDigit, digit_of_ink, digits};
pub use self::folder::in_folder;
pub use self::grey::Grey;

#[cfg(test)]
mod tests;
