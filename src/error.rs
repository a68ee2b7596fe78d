//! The crate's one error: what failed, where, what was expected, what was found, and a hint.
//!
//! Messages are whole sentences for the person at the terminal; the fields are for programs.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to open, read or write a file.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried, as a verb: "open", "read", "write".
        action: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },

    /// A file is malformed, or of another kind.
    #[error("{}: {place}: expected {expected}, found {found}. {hint}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where in it: "byte 4", "row 17", "header".
        place: String,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
        /// What the user can do, as a sentence with its full stop.
        hint: String,
    },

    /// A label names a class the network has no output for.
    #[error(
        "{origin}: image {row} has label {label}, but there are {classes} classes, 0 to {}. {hint}",
        classes - 1
    )]
    LabelOutOfRange {
        /// The file or data set.
        origin: String,
        /// Index of the image, from 0.
        row: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
        /// What the user can do, as a sentence with its full stop.
        hint: &'static str,
    },

    /// There is no file, or no data set, at the given path.
    #[error("{}: {found}; expected {expected}. {hint}", path.display())]
    NotFound {
        /// The given path.
        path: PathBuf,
        /// What was found there instead.
        found: String,
        /// What should be there.
        expected: String,
        /// What the user can do, as a sentence with its full stop.
        hint: String,
    },

    /// A folder of checkpoints cannot be used.
    #[error("{}: {found}. {hint}", path.display())]
    Checkpoints {
        /// The folder.
        path: PathBuf,
        /// Why not.
        found: String,
        /// What the user can do, as a sentence with its full stop.
        hint: String,
    },

    /// MNIST could not be fetched from any mirror.
    #[error("cannot download {file}: {reason}. {hint}")]
    Download {
        /// The file, by its name on the mirrors.
        file: String,
        /// What each mirror answered.
        reason: String,
        /// What the user can do, as a sentence with its full stop.
        hint: String,
    },

    /// An option's value is out of its range, or does not fit the data.
    #[error("{option} {given}: expected {expected}")]
    Option {
        /// The field of the options: `batch_size`.
        option: &'static str,
        /// Its value.
        given: String,
        /// What it accepts.
        expected: String,
    },

    /// More memory is needed than is available. Checked before any of it is allocated.
    #[error("{what} needs {needed} of memory, but {available} are available. {hint}")]
    OutOfMemory {
        /// What needs it, as the subject of a sentence.
        what: String,
        /// What it needs.
        needed: Bytes,
        /// What this process can still allocate.
        available: Bytes,
        /// What the user can do, as a sentence with its full stop.
        hint: String,
    },

    /// The cost, or another number of training, became NaN or infinite.
    #[error("training diverged in epoch {epoch}, mini-batch {minibatch}: {what} is {value}. {hint}")]
    Diverged {
        /// Epoch, from 0.
        epoch: usize,
        /// Mini-batch within the epoch, from 0: the first with such a cost, or the last one of the epoch.
        minibatch: usize,
        /// What became NaN or infinite: "the cost".
        what: &'static str,
        /// Its value.
        value: f64,
        /// The likely cause and what to try.
        hint: String,
    },
}

impl Error {
    /// An [`Error::Io`], for `map_err`: `File::open(path).map_err(Error::io(path, "open"))`.
    pub fn io(path: impl AsRef<Path>, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.as_ref().to_owned(),
            action,
            source,
        }
    }

    /// An [`Error::Option`]: "`option` `given`: expected `expected`".
    pub fn option(option: &'static str, given: impl ToString, expected: impl Into<String>) -> Self {
        Self::Option {
            option,
            given: given.to_string(),
            expected: expected.into(),
        }
    }

    /// Whether the error is bad usage (exit code 2) and not a failure (exit code 1).
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Option { .. })
    }
}

/// A number of bytes, which is displayed like `12.6 TB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        match self.0 {
            u64::MAX => formatter.write_str("more than can be counted"),
            bytes @ 0..1000 => write!(formatter, "{bytes} B"),
            bytes => {
                let power = bytes.ilog(1000);
                let amount = bytes as f64 / 1000f64.powi(power as i32);
                write!(formatter, "{amount:.2} {}", UNITS[power as usize])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_unit_that_fits() {
        assert_eq!(Bytes(999).to_string(), "999 B");
        assert_eq!(Bytes(1000).to_string(), "1.00 kB");
        assert_eq!(Bytes(12_600_000_000_000).to_string(), "12.60 TB");
        assert_eq!(Bytes(u64::MAX - 1).to_string(), "18.45 EB");
        assert_eq!(Bytes(u64::MAX).to_string(), "more than can be counted");
    }
}
