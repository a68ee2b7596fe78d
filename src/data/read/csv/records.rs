//! The rows of a file of separated values, one at a time, in memory that no file can make grow without an end.
//!
//! The grammar is `csv-core`'s: quotation marks, line ends of every system, a byte order mark. Blank lines are no rows.
//! Spaces may be doubled, a first line `sep=;` states the separator, and UTF-16 with a byte order mark is decoded.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::utf16;
use crate::error::{Error, Result};
use crate::files::source::Source;

/// No row is longer: a quotation mark that is not closed makes one of the whole rest of the file.
const MOST_BYTES: usize = 32 << 20;

/// No row has more values: those of an image of 2048 × 2048. Each may have a name.
const MOST_FIELDS: usize = 1 << 22;

/// What may separate values, the likeliest first.
const SEPARATORS: [u8; 4] = *b",;\t ";

/// A file that is read row by row.
pub(super) struct Records {
    source: Source<'static>,
    reader: Reader,
    separator: u8,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    row: usize,
}

impl Records {
    /// The first line says what separates the values: see [`separator`].
    pub fn new(source: Source<'static>) -> Result<Self> {
        let mut source = utf16::decoded(source)?;
        let mut row = 0;
        let line = first_line(source.available()?);
        let separator = match stated_separator(line) {
            Some((separator, length)) => {
                source.consume(length);
                row = 1;
                separator
            }
            None => separator(line),
        };
        Ok(Self {
            source,
            reader: ReaderBuilder::new().delimiter(separator).build(),
            separator,
            bytes: vec![0; 1 << 14],
            ends: vec![0; 1 << 10],
            fields: 0,
            row,
        })
    }

    /// Whether fractions may be written with a comma, as Excel does in most of Europe: where commas separate no values.
    pub fn has_decimal_commas(&self) -> bool {
        self.separator != b','
    }

    /// The number of the row that was read, from 1.
    pub fn row(&self) -> usize {
        self.row
    }

    /// Reads the next row; `false` at the end.
    pub fn read(&mut self) -> Result<bool> {
        let (mut bytes, mut fields) = (0, 0);
        self.row += 1;
        loop {
            let input = self.source.available()?;
            let (result, read, written, ended) =
                self.reader
                    .read_record(input, &mut self.bytes[bytes..], &mut self.ends[fields..]);
            self.source.consume(read);
            bytes += written;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.bytes.len() >= MOST_BYTES => {
                    let expected = format!("a row of at most {} MiB", MOST_BYTES >> 20);
                    return Err(self.error(None, expected, "a longer one; a quotation mark may be missing"));
                }
                ReadRecordResult::OutputFull => self.bytes.resize(2 * self.bytes.len(), 0),
                ReadRecordResult::OutputEndsFull if self.ends.len() >= MOST_FIELDS => {
                    let expected = format!("a row of less than {MOST_FIELDS} values");
                    return Err(self.error(None, expected, "more"));
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::Record => {
                    self.fields = fields;
                    if self.separator == b' ' {
                        self.drop_empty_fields();
                    }
                    return Ok(true);
                }
                ReadRecordResult::End => {
                    self.row -= 1;
                    return Ok(false);
                }
            }
        }
    }

    /// Several spaces, also before the first value and after the last, are one separator.
    fn drop_empty_fields(&mut self) {
        let mut kept = 0;
        let mut start = 0;
        for index in 0..self.fields {
            let end = self.ends[index];
            if end > start {
                self.ends[kept] = end;
                kept += 1;
            }
            start = end;
        }
        self.fields = kept;
    }

    /// The values of the row that was read, as they are written.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends[..self.fields].iter().map(move |&end| {
            let field = &self.bytes[start..end];
            start = end;
            field
        })
    }

    /// An error in the row that was read, in the column of this index.
    pub fn error(
        &self,
        column: Option<usize>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Error {
        self.source.error(place(self.row, column), expected, found)
    }
}

fn first_line(beginning: &[u8]) -> &[u8] {
    beginning.split(|&byte| byte == b'\n').next().unwrap_or_default()
}

/// The separator in Excel's line `sep=;`, and the length of that line.
fn stated_separator(line: &[u8]) -> Option<(u8, usize)> {
    let text = line
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(line)
        .trim_ascii_end();
    match text {
        // A tab at the end of the line was trimmed.
        b"sep=" => Some((b'\t', line.len() + 1)),
        [b's', b'e', b'p', b'=', separator] => Some((*separator, line.len() + 1)),
        _ => None,
    }
}

/// Commas, else semicolons, tabs or spaces, whichever the line has; where semicolons or tabs stand between values with
/// decimal commas, it is these that separate.
fn separator(line: &[u8]) -> u8 {
    let line = line.trim_ascii();
    let separator = SEPARATORS.into_iter().find(|separator| line.contains(separator));
    let decimal = [b';', b'\t'].into_iter().find(|separator| {
        let mut fields = line.split(|byte| byte == separator);
        let has_one_comma = |field: &[u8]| field.iter().filter(|&&byte| byte == b',').count() <= 1;
        line.contains(separator) && !line.contains(&b'"') && fields.all(has_one_comma)
    });
    decimal.or(separator).unwrap_or(b',')
}

/// A place in the file: rows and columns are counted from 1.
pub(super) fn place(row: usize, column: Option<usize>) -> String {
    match column {
        Some(column) => format!("row {row}, column {}", column + 1),
        None => format!("row {row}"),
    }
}
