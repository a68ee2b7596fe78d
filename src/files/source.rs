//! Opens a file, plain or gzip'd, as one stream of unzipped bytes that counts its position.
//!
//! Whether a file is gzip'd is decided by its first two bytes (1f 8b, [RFC 1952]), never by its name: browsers
//! and tools unzip silently and keep the `.gz`. Files of several gzip members are read whole, as `gzip -dc`
//! does. The checksum at the end of each member is verified when the stream is read to its end, so readers
//! finish with [`Source::expect_end`]. Every error names the file and the byte; in a gzip'd file bytes are
//! counted after unzipping.
//!
//! [RFC 1952]: https://www.rfc-editor.org/rfc/rfc1952

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::unpacked::{Counted, Unpacked};
use crate::error::{Error, Result};
use crate::memory;

/// Compressed bytes are fetched from the operating system in blocks of this size.
const FILE_BLOCK: usize = 128 * 1024;
/// Buffer of unzipped bytes for small reads; larger reads bypass it.
const STREAM_BLOCK: usize = 32 * 1024;
/// Capacity that is reserved before the first byte.
const TRUSTED: usize = 1 << 20;

/// A file that is being read from its start to its end.
pub(crate) struct Source<'a> {
    path: PathBuf,
    /// In an archive, the name of the member.
    entry: Option<String>,
    stream: BufReader<Box<dyn Read + 'a>>,
    offset: u64,
    gzipped: bool,
    /// Capacity that may be reserved for bytes that have not been read yet.
    trusted: usize,
    hint: &'static str,
}

