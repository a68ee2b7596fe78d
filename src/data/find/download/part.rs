//! An incomplete file: `NAME.part` in the same directory.
//!
//! It gets its name only after its unzipped bytes have the right checksum and are on the disk, so that a file with
//! the final name is always complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::RemoteFile;
use crate::error::{Error, Result};
use crate::files;
use crate::files::checksum::hexadecimal;

/// The open `.part` file. Its owner holds the directory's lock.
pub(super) struct PartialFile {
    file: File,
    path: PathBuf,
    length: u64,
}

impl PartialFile {
    /// Opens the `.part` in `directory` that an earlier run left, or makes an empty one.
    pub(super) fn open(directory: &Path, remote: &RemoteFile) -> Result<Self> {
        let path = directory.join(format!("{}.part", remote.name));
        let mut options = OpenOptions::new();
        let opened = options.write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(Error::io(&path, "open"))?;
        let length = file.seek(SeekFrom::End(0)).map_err(Error::io(&path, "read"))?;
        Ok(Self { file, path, length })
    }

    /// Bytes so far.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends `bytes`.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(Error::io(&self.path, "write"))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Removes all bytes.
    pub(super) fn clear(&mut self) -> Result<()> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.map_err(Error::io(&self.path, "write"))?;
        self.length = 0;
        Ok(())
    }

    /// Checks that the unzipped bytes are `remote`'s; the error is the reason.
    pub(super) fn check(&self, remote: &RemoteFile) -> std::result::Result<(), String> {
        remote.check(&self.path)
    }

    /// Gives the file its name, once its bytes are on the disk.
    pub(super) fn finish(self, target: &Path) -> Result<()> {
        self.file.sync_all().map_err(Error::io(&self.path, "write"))?;
        fs::rename(&self.path, target).map_err(Error::io(target, "write"))?;
        files::sync_folder_of(target);
        Ok(())
    }

    /// Removes the file if it is empty: nothing to resume from.
    pub(super) fn abandon(self) {
        if self.length == 0 {
            // A stray empty file does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl RemoteFile {
    /// Checks that the unzipped bytes of the file at `path` are this file's; the error is the reason.
    pub(super) fn check(&self, path: &Path) -> std::result::Result<(), String> {
        let opened = open_unzipped(path);
        // One byte more than expected is enough to know that it is too long.
        let summed = opened.and_then(|reader| sha256_of_stream(reader, self.unzipped_bytes + 1));
        match summed {
            Ok((sha256, _)) if sha256 == self.sha256 => Ok(()),
            Ok((_, bytes)) if bytes > self.unzipped_bytes => Err(format!(
                "more than the expected {} bytes unzipped",
                self.unzipped_bytes
            )),
            Ok((sha256, bytes)) => Err(format!("{bytes} bytes unzipped with sha256 {sha256}")),
            Err(error) => Err(format!("it does not unzip: {error}")),
        }
    }
}

/// SHA-256, as 64 hexadecimal digits, and the number of bytes, of at most `limit` bytes of `reader`. So a stream
/// that never ends cannot stall the program.
fn sha256_of_stream(reader: impl Read, limit: u64) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut reader = BufReader::with_capacity(1 << 16, reader.take(limit));
    let mut bytes = 0;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok((hexadecimal(hasher), bytes));
        }
        hasher.update(chunk);
        let length = chunk.len();
        bytes += length as u64;
        reader.consume(length);
    }
}

/// The file's bytes, unzipped if its name ends in `.gz` or `.gz.part`.
fn open_unzipped(path: &Path) -> io::Result<Box<dyn Read>> {
    let file = File::open(path)?;
    let name = path.to_string_lossy();
    Ok(if name.ends_with(".gz") || name.ends_with(".gz.part") {
        Box::new(MultiGzDecoder::new(BufReader::new(file)))
    } else {
        Box::new(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_nothing_is_the_standard_s() {
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_of_stream(&b""[..], u64::MAX).unwrap().0, expected);
    }
}
