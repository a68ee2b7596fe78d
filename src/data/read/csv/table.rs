//! All numbers of a file: rows of one length, with a header or without, and the words of the columns that may be labels.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::labels::{Labels, Name, Place};
use super::super::numbers::Numbers;
use super::header::{self, Header};
use super::label::LabelColumn;
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
    /// Row by row, as they are in the file; 0 for what is no number in [`Self::texts`].
    pub numbers: Pixels,
    pub rows: usize,
    pub columns: usize,
    /// Of the columns, where there is a header.
    pub names: Option<Vec<String>>,
    /// Columns of the file before the first one here.
    columns_before: usize,
    /// The row of the first numbers, from 1.
    first_row: usize,
    /// Of the columns that may be labels, by their index here.
    texts: BTreeMap<usize, Texts>,
}

/// What is written in a column that may be labels.
#[derive(Debug)]
pub(super) struct Texts {
    /// `None` from the first that cannot be a label.
    pub labels: Option<Labels>,
    /// The first that is no number, and its row.
    first_word: Option<(usize, String)>,
}

impl Table {
    /// Reads the file at `path`. `wanted` says which columns may have words.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn open(path: &Path, wanted: Option<&LabelColumn>) -> Result<Self> {
        Self::read(Source::open(path, super::HINT)?, wanted)
    }

    /// Reads a file to its end.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] with row and column: a row of another length, what is no number outside the columns
    /// that may be labels, and a file without numbers.
    pub fn read(source: Source<'static>, wanted: Option<&LabelColumn>) -> Result<Self> {
        let path = source.path().to_owned();
        let mut records = Records::new(source)?;
        if !records.read()? {
            return Err(records.error(None, "rows of numbers", "an empty file"));
        }
        let first = records.fields().len();
        let Header { names, first_data } = header::read(&mut records)?;
        let ends_empty =
            |fields: &[Vec<u8>]| fields.len() > 1 && fields[fields.len() - 1].trim_ascii().is_empty();
        let has_trailing = ends_empty(&first_data.fields)
            && names
                .as_ref()
                .is_none_or(|names| names.last().is_some_and(String::is_empty));
        let columns_after = usize::from(has_trailing);
        let columns_before = names.as_ref().map_or(0, |names| usize::from(is_index(names)));
        let names = names.map(|mut names| {
            names.truncate(names.len() - columns_after);
            names.drain(..columns_before);
            names
        });
        let columns = first - columns_before - columns_after;
        let mut texts = BTreeMap::new();
        for column in may_be_labels(&names, columns, wanted) {
            texts.insert(column, Texts::new(&path, first_data.row, column + columns_before));
        }
        for (column, field) in first_data.fields.iter().enumerate().skip(columns_before) {
            let column = column - columns_before;
            if column < columns && parse(field, records.has_decimal_commas()).is_none() && texts.len() < 16 {
                let new = || Texts::new(&path, first_data.row, column + columns_before);
                texts.entry(column).or_insert_with(new);
            }
        }
        let mut table = Self {
            path: path.clone(),
            numbers: Pixels::Bytes(Vec::new()),
            rows: 0,
            columns,
            names,
            columns_before,
            first_row: first_data.row,
            texts,
        };
        let mut numbers = Numbers::new(path, MOST_NUMBERS);
        let before = first_data.before.into_iter();
        for row in before.chain(std::iter::once(first_data.fields)) {
            let fields = row.iter().map(Vec::as_slice);
            table.add(&records, first, columns_after, fields, &mut numbers)?;
        }
        while records.read()? {
            table.add(&records, first, columns_after, records.fields(), &mut numbers)?;
        }
        table.numbers = numbers.into_pixels();
        Ok(table)
    }

    /// Adds a row of `expected` fields.
    fn add<'a>(
        &mut self,
        records: &Records,
        expected: usize,
        columns_after: usize,
        fields: impl ExactSizeIterator<Item = &'a [u8]>,
        numbers: &mut Numbers,
    ) -> Result<()> {
        let found = fields.len();
        if found != expected {
            let row = self.first_row - usize::from(self.names.is_some());
            let expected = format!("{expected} values, as in row {row}");
            return Err(records.error(None, expected, format!("{found} values")));
        }
        if numbers.len() >= MOST_NUMBERS {
            let expected = format!("at most {MOST_NUMBERS} numbers");
            return Err(records.error(None, expected, "more"));
        }
        let decimal_commas = records.has_decimal_commas();
        let (start, end) = (self.columns_before, expected - columns_after);
        for (column, field) in fields.enumerate().skip(start) {
            if column >= end {
                if field.trim_ascii().is_empty() {
                    continue;
                }
                return Err(records.error(Some(column), "nothing after the last separator", quoted(field)));
            }
            let texts = match self.texts.is_empty() {
                true => None,
                false => self.texts.get_mut(&(column - start)),
            };
            let byte = byte(field);
            if let Some(texts) = texts {
                texts.push(self.rows, field, byte, decimal_commas)?;
            } else if byte.is_none() && parse(field, decimal_commas).is_none_or(|number| !number.is_finite())
            {
                return Err(records.error(Some(column), "a finite number", quoted(field)));
            }
            match byte {
                Some(byte) => numbers.push_byte(byte)?,
                None => numbers.push(finite(field, decimal_commas).unwrap_or(0.0))?,
            }
        }
        self.rows += 1;
        Ok(())
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

    /// All numbers with their columns, row by row.
    pub fn each_number(&self, mut take: impl FnMut(usize, f32)) {
        match &self.numbers {
            Pixels::Bytes(bytes) => {
                for row in bytes.chunks_exact(self.columns) {
                    (0..)
                        .zip(row)
                        .for_each(|(column, &byte)| take(column, f32::from(byte)));
                }
            }
            Pixels::Floats(floats) => {
                for row in floats.chunks_exact(self.columns) {
                    (0..).zip(row).for_each(|(column, &float)| take(column, float));
                }
            }
        }
    }

    /// The columns that have words, from the first on.
    pub fn columns_of_words(&self) -> Vec<usize> {
        let has_words = |texts: &Texts| texts.first_word.is_some();
        self.texts
            .iter()
            .filter(|(_, texts)| has_words(texts))
            .map(|(&column, _)| column)
            .collect()
    }

    /// Labels of words may begin without a header: the first row is one of them where a label is missing without it.
    pub fn take_back_header(&mut self, rows: usize) {
        let Some([name]) = self.names.as_deref() else {
            return;
        };
        if self.rows + 1 != rows {
            return;
        }
        let Some(word) = Name::parse(name) else { return };
        if let Some(Texts {
            labels: Some(labels), ..
        }) = self.texts.get_mut(&0)
        {
            self.first_row -= 1;
            labels.push_front(word, self.first_row);
            self.rows += 1;
            self.names = None;
        }
    }

    /// The labels in a column.
    ///
    /// # Errors
    /// [`Error::Format`] with row and column at what is no label.
    pub fn labels(&self, column: usize) -> Result<Labels> {
        if let Some(labels) = self.texts.get(&column).and_then(|texts| texts.labels.as_ref()) {
            return Ok(labels.clone());
        }
        let mut labels = Labels::new(&self.path, self.place_of(column));
        for (row, number) in self.column(column).enumerate() {
            let word = self
                .texts
                .get(&column)
                .and_then(|texts| texts.first_word.as_ref());
            match word {
                Some((at, word)) if *at == row => {
                    let expected = format!(
                        "a label, a whole number or a word, in {}",
                        self.column_in_words(column)
                    );
                    return Err(self.error(row, Some(column), expected, word.clone()));
                }
                _ if number.fract() != 0.0 => {
                    let expected = format!(
                        "a label, a whole number or a word, in {}",
                        self.column_in_words(column)
                    );
                    return Err(self.error(row, Some(column), expected, number.to_string()));
                }
                _ => labels.push_number(f64::from(number))?,
            }
        }
        Ok(labels)
    }

    /// Where the labels of a column stand.
    pub fn place_of(&self, column: usize) -> Place {
        Place {
            before: "row ".to_owned(),
            first: self.first_row,
            after: format!(", column {}", column + self.columns_before + 1),
        }
    }

    /// Takes columns out, and checks that what is left has no words.
    ///
    /// # Errors
    /// [`Error::Format`] at the first word.
    pub fn remove(&mut self, taken: &[Range<usize>]) -> Result<()> {
        let is_taken = |column: &usize| taken.iter().any(|range| range.contains(column));
        for (&column, texts) in &self.texts {
            if let (false, Some((row, word))) = (is_taken(&column), &texts.first_word) {
                return Err(self.error(*row, Some(column), "a finite number", word.clone()));
            }
        }
        let kept: Vec<usize> = (0..self.columns).filter(|column| !is_taken(column)).collect();
        match &mut self.numbers {
            Pixels::Bytes(bytes) => keep(bytes, self.columns, &kept),
            Pixels::Floats(floats) => keep(floats, self.columns, &kept),
        }
        if let Some(names) = &mut self.names {
            *names = kept.iter().map(|&column| names[column].clone()).collect();
        }
        self.columns = kept.len();
        self.texts.clear();
        Ok(())
    }

    /// An error at a number: `row` and `column` are its indices here.
    pub fn error(
        &self,
        row: usize,
        column: Option<usize>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Error {
        Error::Format {
            path: self.path.clone(),
            place: place(
                row + self.first_row,
                column.map(|column| column + self.columns_before),
            ),
            expected: expected.into(),
            found: found.into(),
            hint: super::HINT.to_owned(),
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
            _ => format!("column {}", self.number_of(column)),
        }
    }

    /// A column's number in the file, from 1.
    pub fn number_of(&self, column: usize) -> usize {
        column + self.columns_before + 1
    }

    /// The column of this number in the file, if there is one.
    pub fn column_of_number(&self, number: usize) -> Option<usize> {
        let column = number.checked_sub(self.columns_before + 1)?;
        (column < self.columns).then_some(column)
    }
}

impl Texts {
    /// Of the file's column of this index.
    fn new(path: &Path, first_row: usize, column: usize) -> Self {
        let place = Place {
            before: "row ".to_owned(),
            first: first_row,
            after: format!(", column {}", column + 1),
        };
        Self {
            labels: Some(Labels::new(path, place)),
            first_word: None,
        }
    }

    fn push(&mut self, row: usize, field: &[u8], byte: Option<u8>, decimal_commas: bool) -> Result<()> {
        let number = match byte {
            Some(byte) => Some(f64::from(byte)),
            None => finite(field, decimal_commas).map(f64::from),
        };
        if number.is_none() && self.first_word.is_none() {
            self.first_word = Some((row, quoted(field)));
        }
        let Some(labels) = &mut self.labels else {
            return Ok(());
        };
        let is_label = match number {
            Some(number) if number.fract() == 0.0 => labels.push_number(number).is_ok(),
            Some(_) => false,
            None => match Name::parse(&String::from_utf8_lossy(field)) {
                Some(name) => labels.push(name).is_ok(),
                None => false,
            },
        };
        if !is_label {
            self.labels = None;
        }
        Ok(())
    }
}

/// The columns whose words are kept: those that may be labels.
fn may_be_labels(names: &Option<Vec<String>>, columns: usize, wanted: Option<&LabelColumn>) -> Vec<usize> {
    let Some(last) = columns.checked_sub(1) else {
        return Vec::new();
    };
    let mut found = vec![0, last];
    for (column, name) in names.iter().flatten().enumerate() {
        let is_wanted =
            matches!(wanted, Some(LabelColumn::Named(wanted)) if name.eq_ignore_ascii_case(wanted));
        if is_wanted || super::label::is_usual_name(name) {
            found.push(column);
        }
    }
    found
}

fn keep<T: Copy>(numbers: &mut Vec<T>, columns: usize, kept: &[usize]) {
    if kept.len() == columns {
        return;
    }
    let mut to = 0;
    for start in (0..numbers.len()).step_by(columns) {
        for &column in kept {
            numbers[to] = numbers[start + column];
            to += 1;
        }
    }
    numbers.truncate(to);
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

/// A field's number, also `0,5` where commas separate no values.
pub(super) fn parse(field: &[u8], decimal_commas: bool) -> Option<f32> {
    let text = str::from_utf8(field.trim_ascii()).ok()?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) if decimal_commas && text.contains(',') => text.replacen(',', ".", 1).parse().ok(),
        Err(_) => None,
    }
}

fn finite(field: &[u8], decimal_commas: bool) -> Option<f32> {
    parse(field, decimal_commas).filter(|number| number.is_finite())
}

/// What is written in the file, as far as a message has room for it.
pub(super) fn quoted(field: &[u8]) -> String {
    const MOST: usize = 40;
    if field.trim_ascii().is_empty() {
        return "nothing".to_owned();
    }
    let text = String::from_utf8_lossy(&field[..field.len().min(MOST)]);
    let more = if field.len() > MOST { "…" } else { "" };
    format!("\"{}{more}\"", text.escape_debug())
}

/// Whether the first column only counts the rows.
fn is_index(names: &[String]) -> bool {
    names.len() > 1 && INDEX_NAMES.contains(&&*names[0].to_lowercase())
}
