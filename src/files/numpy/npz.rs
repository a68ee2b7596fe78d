//! Several named arrays: a zip archive of `NAME.npy`, deflated or not.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Header;
use crate::error::{Error, Result};
use crate::files::source::Source;
use crate::files::unpacked::Unpacked;

/// An archive that is read array by array.
pub(crate) struct Npz<R> {
    path: PathBuf,
    archive: ZipArchive<R>,
    hint: &'static str,
}

impl Npz<BufReader<File>> {
    /// Opens the archive at `path`. `hint` is a sentence: what the user can do when it is damaged.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] when it is not a zip archive.
    pub fn open(path: &Path, hint: &'static str) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        Self::new(path, BufReader::new(file), hint)
    }
}

impl<R: Read + Seek> Npz<R> {
    /// Reads an archive from `reader`. Errors call it `path`.
    ///
    /// # Errors
    /// Those of [`Npz::open`].
    pub fn new(path: &Path, reader: R, hint: &'static str) -> Result<Self> {
        let archive = ZipArchive::new(reader);
        let archive = archive.map_err(|error| damaged(path, hint, "archive".to_owned(), &error))?;
        Ok(Self {
            path: path.to_owned(),
            archive,
            hint,
        })
    }

    /// The names of all arrays, without `.npy`.
    pub fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(|name| name.ok());
        names
            .filter_map(|name| name.strip_suffix(".npy").map(str::to_owned))
            .collect()
    }

    /// Reads the array of this name: `read` is called with its header, and the source of its elements.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Format`] when there is none, or it is damaged; the errors of `read`.
    pub fn array<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Header, &mut Source) -> Result<T>,
    ) -> Result<T> {
        let (path, hint) = (&self.path, self.hint);
        let entry = self.archive.by_name(&format!("{name}.npy"));
        let entry =
            entry.map_err(|error| damaged(path, hint, format!("array {}", name.escape_debug()), &error))?;
        let packed = entry.compressed_size();
        let entry = Unpacked::new(entry, move || packed);
        let mut source = Source::new(path, entry, hint)?.entry(&format!("array {name}"));
        let header = Header::read(&mut source)?;
        read(&header, &mut source)
    }

    /// An [`Error::Format`] of the array of this name.
    pub fn error(&self, name: &str, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::Format {
            path: self.path.clone(),
            place: format!("array {}", name.escape_debug()),
            expected: expected.into(),
            found: found.into(),
            hint: self.hint.to_owned(),
        }
    }
}

fn damaged(path: &Path, hint: &str, place: String, error: &zip::result::ZipError) -> Error {
    Error::Format {
        path: path.to_owned(),
        place,
        expected: "an intact .npz file, which is a zip archive of arrays".to_owned(),
        found: error.to_string(),
        hint: hint.to_owned(),
    }
}

/// Writes an archive, in memory. The same arrays give the same bytes, because there are no time stamps.
pub(crate) struct NpzWriter {
    archive: ZipWriter<Cursor<Vec<u8>>>,
}

impl NpzWriter {
    pub fn new() -> Self {
        Self {
            archive: ZipWriter::new(Cursor::new(Vec::new())),
        }
    }

    /// Starts the array of this name, and returns where to write it.
    pub fn start(&mut self, name: &str) -> std::io::Result<&mut impl Write> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            // Arrays of more than 4 GiB need longer length fields.
            .large_file(true);
        self.archive.start_file(format!("{name}.npy"), options)?;
        Ok(&mut self.archive)
    }

    /// The archive.
    pub fn finish(self) -> std::io::Result<Vec<u8>> {
        Ok(self.archive.finish()?.into_inner())
    }
}
