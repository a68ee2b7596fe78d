//! Memory for files that are read as a whole.

use std::path::Path;

use crate::error::Result;
use crate::memory;

/// Checks that there is memory for a file of `bytes` that is read as a whole.
///
/// # Errors
/// [`Error::OutOfMemory`](crate::error::Error::OutOfMemory).
pub(crate) fn check_file(path: &Path, bytes: u64) -> Result<()> {
    memory::check(
        bytes,
        || format!("reading {} at once", path.display()),
        |_| "It is not a network's file, or the network is too large for this machine.".to_owned(),
    )
}

/// Checks that there is memory to parse the JSON in `path`, with `each` bytes per value, list or object. This
/// includes the unused capacity of growing lists: `[],[],[]` takes many times its length.
///
/// # Errors
/// [`Error::OutOfMemory`](crate::error::Error::OutOfMemory).
pub(crate) fn check_json(path: &Path, json: &[u8], each: u64) -> Result<()> {
    // An upper bound: some of these may be inside strings.
    let begins_another = |byte: &&u8| matches!(byte, b',' | b'[' | b'{');
    let values = json.iter().filter(begins_another).count() as u64 + 1;
    check_file(path, values.saturating_mul(each))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_json_are_counted() {
        let check = |json: &[u8]| check_json(Path::new("x"), json, 1 << 55);
        assert!(check_json(Path::new("x"), b"[[1,2],[]]", 1 << 20).is_ok());
        let message = check(b"[[1,2],[]]").unwrap_err().to_string();
        // Three lists, two commas, and one.
        assert!(
            message.starts_with("reading x at once needs 216.17 PB"),
            "{message}"
        );
    }
}
