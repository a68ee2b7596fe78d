//! From what the user names to files that can be read: looking around, downloading, choosing.

pub mod download;
pub mod locate;
pub mod resolve;
