//! Files: written whole or not at all, locked, read with limits, NumPy arrays and tensors, and suggestions for
//! misspelled paths.

pub(crate) mod checksum;
mod ending;
pub(crate) mod half;
mod leftovers;
pub mod lock;
pub(crate) mod numpy;
pub(crate) mod room;
mod similar;
pub(crate) mod source;
pub(crate) mod tensors;
pub(crate) mod unpacked;
mod whole;

pub use self::ending::ending_among;
pub use self::similar::check_exists;
pub(crate) use self::whole::TEMPORARY_SUFFIX;
#[cfg(feature = "download")]
pub(crate) use self::whole::sync_folder_of;
pub use self::whole::{check_folder, check_writable, write_whole};
