//! The types of array elements: the part of NumPy's [array interface] that pixels and labels need. Files and pickles
//! use the same names.
//!
//! [array interface]: https://numpy.org/doc/stable/reference/arrays.interface.html

use std::fmt;

/// Numbers, with their size in bytes, or strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elements {
    Bool,
    Unsigned(usize),
    Signed(usize),
    /// IEEE 754, of 2, 4 or 8 bytes.
    Float(usize),
    /// Strings, with their number of code points.
    Text(usize),
    /// Strings, with their number of bytes.
    Bytes(usize),
}

impl Elements {
    /// The elements of NumPy's kind (`f`) and size.
    pub fn of(kind: char, size: usize) -> Option<Self> {
        let elements = match (kind, size) {
            ('b', 1) => Self::Bool,
            ('u', 1 | 2 | 4 | 8) => Self::Unsigned(size),
            ('i', 1 | 2 | 4 | 8) => Self::Signed(size),
            ('f', 2 | 4 | 8) => Self::Float(size),
            ('U', _) => Self::Text(size / 4),
            ('S', _) => Self::Bytes(size),
            _ => return None,
        };
        Some(elements)
    }

    /// The numbers of NumPy's code, as `f4`.
    pub fn parse(code: &[u8]) -> Option<Self> {
        let &[kind @ (b'b' | b'u' | b'i' | b'f'), size @ b'1'..=b'8'] = code else {
            return None;
        };
        Self::of(kind.into(), usize::from(size - b'0'))
    }

    /// Bytes per element.
    pub fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::Unsigned(size) | Self::Signed(size) | Self::Float(size) | Self::Bytes(size) => size,
            Self::Text(length) => length.saturating_mul(4),
        }
    }
}

/// As NumPy names it: "float32".
impl fmt::Display for Elements {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => formatter.write_str("bool"),
            Self::Unsigned(size) => write!(formatter, "uint{}", 8 * size),
            Self::Signed(size) => write!(formatter, "int{}", 8 * size),
            Self::Float(size) => write!(formatter, "float{}", 8 * size),
            Self::Text(_) | Self::Bytes(_) => formatter.write_str("strings"),
        }
    }
}
