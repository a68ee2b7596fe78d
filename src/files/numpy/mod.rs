//! NumPy's files: [`npy`], one array, and [`npz`], a zip archive of several.
//!
//! The format is NumPy's [`numpy.lib.format`], versions 1 to 3; version 1 is written. Headers, a
//! literal of Python, are read here (`literal`): nothing that a file says is believed further than the bytes that follow it,
//! and no header makes the program panic, or run out of memory, stack or time.
//!
//! [`numpy.lib.format`]: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

mod dtype;
mod literal;
pub(crate) mod npy;
pub(crate) mod npz;

pub(crate) use dtype::Elements;
pub(crate) use npy::Header;
