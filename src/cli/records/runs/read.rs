//! Reads a file of runs. It may have been changed, or be of other runs.

use std::fs::File;
use std::path::Path;

use super::{Done, PART, Runs};
use crate::cli::options::share::Share;
use crate::cli::records::read_back::{CsvRows, bytes, shortened};
use batchprop::Error;

/// Files of half a million runs are smaller.
pub const MOST_BYTES: u64 = 256 << 20;

/// What a file has.
pub struct Read<R: Runs> {
    pub done: Done<R>,
    /// Of its lines.
    pub share: Option<Share>,
    is_of_part: bool,
}

/// All bytes of a file of runs.
pub fn bytes_of(file: &File, path: &Path) -> Result<Vec<u8>, Error> {
    let content = bytes(file, MOST_BYTES).map_err(Error::io(path, "read"))?;
    content.ok_or_else(|| {
        let expected = format!("runs of at most {} MiB", MOST_BYTES >> 20);
        refused(path, "its end", expected, "more".to_owned())
    })
}

/// Without an incomplete line at the end, from when the program or the machine was stopped.
pub fn whole_lines(content: &[u8]) -> &[u8] {
    let end = content.iter().rposition(|&byte| byte == b'\n');
    &content[..end.map_or(0, |end| end + 1)]
}

/// The runs of a file with these lines.
///
/// # Errors
/// [`Error::Format`] with the first line that is not of these runs, or of another part than those before it.
pub fn read<R: Runs>(path: &Path, content: &[u8], runs: &R) -> Result<Read<R>, Error> {
    let refused = |line: u64, expected: String, found: &str| {
        refused(path, &format!("line {line}"), expected, shortened(found))
    };
    let mut rows = CsvRows::new(content);
    let columns = runs.columns();
    let mut is_of_part = false;
    let is_header = match rows.next() {
        Ok(Some((_, found))) => {
            is_of_part = found.get(0) == Some(PART);
            found.iter().skip(is_of_part.into()).eq(&columns)
        }
        _ => false,
    };
    if !is_header {
        let (first, last) = (&columns[0], &columns[columns.len() - 1]);
        let expected = format!("the columns of these runs, {first},… to {last}");
        return Err(refused(1, expected, "others"));
    }
    let mut read = Read {
        is_of_part,
        ..Read::empty()
    };
    while let Some((line, row)) = rows
        .next()
        .map_err(|bad| refused(bad.line, bad.expected, &bad.found))?
    {
        let cells: Vec<&str> = row.iter().collect();
        let (part, cells) = cells.split_at(is_of_part.into());
        if let [part] = part {
            let share = part.parse().map_err(|expected| refused(line, expected, part))?;
            if *read.share.get_or_insert(share) != share {
                return Err(refused(line, "lines of one part".to_owned(), part));
            }
        }
        let (key, figures) = runs
            .read(cells)
            .map_err(|(expected, found)| refused(line, expected, &found))?;
        read.done.insert(key, figures);
    }
    Ok(read)
}

impl<R: Runs> Read<R> {
    /// A file without lines.
    pub fn empty() -> Self {
        Self {
            done: Done::<R>::new(),
            share: None,
            is_of_part: false,
        }
    }

    /// The runs, if the file is of this share, or with `None` of all runs.
    pub fn of_share(self, path: &Path, share: Option<Share>) -> Result<Done<R>, Error> {
        let of_part = |share: Share| format!("a file of part {share}");
        let expected = match share {
            None if self.is_of_part => {
                "a file of no part; --part continues this one, and --csv with several files merges them"
                    .to_owned()
            }
            Some(share) if !self.is_of_part || self.share.is_some_and(|found| found != share) => {
                of_part(share)
            }
            _ => return Ok(self.done),
        };
        let found = match self.share {
            Some(share) => of_part(share),
            None if self.is_of_part => "a file of a part".to_owned(),
            None => "a file of no part".to_owned(),
        };
        Err(refused(path, "line 1", expected, found))
    }
}

/// The error that these runs cannot continue from a file.
pub fn refused(path: &Path, place: &str, expected: String, found: String) -> Error {
    Error::Format {
        path: path.to_owned(),
        place: place.to_owned(),
        expected,
        found,
        hint: "Give --csv another file, or this command the options of the one that wrote it.".to_owned(),
    }
}
