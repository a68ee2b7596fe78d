//! From what a file holds, numbers and labels, to [`Digits`]: what pixels mean, how many classes there are, and which
//! images learn, validate and test.
//!
//! Files that come in one part are split: the last sixth tests, and of the rest the last sixth validates. Where all
//! images of a class stand together, the last ones would be of few classes: such images are mixed before they are
//! split, always in the same way.

use std::path::{Path, PathBuf};

use rand::seq::SliceRandom;

use super::scale;
use crate::data::read::Reading;
use crate::data::{Dataset, Digits};
use crate::error::Result;
use crate::images::pixels::{ImageShape, Pixels};
use crate::math::random::{Stream, stream};
use crate::memory;

/// Decides how images are mixed: not the seed of a run, which must not change the images that it is tested on.
const MIXING_SEED: u64 = 0;

/// Images with labels as a file has them.
pub(super) struct Part {
    pub path: PathBuf,
    pub shape: ImageShape,
    /// Not yet intensities.
    pub numbers: Pixels,
    pub labels: Vec<u8>,
    /// How it was read, for people.
    pub about: Vec<String>,
}

/// The data set of one part, or of two of the same kind.
pub(super) fn digits(
    mut learning: Part,
    test: Option<Part>,
    reading: &Reading,
    origin: String,
) -> Result<Digits> {
    let pixel_max = reading.pixel_range.pixel_max(&learning.numbers);
    let mut about = std::mem::take(&mut learning.about);
    about.push(scale::in_words(pixel_max));
    if is_grouped(&learning.labels) {
        about.push("mixed, for its classes stand one after the other".to_owned());
        learning.mix()?;
    }
    let learning = learning.dataset(pixel_max)?;
    let test = test.map(|test| test.dataset(pixel_max)).transpose()?;
    let largest = |images: &Dataset| images.labels().iter().copied().max().unwrap_or(0);
    let largest = largest(&learning).max(test.as_ref().map_or(0, largest));
    let classes = reading.classes.unwrap_or((usize::from(largest) + 1).max(2));
    for images in [Some(&learning), test.as_ref()].into_iter().flatten() {
        images.check_labels(classes, &origin)?;
    }
    let digits = match test {
        Some(test) => {
            let training_len = Digits::training_len_of(learning.len());
            Digits::new(learning, training_len, test, origin)?
        }
        None => Digits::of_one_part(learning, origin)?,
    };
    Ok(digits.read_as(classes, pixel_max, about))
}

impl Part {
    fn dataset(self, pixel_max: f64) -> Result<Dataset> {
        let pixels = scale::intensities(self.numbers, pixel_max, &self.path)?;
        Dataset::new(pixels, self.labels, self.shape, &self.path.display().to_string())
    }

    /// Into an order of chance, which is always the same for so many images.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn mix(&mut self) -> Result<()> {
        let path = &self.path;
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.shuffle(&mut stream(MIXING_SEED, Stream::Shuffle));
        let pixels = self.shape.pixels();
        match &mut self.numbers {
            Pixels::Bytes(bytes) => *bytes = reordered(bytes, pixels, &order, path)?,
            Pixels::Floats(floats) => *floats = reordered(floats, pixels, &order, path)?,
        }
        self.labels = reordered(&self.labels, 1, &order, path)?;
        Ok(())
    }
}

fn reordered<T: Copy>(items: &[T], length: usize, order: &[usize], path: &Path) -> Result<Vec<T>> {
    memory::check_data::<T>(path, items.len())?;
    let mut reordered = Vec::with_capacity(items.len());
    for &index in order {
        reordered.extend_from_slice(&items[index * length..][..length]);
    }
    Ok(reordered)
}

/// Whether every class is in one piece.
fn is_grouped(labels: &[u8]) -> bool {
    let mut seen = [false; 256];
    let starts = labels
        .chunk_by(|left, right| left == right)
        .map(|piece| usize::from(piece[0]));
    let mut pieces = 0;
    for class in starts {
        if std::mem::replace(&mut seen[class], true) {
            return false;
        }
        pieces += 1;
    }
    pieces > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_stand_together_are_noticed() {
        assert!(is_grouped(&[0, 0, 1, 1, 2]));
        assert!(is_grouped(&[7, 3, 3]));
        assert!(!is_grouped(&[0, 1, 0]));
        assert!(!is_grouped(&[4, 4, 4]));
    }

    #[test]
    fn mixing_keeps_every_image_with_its_label() {
        let mut part = Part {
            path: "test".into(),
            shape: ImageShape { rows: 1, columns: 2 },
            numbers: Pixels::Bytes((0..100).flat_map(|k| [k, 2 * k]).collect()),
            labels: (0..100).collect(),
            about: Vec::new(),
        };
        part.mix().unwrap();
        let labels = part.labels.clone();
        let expected: Vec<u8> = labels.iter().flat_map(|&k| [k, 2 * k]).collect();
        assert_eq!(part.numbers, Pixels::Bytes(expected));
        assert!(!labels.is_sorted());
    }
}
