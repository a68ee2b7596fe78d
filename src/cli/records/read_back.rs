//! Reads files that the program wrote. They may have been changed, so the size of the file and of each row is limited.

use std::fs::File;
use std::io::{self, ErrorKind, Read};

use csv::StringRecord;

/// Rows that the program writes have hundreds of bytes.
pub const MOST_ROW_BYTES: usize = 64 << 10;

/// All bytes of `file`; `None` if there are more than `most`.
pub fn bytes(file: &File, most: u64) -> io::Result<Option<Vec<u8>>> {
    let length = file.metadata()?.len();
    if length > most {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length as usize + 1)?;
    // The file may grow while it is read, and a pipe has no length.
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// CSV, row by row; the first is the header. All rows have as many values as the header.
pub struct CsvRows<'b> {
    reader: csv::Reader<Bounded<'b>>,
    record: StringRecord,
}

/// A malformed row.
pub struct BadRow {
    /// From 1.
    pub line: u64,
    pub expected: String,
    pub found: String,
}

impl<'b> CsvRows<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        let bounded = Bounded { rest: bytes, left: 0 };
        Self {
            reader: csv::ReaderBuilder::new().has_headers(false).from_reader(bounded),
            record: StringRecord::new(),
        }
    }

    /// The next row, and the line where it begins; `None` at the end.
    pub fn next(&mut self) -> Result<Option<(u64, &StringRecord)>, BadRow> {
        self.reader.get_mut().left = MOST_ROW_BYTES;
        let line = self.reader.position().line();
        match self.reader.read_record(&mut self.record) {
            Ok(true) => Ok(Some((line, &self.record))),
            Ok(false) => Ok(None),
            Err(error) => {
                let (expected, found) = match error.kind() {
                    csv::ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => (format!("{expected_len} values, as in row 1"), len.to_string()),
                    csv::ErrorKind::Utf8 { .. } => ("text in UTF-8".to_owned(), "other bytes".to_owned()),
                    _ => too_long(),
                };
                Err(BadRow {
                    line,
                    expected,
                    found,
                })
            }
        }
    }
}

/// Expected and found, for a row longer than [`MOST_ROW_BYTES`].
pub fn too_long() -> (String, String) {
    let expected = format!("a row of at most {} KiB", MOST_ROW_BYTES >> 10);
    (expected, "a longer one".to_owned())
}

/// Passes on at most `left` bytes: for each comma of a row the CSV reader allocates eight bytes.
struct Bounded<'b> {
    rest: &'b [u8],
    left: usize,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.rest.is_empty() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let most = buffer.len().min(self.left);
        let read = self.rest.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

/// The beginning of a text, without control characters.
pub fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let clean = |character: char| if character.is_control() { '?' } else { character };
    let mut beginning: String = text.chars().take(MOST).map(clean).collect();
    if text.chars().nth(MOST).is_some() {
        beginning.push('…');
    }
    beginning
}

#[cfg(test)]
mod tests {
    use allocation_counter::measure;

    use super::*;

    fn read(bytes: &[u8]) -> Result<usize, BadRow> {
        let mut rows = CsvRows::new(bytes);
        let mut count = 0;
        while rows.next()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn a_long_row_is_refused_in_little_memory_and_many_short_ones_are_not() {
        let row = "1,2,3\n";
        assert!(matches!(read(row.repeat(100_000).as_bytes()), Ok(100_000)));
        let quoted = format!("a,b,c\n{}", "1,\"\n\",2".repeat(1 << 20));
        for (long, line) in [(",".repeat(8 << 20), 1), (quoted, 2)] {
            let mut found = None;
            let memory = measure(|| found = read(long.as_bytes()).err()).bytes_max;
            let found = found.map(|bad| (bad.line, bad.expected));
            assert_eq!(found, Some((line, "a row of at most 64 KiB".to_owned())));
            assert!(memory < 4 << 20, "{memory}");
        }
    }
}
