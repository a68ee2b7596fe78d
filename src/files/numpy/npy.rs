//! One array: a header in Python's syntax, then the elements.

use std::io::{self, Write};

use super::Elements;
use super::literal::Entries;
use crate::error::Result;
use crate::files::half::half;
use crate::files::source::{Source, show_bytes};

const MAGIC: [u8; 6] = *b"\x93NUMPY";

/// NumPy's own limit is smaller, 10,000.
const MOST_HEADER: usize = 1 << 16;

/// Larger arrays are refused as damaged, as in IDX files.
const MOST_BYTES: u64 = 4 << 30;

/// Bytes per block of elements: a multiple of every element's size.
const BLOCK: usize = 1 << 16;

/// The elements of a type such as `<f4`, if it can be read, and whether they are big-endian.
fn elements(descr: &str) -> Option<(Elements, bool)> {
    let mut rest = descr.chars();
    let (order, kind) = (rest.next()?, rest.next()?);
    let count: usize = rest.as_str().parse().ok()?;
    // Strings are counted in code points.
    let size = if kind == 'U' { count.checked_mul(4)? } else { count };
    let elements = Elements::of(kind, size)?;
    let has_order = size > 1 && kind != 'S';
    match order {
        '|' if !has_order => Some((elements, false)),
        '<' => Some((elements, false)),
        '>' => Some((elements, true)),
        _ => None,
    }
}

/// The header of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub shape: Vec<usize>,
    pub elements: Elements,
    /// Whether the first index varies fastest.
    pub is_fortran: bool,
    is_big_endian: bool,
    count: usize,
}

impl Header {
    /// Reads the header at the start of `source`.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when it is malformed, the elements
    /// are neither numbers nor strings, or the array is larger than 4 GiB.
    pub fn read(source: &mut Source) -> Result<Self> {
        let text = text(source)?;
        let error = |expected: &str, found: String| source.error("header".to_owned(), expected, found);
        let parsed = str::from_utf8(&text).ok().and_then(Entries::of);
        let parsed = parsed.ok_or_else(|| error("type, order and shape of an array", show(&text)))?;
        let Some((elements, is_big_endian)) = elements(&parsed.descr) else {
            let expected = "numbers (bool, integers, float16, float32 or float64) or strings";
            let found = match parsed.descr.ends_with('O') {
                true => "type |O: Python objects, which may run code; save them as `y.astype(str)` or `y.astype(int)`".to_owned(),
                false => format!("type {}", parsed.descr.escape_debug()),
            };
            return Err(error(expected, found));
        };
        let shape = parsed.shape;
        let count = shape
            .iter()
            .try_fold(1usize, |count, &side| count.checked_mul(side));
        let believable = count.filter(|&count| {
            // An array of empty strings has no bytes, and could have any number of elements.
            let bytes = (count as u64).checked_mul(elements.size().max(1) as u64);
            bytes.is_some_and(|bytes| bytes <= MOST_BYTES)
        });
        let Some(count) = believable else {
            let expected = format!("an array of at most {} GiB", MOST_BYTES >> 30);
            return Err(error(&expected, format!("shape {shape:?}")));
        };
        Ok(Self {
            shape,
            elements,
            is_fortran: parsed.is_fortran,
            is_big_endian,
            count,
        })
    }

    /// Number of elements.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Reads all elements, in the order of the file, and calls `element` with each.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when there are too few or too many elements, or strings; the first error of `element`.
    pub fn numbers(&self, source: &mut Source, mut element: impl FnMut(f64) -> Result<()>) -> Result<()> {
        macro_rules! each {
            ($type:ty) => {
                self.blocks(source, |bytes: [u8; size_of::<$type>()]| {
                    let number = match self.is_big_endian {
                        true => <$type>::from_be_bytes(bytes),
                        false => <$type>::from_le_bytes(bytes),
                    };
                    element(number as f64)
                })
            };
        }
        match self.elements {
            Elements::Bool | Elements::Unsigned(1) => each!(u8),
            Elements::Unsigned(2) => each!(u16),
            Elements::Unsigned(4) => each!(u32),
            Elements::Unsigned(_) => each!(u64),
            Elements::Signed(1) => each!(i8),
            Elements::Signed(2) => each!(i16),
            Elements::Signed(4) => each!(i32),
            Elements::Signed(_) => each!(i64),
            Elements::Float(2) => self.blocks(source, |bytes: [u8; 2]| {
                let bits = match self.is_big_endian {
                    true => u16::from_be_bytes(bytes),
                    false => u16::from_le_bytes(bytes),
                };
                element(f64::from(half(bits)))
            }),
            Elements::Float(4) => each!(f32),
            Elements::Float(_) => each!(f64),
            Elements::Text(_) | Elements::Bytes(_) => {
                Err(source.error("header".to_owned(), "numbers", "strings"))
            }
        }
    }

    /// Reads all elements of an array of bytes.
    ///
    /// # Errors
    /// Those of [`Self::numbers`].
    pub fn bytes(&self, source: &mut Source) -> Result<Vec<u8>> {
        let bytes = source.bytes(self.count, &self.expected())?;
        source.expect_end()?;
        Ok(bytes)
    }

