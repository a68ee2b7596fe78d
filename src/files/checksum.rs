//! SHA-256 in hexadecimal digits.

use sha2::{Digest, Sha256};

/// The sum in hexadecimal digits.
pub(crate) fn hexadecimal(hasher: Sha256) -> String {
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
