//! Damaged files with valid checksums.

use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

/// The text before the checksum in the header, where JSON is a string in JSON.
const KEY: &[u8] = br#"\"sha256\":\""#;

const DIGITS: usize = 64;

/// The same file with the right header length and checksum; `None` if it has no header in JSON, or no checksum.
pub fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    let (length, rest) = bytes.split_first_chunk_mut::<8>()?;
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    *length = (values.byte_offset() as u64).to_le_bytes();
    let place = bytes.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    bytes.get_mut(place..place + DIGITS)?.fill(b'0');
    let sum: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    bytes[place..place + DIGITS].copy_from_slice(sum.as_bytes());
    Some(bytes)
}
