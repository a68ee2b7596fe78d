//! All numbers of a file: rows of one length, with a header or without.

use std::path::{Path, PathBuf};

use super::super::numbers::Numbers;
use super::records::{Records, place};
use crate::error::{Error, Result};
use crate::files::source::Source;
use crate::images::pixels::Pixels;

/// Larger files are taken for damage, such as a gzip file that was made to grow.
const MOST_NUMBERS: usize = 1 << 30;

/// Names of a first column that only counts the rows, as pandas writes and reads it.
const INDEX_NAMES: [&str; 4] = ["", "unnamed: 0", "index", "id"];

/// Numbers in rows and columns.
pub(super) struct Table {
    path: PathBuf,
    /// Row by row, as they are in the file.
    pub numbers: Pixels,
    pub rows: usize,
    pub columns: usize,
    /// Of the columns, where there is a header.
    pub names: Option<Vec<String>>,
    /// Columns of the file before the first one here.
    columns_before: usize,
}

impl Table {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(Source::open(path, super::WAY_OUT)?)
    }

    /// Reads a file to its end.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] with row and column: a row of another length, what is no number, and a file
    /// without numbers.
    pub fn read(source: Source<'static>) -> Result<Self> {
        let path = source.path().to_owned();
        let mut records = Records::new(source)?;
        if !records.read()? {
            return Err(records.error(None, "rows of numbers", "an empty file"));
        }
        let names = header(&records)?;
        let columns_before = names.as_ref().map_or(0, |names| usize::from(is_index(names)));
        let columns = records.fields().len();
        let names = match names {
            Some(mut names) => {
                names.drain(..columns_before);
                if !records.read()? {
                    return Err(records.error(None, "rows of numbers below it", "a header only"));
                }
                Some(names)
            }
            None => None,
        };
        let mut numbers = Numbers::new(path.clone(), MOST_NUMBERS);
        let mut rows = 0;
        loop {
            let found = records.fields().len();
            if found != columns {
                let expected = format!("{columns} values, as in row 1");
                return Err(records.error(None, expected, format!("{found} values")));
            }
            if numbers.len() >= MOST_NUMBERS {
                let expected = format!("at most {MOST_NUMBERS} numbers");
                return Err(records.error(None, expected, "more"));
            }
            for (column, field) in records.fields().enumerate().skip(columns_before) {
                match byte(field) {
                    Some(byte) => numbers.push_byte(byte)?,
                    None => numbers.push(number(&records, column, field)?)?,
                }
            }
            rows += 1;
            if !records.read()? {
                break;
            }
        }
        Ok(Self {
            path,
            numbers: numbers.into_pixels(),
            rows,
            columns: columns - columns_before,
            names,
            columns_before,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The numbers of a column.
    pub fn column(&self, column: usize) -> Box<dyn Iterator<Item = f32> + '_> {
        match &self.numbers {
            Pixels::Bytes(bytes) => {
                let bytes = bytes.iter().skip(column).step_by(self.columns);
                Box::new(bytes.map(|&byte| f32::from(byte)))
            }
            Pixels::Floats(floats) => Box::new(floats.iter().skip(column).step_by(self.columns).copied()),
        }
    }

    /// Takes a column out.
    pub fn remove(&mut self, column: usize) {
        match &mut self.numbers {
            Pixels::Bytes(bytes) => remove(bytes, self.columns, column),
            Pixels::Floats(floats) => remove(floats, self.columns, column),
        }
        self.columns -= 1;
        if let Some(names) = &mut self.names {
            names.remove(column);
        }
    }

    /// An error at a number: `row` and `column` are its indices here.
    pub fn error(
        &self,
        row: usize,
        column: Option<usize>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Error {
        let row = row + 1 + usize::from(self.names.is_some());
        Error::Format {
            path: self.path.clone(),
            place: place(row, column.map(|column| column + self.columns_before)),
            expected: expected.into(),
            found: found.into(),
            hint: super::WAY_OUT.to_owned(),
        }
    }

    /// For people: `column "target"`, or `the last column`.
    pub fn column_in_words(&self, column: usize) -> String {
        match &self.names {
            Some(names) if !names[column].is_empty() => {
                format!("column \"{}\"", names[column].escape_debug())
            }
            _ if column == 0 => "the first column".to_owned(),
            _ if column + 1 == self.columns => "the last column".to_owned(),
            _ => format!("column {}", column + self.columns_before + 1),
        }
    }
}

fn remove<T: Copy>(numbers: &mut Vec<T>, columns: usize, column: usize) {
    let mut kept = 0;
    for start in (0..numbers.len()).step_by(columns) {
        numbers.copy_within(start..start + column, kept);
        numbers.copy_within(start + column + 1..start + columns, kept + column);
        kept += columns - 1;
    }
    numbers.truncate(kept);
}

/// The commonest number, quickly read: `0` to `255`.
#[inline]
fn byte(field: &[u8]) -> Option<u8> {
    if field.is_empty() || field.len() > 3 {
        return None;
    }
    let mut number = 0u16;
    for digit in field {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = 10 * number + u16::from(digit);
    }
    u8::try_from(number).ok()
}

fn parse(field: &[u8]) -> Option<f32> {
    str::from_utf8(field.trim_ascii()).ok()?.parse().ok()
}

/// A field's number.
fn number(records: &Records, column: usize, field: &[u8]) -> Result<f32> {
    match parse(field) {
        Some(number) if number.is_finite() => Ok(number),
        _ => Err(records.error(Some(column), "a finite number", quoted(field))),
    }
}

/// What is written in the file, as far as a message has room for it.
fn quoted(field: &[u8]) -> String {
    const MOST: usize = 40;
    if field.trim_ascii().is_empty() {
        return "nothing".to_owned();
    }
    let text = String::from_utf8_lossy(&field[..field.len().min(MOST)]);
    let more = if field.len() > MOST { "…" } else { "" };
    format!("\"{}{more}\"", text.escape_debug())
}

/// The names in the first row, if it is a header: where it has words, or numbers that only count the columns.
fn header(records: &Records) -> Result<Option<Vec<String>>> {
    let numbers: Vec<Option<f32>> = records.fields().map(parse).collect();
    let found = numbers.iter().flatten().count();
    let counts = numbers.iter().flatten().collect::<Vec<_>>();
    let is_counting = counts.windows(2).all(|pair| *pair[0] + 1.0 == *pair[1]);
    let has_words = found < numbers.len();
    // pandas numbers columns from 0: 0, 1, …, 64.
    let is_numbered = !has_words && found > 2 && is_counting && counts[0] == &0.0;
    match (has_words, is_counting) {
        (true, true) => {}
        (true, false) => {
            let word = numbers.iter().position(Option::is_none).unwrap_or(0);
            let field = records.fields().nth(word).unwrap_or_default();
            let expected = "numbers, or the names of all columns";
            return Err(records.error(Some(word), expected, format!("{} beside numbers", quoted(field))));
        }
        (false, _) if is_numbered => {}
        (false, _) => return Ok(None),
    }
    let name = |field: &[u8]| String::from_utf8_lossy(field.trim_ascii()).into_owned();
    Ok(Some(records.fields().map(name).collect()))
}

/// Whether the first column only counts the rows.
fn is_index(names: &[String]) -> bool {
    names.len() > 1 && INDEX_NAMES.contains(&&*names[0].to_lowercase())
}
