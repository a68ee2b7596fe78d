use std::path::Path;

use batchprop::data::read::pickle;

use super::{check_table, gzip, row};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pickles/{name}.pkl"));
    std::fs::read(path).unwrap()
}

/// `bytes` with the first `from` in them replaced.
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn bad_pickles_are_refused_with_their_reason() {
    let good = fixture("python2_numpy1_protocol2");
    let text = fixture("python3_numpy2_protocol0");
    let quoted = fixture("python2_numpy1_protocol0");
    let utf8 = fixture("python3_numpy2_protocol2");
    let zipped = gzip(&good);
    let mut long_string = b"\x80\x04\x8e".to_vec();
    long_string.extend((1_u64 << 40).to_le_bytes());
    let rows = vec![
        row("empty", "", &["byte 0", "a pickle", "the end of the file"]),
        row(
            "a web page",
            "<html>",
            &[
                "byte 0",
                "gzip data (1f 8b), as the file's name says",
                "3c 68 74 6d (\"<htm\")",
                "batchprop data",
            ],
        ),
        row(
            "truncated",
            &good[..good.len() - 1],
            &["a pickle's next instruction", "the end of the file"],
        ),
        row(
            "truncated in a string",
            &good[..200],
            &["byte 200", "the rest of a string", "the end of the file"],
        ),
        row(
            "truncated gzip",
            &zipped[..zipped.len() - 9],
            &[
                "(unzipped)",
                "more gzip data",
                "the end of the file: it is truncated",
            ],
        ),
        row(
            "more after the end",
            [&good[..], b"!"].concat(),
            &["the end of the file", "more bytes"],
        ),
        row(
            "a command to run",
            "(cos\nsystem\n(S'echo harm'\ntR.",
            &[
                "byte 1",
                "a function that NumPy arrays need",
                "`os.system`",
                "never runs code",
            ],
        ),
        row(
            "a command to run in protocol 4",
            b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.",
            &["byte 18", "`builtins.eval`", "never runs code"],
        ),
        row(
            "a function called unlike NumPy does",
            b"\x80\x02c_codecs\nencode\nU\x01aU\x03rot\x86R.",
            &["byte 27", "Encode called as NumPy does", "the string \"rot\""],
        ),
        row(
            "lists",
            fixture("lists"),
            &["an instruction that NumPy arrays need", "EMPTY_LIST (5d)"],
        ),
        row(
            "objects",
            fixture("objects"),
            &["floats (f4, f8) or integers", "\"O8\""],
        ),
        row("a persistent name", "(Pname\n.", &["byte 1", "PERSID (50)"]),
        row(
            "no instruction",
            b"\x80\x02\xff.",
            &["byte 2", "ff, which is no instruction"],
        ),
        row(
            "protocol 6",
            b"\x80\x06N.",
            &["byte 0", "a pickle of protocol 0 to 5", "protocol 6"],
        ),
        row(
            "two pairs",
            fixture("two_pairs"),
            &["three (images, labels) pairs", "a tuple of 2"],
        ),
        row(
            "no arrays",
            b"\x80\x02N.",
            &["three (images, labels) pairs", "found None"],
        ),
        row(
            "an array without elements",
            b"\x80\x02cnumpy\nndarray\n\x85.",
            &["a tuple of 1"],
        ),
        row(
            "column-major",
            fixture("column_major_protocol4"),
            &["row-major", "column-major"],
        ),
        row(
            "column-major in protocol 5",
            fixture("column_major_protocol5"),
            &["row-major", "column-major"],
        ),
        row(
            "fewer elements than the shape says",
            replace(&good, b"K\x06K\x40", b"K\x07K\x40"),
            &["a float32 array of shape [7, 64]", "1536 bytes"],
        ),
        row(
            "fewer labels than images",
            replace(&good, b"K\x06K\x40", b"K\x03K\x80"),
            &["training labels", "3 labels, one for each image", "6 labels"],
        ),
        row(
            "a label out of range",
            replace(&good, b"\x05\0\0\0\0\0\0\0", b"\x2a\0\0\0\0\0\0\0"),
            &["training labels: image 5 has label 42", "10 classes"],
        ),
        row(
            "a negative label",
            replace(&good, b"\x05\0\0\0\0\0\0\0", &[0xff; 8]),
            &["training labels, row 5", "a label below 10", "found -1"],
        ),
        row(
            "labels that are floats",
            replace(&good, b"i8", b"f8"),
            &["training labels", "integers", "float64"],
        ),
        row(
            "images that are integers",
            replace(&good, b"f4", b"i4"),
            &["training images", "float32", "int32"],
        ),
        row(
            "a pixel that is no number",
            replace(&good, b"\0\0\0\0\0\0\x14\x3e", b"\0\0\0\0\0\0\xc0\x7f"),
            &["training images", "finite numbers", "NaN as element 1"],
        ),
        row(
            "an unknown byte order",
            replace(&good, b"U\x01<", b"U\x01?"),
            &["the state of a NumPy dtype", "\"?\""],
        ),
        row(
            "too few values",
            b"\x80\x02N\x86.",
            &["byte 3", "2 or more on the stack", "found 1"],
        ),
        row(
            "a tuple without its mark",
            b"\x80\x02Nt.",
            &["byte 3", "a mark", "none"],
        ),
        row(
            "a value below the mark",
            b"\x80\x02N(\x85t.",
            &["byte 4", "1 or more on the stack", "found 0"],
        ),
        row(
            "a value that was never put",
            b"\x80\x02h\x07.",
            &["byte 2", "a value in the memo at 7", "none"],
        ),
        row(
            "a huge integer",
            b"\x80\x02\x8a\x09123456789.",
            &["byte 2", "at most 8 bytes", "9 bytes"],
        ),
        row(
            "an integer in words",
            "(Isix\n.",
            &["byte 1", "an integer", "(\"six\")"],
        ),
        row(
            "an endless line",
            [b"(c", &[b'a'; 100][..]].concat(),
            &["byte 1", "a line of less than 64 bytes"],
        ),
        row(
            "endless instructions",
            [b'('; 10_000],
            &["byte 2047", "within 2048 instructions", "more"],
        ),
        row(
            "tuples within tuples",
            [b"\x80\x02N", &[0x85; 2000][..], b"."].concat(),
            &["three (images, labels) pairs", "a tuple of 1"],
        ),
        row(
            "a string longer than memory",
            long_string,
            &["strings of at most 1024 MiB", "1099511627776 bytes"],
        ),
        row(
            "text that is not Latin-1",
            replace(&utf8, b"latin1", "latin€".as_bytes()),
            &["text in Latin-1", "e2"],
        ),
        row(
            "text beyond a byte",
            replace(&text, b"\\u0000", b"\\u0100"),
            &["a byte's escape sequence", "u0100"],
        ),
        row(
            "an unknown escape",
            replace(&quoted, b"\\x00", b"\\q00"),
            &["a byte's escape sequence", "\\q"],
        ),
        row(
            "a string without quotes",
            replace(&quoted, b"S'f4'", b"Sf4'"),
            &["a quoted string", "66"],
        ),
        row(
            "a string without its end",
            replace(&quoted, b"S'f4'", b"S'f4"),
            &["the quote that ends a string"],
        ),
    ];
    check_table("mnist.pkl.gz", rows, |path| pickle::read(path, 10));
}
