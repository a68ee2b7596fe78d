//! What `batchprop data` prints, as text ([`fmt::Display`]) and as JSON ([`Serialize`]).

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use indicatif::{DecimalBytes, HumanCount};
use serde::Serialize;

use crate::cli::output::class_names::ClassNames;
use crate::cli::output::messages::with_flags;
use crate::cli::output::words::{given, shortened};
use batchprop::data::checksum;
use batchprop::data::find::download::{Fetched, MNIST};
use batchprop::data::find::locate::{DataSource, IDX_NAMES};
use batchprop::data::find::resolve::Resolved;
use batchprop::data::splits::Splits;
use batchprop::data::{Dataset, Digits, TrainOn};
use batchprop::error::{Error, Result};

/// Characters for the name of a class.
const NAME: usize = 30;

/// The data that would be used.
#[derive(Debug, Serialize)]
pub(super) struct DataReport {
    notes: Vec<String>,
    kind: &'static str,
    origin: String,
    files: Vec<FileSize>,
    about: Vec<String>,
    splits: Option<Splits>,
    classes: usize,
    /// What they are called, where labels are not their numbers.
    class_names: Option<Vec<String>>,
    pixel_max: f64,
    rows: usize,
    columns: usize,
    training: Counts,
    validation: Counts,
    test: Counts,
    checksums: Vec<Checksum>,
}

#[derive(Debug, Serialize)]
struct FileSize {
    path: String,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct Counts {
    images: usize,
    /// Images per class; index = label.
    classes: Vec<usize>,
}

/// SHA-256 of the unzipped IDX file of these images or labels.
#[derive(Debug, Serialize)]
pub(super) struct Checksum {
    idx_file: &'static str,
    sha256: String,
    is_mnist: bool,
}

impl Checksum {
    /// Of the data as they were read.
    pub(super) fn of(digits: &Digits) -> Vec<Self> {
        let learning = digits.training(TrainOn::All);
        let sums = [
            checksum::images_sha256(&learning),
            checksum::labels_sha256(&learning),
            checksum::images_sha256(digits.test()),
            checksum::labels_sha256(digits.test()),
        ];
        let named = sums.into_iter().zip(IDX_NAMES).zip(MNIST);
        let checksums = named.map(|((sha256, idx_file), known)| Self {
            idx_file,
            is_mnist: sha256 == known.sha256,
            sha256,
        });
        checksums.collect()
    }
}

impl DataReport {
    pub(super) fn new(resolved: &Resolved, digits: &Digits, checksums: Vec<Checksum>) -> Result<Self> {
        let source = &resolved.source;
        let files = source
            .files()
            .into_iter()
            .map(FileSize::of)
            .collect::<Result<_>>()?;
        let learning = digits.training(TrainOn::All);
        Ok(Self {
            notes: resolved
                .notes
                .iter()
                .map(ToString::to_string)
                .chain(digits.notes().iter().cloned())
                .map(|note| with_flags(&note))
                .collect(),
            kind: match source {
                DataSource::Idx(_) => "idx",
                DataSource::Pickle(_) => "pickle",
                DataSource::Csv(_) => "csv",
                DataSource::Npz(_) => "npz",
                DataSource::Pictures(_) => "pictures",
                DataSource::Paired(_) => "paired",
                DataSource::Synthetic => "synthetic",
            },
            origin: source.to_string(),
            files,
            about: digits.about().to_vec(),
            splits: given(digits.splits()),
            classes: digits.classes(),
            class_names: digits.class_names().map(<[String]>::to_vec),
            pixel_max: digits.pixel_max(),
            rows: learning.shape().rows,
            columns: learning.shape().columns,
            training: Counts::of(&digits.training(TrainOn::Train), digits.classes()),
            validation: Counts::of(&digits.validation(), digits.classes()),
            test: Counts::of(digits.test(), digits.classes()),
            checksums,
        })
    }
}

impl FileSize {
    fn of(path: &Path) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(Error::io(path, "look at"))?;
        Ok(Self {
            path: path.display().to_string(),
            bytes: metadata.len(),
        })
    }
}

impl fmt::Display for FileSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.path, DecimalBytes(self.bytes))
    }
}

impl Counts {
    fn of(images: &Dataset, classes: usize) -> Self {
        let mut counts = images.class_counts();
        counts.resize(classes, 0);
        Self {
            images: images.len(),
            classes: counts,
        }
    }
}

