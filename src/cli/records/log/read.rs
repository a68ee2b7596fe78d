//! Reads what [`Log`](super::Log) writes. Unknown columns and keys are ignored, so that logs of other versions can be read; a
//! file without any known one is not a log.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{Format, RunId, SEED, SETTINGS};
use crate::cli::options::part::Part;
use crate::cli::records::read_back::{BadRow, CsvRows, MOST_ROW_BYTES, bytes, shortened, too_long};
use batchprop::{Error, files};

/// Logs of hundreds of thousands of epochs are smaller.
const MOST_BYTES: u64 = 64 << 20;

/// Of all logs together: 200 MB.
const MOST_EPOCHS: usize = 2_000_000;

/// Larger costs are refused as damaged.
const MOST_COST: f64 = 1e100;

const HINT: &str = "`batchprop train --log FILE` writes such logs.";

/// The kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Accuracy,
    Cost,
}

impl Measure {
    pub const ALL: [Self; 2] = [Self::Accuracy, Self::Cost];
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Accuracy => "accuracy",
            Self::Cost => "cost",
        })
    }
}

/// Every part's cost and accuracy, and their columns.
const CURVES: [(Part, Measure, &str); 6] = [
    (Part::Training, Measure::Cost, "training_cost"),
    (Part::Training, Measure::Accuracy, "training_accuracy"),
    (Part::Validation, Measure::Cost, "validation_cost"),
    (Part::Validation, Measure::Accuracy, "validation_accuracy"),
    (Part::Test, Measure::Cost, "test_cost"),
    (Part::Test, Measure::Accuracy, "test_accuracy"),
];

const EPOCH: &str = "epoch";

/// A line of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// From 0.
    pub number: u32,
    /// As in [`CURVES`].
    values: [Option<f64>; CURVES.len()],
}

impl Epoch {
    /// A cost, or an accuracy from 0 to 1; `None` where it was not evaluated or not finite.
    pub fn value(&self, part: Part, measure: Measure) -> Option<f64> {
        let place = CURVES
            .iter()
            .position(|&(of, what, _)| (of, what) == (part, measure))?;
        self.values[place]
    }
}

/// A log that was read.
#[derive(Debug)]
pub struct Logged {
    /// Which run it is of, where its lines say so, and all the same.
    pub id: Option<RunId>,
    /// At least one, in their order.
    pub epochs: Vec<Epoch>,
}

/// The logs at `paths`.
///
/// # Errors
/// [`Error::Option`] when a name has no ending of a log; [`Error::NotFound`], [`Error::Io`]; [`Error::Format`] when one is
/// empty, no log or damaged, with the row, the first line being row 1, and when they have more than [`MOST_EPOCHS`].
pub fn read(paths: &[PathBuf]) -> Result<Vec<Logged>, Error> {
    let mut left = MOST_EPOCHS;
    let one = |path: &PathBuf| {
        let log = read_one(path, left)?;
        left -= log.epochs.len();
        Ok(log)
    };
    paths.iter().map(one).collect()
}

/// Checks that a file's name has the ending of a log.
pub fn check_name(path: &Path) -> Result<(), Error> {
    Format::of(path, "LOG").map(|_| ())
}

/// Whether the log at `path` has the line of an epoch. A run makes its log before its first epoch ends.
pub fn has_epochs(path: &Path) -> bool {
    let header = usize::from(Format::of(path, "LOG").is_ok_and(|format| format == Format::Csv));
    let mut beginning = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(2 * MOST_ROW_BYTES as u64).read_to_end(&mut beginning));
    read.is_ok() && beginning.iter().filter(|&&byte| byte == b'\n').count() > header
}

/// A log of at most `most` epochs.
fn read_one(path: &Path, most: usize) -> Result<Logged, Error> {
    let format = Format::of(path, "LOG")?;
    files::check_exists(path, "a log", HINT)?;
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let mut log = Rows {
        path,
        most,
        id: None,
        epochs: Vec::new(),
    };
    let Some(bytes) = bytes(&file, MOST_BYTES).map_err(Error::io(path, "read"))? else {
        let expected = format!("a log of at most {} MiB", MOST_BYTES >> 20);
        return Err(log.error("its end", expected, "more"));
    };
    match format {
        Format::Csv => log.csv(&bytes)?,
        Format::JsonLines => log.json_lines(&bytes)?,
    }
    if log.epochs.is_empty() {
        let found = if bytes.is_empty() { "an empty file" } else { "none" };
        return Err(log.error("row 1", "one line per epoch", found));
    }
    let mut values = log.epochs.iter().flat_map(|epoch| epoch.values);
    if values.all(|value| value.is_none()) {
        return Err(log.error("its rows", "costs or accuracies", "none"));
    }
    Ok(Logged {
        id: log.id,
        epochs: log.epochs,
    })
}

/// The run of a line.
fn id(seed: Option<u64>, settings: Option<&str>) -> Option<RunId> {
    let settings = u64::from_str_radix(settings?.strip_prefix('s')?, 16).ok()?;
    Some(RunId {
        seed: seed?,
        settings,
    })
}

