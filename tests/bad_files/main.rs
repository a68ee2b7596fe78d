//! A bad file gives one clear error: which file, where in it, what was expected, what was found, a hint.

mod csv;
mod idx;
mod numpy;
mod pickle;

use std::io::Write;
use std::path::Path;

use batchprop::Error;
use flate2::Compression;
use flate2::write::GzEncoder;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Checks that `error` says each of `parts`.
fn assert_says(error: &Error, parts: &[&str], row: &str) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{row}: no {part:?} in: {message}");
    }
    assert!(message.ends_with('.'), "{row}: no hint in: {message}");
}

struct Row {
    name: &'static str,
    bytes: Vec<u8>,
    says: &'static [&'static str],
}

fn row(name: &'static str, bytes: impl Into<Vec<u8>>, says: &'static [&'static str]) -> Row {
    let bytes = bytes.into();
    Row { name, bytes, says }
}

/// Writes each row's file and checks what `read` says about it.
fn check_table<T>(file_name: &str, rows: Vec<Row>, read: impl Fn(&Path) -> Result<T, Error>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(file_name);
    for Row { name, bytes, says } in rows {
        std::fs::write(&path, bytes).unwrap();
        let error = read(&path).err().unwrap_or_else(|| panic!("{name}: was read"));
        assert_says(&error, &[says, &[file_name]].concat(), name);
    }
}
