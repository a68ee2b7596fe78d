use std::io::{Cursor, Write};

use batchprop::data::read::Reading;
use batchprop::data::read::arrays;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{check_table, row};

/// A `.npy` file with this header.
fn npy(descr: &str, shape: &str, content: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\0"[..], &length, header.as_bytes(), content].concat()
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        archive
            .start_file(format!("{name}.npy"), SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Three images and labels, one of which is replaced.
fn digits(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let (x, y) = (npy("|u1", "(3, 2)", &[0; 6]), npy("<i8", "(3,)", &[0; 24]));
    match name {
        "x" => npz(&[("x", bytes), ("y", y)]),
        _ => npz(&[("x", x), ("y", bytes)]),
    }
}

#[test]
fn bad_npz_files_are_refused_with_array_and_reason() {
    let good = digits("x", npy("|u1", "(3, 2)", &[0; 6]));
    let deep = [&b"\x93NUMPY\x01\0\x10\x27"[..], &[b'('; 10_000]].concat();
    let long = [&b"\x93NUMPY\x02\0\xff\xff\xff\xff"[..], b"{"].concat();
    let objects = npy("|O", "(3,)", b"pickle");
    let rows = vec![
        row("empty", "", &["archive", "a sound .npz file"]),
        row("no zip", "label,a\n1,2\n", &["archive", "a sound .npz file"]),
        row("cut", &good[..good.len() / 2], &["archive"]),
        row("no arrays", npz(&[]), &["x_train, y_train", "no arrays"]),
        row(
            "other arrays",
            npz(&[("weights", npy("|u1", "(1,)", &[0]))]),
            &["x_train", "found weights"],
        ),
        row(
            "no array",
            digits("x", b"PNG".to_vec()),
            &["array x", "a NumPy array"],
        ),
        row(
            "brackets in brackets",
            digits("x", deep),
            &["array x, header", "type, order and shape of an array"],
        ),
        row(
            "a long header",
            digits("x", long),
            &["array x", "a header of at most"],
        ),
        row(
            "objects",
            digits("y", objects),
            &["array y", "numbers", "type |O"],
        ),
        row(
            "shape that lies",
            digits("x", npy("|u1", "(3, 1000000)", &[0; 6])),
            &["array x", "after 6 of 3000000 bytes"],
        ),
        row(
            "a huge shape",
            digits("x", npy("<f8", "(4294967296, 4294967296)", &[])),
            &["array x", "at most 4 GiB"],
        ),
        row(
            "more than the shape says",
            digits("x", npy("|u1", "(3, 1)", &[0; 6])),
            &["array x", "more bytes"],
        ),
        row(
            "colours",
            digits("x", npy("|u1", "(3, 2, 2, 3)", &[0; 36])),
            &["array x", "images of one channel"],
        ),
        row(
            "no images",
            digits("x", npy("|u1", "(0, 2)", &[])),
            &["array x", "at least one image"],
        ),
        row(
            "a number that is none",
            digits("x", npy("<f4", "(3, 2)", &f32::NAN.to_le_bytes().repeat(6))),
            &["array x, element 0", "NaN"],
        ),
        row(
            "fewer labels",
            digits("y", npy("|u1", "(2,)", &[0; 2])),
            &["array y", "3 labels", "found 2 labels"],
        ),
        row(
            "a negative label",
            digits("y", npy("|i1", "(3,)", &[0, 0xff, 0])),
            &["array y, label 1", "found -1"],
        ),
        row(
            "two of one",
            digits("y", npy("|u1", "(3, 2)", &[0, 1, 1, 1, 0, 1])),
            &["array y, label 1", "a single 1 among zeros"],
        ),
    ];
    check_table("digits.npz", rows, |path| {
        arrays::read_npz(path, &Reading::default())
    });
}
