//! SHA-256 of streams and files.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

/// The sum in hexadecimal digits.
pub(crate) fn hexadecimal(hasher: Sha256) -> String {
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// SHA-256, as 64 hexadecimal digits, and the number of bytes, of at most `limit` bytes of `reader`: enough to
/// tell any longer stream from one of fewer bytes, without trusting it to end.
pub(crate) fn sha256_of_stream(reader: impl Read, limit: u64) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut reader = BufReader::with_capacity(1 << 16, reader.take(limit));
    let mut bytes = 0;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok((hexadecimal(hasher), bytes));
        }
        hasher.update(chunk);
        let length = chunk.len();
        bytes += length as u64;
        reader.consume(length);
    }
}

/// The file's bytes, unzipped when its name (`.gz`, `.gz.part`) says so.
pub(crate) fn open_unzipped(path: &Path) -> io::Result<Box<dyn Read>> {
    let file = File::open(path)?;
    let name = path.to_string_lossy();
    Ok(if name.ends_with(".gz") || name.ends_with(".gz.part") {
        Box::new(MultiGzDecoder::new(BufReader::new(file)))
    } else {
        Box::new(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_nothing_is_the_standard_s() {
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_of_stream(&b""[..], u64::MAX).unwrap().0, expected);
    }
}
