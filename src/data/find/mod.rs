//! From what the user names to files that can be read: looking around, downloading, choosing.

#[cfg(feature = "download")]
pub mod download;
mod load;
pub mod locate;
#[cfg(feature = "download")]
pub mod resolve;
pub mod source;

pub use load::{load, load_source};
