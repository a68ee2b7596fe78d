//! Whatever a file contains, its reader neither panics nor allocates much more memory than the file justifies.

use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::LazyLock;

use allocation_counter::measure;
use batchprop::data::read::{Reading, arrays, csv, idx, pickle};
use batchprop::storage::checkpoint::Checkpoint;
use batchprop::storage::model::{Format, ModelFile};
use batchprop::{Error, images};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::common::damage::damage;
use crate::common::readers::encode::{npy_with_header, npz};
use crate::common::readers::{MOST, READERS as ALL, Reader};

/// A reader, and files that it reads.
type Seeded = (&'static Reader, Vec<Vec<u8>>);

static READERS: LazyLock<Vec<Seeded>> =
    LazyLock::new(|| ALL.iter().map(|reader| (reader, (reader.seeds)())).collect());

fn is_read_or_refused_within_bounds(reader: &Reader, bytes: &[u8]) -> Result<(), TestCaseError> {
    let taken = measure(|| (reader.read)(bytes)).bytes_max;
    prop_assert!(taken < reader.most, "{}: {taken} bytes", reader.name);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// As it is, and after the first bytes of a valid file. Each case goes to every reader.
    #[test]
    fn random_bytes_are_read_or_refused_within_bounds(which: Index, kept in 0..20usize, noise: Vec<u8>) {
        for (reader, files) in READERS.iter() {
            let good = which.get(files);
            let bytes = [&good[..kept.min(good.len())], &noise].concat();
            is_read_or_refused_within_bounds(reader, &bytes)?;
        }
    }

    #[test]
    fn damaged_files_are_read_or_refused_within_bounds(which: Index, damage in damage()) {
        for (reader, files) in READERS.iter() {
            let mut bytes = which.get(files).clone();
            damage.iter().for_each(|damage| damage.apply(&mut bytes));
            is_read_or_refused_within_bounds(reader, &bytes)?;
        }
    }
}

fn read_model(bytes: Vec<u8>, format: Format) -> Result<(), Error> {
    ModelFile::decode(bytes, format, Path::new("x"))?
        .network::<f64>()
        .map(drop)
}

/// A file that is not accepted would be useless as a seed.
#[test]
fn good_files_are_read() {
    let path = Path::new("seed");
    for (reader, files) in READERS.iter() {
        for bytes in files.clone() {
            match reader.name {
                "npz" => arrays::read_npz_from(Cursor::new(bytes), "seed", &Reading::default()).map(drop),
                "csv" => csv::read_from(Cursor::new(bytes), "seed", &Reading::default()).map(drop),
                "picture" => images::decode(&bytes, path).map(drop),
                "model_safetensors" => read_model(bytes, Format::Safetensors),
                "model_npz" => read_model(bytes, Format::Npz),
                "model_json" => read_model(bytes, Format::Nielsen),
                "checkpoint" => Checkpoint::<String>::decode(bytes, path).map(drop),
                _ => continue,
            }
            .unwrap_or_else(|error| panic!("{}: {error}", reader.name));
        }
    }
}

/// A header of commas had a name for each of 32 million columns: more than a gibibyte from 32 kB of gzip.
#[test]
fn a_row_of_commas_takes_little_memory() {
    let commas = vec![b','; 8 << 20];
    let read = || csv::read_from(Cursor::new(commas), "x", &Reading::default());
    let mut error = String::new();
    let memory = measure(|| error = read().unwrap_err().to_string()).bytes_max;
    let expected = "row 1: expected a row of less than 4194304 values";
    assert!(error.contains(expected), "{error}");
    assert!(memory < 160 << 20, "{memory}");
}

/// Biases of any size were once allocated before the weights were checked.
#[test]
fn weights_of_no_inputs_and_very_many_outputs_are_refused() {
    for order in ["False", "True"] {
        let header =
            format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': (1000000000000000, 0), }}\n");
        let archive = npz(&[("w1", &npy_with_header(1, &header, b""))]);
        let error = read_model(archive, Format::Npz).unwrap_err().to_string();
        let expected = "array w1, header: expected at least one number";
        assert!(error.contains(expected), "{error}");
    }
}

/// The previous parser of Python literals backtracked for each brace. Found by fuzzing.
#[test]
fn a_header_of_nested_braces_is_refused_at_once() {
    let (braces, letters) = ("{".repeat(6), "f".repeat(60_000));
    let bytes = npy_with_header(2, &format!("{{'descr': '/>f4',{braces} '{letters}': Tru;"), b"");
    let error = arrays::read_npy_from(&bytes[..], &bytes[..], "x.npy", &Reading::default()).unwrap_err();
    let expected = "x.npy: header: expected type, order and shape of an array";
    assert!(error.to_string().starts_with(expected), "{error}");
}

/// Searching it in a header that resembled it nearly everywhere once took hours.
#[test]
fn a_checksum_of_megabytes_is_refused_at_once() {
    let nearly = "a".repeat((8 << 20) - 1);
    let envelope = format!(
        r#"{{\"sha256\":\"{nearly}a\",\"kind\":\"model\",\"format\":1,\"version\":\"\",\"about\":0}}"#
    );
    let header = format!(r#"{{"__metadata__":{{"a":"{nearly}b{nearly}b","batchprop":"{envelope}"}}}}"#);
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let error = read_model(bytes, Format::Safetensors).unwrap_err().to_string();
    assert!(error.starts_with("x: checksum: expected a sha256 of 64 digits") && error.len() < 300);
}

/// 70 MiB of `piece` behind a beginning.
fn grown(beginning: &[u8], piece: &[u8]) -> Vec<u8> {
    let pieces = piece.repeat((70 << 20) / piece.len());
    [beginning, &pieces].concat()
}

/// A megabyte once filled gigabytes.
#[test]
fn files_made_to_grow_are_refused_in_little_memory() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let header = "{'descr': '|i1', 'fortran_order': False, 'shape': (300000, 1024), }\n";
    let images = grown(&npy_with_header(1, header, b""), &[0xff]);
    let files = [
        (
            "idx",
            gzip(&grown(&[0, 0, 8, 3, 0, 16, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28], &[0])),
        ),
        ("csv", gzip(&grown(b"", b"0,0,0,0,0,0,0,0\n"))),
        ("pickle", gzip(&grown(b"\x80\x03B\x00\x00\x00\x20", &[0]))),
        ("npz", npz(&[("x", &images), ("y", b"")])),
    ];
    for (name, bytes) in files {
        assert!(bytes.len() < 1 << 20, "{name}: {}", bytes.len());
        let mut error = None;
        let memory = measure(|| {
            let (bytes, reading) = (Cursor::new(bytes), Reading::default());
            error = match name {
                "idx" => idx::read_images_from(bytes, "bomb").err(),
                "csv" => csv::read_from(bytes, "bomb", &reading).err(),
                "pickle" => pickle::read_from(bytes, "bomb", 10).err(),
                _ => arrays::read_npz_from(bytes, "bomb", &reading).err(),
            };
        })
        .bytes_max;
        let error = error.unwrap_or_else(|| panic!("{name}")).to_string();
        let reason = "it grows to more than 200 times its length";
        assert!(
            error.starts_with("bomb") && error.contains(reason),
            "{name}: {error}"
        );
        assert!(memory < MOST, "{name}: {memory}");
    }
}
