//! From what a file holds, numbers and labels, to [`Digits`]: what pixels mean, how many classes there are, and which
//! images learn, validate and test.
//!
//! Files that come in one part are split: the last sixth tests, and of the rest the last sixth validates. Where all
//! images of a class stand together, the last ones would be of few classes: such images are shuffled before they are
//! split, always in the same way.

use std::path::{Path, PathBuf};

use rand::seq::SliceRandom;

use super::labels::{self, Classes, Labels};
use super::names;
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
    pub labels: Labels,
    /// How it was read, for people.
    pub about: Vec<String>,
    /// What was guessed, and what is not used.
    pub notes: Vec<String>,
}

/// The parts of a data set.
pub(super) struct Parts {
    pub learning: Part,
    pub validation: Option<Part>,
    pub test: Option<Part>,
}

impl From<Part> for Parts {
    fn from(learning: Part) -> Self {
        Self {
            learning,
            validation: None,
            test: None,
        }
    }
}

/// The data set of these parts. Images to validate on test where there are none to test on.
pub(super) fn digits(parts: impl Into<Parts>, reading: &Reading, origin: String) -> Result<Digits> {
    let Parts {
        mut learning,
        mut validation,
        mut test,
    } = parts.into();
    let pixel_max = reading.pixel_range.pixel_max(&learning.numbers);
    let mut about = std::mem::take(&mut learning.about);
    let mut notes: Vec<String> = Vec::new();
    for part in [Some(&mut learning), validation.as_mut(), test.as_mut()] {
        for note in part.into_iter().flat_map(|part| std::mem::take(&mut part.notes)) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    about.push(scale::in_words(pixel_max));
    if test.is_none() && validation.is_some() {
        test = validation.take();
        about.push("tested on the validation images, because there are no others".to_owned());
    }
    let parts: Vec<&Labels> = std::iter::once(&learning)
        .chain(&validation)
        .chain(&test)
        .map(|part| &part.labels)
        .collect();
    let Classes {
        count,
        mut names,
        mut labels,
    } = labels::classes(&parts, reading, &origin)?;
    if let Some(known) = names::classes_of(&learning.path)
        && names.is_none()
        && reading.class_names.is_none()
        && count == known.len()
    {
        names = Some(known.iter().map(|&name| name.to_owned()).collect());
    }
    if learning.labels.is_grouped() {
        about.push("mixed, because its classes stand one after the other".to_owned());
        let order = learning.mix()?;
        labels[0] = order.iter().map(|&index| labels[0][index]).collect();
    }
    if let Some(names) = &names {
        about.push(names_in_words(names));
    }
    let mut labels = labels.into_iter();
    let mut dataset = |part: Part| part.dataset(labels.next().unwrap_or_default(), pixel_max);
    let learning = dataset(learning)?;
    let validation = validation.map(&mut dataset).transpose()?;
    let test = test.map(dataset).transpose()?;
    let digits = match (validation, test) {
        (Some(validation), Some(test)) => {
            let training_len = learning.len();
            Digits::new(
                learning.followed_by(&validation, &origin)?,
                training_len,
                test,
                origin,
            )?
        }
        (None, Some(test)) => {
            let training_len = Digits::training_len_of(learning.len());
            Digits::new(learning, training_len, test, origin)?
        }
        (_, None) => Digits::of_one_part(learning, origin)?,
    };
    Ok(digits.read_as(count, names, pixel_max, about).with_notes(notes))
}

impl Part {
    fn dataset(self, labels: Vec<u16>, pixel_max: f64) -> Result<Dataset> {
        let pixels = scale::intensities(self.numbers, pixel_max, &self.path)?;
        Dataset::new(pixels, labels, self.shape, &self.path.display().to_string())
    }

    /// Shuffles the images, always in the same way for the same number of them: into the order of these numbers.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn mix(&mut self) -> Result<Vec<usize>> {
        let path = &self.path;
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.shuffle(&mut stream(MIXING_SEED, Stream::Shuffle));
        let pixels = self.shape.pixels();
        match &mut self.numbers {
            Pixels::Bytes(bytes) => *bytes = reordered(bytes, pixels, &order, path)?,
            Pixels::Floats(floats) => *floats = reordered(floats, pixels, &order, path)?,
        }
        self.labels.reorder(&order)?;
        Ok(order)
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

/// "3 classes: cat, cow, dog"
pub(super) fn names_in_words(names: &[String]) -> String {
    format!("{} classes: {}", names.len(), first_names(names, 10))
}

/// The first names, `most` of them: "cat, cow, …".
pub fn first_names(names: &[String], most: usize) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(most)
        .map(|name| name.escape_debug().to_string())
        .collect();
    let more = if names.len() > most { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::labels::Place;
    use super::*;

    fn labels(labels: &[u8]) -> Labels {
        let mut found = Labels::new(Path::new("test"), Place::default());
        labels
            .iter()
            .for_each(|&label| found.push_number(f64::from(label)).unwrap());
        found
    }

    #[test]
    fn classes_that_stand_together_are_noticed() {
        assert!(labels(&[0, 0, 1, 1, 2]).is_grouped());
        assert!(labels(&[7, 3, 3]).is_grouped());
        assert!(!labels(&[0, 1, 0]).is_grouped());
        assert!(!labels(&[4, 4, 4]).is_grouped());
    }

    #[test]
    fn mixing_keeps_every_image_with_its_label() {
        let mut part = Part {
            path: "test".into(),
            shape: ImageShape { rows: 1, columns: 2 },
            numbers: Pixels::Bytes((0..100).flat_map(|k| [k, 2 * k]).collect()),
            labels: labels(&Vec::from_iter(0..100)),
            about: Vec::new(),
            notes: Vec::new(),
        };
        part.mix().unwrap();
        let labels = labels::classes(&[&part.labels], &Reading::default(), "test").unwrap();
        let labels = &labels.labels[0];
        let expected: Vec<u8> = labels.iter().flat_map(|&k| [k as u8, 2 * k as u8]).collect();
        assert_eq!(part.numbers, Pixels::Bytes(expected));
        assert!(!labels.is_sorted());
    }
}
