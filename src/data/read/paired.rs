//! Reads images and labels from files of their own, two by two: `.npy` arrays, `.npz` files with one array each (as KMNIST
//! comes), or CSV files.

use std::path::{Path, PathBuf};

use super::labelled::{self, Part, Parts};
use super::{Reading, arrays, csv};
use crate::data::Digits;
use crate::error::Result;

/// Where images and labels are, each in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairedFiles {
    /// Images and labels to learn from; or all there are.
    pub learning: (PathBuf, PathBuf),
    /// Images and labels to validate on. They test where there are none to test on.
    pub validation: Option<(PathBuf, PathBuf)>,
    /// Images and labels to test on.
    pub test: Option<(PathBuf, PathBuf)>,
}

/// Reads a data set. A file is CSV unless its name ends with `.npy` or `.npz`.
///
/// # Errors
/// Those of [`csv::read`] and [`arrays::read_npz`].
pub fn read(files: &PairedFiles, reading: &Reading) -> Result<Digits> {
    let learning = part(&files.learning)?;
    let validation = files.validation.as_ref().map(part).transpose()?;
    let test = files.test.as_ref().map(part).transpose()?;
    labelled::digits(
        Parts {
            learning,
            validation,
            test,
        },
        reading,
        files.learning.0.display().to_string(),
    )
}

fn part((images, labels): &(PathBuf, PathBuf)) -> Result<Part> {
    let (numbers, shape, count) = match is_array(images) {
        true => arrays::images_alone(images)?.into_parts(),
        false => csv::images_alone(images)?,
    };
    let labels_of = match is_array(labels) {
        true => arrays::labels_alone(labels, count)?,
        false => csv::labels_alone(labels, count)?,
    };
    let name = labels.file_name().unwrap_or_default().to_string_lossy();
    Ok(Part {
        path: images.clone(),
        shape,
        numbers,
        labels: labels_of,
        about: vec![format!("labels in {name}")],
        notes: Vec::new(),
    })
}

fn is_array(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".npy", ".npz"].iter().any(|ending| name.ends_with(ending))
}
