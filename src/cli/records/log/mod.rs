//! `--log FILE`: one line per epoch, for spreadsheets and programs, and for `show curves`, which reads it back.

mod read;

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use self::read::{Epoch, Logged, Measure, check_name, has_epochs, read};
use super::lines::LineFile;
use crate::cli::output::outputs::check_ending;
use batchprop::files;
use batchprop::files::lock;
use batchprop::{EpochReport, Error, Score};

/// The names of the columns, which are JSON's keys.
const COLUMNS: [&str; 14] = [
    "epoch",
    "training_cost",
    "training_accuracy",
    "validation_cost",
    "validation_accuracy",
    "test_cost",
    "test_accuracy",
    "learning_rate",
    "gradient_norm",
    "images_per_second",
    "train_seconds",
    "eval_seconds",
    SEED,
    SETTINGS,
];

/// The columns of a [`RunId`].
const SEED: &str = "seed";
const SETTINGS: &str = "settings";

/// Tells which runs differ only in their seed. Every line of a log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId {
    pub seed: u64,
    /// A sum of all settings but the seed.
    pub settings: u64,
}

impl RunId {
    /// Of a run with these settings, which do not have its seed.
    pub fn new(seed: u64, settings: &Value) -> Self {
        let sum = Sha256::digest(settings.to_string());
        // 48 bits are enough to tell the runs of one picture apart.
        let bytes = sum.iter().take(6);
        Self {
            seed,
            settings: bytes.fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
        }
    }

    /// As it is written: with a letter first, so that no spreadsheet takes it for a number.
    pub fn settings_text(self) -> String {
        format!("s{:012x}", self.settings)
    }
}

const OPTION: &str = "--log";

/// A file that grows by one line per epoch, locked against other runs.
#[derive(Debug)]
pub struct Log {
    lines: LineFile,
    format: Format,
    id: RunId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

impl Log {
    /// Checks that the file's name has the ending of a log.
    pub fn check(path: &Path) -> Result<(), Error> {
        Format::of(path, OPTION).map(|_| ())
    }

    /// An empty log. Earlier content of the file is lost, unless another run is writing to it.
    pub fn create(path: &Path, id: RunId) -> Result<Self, Error> {
        let format = Format::of(path, OPTION)?;
        files::check_folder(path)?;
        let mut options = OpenOptions::new();
        let opened = options.write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(Error::io(path, "create"))?;
        // On file systems without locks two runs may write to one file.
        if let Ok(false) = lock::try_lock(&file, path) {
            let another = io::Error::other("another run is writing to it");
            return Err(Error::io(path, "write")(another));
        }
        let mut lines = LineFile::after(path, file, 0)?;
        if format == Format::Csv {
            lines.add(format!("{}\n", COLUMNS.join(",")).as_bytes())?;
        }
        Ok(Self { lines, format, id })
    }

    /// Writes an epoch's line, all of it at once.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written. It is then written with the next line.
    pub fn epoch(&mut self, report: &EpochReport) -> Result<(), Error> {
        let values = values(report, self.id);
        let line = match self.format {
            // No value has a comma or a quotation mark; unknown values are empty.
            Format::Csv => {
                let cells = values.iter().map(|value| match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    value => value.to_string(),
                });
                cells.collect::<Vec<_>>().join(",")
            }
            Format::JsonLines => {
                let pairs = COLUMNS.iter().map(|&column| column.to_owned()).zip(values);
                Value::Object(pairs.collect()).to_string()
            }
        };
        self.lines.add(format!("{line}\n").as_bytes())
    }

    /// Whether all lines are in the file.
    ///
    /// # Errors
    /// [`Error::Io`] when some could not be written.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.lines.finish()
    }
}

impl Format {
    /// `option` is what an error calls the argument.
    fn of(path: &Path, option: &'static str) -> Result<Self, Error> {
        if files::ending_among(path, &["json", "ndjson"]).is_some() {
            return Ok(Self::JsonLines);
        }
        match check_ending(option, path, &["csv", "jsonl"])? {
            "csv" => Ok(Self::Csv),
            _ => Ok(Self::JsonLines),
        }
    }
}

/// In the order of the columns.
fn values(report: &EpochReport, id: RunId) -> [Value; COLUMNS.len()] {
    let cost = |score: Option<Score>| json!(score.map(|score| score.cost));
    let accuracy = |score: Option<Score>| json!(score.map(|score| score.accuracy()));
    [
        json!(report.epoch),
        cost(report.training),
        accuracy(report.training),
        cost(report.validation),
        accuracy(report.validation),
        cost(report.test),
        accuracy(report.test),
        json!(report.learning_rate),
        json!(report.gradient_norm),
        json!(report.images_per_second),
        json!(report.train_time.as_secs_f64()),
        json!(report.eval_time.as_secs_f64()),
        json!(id.seed),
        json!(id.settings_text()),
    ]
}
