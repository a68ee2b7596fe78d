//! From what the user names to files that can be read: looking around, downloading, choosing.

#[cfg(feature = "download")]
pub mod download;
pub mod locate;
#[cfg(feature = "download")]
pub mod resolve;
pub mod source;
