//! Lines of CSV, and a file that grows by whole lines, even when the disk is full.

use std::fs::File;
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use batchprop::Error;
use batchprop::files::lock;

/// A line of CSV with these cells.
pub fn csv_line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut line = csv::Writer::from_writer(Vec::new());
    // Memory takes what it is given.
    let _ = line.write_record(cells.map(String::into_bytes));
    line.into_inner().unwrap_or_default()
}

/// A line that could not be written waits and is written with the next. Other programs never see half a line, unless
/// this one was killed while writing.
#[derive(Debug)]
pub struct LineFile {
    path: PathBuf,
    pub(in crate::cli) file: File,
    /// Bytes of whole lines in the file.
    whole: u64,
    waiting: Vec<u8>,
}

impl LineFile {
    /// Continues after the first `whole` bytes of `file`, which was opened at `path`; the rest is cut off.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn after(path: &Path, file: File, whole: u64) -> Result<Self, Error> {
        let mut lines = Self {
            path: path.to_owned(),
            file,
            whole,
            waiting: Vec::new(),
        };
        lines.cut().map_err(Error::io(path, "write"))?;
        Ok(lines)
    }

    /// Adds a line, after those that are waiting.
    ///
    /// # Errors
    /// [`Error::Io`] when it could not be written and waits.
    pub fn add(&mut self, line: &[u8]) -> Result<(), Error> {
        self.waiting.extend_from_slice(line);
        self.write().map_err(Error::io(&self.path, "write"))
    }

    /// Checks that all lines are in the file and that the file is still in place. Tries waiting lines once more.
    ///
    /// # Errors
    /// [`Error::Io`] when lines still wait, or the file was removed or replaced meanwhile.
    pub fn finish(&mut self) -> Result<(), Error> {
        if !self.waiting.is_empty() {
            self.write().map_err(Error::io(&self.path, "write"))?;
        }
        if lock::is_at(&self.file, &self.path)? {
            return Ok(());
        }
        let replaced = io::Error::other("it was replaced by another file, and the lines are lost");
        Err(Error::io(&self.path, "find")(replaced))
    }

    /// Whether it is a file, and not a pipe or a device.
    pub fn is_file(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.is_file())
    }

    fn write(&mut self) -> io::Result<()> {
        if let Err(error) = self.file.write_all(&self.waiting) {
            // If this fails as well, half a line stays until the next attempt removes it.
            let _ = self.cut();
            return Err(error);
        }
        self.whole += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Cuts the file after the last whole line. A pipe cannot be cut.
    fn cut(&mut self) -> io::Result<()> {
        if !self.is_file() {
            return Ok(());
        }
        self.file.set_len(self.whole)?;
        match self.file.seek(SeekFrom::Start(self.whole)) {
            Err(error) if error.kind() != ErrorKind::NotSeekable => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn lines_go_on_after_the_last_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        fs::write(&path, "one\ntw").unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        let mut lines = LineFile::after(&path, file, 4).unwrap();
        lines.add(b"two\n").unwrap();
        lines.add(b"three\n").unwrap();
        lines.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
    }

    #[test]
    fn lines_that_could_not_be_written_wait_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        fs::write(&path, "").unwrap();
        // A file that was opened for reading cannot be written.
        let mut lines = LineFile {
            path: path.clone(),
            file: File::open(&path).unwrap(),
            whole: 0,
            waiting: Vec::new(),
        };
        assert!(lines.add(b"one\n").is_err());
        assert!(lines.finish().is_err());
        lines.file = File::create(&path).unwrap();
        lines.add(b"two\n").unwrap();
        lines.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_file_that_was_removed_or_replaced_meanwhile_is_an_error_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let mut lines = LineFile::after(&path, File::create(&path).unwrap(), 0).unwrap();
        lines.add(b"one\n").unwrap();
        fs::rename(&path, folder.path().join("away")).unwrap();
        assert!(lines.finish().unwrap_err().to_string().contains("cannot find"));
        fs::write(&path, "one\n").unwrap();
        let error = lines.finish().unwrap_err().to_string();
        assert!(error.contains("it was replaced by another file"), "{error}");
    }
}
