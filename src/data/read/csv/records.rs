//! The rows of a file of separated values, one at a time, in memory that no file can make grow without an end.
//!
//! The grammar is `csv-core`'s: quotation marks, line ends of every system, a byte order mark. Blank lines are no rows.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

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
    bytes: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    row: usize,
}

impl Records {
    /// The first line tells what separates the values: commas, else semicolons, tabs or spaces.
    pub fn new(mut source: Source<'static>) -> Result<Self> {
        let beginning = source.available()?;
        let line = beginning.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let separator = SEPARATORS.into_iter().find(|separator| line.contains(separator));
        Ok(Self {
            source,
            reader: ReaderBuilder::new().delimiter(separator.unwrap_or(b',')).build(),
            bytes: vec![0; 1 << 14],
            ends: vec![0; 1 << 10],
            fields: 0,
            row: 0,
        })
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
                    return Ok(true);
                }
                ReadRecordResult::End => {
                    self.row -= 1;
                    return Ok(false);
                }
            }
        }
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

/// A place in the file: rows and columns are counted from 1.
pub(super) fn place(row: usize, column: Option<usize>) -> String {
    match column {
        Some(column) => format!("row {row}, column {}", column + 1),
        None => format!("row {row}"),
    }
}
