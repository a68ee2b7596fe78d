//! A file that is not whole yet: `NAME.part` beside the place it will take.
//!
//! It gets its name only after its unzipped bytes have the right checksum and are on the disk, so that the
//! final name never stands for less than the whole file.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::RemoteFile;
use crate::error::{Error, Result};
use crate::files::{self, checksum};

/// The open `.part` file. Its owner holds the directory's lock.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Part {
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

    /// Forgets everything.
    pub(super) fn clear(&mut self) -> Result<()> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.map_err(Error::io(&self.path, "write"))?;
        self.length = 0;
        Ok(())
    }

    /// Whether the unzipped bytes are `remote`'s; if not, in words why.
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
    /// Whether the unzipped bytes of the file at `path` are this file's; if not, in words why.
    pub(super) fn check(&self, path: &Path) -> std::result::Result<(), String> {
        let opened = checksum::open_unzipped(path);
        // One byte more than expected is enough to know that it is too long.
        let summed = opened.and_then(|reader| checksum::sha256_of_stream(reader, self.unzipped_bytes + 1));
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
