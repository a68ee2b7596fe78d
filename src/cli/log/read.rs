//! Reads what [`Log`](super::Log) writes. Columns and keys that it does not know are passed over, so that logs of other
//! versions can be read; a file without any that it knows is no log.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use super::Format;
use batchprop::{Error, files};

/// Logs of hundreds of thousands of epochs are smaller.
const MOST_BYTES: u64 = 64 << 20;

/// A cost beyond is damage.
const MOST_COST: f64 = 1e100;

const WAY_OUT: &str = "`batchprop train --log FILE` writes such logs.";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Accuracy,
    Cost,
}

/// On which images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Training,
    Validation,
    Test,
}

impl Measure {
    pub const ALL: [Self; 2] = [Self::Accuracy, Self::Cost];
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Training, Self::Validation, Self::Test];
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Accuracy => "accuracy",
            Self::Cost => "cost",
        })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Training => "training",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// Every part's cost and accuracy.
const CURVES: [(Part, Measure); 6] = [
    (Part::Training, Measure::Cost),
    (Part::Training, Measure::Accuracy),
    (Part::Validation, Measure::Cost),
    (Part::Validation, Measure::Accuracy),
    (Part::Test, Measure::Cost),
    (Part::Test, Measure::Accuracy),
];

fn column((part, measure): (Part, Measure)) -> String {
    format!("{part}_{measure}")
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// From 0.
    pub number: u32,
    /// As in [`CURVES`].
    values: [Option<f64>; CURVES.len()],
}

impl Epoch {
    /// A cost, or an accuracy from 0 to 1; none where it was not evaluated, or not finite.
    pub fn value(&self, part: Part, measure: Measure) -> Option<f64> {
        let place = CURVES.iter().position(|&curve| curve == (part, measure))?;
        self.values[place]
    }
}

/// The epochs of the log at `path`: at least one, in their order.
///
/// # Errors
/// [`Error::Option`] when its name has no ending of a log; [`Error::NotFound`], [`Error::Io`]; [`Error::Format`] when it
/// is empty, no log or damaged, with the row, the first line being row 1.
pub fn read(path: &Path) -> Result<Vec<Epoch>, Error> {
    let format = Format::of(path, "LOG")?;
    files::check_exists(path, "a log", WAY_OUT)?;
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io(path, "read"))?;
    let log = Rows { path };
    if bytes.len() as u64 > MOST_BYTES {
        let expected = format!("a log of at most {} MiB", MOST_BYTES >> 20);
        return Err(log.error("its end", expected, "more"));
    }
    let epochs = match format {
        Format::Csv => log.csv(&bytes)?,
        Format::JsonLines => log.json_lines(&bytes)?,
    };
    if epochs.is_empty() {
        let found = if bytes.is_empty() { "an empty file" } else { "none" };
        return Err(log.error("row 1", "a line an epoch", found));
    }
    if epochs
        .iter()
        .flat_map(|epoch| epoch.values)
        .all(|value| value.is_none())
    {
        return Err(log.error("its rows", "costs or accuracies", "none"));
    }
    Ok(epochs)
}

/// What is read, for errors.
struct Rows<'a> {
    path: &'a Path,
}

impl Rows<'_> {
    fn csv(&self, bytes: &[u8]) -> Result<Vec<Epoch>, Error> {
        let mut reader = csv::Reader::from_reader(bytes);
        let damaged = |error: csv::Error| self.damaged(&error);
        let header = reader.headers().map_err(damaged)?.clone();
        if header.is_empty() {
            return Ok(Vec::new());
        }
        self.check_names(1, header.iter())?;
        let mut epochs = Vec::new();
        for record in reader.records() {
            let record = record.map_err(damaged)?;
            let row = record.position().map_or(0, |position| position.line());
            let cells = header.iter().zip(&record);
            let cell_of = |name: &str| cells.clone().find(|(column, _)| *column == name);
            self.push(&mut epochs, row, |name| match cell_of(name) {
                None | Some((_, "")) => Value::Null,
                Some((_, cell)) => cell
                    .trim()
                    .parse::<f64>()
                    .map_or_else(|_| cell.into(), |number| serde_json::json!(number)),
            })?;
        }
        Ok(epochs)
    }

    fn json_lines(&self, bytes: &[u8]) -> Result<Vec<Epoch>, Error> {
        let mut epochs = Vec::new();
        for (row, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let object: Map<String, Value> = serde_json::from_slice(line)
                .map_err(|error| self.error_in(row, "a JSON object", format!("damage ({error})")))?;
            self.check_names(row, object.keys().map(String::as_str))?;
            self.push(&mut epochs, row, |name| {
                object.get(name).cloned().unwrap_or_default()
            })?;
        }
        Ok(epochs)
    }

    /// Whether these are columns of a log.
    fn check_names<'n>(&self, row: u64, names: impl Iterator<Item = &'n str>) -> Result<(), Error> {
        let names: Vec<&str> = names.collect();
        let known = CURVES.map(column);
        let is_known = |name: &&str| known.iter().any(|known| known == name);
        if names.contains(&"epoch") && names.iter().any(is_known) {
            return Ok(());
        }
        let expected = format!("epoch, and at least one of {}", known.join(", "));
        Err(self.error_in(row, expected, shortened(&names.join(", "))))
    }

    /// The epoch whose values `value_of` tells by their columns' names.
    fn push(&self, epochs: &mut Vec<Epoch>, row: u64, value_of: impl Fn(&str) -> Value) -> Result<(), Error> {
        let refuse = |name: &str, expected: &str, found: &Value| {
            let found = match found {
                Value::Null => "none".to_owned(),
                value => shortened(&value.to_string()),
            };
            self.error_in(row, format!("{name} to be {expected}"), found)
        };
        let number = value_of("epoch");
        let as_integer = |number: f64| (number.fract() == 0.0 && number >= 0.0).then_some(number);
        let number = number
            .as_f64()
            .and_then(as_integer)
            .filter(|&number| number < f64::from(u32::MAX))
            .ok_or_else(|| refuse("epoch", "a number from 0", &number))? as u32;
        if let Some(last) = epochs.last()
            && last.number >= number
        {
            let expected = format!("an epoch after {}", last.number);
            return Err(self.error_in(row, expected, format!("epoch {number}")));
        }
        let mut values = [None; CURVES.len()];
        for (place, &curve) in values.iter_mut().zip(&CURVES) {
            let (name, value) = (column(curve), value_of(&column(curve)));
            if value.is_null() {
                continue;
            }
            let (expected, most) = match curve.1 {
                Measure::Accuracy => ("a number from 0 to 1", 1.0),
                Measure::Cost => ("a number from 0", MOST_COST),
            };
            let number = value.as_f64().filter(|number| (0.0..=most).contains(number));
            *place = Some(number.ok_or_else(|| refuse(&name, expected, &value))?);
        }
        epochs.push(Epoch { number, values });
        Ok(())
    }

    fn damaged(&self, error: &csv::Error) -> Error {
        let row = error.position().map_or(0, |position| position.line());
        let (expected, found) = match error.kind() {
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => (format!("{expected_len} cells, as in row 1"), format!("{len}")),
            _ => ("text in UTF-8".to_owned(), "other bytes".to_owned()),
        };
        self.error_in(row, expected, found)
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
            way_out: WAY_OUT.to_owned(),
        }
    }
}

/// The beginning of what may be long, and may have characters that are not for terminals.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let clean = |character: char| if character.is_control() { '?' } else { character };
    let mut beginning: String = text.chars().take(MOST).map(clean).collect();
    if text.chars().nth(MOST).is_some() {
        beginning.push('…');
    }
    beginning
}
