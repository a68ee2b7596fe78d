//! Whatever a file holds, its reader neither panics nor takes more memory than the bytes that arrive can fill.

#[path = "common/damage.rs"]
mod damage;
#[path = "common/readers/mod.rs"]
mod readers;

use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::LazyLock;

use allocation_counter::measure;
use batchprop::Network;
use batchprop::data::read::Reading;
use batchprop::data::read::csv::CsvFiles;
use batchprop::data::read::{arrays, csv, idx, pickle};
use batchprop::images;
use batchprop::storage::checkpoint::Checkpoint;
use batchprop::storage::model;
use batchprop::storage::model::{Format, Metadata, ModelFile};
use damage::damage;
use flate2::Compression;
use flate2::write::GzEncoder;
use npyz::WriterBuilder;
use proptest::prelude::*;
use proptest::sample::Index;
use readers::{READERS as READERS_OF_ALL, Reader};
use tempfile::NamedTempFile;

/// What any reader may take: a picture of a few bytes can truly have 64 million pixels.
const MOST: u64 = 1 << 30;

/// A reader, and files that it reads.
type Seeded = (&'static Reader, Vec<Vec<u8>>);

static READERS: LazyLock<Vec<Seeded>> = LazyLock::new(|| {
    READERS_OF_ALL
        .iter()
        .map(|reader| (reader, (reader.seeds)()))
        .collect()
});

/// What a reader may take for a tiny file: its buffers, and some for errors.
const SMALL: u64 = 1 << 20;

static PICKLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pickles");
    let pickles = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let pickles = pickles.filter(|path| path.extension().is_some_and(|extension| extension == "pkl"));
    pickles.map(|path| std::fs::read(path).unwrap()).collect()
});

/// A network in each form that is read.
static MODELS: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::<f32>::new(&[3, 2, 2], 0).unwrap();
    let forms = ["npz", "json", "safetensors"].into_iter();
    forms
        .map(|ending| {
            let path = folder.path().join("model").with_extension(ending);
            model::save(&network, &Metadata::default(), &path).unwrap();
            (ending, std::fs::read(path).unwrap())
        })
        .collect()
});

/// Images and labels as NumPy writes them.
static ARCHIVE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let array = |descr: &str, shape: &[u64], numbers: &[u8]| {
        let mut bytes = Vec::new();
        let dtype = npyz::DType::new_scalar(descr.parse().unwrap());
        let options = npyz::WriteOptions::new().dtype(dtype).shape(shape);
        let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
        writer.extend(numbers.iter().copied()).unwrap();
        writer.finish().unwrap();
        bytes
    };
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [
        ("x", array("|u1", &[4, 2, 2], &[7; 16])),
        ("y", array("|u1", &[4], &[0, 1, 0, 1])),
    ] {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(format!("{name}.npy"), options).unwrap();
        std::io::Write::write_all(&mut archive, &bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
});

thread_local! {
    /// Written again for each case: to create and delete thousands takes longer than to read them.
    static FILE: NamedTempFile = NamedTempFile::new().unwrap();
}

