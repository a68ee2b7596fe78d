//! What the numbers of a file mean as intensities: the one place where that is decided.
//!
//! A number is divided by the largest that a pixel can be, which is known by its kind (`pixel_max` says it where the
//! guess is wrong):
//!
//! | numbers | largest | divided by |
//! |---|---:|---:|
//! | whole, from 0 to 255, some above 16 | 255 | 256, as everywhere: see [`PIXEL_SCALE`] |
//! | whole, from 0 to 16, some above 1, as of scikit-learn's digits | 16 | 16 |
//! | all from −1 to 1 | 1 | 1: they are taken as they are |
//! | any others | their largest magnitude | that |
//!
//! A network must see numbers as those it was trained on: its file says by what these were divided, and
//! [`PixelRange::AsTrained`] divides by that wherever the numbers at hand may be of the same kind.

use std::path::Path;

use crate::error::Result;
use crate::images::pixels::{PIXEL_SCALE, Pixels};
use crate::memory;

/// Largest value of a byte.
const BYTE: f64 = 255.0;

/// Largest value in scikit-learn's digits.
const SCIKIT_LEARN: f64 = 16.0;

/// The range of a file's numbers, from 0 to the largest that a pixel can be.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum PixelRange {
    /// Told by the numbers themselves.
    #[default]
    Guess,
    /// Up to this number, whatever is found.
    UpTo(f64),
    /// Up to this number, if those that are found may be such: what a network was trained on. Else as [`Self::Guess`].
    AsTrained(f64),
}

impl PixelRange {
    /// The largest that a pixel can be.
    pub(super) fn pixel_max(self, numbers: &Pixels) -> f64 {
        let found = Found::in_numbers(numbers);
        match self {
            Self::UpTo(pixel_max) => pixel_max,
            Self::AsTrained(pixel_max) if found.may_be_up_to(pixel_max) => pixel_max,
            Self::Guess | Self::AsTrained(_) => found.guess(),
        }
    }
}

/// The byte that a number is, if it is one.
pub(super) fn as_byte(number: f32) -> Option<u8> {
    (f32::from(number as u8) == number).then_some(number as u8)
}

/// Intensities, of numbers as they are in the file at `path`: bytes where they can be.
///
/// # Errors
/// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
pub(super) fn intensities(numbers: Pixels, pixel_max: f64, path: &Path) -> Result<Pixels> {
    match &numbers {
        Pixels::Bytes(bytes) if pixel_max != BYTE => memory::check_data::<f32>(path, bytes.len())?,
        Pixels::Floats(floats) if pixel_max == BYTE => memory::check_data::<u8>(path, floats.len())?,
        _ => {}
    }
    Ok(converted(numbers, pixel_max))
}

fn converted(numbers: Pixels, pixel_max: f64) -> Pixels {
    if pixel_max == 1.0 {
        return match numbers {
            Pixels::Bytes(bytes) => Pixels::Floats(bytes.iter().map(|&byte| f32::from(byte)).collect()),
            floats => floats,
        };
    }
    if pixel_max != BYTE {
        return divided(numbers, pixel_max as f32);
    }
    match numbers {
        Pixels::Floats(floats) => match floats.iter().copied().map(as_byte).collect() {
            Some(bytes) => Pixels::Bytes(bytes),
            None => divided(Pixels::Floats(floats), PIXEL_SCALE),
        },
        bytes => bytes,
    }
}

fn divided(numbers: Pixels, divisor: f32) -> Pixels {
    Pixels::Floats(match numbers {
        Pixels::Bytes(bytes) => bytes.iter().map(|&byte| f32::from(byte) / divisor).collect(),
        Pixels::Floats(mut floats) => {
            floats.iter_mut().for_each(|float| *float /= divisor);
            floats
        }
    })
}

/// For people: "divided by 16".
pub(super) fn in_words(pixel_max: f64) -> String {
    match pixel_max {
        BYTE => "pixels are bytes".to_owned(),
        1.0 => "pixels as they are".to_owned(),
        other => format!("pixels divided by {}", other as f32),
    }
}

/// What is seen of a file's numbers.
#[derive(Debug, Clone, Copy)]
struct Found {
    least: f64,
    most: f64,
    is_whole: bool,
}

