//! Readers of data: good files in every format are read, and a bad one gives one clear error with file, place,
//! expected, found and hint.

/// Bad files by name, each with parts of its error.
macro_rules! rows {
    ($($name:literal: $bytes:expr => $($says:literal),+;)*) => {
        vec![$(($name, Vec::<u8>::from($bytes), &[$($says),+][..])),*]
    };
}

mod csv;
mod hostile;
mod idx;
mod labels;
mod layouts;
mod mnist;
mod numpy;
mod pickle;

use std::path::Path;

use batchprop::Error;

/// Checks that `error` contains each of `parts`.
fn assert_says(error: &Error, parts: &[&str], row: &str) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{row}: no {part:?} in: {message}");
    }
    assert!(message.ends_with('.'), "{row}: no hint in: {message}");
}

/// Writes each row's file and checks the error of `read`.
fn check_table<T>(
    file_name: &str,
    read: impl Fn(&Path) -> Result<T, Error>,
    rows: Vec<(&str, Vec<u8>, &[&str])>,
) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(file_name);
    for (name, bytes, says) in rows {
        std::fs::write(&path, bytes).unwrap();
        let error = read(&path).err().unwrap_or_else(|| panic!("{name}: was read"));
        assert_says(&error, &[says, &[file_name]].concat(), name);
    }
}