/// Reads `bytes` as a file and returns how much memory that took at once.
fn memory<T>(bytes: &[u8], read: impl Fn(&Path) -> T) -> u64 {
    FILE.with(|file| {
        std::fs::write(file.path(), bytes).unwrap();
        measure(|| drop(read(file.path()))).bytes_max
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn damaged_pickles_are_read_or_refused_in_little_memory(which: Index, damage in damage()) {
        let mut bytes = which.get(&PICKLES).clone();
        damage.iter().for_each(|damage| damage.apply(&mut bytes));
        prop_assert!(memory(&bytes, |path| pickle::read(path, 10)) < SMALL);
    }

    #[test]
    fn noise_is_no_pickle(start in prop::sample::select(vec![&b"("[..], b"\x80\x02"]), noise: Vec<u8>) {
        let bytes = [start, &noise].concat();
        prop_assert!(memory(&bytes, |path| pickle::read(path, 10)) < SMALL);
    }

    #[test]
    fn noise_is_no_idx(header in any::<[u32; 3]>(), noise: Vec<u8>, zipped: bool) {
        let start: &[u8] = if zipped { b"\x1f\x8b\x08\0\0\0\0\0" } else { b"\0\0\x08\x03" };
        let sizes = header.map(|size| size.to_be_bytes()).concat();
        let bytes = [start, &sizes, &noise].concat();
        // A mebibyte is reserved on trust.
        prop_assert!(memory(&bytes, idx::read_images) < 2 * SMALL);
    }

    #[test]
    fn damaged_csv_is_read_or_refused_in_little_memory(damage in damage()) {
        let mut bytes = b"label,a,b,c,d\n1,2,3,4,0.5\r\n0,\"7\",1e1, 3,255\n1,0,0,0,0\n".to_vec();
        damage.iter().for_each(|damage| damage.apply(&mut bytes));
        let read = |path: &Path| csv::read(&CsvFiles { learning: path.to_owned(), test: None }, &Reading::default());
        prop_assert!(memory(&bytes, read) < SMALL);
    }

    #[test]
    fn damaged_archives_of_arrays_are_read_or_refused_in_little_memory(damage in damage()) {
        let mut bytes = ARCHIVE.clone();
        damage.iter().for_each(|damage| damage.apply(&mut bytes));
        prop_assert!(memory(&bytes, |path| arrays::read_npz(path, &Reading::default())) < 2 * SMALL);
    }

    #[test]
    fn damaged_models_are_read_or_refused_in_little_memory(which in 0..MODELS.len(), damage in damage()) {
        let (ending, good) = &MODELS[which];
        let mut bytes = good.clone();
        damage.iter().for_each(|damage| damage.apply(&mut bytes));
        let read = |path: &Path| {
            let named = path.with_extension(ending);
            std::fs::copy(path, &named).unwrap();
            let read = model::load::<f32>(&named).map(drop);
            std::fs::remove_file(named).unwrap();
            read
        };
        prop_assert!(memory(&bytes, read) < SMALL + (64 << 20));
    }

    /// A case goes to every reader.
    #[test]
    fn noise_hurts_no_reader(noise: Vec<u8>) {
        for (reader, _) in READERS.iter() {
            prop_assert!(measure(|| (reader.read)(&noise)).bytes_max < MOST, "{}", reader.name);
        }
    }

    #[test]
    fn damaged_files_hurt_no_reader(which: Index, damage in damage()) {
        for (reader, files) in READERS.iter() {
            let mut bytes = which.get(files).clone();
            damage.iter().for_each(|damage| damage.apply(&mut bytes));
            prop_assert!(measure(|| (reader.read)(&bytes)).bytes_max < MOST, "{}", reader.name);
        }
    }
}

/// What is no longer accepted, or was never what it seems, would be no seed.
#[test]
fn good_files_are_read() {
    let path = Path::new("seed");
    for (reader, files) in READERS.iter() {
        for bytes in files.clone() {
            let model = |format| {
                ModelFile::decode(bytes.clone(), format, path)
                    .unwrap()
                    .network::<f64>()
                    .map(drop)
            };
            match reader.name {
                "npz" => arrays::read_npz_from(Cursor::new(bytes), "seed", &Reading::default()).map(drop),
                "csv" => csv::read_from(Cursor::new(bytes), "seed", &Reading::default()).map(drop),
                "picture" => images::decode(&bytes, path).map(drop),
                "model_safetensors" => model(Format::Safetensors),
                "model_npz" => model(Format::Npz),
                "model_json" => model(Format::Nielsen),
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
    assert!(
        error.contains("row 1: expected a row of less than 4194304 values"),
        "{error}"
    );
    assert!(memory < 160 << 20, "{memory}");
}

/// Its biases were made before anybody asked whether there are weights: no memory has room for them.
#[test]
fn weights_of_no_inputs_and_very_many_outputs_are_refused() {
    for order in ["False", "True"] {
        let header =
            format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': (1000000000000000, 0), }}\n");
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("w1.npy", options).unwrap();
        let length = (header.len() as u16).to_le_bytes();
        archive
            .write_all(&[b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat())
            .unwrap();
        let bytes = archive.finish().unwrap().into_inner();
        let error = ModelFile::decode(bytes, Format::Npz, Path::new("x"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("array w1, header: expected at least one number"),
            "{error}"
        );
    }
}

/// The reader of Python's literals that it was given to went back in it, a few times for each brace. Found by
/// fuzzing.
#[test]
fn a_header_of_nested_braces_is_refused_at_once() {
    let header = format!(
        "{{'descr': '/>f4',{} '{}': Tru;",
        "{".repeat(6),
        "f".repeat(60_000)
    );
    let length = (header.len() as u32).to_le_bytes();
    let bytes = [&b"\x93NUMPY\x02\x00"[..], &length, header.as_bytes()].concat();
    let error = arrays::read_npy_from(&bytes[..], &bytes[..], "x.npy", &Reading::default()).unwrap_err();
    let error = error.to_string();
    assert!(
        error.starts_with("x.npy: header: expected type, order and shape of an array"),
        "{error}"
    );
}

/// It was searched for in a header made to be like it nearly everywhere: hours.
#[test]
fn a_checksum_of_megabytes_is_refused_at_once() {
    const LENGTH: usize = 8 << 20;
    let nearly = "a".repeat(LENGTH - 1);
    let envelope = format!(
        r#"{{\"sha256\":\"{nearly}a\",\"kind\":\"model\",\"format\":1,\"version\":\"\",\"about\":0}}"#
    );
    let header = format!(r#"{{"__metadata__":{{"a":"{nearly}b{nearly}b","batchprop":"{envelope}"}}}}"#);
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let error = ModelFile::decode(bytes, Format::Safetensors, Path::new("x"))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("x: checksum: expected a sha256 of 64 digits") && error.len() < 300);
}

/// A megabyte filled gigabytes.
#[test]
fn files_made_to_grow_are_refused_in_little_memory() {
    let gzip = |beginning: &[u8], piece: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(beginning).unwrap();
        write_pieces(&mut encoder, piece);
        encoder.finish().unwrap()
    };
    let header = "{'descr': '|i1', 'fortran_order': False, 'shape': (300000, 1024), }\n";
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("x.npy", options).unwrap();
    let length = (header.len() as u16).to_le_bytes();
    archive
        .write_all(&[b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat())
        .unwrap();
    write_pieces(&mut archive, &[0xff]);
    archive.start_file("y.npy", options).unwrap();
    let files = [
        (
            "idx",
            gzip(&[0, 0, 8, 3, 0, 16, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28], &[0]),
        ),
        ("csv", gzip(b"", b"0,0,0,0,0,0,0,0\n")),
        ("pickle", gzip(b"\x80\x03B\x00\x00\x00\x20", &[0])),
        ("npz", archive.finish().unwrap().into_inner()),
    ];
    for (name, bytes) in files {
        assert!(bytes.len() < 1 << 20, "{name}: {}", bytes.len());
        let mut error = None;
        let memory = measure(|| {
            let bytes = Cursor::new(bytes);
            let reading = Reading::default();
            error = match name {
                "idx" => idx::read_images_from(bytes, "bomb").err(),
                "csv" => csv::read_from(bytes, "bomb", &reading).err(),
                "pickle" => pickle::read_from(bytes, "bomb", 10).err(),
                _ => arrays::read_npz_from(bytes, "bomb", &reading).err(),
            };
        })
        .bytes_max;
        let error = error.unwrap_or_else(|| panic!("{name}")).to_string();
        assert!(
            error.starts_with("bomb") && error.contains("it grows to more than 200 times its length"),
            "{name}: {error}"
        );
        assert!(memory < MOST, "{name}: {memory}");
    }
}

/// 70 MiB of `piece`.
fn write_pieces(writer: &mut impl Write, piece: &[u8]) {
    let block = piece.repeat((1 << 20) / piece.len());
    for _ in 0..70 {
        writer.write_all(&block).unwrap();
    }
}
