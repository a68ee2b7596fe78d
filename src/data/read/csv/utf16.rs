//! UTF-16 with a byte order mark, as Excel and PowerShell write it, as UTF-8.

use std::io::{self, Read};

use crate::error::{Error, Result};
use crate::files::source::Source;

/// The same text as UTF-8: `source` itself where it does not begin with UTF-16's byte order mark.
pub(super) fn decoded(mut source: Source<'static>) -> Result<Source<'static>> {
    let is_big_endian = match source.available()? {
        [0xff, 0xfe, ..] => false,
        [0xfe, 0xff, ..] => true,
        _ => return Ok(source),
    };
    source.consume(2);
    let (path, hint) = (source.path().to_owned(), source.hint());
    let decoder = Decoder {
        source,
        is_big_endian,
        text: Vec::new(),
        taken: 0,
    };
    Source::new(&path, decoder, hint)
}

/// A stream of UTF-8 made of one of UTF-16.
struct Decoder {
    source: Source<'static>,
    is_big_endian: bool,
    /// Of one character.
    text: Vec<u8>,
    taken: usize,
}

impl Decoder {
    /// The next unit; `None` at the end, or where half of one is left.
    fn unit(&mut self) -> Result<Option<u16>> {
        let mut bytes = [0; 2];
        for byte in &mut bytes {
            match self.source.available()?.first() {
                Some(&next) => *byte = next,
                None => return Ok(None),
            }
            self.source.consume(1);
        }
        Ok(Some(match self.is_big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        }))
    }

    /// The next character, as UTF-8; nothing at the end.
    fn refill(&mut self) -> Result<()> {
        self.text.clear();
        self.taken = 0;
        let Some(first) = self.unit()? else { return Ok(()) };
        let second = match first {
            0xd800..0xdc00 => self.unit()?,
            _ => None,
        };
        let units = std::iter::once(first).chain(second);
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.text
                .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(())
    }
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() {
            if self.taken == self.text.len() {
                self.refill().map_err(|error| match error {
                    Error::Io { source, .. } => source,
                    other => io::Error::other(other.to_string()),
                })?;
                if self.text.is_empty() {
                    break;
                }
            }
            let count = (self.text.len() - self.taken).min(buffer.len() - written);
            buffer[written..written + count].copy_from_slice(&self.text[self.taken..self.taken + count]);
            written += count;
            self.taken += count;
        }
        Ok(written)
    }
}
