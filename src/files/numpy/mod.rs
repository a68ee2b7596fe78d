//! NumPy's files: [`npy`], one array, and [`npz`], a zip archive of several.
//!
//! The format is NumPy's [`numpy.lib.format`], versions 1 to 3; version 1 is written. Headers are Python literals,
//! which `literal` reads. No header makes the program panic, or run out of memory, stack or time, and no size is
//! trusted beyond the bytes that follow.
//!
//! [`numpy.lib.format`]: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

mod dtype;
mod literal;
pub(crate) mod npy;
pub(crate) mod npz;

pub(crate) use dtype::Elements;
pub(crate) use npy::Header;
