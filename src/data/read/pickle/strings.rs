//! The ways in which a pickle spells a byte string.
//!
//! | written by | bytes are spelled as |
//! |---|---|
//! | Python 2, protocol 0 | a quoted line with escapes, as `repr` prints it: [`quoted`] |
//! | Python 2, protocol 1 and 2; Python 3, protocol 3 to 5 | themselves, after their length: [`raw`] |
//! | Python 3, protocol 0 | a line of text with `\u` escapes: [`unicode_line`] |
//! | Python 3, protocol 1 and 2 | UTF-8 text, after its length: [`utf8`] |
//!
//! Text stands for bytes in Latin-1: the character U+00E9 is the byte e9. Names, which are ASCII, are the same in
//! all of them. `limit` is how many bytes the strings that are still to come may have together.

use super::data::{Collector, Data, MAXIMUM_BYTES};
use crate::error::{Error, Result};
use crate::files::source::{Source, show_bytes};

/// `length` bytes as they are.
pub(super) fn raw(source: &mut Source, length: u64, limit: u64) -> Result<Data> {
    check_length(source, length, limit)?;
    let mut collector = Collector::new(source.path());
    let mut left = length;
    while left > 0 {
        let bytes = source.some(left, REST)?;
        collector.extend(bytes)?;
        let count = bytes.len();
        left -= count as u64;
        source.consume(count);
    }
    collector.finish()
}

/// `length` bytes of UTF-8.
pub(super) fn utf8(source: &mut Source, length: u64, limit: u64) -> Result<Data> {
    check_length(source, length, limit)?;
    let end = source.offset() + length;
    let mut collector = Collector::new(source.path());
    while source.offset() < end {
        let byte = match source.byte(REST)? {
            ascii @ 0..0x80 => ascii,
            // Latin-1 beyond ASCII takes two bytes: 110000ab 10cdefgh for abcdefgh.
            lead @ (0xc2 | 0xc3) if source.offset() < end => match source.byte(REST)? {
                rest @ 0x80..0xc0 => lead << 6 | rest & 0x3f,
                other => return Err(no_latin1(source, &[lead, other])),
            },
            other => return Err(no_latin1(source, &[other])),
        };
        collector.push(byte)?;
    }
    collector.finish()
}

/// A line of text in Python's raw-unicode-escape: the bytes of Latin-1, some of them as `\u00e9`.
pub(super) fn unicode_line(source: &mut Source, limit: u64) -> Result<Data> {
    let mut collector = Collector::new(source.path());
    loop {
        let byte = match source.byte(REST)? {
            b'\n' => return collector.finish(),
            b'\\' => match source.array(REST)? {
                // Anything longer is beyond Latin-1. Pickles write the backslash itself as \u005c.
                [b'u', b'0', b'0', high, low] if let Some(byte) = hexadecimal(high, low) => byte,
                escape => return Err(unknown_escape(source, &escape)),
            },
            byte => byte,
        };
        push_checked(source, &mut collector, byte, limit)?;
    }
}

/// A line with a quoted string, as Python 2's `repr` prints it.
pub(super) fn quoted(source: &mut Source, limit: u64) -> Result<Data> {
    let quote = source.byte(REST)?;
    if !matches!(quote, b'\'' | b'"') {
        return Err(source.error_at(source.offset() - 1, "a quoted string", show_bytes(&[quote])));
    }
    let mut collector = Collector::new(source.path());
    loop {
        let byte = match source.byte(REST)? {
            b'\\' => match source.byte(REST)? {
                byte @ (b'\\' | b'\'' | b'"') => byte,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'x' => {
                    let [high, low] = source.array(REST)?;
                    match hexadecimal(high, low) {
                        Some(byte) => byte,
                        None => return Err(unknown_escape(source, &[b'x', high, low])),
                    }
                }
                other => return Err(unknown_escape(source, &[other])),
            },
            b'\n' => {
                let offset = source.offset() - 1;
                return Err(source.error_at(offset, "the quote that ends a string", "the end of the line"));
            }
            byte if byte == quote => break,
            byte => byte,
        };
        push_checked(source, &mut collector, byte, limit)?;
    }
    match source.byte(REST)? {
        b'\n' => collector.finish(),
        other => Err(source.error_at(
            source.offset() - 1,
            "the end of the line after a quoted string",
            show_bytes(&[other]),
        )),
    }
}

const REST: &str = "the rest of a string";

fn check_length(source: &Source, length: u64, limit: u64) -> Result<()> {
    if length <= limit {
        return Ok(());
    }
    let expected = format!("strings of at most {} MiB together", MAXIMUM_BYTES >> 20);
    Err(source.error_at(source.offset(), expected, format!("a string of {length} bytes")))
}

/// Takes a byte of a string whose length is known only at its end.
#[inline]
fn push_checked(source: &Source, collector: &mut Collector, byte: u8, limit: u64) -> Result<()> {
    collector.push(byte)?;
    check_length(source, collector.len(), limit)
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

fn no_latin1(source: &Source, found: &[u8]) -> Error {
    let offset = source.offset() - found.len() as u64;
    source.error_at(
        offset,
        "text in Latin-1, which stands for bytes",
        show_bytes(found),
    )
}

fn unknown_escape(source: &Source, escape: &[u8]) -> Error {
    let offset = source.offset() - escape.len() as u64 - 1;
    let found = format!("\\{}", escape.escape_ascii());
    source.error_at(offset, "a byte's escape sequence", found)
}
