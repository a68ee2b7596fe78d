//! The pickle reader reads every spelling that Python and NumPy have for the same arrays (`tests/pickles/make.py`).

use std::io::Write;
use std::path::{Path, PathBuf};

use batchprop::data::read::pickle;
use batchprop::data::{Digits, TrainOn};
use batchprop::images::pixels::{ImageShape, PixelSlice};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Every spelling that some pair of Python and NumPy has for the data set of `make.py`.
const WRITERS: [&str; 15] = [
    "python2_numpy1_protocol0",
    "python2_numpy1_protocol1",
    "python2_numpy1_protocol2",
    "python3_numpy1_protocol0",
    "python3_numpy1_protocol1",
    "python3_numpy1_protocol2",
    "python3_numpy1_protocol3",
    "python3_numpy1_protocol4",
    "python3_numpy1_protocol5",
    "python3_numpy2_protocol0",
    "python3_numpy2_protocol1",
    "python3_numpy2_protocol2",
    "python3_numpy2_protocol3",
    "python3_numpy2_protocol4",
    "python3_numpy2_protocol5",
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pickles/{name}.pkl"))
}

fn read(name: &str) -> Digits {
    pickle::read(&path(name), 10).unwrap_or_else(|error| panic!("{error}"))
}

fn learning_pixels() -> Vec<u8> {
    (0..8 * 64).map(|i| (37 * i % 256) as u8).collect()
}

fn test_pixels() -> Vec<f32> {
    (0..2 * 64)
        .map(|i| f32::from_bits(0x3f00_0000 + 0x100 * (2 * i + 1) + 2 * i))
        .collect()
}

/// The data set of `make.py`, but for its test pixels.
fn assert_learning_and_labels(digits: &Digits, name: &str) {
    let all = digits.training(TrainOn::All);
    assert_eq!(all.pixels(), PixelSlice::Bytes(&learning_pixels()), "{name}");
    assert_eq!(
        digits.training(TrainOn::Train).labels(),
        [0, 1, 2, 3, 4, 5],
        "{name}"
    );
    assert_eq!(digits.validation().labels(), [6, 7], "{name}");
    assert_eq!(digits.test().labels(), [8, 9], "{name}");
}

#[test]
fn every_python_numpy_and_protocol_gives_the_same_images() {
    for name in WRITERS {
        let digits = read(name);
        assert_learning_and_labels(&digits, name);
        assert_eq!(
            digits.test().shape(),
            ImageShape { rows: 8, columns: 8 },
            "{name}"
        );
        assert_eq!(
            digits.test().pixels(),
            PixelSlice::Floats(&test_pixels()),
            "{name}"
        );
    }
}

#[test]
fn a_gzipped_pickle_reads_as_the_plain_one() {
    let directory = tempfile::tempdir().unwrap();
    let zipped = directory.path().join("zipped");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(&std::fs::read(path(WRITERS[2])).unwrap())
        .unwrap();
    std::fs::write(&zipped, encoder.finish().unwrap()).unwrap();
    assert_learning_and_labels(&pickle::read(&zipped, 10).unwrap(), "zipped");
}

#[test]
fn other_byte_orders_and_element_types_give_the_same_images() {
    for name in ["big_endian", "float64_int32", "big_endian_float64_int16"] {
        let digits = read(name);
        assert_learning_and_labels(&digits, name);
        assert_eq!(
            digits.test().pixels(),
            PixelSlice::Floats(&test_pixels()),
            "{name}"
        );
    }
}

#[test]
fn pixels_that_are_bytes_stay_bytes() {
    let digits = read("uint8_uint8");
    assert_learning_and_labels(&digits, "uint8_uint8");
    let test: Vec<u8> = (0..2 * 64).map(|i| 2 * i).collect();
    assert_eq!(digits.test().pixels(), PixelSlice::Bytes(&test));
}

#[test]
fn images_with_rows_and_columns_keep_their_shape() {
    let digits = read("rows_and_columns");
    assert_learning_and_labels(&digits, "rows_and_columns");
    assert_eq!(digits.test().shape(), ImageShape { rows: 4, columns: 16 });
}

#[test]
fn the_same_array_twice_is_read_twice() {
    // A pickle of protocol 2 whose three pairs are one: ((images, labels),) * 3.
    let pair = b"cnumpy.core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nK\x00\x85U\x01b\x87R\
        (K\x01K\x02K\x02\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89U\x04\x01\x02\x03\x04tb\
        h\x00cnumpy\nndarray\nK\x00\x85U\x01b\x87R\
        (K\x01K\x02\x85cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89U\x02\x05\x06tb\x86";
    let pickle = [b"\x80\x02", &pair[..], b"q\x01h\x01h\x01\x87."].concat();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pickle).unwrap();
    let digits = pickle::read(file.path(), 10).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        digits.training(TrainOn::All).pixels(),
        PixelSlice::Bytes(&[1, 2, 3, 4, 1, 2, 3, 4])
    );
    assert_eq!(digits.test().labels(), [5, 6]);
}
