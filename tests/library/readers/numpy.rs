//! Bad NumPy archives.

use std::io::Cursor;

use batchprop::TrainOn;
use batchprop::data::read::{Reading, arrays};

use super::check_table;
use crate::common::readers::encode::{npy, npy_with_header, npz};

/// An archive of three images and labels, of which one is replaced.
fn digits(name: &str, bytes: &[u8]) -> Vec<u8> {
    let (x, y) = (npy("|u1", "(3, 2)", &[0; 6]), npy("<i8", "(3,)", &[0; 24]));
    match name {
        "x" => npz(&[("x", bytes), ("y", &y)]),
        _ => npz(&[("x", &x), ("y", bytes)]),
    }
}

#[test]
fn bad_npz_files_are_refused_with_array_and_reason() {
    let good = digits("x", &npy("|u1", "(3, 2)", &[0; 6]));
    let x = |descr, shape, content: &[u8]| digits("x", &npy(descr, shape, content));
    let y = |descr, shape, content: &[u8]| digits("y", &npy(descr, shape, content));
    let rows = rows! {
        "empty": "" => "archive", "an intact .npz file";
        "no zip": "label,a\n1,2\n" => "archive", "an intact .npz file";
        "cut": &good[..good.len() / 2] => "archive";
        "no arrays": npz(&[]) => "x_train, y_train", "no arrays";
        "other arrays": npz(&[("weights", &npy("|u1", "(1,)", &[0]))]) => "x_train", "found weights";
        "no array": digits("x", b"PNG") => "array x", "a NumPy array";
        "brackets in brackets": digits("x", &npy_with_header(1, &"(".repeat(10_000), b"")) =>
            "array x, header", "type, order and shape of an array";
        "a long header": digits("x", b"\x93NUMPY\x02\0\xff\xff\xff\xff{") => "array x", "a header of at most";
        "objects": y("|O", "(3,)", b"pickle") => "array y", "numbers", "type |O";
        "shape that lies": x("|u1", "(3, 1000000)", &[0; 6]) => "array x", "after 6 of 3000000 bytes";
        "a huge shape": x("<f8", "(4294967296, 4294967296)", &[]) => "array x", "at most 4 GiB";
        "more than the shape says": x("|u1", "(3, 1)", &[0; 6]) => "array x", "more bytes";
        "four channels": x("|u1", "(3, 2, 2, 4)", &[0; 48]) => "array x", "with one channel or with red, green and blue";
        "no images": x("|u1", "(0, 2)", &[]) => "array x", "at least one image";
        "NaN": x("<f4", "(3, 2)", &f32::NAN.to_le_bytes().repeat(6)) => "array x, element 0", "NaN";
        "fewer labels": y("|u1", "(2,)", &[0; 2]) => "array y", "3 labels", "found 2 labels";
        "a negative label": y("|i1", "(3,)", &[0, 0xff, 0]) => "array y, label 1", "found -1";
        "two of one": y("|u1", "(3, 2)", &[0, 1, 1, 1, 0, 1]) => "array y, label 1", "a single 1 among zeros";
    };
    let read = |path: &std::path::Path| arrays::read_npz(path, &Reading::default());
    check_table("digits.npz", read, rows);
}

#[test]
fn red_green_and_blue_are_made_grey_wherever_their_axis_is() {
    // Three images of 2 × 2 pixels: red, green, blue and white; black; green.
    let colour = |image: usize, place: usize, colour: usize| match image {
        0 => 255 * u8::from(place == 3 || place == colour),
        1 => 0,
        _ => 255 * u8::from(colour == 1),
    };
    // One number for each index of an array of 36, of which each axis has a length.
    let array = |lengths: [usize; 4], number: &dyn Fn([usize; 4]) -> u8| -> Vec<u8> {
        let [_, b, c, d] = lengths;
        (0..36)
            .map(|at| number([at / (b * c * d), at / (c * d) % b, at / d % c, at % d]))
            .collect()
    };
    let last = array([3, 2, 2, 3], &|[n, row, column, rgb]| {
        colour(n, 2 * row + column, rgb)
    });
    let first = array([3, 3, 2, 2], &|[n, rgb, row, column]| {
        colour(n, 2 * row + column, rgb)
    });
    // The first index goes fastest.
    let fortran = array([3, 2, 2, 3], &|[rgb, column, row, n]| {
        colour(n, 2 * row + column, rgb)
    });
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (3, 2, 2, 3), }";
    for images in [
        npy("|u1", "(3, 2, 2, 3)", &last),
        npy("|u1", "(3, 3, 2, 2)", &first),
        npy_with_header(1, header, &fortran),
    ] {
        let archive = npz(&[("x", &images), ("y", &npy("|u1", "(3,)", &[0, 1, 1]))]);
        let reading = Reading::default();
        let digits = arrays::read_npz_from(Cursor::new(archive), "digits.npz", &reading).unwrap();
        let said = digits.about().iter().any(|line| line == "colours are made grey");
        assert!(said, "{:?}", digits.about());
        let all: Vec<u8> = [digits.training(TrainOn::All), digits.test().slice(0..1)]
            .iter()
            .flat_map(|part| {
                (0..part.len())
                    .flat_map(|index| part.image(index).to_bytes().into_owned())
                    .collect::<Vec<u8>>()
            })
            .collect();
        let mut all: Vec<&[u8]> = all.chunks(4).collect();
        all.sort();
        assert_eq!(all, [[0; 4], [54, 182, 18, 255], [182; 4]]);
    }
}