/// What is read so far.
struct Rows<'a> {
    path: &'a Path,
    most: usize,
    /// Of all rows so far.
    id: Option<RunId>,
    epochs: Vec<Epoch>,
}

impl Rows<'_> {
    fn csv(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut rows = CsvRows::new(bytes);
        let Some((row, header)) = rows.next().map_err(|bad| self.bad_row(bad))? else {
            return Ok(());
        };
        self.check_names(row, header.iter())?;
        let place_of = |name| header.iter().position(|column| column == name);
        let epoch = place_of(EPOCH);
        let places = CURVES.map(|(_, _, name)| place_of(name));
        let [seed, settings] = [SEED, SETTINGS].map(place_of);
        while let Some((row, record)) = rows.next().map_err(|bad| self.bad_row(bad))? {
            let value_at = |place: Option<usize>| match place.and_then(|place| record.get(place)) {
                None | Some("") => Value::Null,
                Some(cell) => cell
                    .trim()
                    .parse::<f64>()
                    .map_or_else(|_| cell.into(), |number| serde_json::json!(number)),
            };
            let text_at = |place: Option<usize>| record.get(place?);
            let id = id(
                text_at(seed).and_then(|seed| seed.parse().ok()),
                text_at(settings),
            );
            self.push(row, value_at(epoch), places.map(value_at), id)?;
        }
        Ok(())
    }

    fn json_lines(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for (row, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            if line.len() > MOST_ROW_BYTES {
                let (expected, found) = too_long();
                return Err(self.error_in(row, expected, found));
            }
            let mut object: Map<String, Value> = serde_json::from_slice(line)
                .map_err(|error| self.error_in(row, "a JSON object", format!("damage ({error})")))?;
            self.check_names(row, object.keys().map(String::as_str))?;
            let mut value_of = |name: &str| object.get_mut(name).map(Value::take).unwrap_or_default();
            let (epoch, values) = (value_of(EPOCH), CURVES.map(|(_, _, name)| value_of(name)));
            let id = id(value_of(SEED).as_u64(), value_of(SETTINGS).as_str());
            self.push(row, epoch, values, id)?;
        }
        Ok(())
    }

    /// Whether these are columns of a log.
    fn check_names<'n>(&self, row: u64, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), Error> {
        let is_known = |name: &str| CURVES.iter().any(|&(_, _, known)| known == name);
        if names.clone().any(|name| name == EPOCH) && names.clone().any(is_known) {
            return Ok(());
        }
        let known = CURVES.map(|(_, _, name)| name).join(", ");
        let expected = format!("epoch, and at least one of {known}");
        let names: Vec<&str> = names.collect();
        Err(self.error_in(row, expected, shortened(&names.join(", "))))
    }

    /// An epoch, its values in the order of [`CURVES`], and the run that it is of.
    fn push(
        &mut self,
        row: u64,
        number: Value,
        given: [Value; CURVES.len()],
        id: Option<RunId>,
    ) -> Result<(), Error> {
        let refuse = |name: &str, expected: &str, found: &Value| {
            let found = match found {
                Value::Null => "none".to_owned(),
                value => shortened(&value.to_string()),
            };
            self.error_in(row, format!("{name} to be {expected}"), found)
        };
        let as_integer = |number: f64| (number.fract() == 0.0 && number >= 0.0).then_some(number);
        let number = number
            .as_f64()
            .and_then(as_integer)
            .filter(|&number| number < f64::from(u32::MAX))
            .ok_or_else(|| refuse(EPOCH, "a number from 0", &number))? as u32;
        if let Some(last) = self.epochs.last()
            && last.number >= number
        {
            let expected = format!("an epoch after {}", last.number);
            return Err(self.error_in(row, expected, format!("epoch {number}")));
        }
        if self.epochs.len() == self.most {
            let expected = format!("no more than {MOST_EPOCHS} epochs in all logs");
            return Err(self.error_in(row, expected, "one more"));
        }
        let mut values = [None; CURVES.len()];
        for ((place, (_, measure, name)), value) in values.iter_mut().zip(CURVES).zip(given) {
            if value.is_null() {
                continue;
            }
            let (expected, most) = match measure {
                Measure::Accuracy => ("a number from 0 to 1", 1.0),
                Measure::Cost => ("a number from 0", MOST_COST),
            };
            let number = value.as_f64().filter(|number| (0.0..=most).contains(number));
            *place = Some(number.ok_or_else(|| refuse(name, expected, &value))?);
        }
        self.id = match self.epochs.is_empty() {
            true => id,
            false => self.id.filter(|&so_far| Some(so_far) == id),
        };
        self.epochs.push(Epoch { number, values });
        Ok(())
    }

    fn bad_row(&self, bad: BadRow) -> Error {
        self.error_in(bad.line, bad.expected, bad.found)
    }

    fn error_in(&self, row: u64, expected: impl Into<String>, found: impl Into<String>) -> Error {
        self.error(&format!("row {row}"), expected, found)
    }

    fn error(&self, place: &str, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::Format {
            path: self.path.to_owned(),
            place: place.to_owned(),
            expected: expected.into(),
            found: found.into(),
            hint: HINT.to_owned(),
        }
    }
}
