//! Pickles: every encoding that Python and NumPy have for the same arrays is read (`tests/pickles/make.py`), and
//! everything else is refused.

use batchprop::data::read::pickle;
use batchprop::images::pixels::{ImageShape, PixelSlice};
use batchprop::{Digits, TrainOn};

use super::check_table;
use crate::common::project;
use crate::common::readers::encode::gzip;

/// Every encoding of the data set of `make.py` by some versions of Python and NumPy.
fn writers() -> impl Iterator<Item = String> {
    let protocols = [
        ("python2_numpy1", 3),
        ("python3_numpy1", 6),
        ("python3_numpy2", 6),
    ]
    .into_iter();
    protocols.flat_map(|(writer, protocols)| {
        (0..protocols).map(move |protocol| format!("{writer}_protocol{protocol}"))
    })
}

/// The bytes of one of those files.
fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(project(&format!("tests/pickles/{name}.pkl"))).unwrap()
}

fn read(bytes: &[u8]) -> Digits {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    pickle::read(file.path(), 10).unwrap_or_else(|error| panic!("{error}"))
}

/// The data set of `make.py`, but for its test pixels.
fn assert_learning_and_labels(digits: &Digits, name: &str) {
    let pixels: Vec<u8> = (0..8 * 64).map(|i| (37 * i % 256) as u8).collect();
    let all = digits.training(TrainOn::All);
    assert_eq!(all.pixels(), PixelSlice::Bytes(&pixels), "{name}");
    assert_eq!(
        digits.training(TrainOn::Train).labels(),
        [0, 1, 2, 3, 4, 5],
        "{name}"
    );
    assert_eq!(digits.validation().labels(), [6, 7], "{name}");
    assert_eq!(digits.test().labels(), [8, 9], "{name}");
}

#[test]
fn every_python_numpy_protocol_byte_order_and_element_type_gives_the_same_images() {
    let pixel = |i: u32| f32::from_bits(0x3f00_0000 + 0x100 * (2 * i + 1) + 2 * i);
    let pixels: Vec<f32> = (0..2 * 64).map(pixel).collect();
    let others = ["big_endian", "float64_int32", "big_endian_float64_int16"].map(str::to_owned);
    for name in writers().chain(others) {
        let digits = read(&fixture(&name));
        assert_learning_and_labels(&digits, &name);
        assert_eq!(
            digits.test().shape(),
            ImageShape { rows: 8, columns: 8 },
            "{name}"
        );
        assert_eq!(digits.test().pixels(), PixelSlice::Floats(&pixels), "{name}");
    }
}

#[test]
fn a_gzipped_pickle_reads_as_the_plain_one() {
    let zipped = gzip(&fixture("python2_numpy1_protocol2"));
    assert_learning_and_labels(&read(&zipped), "zipped");
}

#[test]
fn pixels_that_are_bytes_stay_bytes() {
    let digits = read(&fixture("uint8_uint8"));
    assert_learning_and_labels(&digits, "uint8_uint8");
    let test: Vec<u8> = (0..2 * 64).map(|i| 2 * i).collect();
    assert_eq!(digits.test().pixels(), PixelSlice::Bytes(&test));
}

#[test]
fn images_with_rows_and_columns_keep_their_shape() {
    let digits = read(&fixture("rows_and_columns"));
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
    let digits = read(&[b"\x80\x02", &pair[..], b"q\x01h\x01h\x01\x87."].concat());
    let all = digits.training(TrainOn::All);
    assert_eq!(all.pixels(), PixelSlice::Bytes(&[1, 2, 3, 4, 1, 2, 3, 4]));
    assert_eq!(digits.test().labels(), [5, 6]);
}

