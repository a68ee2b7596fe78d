//! From the user's choice of data to files: searching, downloading, choosing.

#[cfg(feature = "download")]
pub mod download;
mod load;
pub mod locate;
#[cfg(feature = "download")]
pub mod resolve;
pub mod source;

pub use load::{load, load_source};
