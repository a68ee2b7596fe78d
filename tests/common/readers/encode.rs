//! Files made in memory.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The bytes in gzip, of a level from 0 (stored) to 9.
pub fn gzip_at(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).expect("memory has room");
    encoder.finish().expect("memory has room")
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(bytes, 6)
}

/// An IDX file: numbers of four bytes, the most significant first, and the content behind them.
pub fn idx(header: &[u32], content: &[u8]) -> Vec<u8> {
    let header = header.iter().flat_map(|number| number.to_be_bytes());
    header.chain(content.iter().copied()).collect()
}

/// A `.npy` file of a version of the format, with any header.
pub fn npy_with_header(version: u8, header: &str, content: &[u8]) -> Vec<u8> {
    let length = (header.len() as u32).to_le_bytes();
    let length = if version == 1 { &length[..2] } else { &length };
    [
        b"\x93NUMPY",
        &[version, 0][..],
        length,
        header.as_bytes(),
        content,
    ]
    .concat()
}

/// A `.npy` file of version 1, row-major.
pub fn npy(descr: &str, shape: &str, content: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    npy_with_header(1, &header, content)
}

/// An archive of `.npy` files by their names without the ending.
pub fn npz_by(method: CompressionMethod, arrays: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in arrays {
        archive
            .start_file(format!("{name}.npy"), options)
            .expect("the name is new");
        archive.write_all(bytes).expect("memory has room");
    }
    archive.finish().expect("memory has room").into_inner()
}

/// A compressed archive, as [`npz_by`].
pub fn npz(arrays: &[(&str, &[u8])]) -> Vec<u8> {
    npz_by(CompressionMethod::Deflated, arrays)
}