/// `bytes` with the first `from` in them replaced.
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from);
    let at = at.unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn bad_pickles_are_refused_with_their_reason() {
    let good = fixture("python2_numpy1_protocol2");
    let text = fixture("python3_numpy2_protocol0");
    let quoted = fixture("python2_numpy1_protocol0");
    let utf8 = fixture("python3_numpy2_protocol2");
    let zipped = gzip(&good);
    let rows = rows! {
        "empty": "" => "byte 0", "a pickle", "the end of the file";
        "a web page": "<html>" =>
            "byte 0", "gzip data (1f 8b), as the file's name says", "3c 68 74 6d (\"<htm\")", "`download`";
        "truncated": &good[..good.len() - 1] => "a pickle's next instruction", "the end of the file";
        "truncated in a string": &good[..200] => "byte 200", "the rest of a string", "the end of the file";
        "truncated gzip": &zipped[..zipped.len() - 9] =>
            "(unzipped)", "more gzip data", "the end of the file: it is truncated";
        "more after the end": [&good[..], b"!"].concat() => "the end of the file", "more bytes";
        "a command to run": "(cos\nsystem\n(S'echo harm'\ntR." =>
            "byte 1", "a function that NumPy arrays need", "`os.system`", "no code is ever run";
        "a command to run in protocol 4": b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93." =>
            "byte 18", "`builtins.eval`", "no code is ever run";
        "a function called unlike NumPy does": b"\x80\x02c_codecs\nencode\nU\x01aU\x03rot\x86R." =>
            "byte 27", "Encode called as NumPy does", "the string \"rot\"";
        "lists": fixture("lists") => "an instruction that NumPy arrays need", "EMPTY_LIST (5d)";
        "objects": fixture("objects") => "floats (f4, f8) or integers", "\"O8\"";
        "a persistent name": "(Pname\n." => "byte 1", "PERSID (50)";
        "no instruction": b"\x80\x02\xff." => "byte 2", "ff, which is no instruction";
        "protocol 6": b"\x80\x06N." => "byte 0", "a pickle of protocol 0 to 5", "protocol 6";
        "two pairs": fixture("two_pairs") => "three (images, labels) pairs", "a tuple of 2";
        "no arrays": b"\x80\x02N." => "three (images, labels) pairs", "found None";
        "an array without elements": b"\x80\x02cnumpy\nndarray\n\x85." => "a tuple of 1";
        "column-major": fixture("column_major_protocol4") => "row-major", "column-major";
        "column-major in protocol 5": fixture("column_major_protocol5") => "row-major", "column-major";
        "fewer elements than the shape says": replace(&good, b"K\x06K\x40", b"K\x07K\x40") =>
            "a float32 array of shape [7, 64]", "1536 bytes";
        "fewer labels than images": replace(&good, b"K\x06K\x40", b"K\x03K\x80") =>
            "training labels", "3 labels, one for each image", "6 labels";
        "a label out of range": replace(&good, b"\x05\0\0\0\0\0\0\0", b"\x2a\0\0\0\0\0\0\0") =>
            "training labels: image 5 has label 42", "10 classes";
        "a negative label": replace(&good, b"\x05\0\0\0\0\0\0\0", &[0xff; 8]) =>
            "training labels, row 5", "a label below 10", "found -1";
        "labels that are floats": replace(&good, b"i8", b"f8") => "training labels", "integers", "float64";
        "images that are integers": replace(&good, b"f4", b"i4") => "training images", "float32", "int32";
        "a pixel that is NaN": replace(&good, b"\0\0\0\0\0\0\x14\x3e", b"\0\0\0\0\0\0\xc0\x7f") =>
            "training images", "finite numbers", "NaN as element 1";
        "an unknown byte order": replace(&good, b"U\x01<", b"U\x01?") =>
            "the state of a NumPy dtype", "\"?\"";
        "too few values": b"\x80\x02N\x86." => "byte 3", "2 or more on the stack", "found 1";
        "a tuple without its mark": b"\x80\x02Nt." => "byte 3", "a mark", "none";
        "a value below the mark": b"\x80\x02N(\x85t." => "byte 4", "1 or more on the stack", "found 0";
        "a value that was never put": b"\x80\x02h\x07." => "byte 2", "a value in the memo at 7", "none";
        "a huge integer": b"\x80\x02\x8a\x09123456789." => "byte 2", "at most 8 bytes", "9 bytes";
        "an integer in words": "(Isix\n." => "byte 1", "an integer", "(\"six\")";
        "an endless line": [b"(c", &[b'a'; 100][..]].concat() => "byte 1", "a line of less than 64 bytes";
        "endless instructions": [b'('; 10_000] => "byte 2047", "within 2048 instructions", "more";
        "tuples within tuples": [b"\x80\x02N", &[0x85; 2000][..], b"."].concat() =>
            "three (images, labels) pairs", "a tuple of 1";
        "a string longer than memory": [&b"\x80\x04\x8e"[..], &(1_u64 << 40).to_le_bytes()].concat() =>
            "strings of at most 1024 MiB", "1099511627776 bytes";
        "text that is not Latin-1": replace(&utf8, b"latin1", "latin€".as_bytes()) => "text in Latin-1", "e2";
        "text beyond a byte": replace(&text, b"\\u0000", b"\\u0100") => "a byte's escape sequence", "u0100";
        "an unknown escape": replace(&quoted, b"\\x00", b"\\q00") => "a byte's escape sequence", "\\q";
        "a string without quotes": replace(&quoted, b"S'f4'", b"Sf4'") => "a quoted string", "66";
        "a string without its end": replace(&quoted, b"S'f4'", b"S'f4") => "the quote that ends a string";
    };
    check_table("mnist.pkl.gz", |path| pickle::read(path, 10), rows);
}