impl<'a> Source<'a> {
    /// Opens the file at `path`. `hint` is a sentence: what the user can do when the file is damaged.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be opened or read.
    pub fn open(path: &Path, hint: &'static str) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        // The file's length, zipped or not. A pipe has none.
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let source = Self::new(path, file, hint)?;
        let trusted = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Self {
            trusted: trusted.max(source.trusted),
            ..source
        })
    }

    /// Reads from `reader`. Errors call it `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when nothing can be read.
    pub fn new(path: &Path, reader: impl Read + 'a, hint: &'static str) -> Result<Self> {
        let mut file = BufReader::with_capacity(FILE_BLOCK, reader);
        let gzipped = file
            .fill_buf()
            .map_err(Error::io(path, "read"))?
            .starts_with(&[0x1f, 0x8b]);
        let stream: Box<dyn Read + 'a> = if gzipped {
            let (file, count) = Counted::new(file);
            Box::new(Unpacked::new(MultiGzDecoder::new(file), move || count.get()))
        } else {
            Box::new(file)
        };
        Ok(Self {
            path: path.to_owned(),
            entry: None,
            stream: BufReader::with_capacity(STREAM_BLOCK, stream),
            offset: 0,
            gzipped,
            trusted: TRUSTED,
            hint,
        })
    }

    /// The same, as the member of an archive with this name.
    pub fn entry(self, name: &str) -> Self {
        Self {
            entry: Some(name.to_owned()),
            ..self
        }
    }

    /// The file's path, as in errors.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the user can do when the file is damaged.
    pub fn hint(&self) -> &'static str {
        self.hint
    }

    /// How many unzipped bytes have been consumed.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the name says gzip and the bytes are not: then that is the likeliest mistake.
    pub fn is_falsely_named_gz(&self) -> bool {
        !self.gzipped && self.path.extension().is_some_and(|extension| extension == "gz")
    }

    /// An [`Error::Format`] at the unzipped byte `offset`, with this file's hint.
    pub fn error_at(&self, offset: u64, expected: impl Into<String>, found: impl Into<String>) -> Error {
        let unzipped = if self.gzipped { " (unzipped)" } else { "" };
        self.error(format!("byte {offset}{unzipped}"), expected, found)
    }

    /// A place in the file; in an archive, with the name of the member.
    pub fn place(&self, place: String) -> String {
        match &self.entry {
            Some(entry) => format!("{}, {place}", entry.escape_debug()),
            None => place,
        }
    }

    /// An [`Error::Format`] at `place`, with this file's hint.
    pub fn error(&self, place: String, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::Format {
            path: self.path.clone(),
            place: self.place(place),
            expected: expected.into(),
            found: found.into(),
            hint: self.hint.to_owned(),
        }
    }

    /// The bytes in the buffer: at least one, or none at the end of the stream.
    pub fn available(&mut self) -> Result<&[u8]> {
        // Called twice, because a slice from a failed match would stay borrowed. The second call returns the buffer.
        if let Err(error) = self.stream.fill_buf() {
            return Err(self.failed(error));
        }
        Ok(self.stream.buffer())
    }

    /// The bytes in the buffer, at least one and at most `limit`. `expected` says in an error what
    /// should be there.
    pub fn some(&mut self, limit: u64, expected: &str) -> Result<&[u8]> {
        if self.available()?.is_empty() {
            return Err(self.error_at(self.offset, expected, "the end of the file"));
        }
        let bytes = self.stream.buffer();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(&bytes[..bytes.len().min(limit)])
    }

    /// Consumes `count` bytes of the buffer.
    pub fn consume(&mut self, count: usize) {
        self.stream.consume(count);
        self.offset += count as u64;
    }

    /// The next byte. `expected` says in an error what should be there.
    #[inline]
    pub fn byte(&mut self, expected: &str) -> Result<u8> {
        self.array(expected).map(|[byte]| byte)
    }

    /// The next `N` bytes. `expected` says in an error what should be there.
    #[inline]
    pub fn array<const N: usize>(&mut self, expected: &str) -> Result<[u8; N]> {
        // Usually they are in the buffer, and text is read byte by byte.
        if let Some(&bytes) = self.stream.buffer().first_chunk() {
            self.consume(N);
            return Ok(bytes);
        }
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.some(1, expected)?[0];
            self.consume(1);
        }
        Ok(bytes)
    }

    /// The next `count` bytes, in memory that grows as they arrive, because `count` may be wrong. `expected` says in an
    /// error what should be there.
    pub fn bytes(&mut self, count: usize, expected: &str) -> Result<Vec<u8>> {
        let start = self.offset;
        let mut bytes = Vec::new();
        while bytes.len() < count {
            let before = bytes.len();
            memory::reserve(&mut bytes, self.trusted.min(count - before), count, &self.path)?;
            let room = (bytes.capacity() - before).min(count - before);
            let read = (&mut self.stream).take(room as u64).read_to_end(&mut bytes);
            self.offset += (bytes.len() - before) as u64;
            match read {
                Ok(read) if read < room => {
                    let found = format!("the end of the file after {} of {count} bytes", bytes.len());
                    return Err(self.error_at(start, expected, found));
                }
                Ok(_) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(bytes)
    }

    /// Checks that nothing follows, and thereby the checksum of a gzip'd file.
    pub fn expect_end(&mut self) -> Result<()> {
        if self.available()?.is_empty() {
            return Ok(());
        }
        Err(self.error_at(self.offset, "the end of the file", "more bytes"))
    }

    fn failed(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof if self.gzipped => self.error_at(
                self.offset,
                "more gzip data",
                "the end of the file: it is truncated",
            ),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput if self.gzipped => {
                self.error_at(self.offset, "intact gzip data", format!("damage ({error})"))
            }
            // In an archive.
            io::ErrorKind::InvalidData if self.entry.is_some() => {
                self.error_at(self.offset, "sound data", format!("damage ({error})"))
            }
            _ => Error::io(&self.path, "read")(error),
        }
    }
}

/// The first bytes, readable: `3c 21 44 4f ("<!DO")`.
pub(crate) fn show_bytes(bytes: &[u8]) -> String {
    let hexadecimal: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let text: String = bytes.escape_ascii().map(char::from).collect();
    format!("{} (\"{text}\")", hexadecimal.join(" "))
}