impl Found {
    fn in_numbers(numbers: &Pixels) -> Self {
        let (least, most, is_whole) = match numbers {
            Pixels::Bytes(bytes) => {
                let most = bytes.iter().copied().max().unwrap_or(0);
                (0.0, f32::from(most), true)
            }
            Pixels::Floats(floats) => {
                let least = floats.iter().copied().fold(f32::INFINITY, f32::min);
                let most = floats.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                (least, most, floats.iter().all(|float| float.fract() == 0.0))
            }
        };
        Self {
            least: f64::from(least),
            most: f64::from(most),
            is_whole,
        }
    }

    fn guess(self) -> f64 {
        let Self {
            least,
            most,
            is_whole,
        } = self;
        let magnitude = most.max(-least);
        match magnitude {
            ..=1.0 => 1.0,
            ..=SCIKIT_LEARN if is_whole && least >= 0.0 => SCIKIT_LEARN,
            ..=BYTE if is_whole && least >= 0.0 => BYTE,
            _ => magnitude,
        }
    }

    /// Whether these numbers may be of the kind that a network was trained on. One that was trained on bytes or on
    /// intensities can be shown both.
    fn may_be_up_to(self, pixel_max: f64) -> bool {
        match pixel_max {
            BYTE | SCIKIT_LEARN => self.least >= 0.0 && self.most > 1.0 && self.most <= pixel_max,
            1.0 => !self.is_whole || self.least < 0.0,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(numbers: &[f32]) -> f64 {
        PixelRange::Guess.pixel_max(&Pixels::Floats(numbers.to_vec()))
    }

    #[test]
    fn the_numbers_tell_their_kind() {
        assert_eq!(guess(&[0.0, 255.0]), 255.0);
        assert_eq!(guess(&[0.0, 17.0]), 255.0);
        assert_eq!(guess(&[0.0, 16.0]), 16.0);
        assert_eq!(guess(&[0.0, 2.0]), 16.0);
        assert_eq!(guess(&[0.0, 1.0]), 1.0);
        assert_eq!(guess(&[-1.0, 0.3]), 1.0);
        assert_eq!(guess(&[0.1, 7.5]), 7.5);
        assert_eq!(guess(&[-3.0, 2.0]), 3.0);
        assert_eq!(guess(&[0.0, 256.0]), 256.0);
        assert_eq!(PixelRange::Guess.pixel_max(&Pixels::Bytes(vec![0, 20])), 255.0);
        assert_eq!(PixelRange::UpTo(4.0).pixel_max(&Pixels::Bytes(vec![0, 20])), 4.0);
    }

    #[test]
    fn a_network_is_shown_what_it_was_trained_on() {
        let pixel_max = |trained, numbers: &[f32]| {
            PixelRange::AsTrained(trained).pixel_max(&Pixels::Floats(numbers.to_vec()))
        };
        // Faint bytes are bytes to a network of bytes, and sixteenths to one of sixteenths.
        assert_eq!(pixel_max(255.0, &[0.0, 12.0]), 255.0);
        assert_eq!(pixel_max(16.0, &[0.0, 12.0]), 16.0);
        // Intensities are the same to both.
        assert_eq!(pixel_max(255.0, &[0.0, 0.7]), 1.0);
        assert_eq!(pixel_max(16.0, &[0.0, 200.0]), 255.0);
        assert_eq!(pixel_max(1.0, &[0.0, 200.0]), 255.0);
        // A feature a little above those of the training is not squeezed.
        assert_eq!(pixel_max(1.0, &[-0.3, 1.2]), 1.0);
        assert_eq!(pixel_max(7.9, &[0.1, 0.9]), 7.9);
    }

    #[test]
    fn whole_numbers_up_to_255_become_bytes_and_others_floats() {
        let floats = |numbers: &[f32]| Pixels::Floats(numbers.to_vec());
        assert_eq!(
            converted(floats(&[0.0, 255.0]), 255.0),
            Pixels::Bytes(vec![0, 255])
        );
        assert_eq!(
            converted(floats(&[0.5, 128.0]), 255.0),
            floats(&[0.5 / 256.0, 0.5])
        );
        assert_eq!(converted(Pixels::Bytes(vec![8, 16]), 16.0), floats(&[0.5, 1.0]));
        assert_eq!(converted(Pixels::Bytes(vec![0, 1]), 1.0), floats(&[0.0, 1.0]));
    }
}