    /// Reads the string of an array of one string.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when there is no string, more than one, or invalid text.
    pub fn text(&self, source: &mut Source) -> Result<String> {
        if self.count != 1 {
            return Err(source.error("header".to_owned(), "one string", self.in_words()));
        }
        let mut only = String::new();
        self.texts(source, |text| {
            only = text;
            Ok(())
        })?;
        Ok(only)
    }

    /// Reads all strings, in the order of the file, and calls `take` with each.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when there are numbers, or invalid text; the first error of `take`.
    pub fn texts(&self, source: &mut Source, mut take: impl FnMut(String) -> Result<()>) -> Result<()> {
        let no_text = |source: &Source| source.error("elements".to_owned(), "text", "an invalid character");
        for _ in 0..self.count {
            let bytes = source.bytes(self.elements.size(), &self.expected())?;
            let text = match self.elements {
                Elements::Text(_) => {
                    let points = bytes.as_chunks().0.iter().map(|&bytes| match self.is_big_endian {
                        true => u32::from_be_bytes(bytes),
                        false => u32::from_le_bytes(bytes),
                    });
                    points.map(char::from_u32).collect::<Option<String>>()
                }
                Elements::Bytes(_) => String::from_utf8(bytes).ok(),
                _ => return Err(source.error("header".to_owned(), "strings", self.in_words())),
            };
            let text = text.ok_or_else(|| no_text(source))?;
            // Shorter strings are padded.
            take(text.trim_end_matches('\0').to_owned())?;
        }
        source.expect_end()
    }

    /// Whether the elements are strings.
    pub fn is_text(&self) -> bool {
        matches!(self.elements, Elements::Text(_) | Elements::Bytes(_))
    }

    fn blocks<const N: usize>(
        &self,
        source: &mut Source,
        mut element: impl FnMut([u8; N]) -> Result<()>,
    ) -> Result<()> {
        let mut left = self.count;
        while left > 0 {
            let here = left.min(BLOCK / N);
            let bytes = source.bytes(here * N, &self.expected())?;
            bytes
                .as_chunks()
                .0
                .iter()
                .try_for_each(|&bytes: &[u8; N]| element(bytes))?;
            left -= here;
        }
        source.expect_end()
    }

    fn expected(&self) -> String {
        format!("the elements of {}", self.in_words())
    }

    /// "an array of shape [60000, 28, 28]"
    pub fn in_words(&self) -> String {
        format!("an array of shape {:?}", self.shape)
    }
}

/// The beginning of a header, for a message.
fn show(text: &[u8]) -> String {
    const MOST: usize = 80;
    String::from_utf8_lossy(&text[..text.len().min(MOST)])
        .trim()
        .escape_debug()
        .to_string()
}

/// The text of a header, if it is not too long.
fn text(source: &mut Source) -> Result<Vec<u8>> {
    let beginning: [u8; 8] = source.array("a NumPy array (93 4e 55 4d 50 59)")?;
    let Some(&[major, _]) = beginning.strip_prefix(&MAGIC).and_then(|rest| rest.first_chunk()) else {
        let expected = "a NumPy array (93 4e 55 4d 50 59)";
        return Err(source.error_at(0, expected, show_bytes(&beginning)));
    };
    let length = match major {
        1 => u16::from_le_bytes(source.array("the header's length")?) as usize,
        2 | 3 => u32::from_le_bytes(source.array("the header's length")?) as usize,
        other => return Err(source.error_at(6, "version 1, 2 or 3 of the format", other.to_string())),
    };
    if length > MOST_HEADER {
        let expected = format!("a header of at most {MOST_HEADER} bytes");
        return Err(source.error_at(8, expected, format!("one of {length}")));
    }
    source.bytes(length, "the header")
}

/// Writes an array of numbers, in row-major order. `descr` is their type, such as `<f4`, and `numbers` are their bytes.
pub(crate) fn write_numbers<B: AsRef<[u8]>>(
    writer: &mut impl Write,
    descr: &str,
    shape: &[usize],
    numbers: impl IntoIterator<Item = B>,
) -> io::Result<()> {
    let sides: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    write_header(writer, descr, &sides.join(" "))?;
    numbers
        .into_iter()
        .try_for_each(|number| writer.write_all(number.as_ref()))
}

/// Writes an array without dimensions, of one string.
pub(crate) fn write_text(writer: &mut impl Write, text: &str) -> io::Result<()> {
    let length = text.chars().count().max(1);
    write_header(writer, &format!("<U{length}"), "")?;
    let mut points: Vec<u32> = text.chars().map(u32::from).collect();
    points.resize(length, 0);
    points
        .into_iter()
        .try_for_each(|point| writer.write_all(&point.to_le_bytes()))
}

/// Version 1 of the format. The elements start at a multiple of 64 bytes.
fn write_header(writer: &mut impl Write, descr: &str, shape: &str) -> io::Result<()> {
    const ALIGNMENT: usize = 64;
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let before = MAGIC.len() + 4;
    let end = (before + header.len() + 1).next_multiple_of(ALIGNMENT);
    header.extend(std::iter::repeat_n(' ', end - before - header.len() - 1));
    header.push('\n');
    let length = u16::try_from(header.len()).map_err(io::Error::other)?;
    writer.write_all(&MAGIC)?;
    writer.write_all(&[1, 0])?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(header.as_bytes())
}