impl fmt::Display for DataReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(formatter, "{note}")?;
        }
        writeln!(formatter, "data: {}", self.origin)?;
        for file in &self.files {
            writeln!(formatter, "  {file}")?;
        }
        write!(formatter, "images of {}×{} pixels", self.rows, self.columns)?;
        self.about
            .iter()
            .try_for_each(|about| write!(formatter, ", {about}"))?;
        writeln!(formatter)?;
        let parts = [
            ("training", &self.training),
            ("validation", &self.validation),
            ("test", &self.test),
        ];
        let names = ClassNames::of(self.class_names.as_deref());
        let (classes, counts) = (self.classes, parts.map(|(_, part)| &part.classes));
        // `HumanCount` does not pad itself.
        let images = |part: &Counts| HumanCount(part.images as u64).to_string();
        for (name, part) in parts {
            writeln!(formatter, "  {name:<10} {:>7}", images(part))?;
        }
        let width = names.width(classes).clamp("class".len(), NAME);
        writeln!(formatter, "  {:<width$} training validation test", "class")?;
        for class in 0..classes {
            let [training, validation, test] = counts.map(|counts| counts[class]);
            let name = shortened(&names.name(class), NAME);
            writeln!(
                formatter,
                "  {name:<width$} {training:>8} {validation:>10} {test:>4}"
            )?;
        }
        writeln!(formatter, "sha256 of the unzipped bytes in IDX form")?;
        for Checksum {
            idx_file,
            sha256,
            is_mnist,
        } in &self.checksums
        {
            let verdict = if *is_mnist { "  MNIST's own" } else { "" };
            writeln!(formatter, "  {idx_file:<23}  {sha256}{verdict}")?;
        }
        Ok(())
    }
}

/// What `--download` did.
#[derive(Debug, Serialize)]
pub(super) struct Downloaded {
    directory: String,
    files: Vec<DownloadedFile>,
}

#[derive(Debug, Serialize)]
struct DownloadedFile {
    #[serde(flatten)]
    file: FileSize,
    /// Base URL; `None` when the file was there already.
    mirror: Option<String>,
}

impl Downloaded {
    pub(super) fn new(directory: PathBuf, fetched: Vec<Fetched>) -> Result<Self> {
        let files = fetched.into_iter().map(|fetched| {
            Ok(DownloadedFile {
                file: FileSize::of(&fetched.path)?,
                mirror: fetched.mirror,
            })
        });
        Ok(Self {
            directory: directory.display().to_string(),
            files: files.collect::<Result<_>>()?,
        })
    }
}

impl fmt::Display for Downloaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "MNIST is in {}", self.directory)?;
        for DownloadedFile { file, mirror } in &self.files {
            let from = mirror
                .as_ref()
                .map_or("already there".to_owned(), |mirror| format!("from {mirror}"));
            writeln!(formatter, "  {file}, {from}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchprop::data::find::resolve::Note;
    use batchprop::images::pixels::{ImageShape, Pixels};

    fn dataset(labels: &[u8]) -> Dataset {
        let pixels = Pixels::Bytes(vec![3; labels.len() * 2]);
        Dataset::new(
            pixels,
            labels.to_vec(),
            ImageShape { rows: 2, columns: 1 },
            "test",
        )
        .unwrap()
    }

    fn report() -> DataReport {
        let digits = Digits::new(dataset(&[1, 1, 2, 7]), 3, dataset(&[0, 11]), "test".to_owned()).unwrap();
        let resolved = Resolved {
            source: DataSource::Synthetic,
            notes: vec![Note::NoMnist("host not found".to_owned())],
        };
        DataReport::new(&resolved, &digits, Checksum::of(&digits)).unwrap()
    }

    #[test]
    fn text_has_origin_shape_classes_and_checksums() {
        let text = report().to_string();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("MNIST is not on this machine"), "{text}");
        assert_eq!(lines[1], "data: synthetic digits, not MNIST");
        assert_eq!(lines[2], "images of 2×1 pixels");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(lines[3]), ["training", "3"]);
        assert_eq!(words(lines[5]), ["test", "2"]);
        assert_eq!(words(lines[6]), ["class", "training", "validation", "test"]);
        // A class that only the test images have gets a row, too.
        assert_eq!(words(lines[8]), ["1", "2", "0", "0"]);
        assert_eq!(words(lines[18]), ["11", "0", "0", "1"]);
        assert_eq!(lines.len(), 24);
        assert!(!text.contains("MNIST's own"), "{text}");
    }

    #[test]
    fn json_is_one_object_with_the_same_numbers() {
        let json = serde_json::to_value(report()).unwrap();
        assert_eq!(json["kind"], "synthetic");
        assert_eq!(json["rows"], 2);
        assert_eq!(json["training"]["images"], 3);
        assert_eq!(json["training"]["classes"][1], 2);
        assert_eq!(json["test"]["classes"][11], 1);
        assert_eq!(json["checksums"][3]["idx_file"], "t10k-labels-idx1-ubyte");
        assert_eq!(json["checksums"][3]["is_mnist"], false);
        assert_eq!(json["checksums"][3]["sha256"].as_str().unwrap().len(), 64);
    }
}
