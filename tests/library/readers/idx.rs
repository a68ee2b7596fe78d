//! Bad IDX files, and files that do not belong together.

use std::fs;

use batchprop::Error;
use batchprop::data::read::idx::{self, IdxFiles};
use tempfile::TempDir;

use super::{assert_says, check_table};
use crate::common::readers::encode::{gzip, idx as idx_file};

#[test]
fn bad_idx_images_are_refused_with_their_reason() {
    let good = idx_file(&[0x803, 2, 1, 3], &[1, 2, 3, 4, 5, 6]);
    let zipped = gzip(&good);
    let mut wrong_checksum = zipped.clone();
    let checksum = wrong_checksum.len() - 8;
    wrong_checksum[checksum] ^= 1;
    let rows = rows! {
        "empty": "" => "byte 0", "IDX images (00 00 08 03)", "the end of the file";
        "a web page": "<!DOCTYPE html>" =>
            "byte 0", "gzip data (1f 8b), as the file's name says", "3c 21 44 4f (\"<!DO\")", "`download`";
        "labels": idx_file(&[0x801, 1], &[7]) =>
            "byte 0", "IDX images (00 00 08 03)", "IDX labels (00 00 08 01)";
        "another element type": idx_file(&[0xd03, 1, 1, 1], &[0; 4]) => "byte 2", "numbers of another type";
        "truncated header": &good[..10] => "byte 10", "the height", "the end of the file";
        "no images": idx_file(&[0x803, 0, 28, 28], &[]) => "byte 4", "the number of images, at least 1", "0";
        "no height": idx_file(&[0x803, 1, 0, 28], &[]) => "byte 8", "the height", "at least 1";
        "no width": idx_file(&[0x803, 1, 28, 0], &[]) => "byte 12", "the width", "at least 1";
        "truncated pixels": &good[..20] =>
            "byte 16", "the pixels of 2 images of 1×3", "the end of the file after 4 of 6 bytes";
        "extra bytes": [&good[..], b"!"].concat() => "byte 22:", "the end of the file", "more bytes";
        "extra bytes unzipped": gzip(&[&good[..], b"!"].concat()) =>
            "byte 22 (unzipped)", "the end of the file", "more bytes";
        "sizes that overflow": idx_file(&[0x803, u32::MAX, u32::MAX, u32::MAX], &[]) =>
            "byte 4", "at most 4 GiB", "4294967295 images of 4294967295×4294967295";
        "sizes that no file holds": idx_file(&[0x803, 60_000, 280, 280], &[]) =>
            "byte 4", "at most 4 GiB", "60000 images of 280×280";
        "sizes that this file does not hold": idx_file(&[0x803, 60_000, 200, 200], &[0; 1000]) =>
            "byte 16", "after 1000 of 2400000000 bytes";
        "fewer bytes unzipped than promised": gzip(&idx_file(&[0x803, 60_000, 28, 28], &[0; 100_000])) =>
            "byte 16 (unzipped)", "after 100000 of 47040000 bytes";
        "truncated gzip": &zipped[..zipped.len() - 10] =>
            "(unzipped)", "more gzip data", "the end of the file: it is truncated";
        "gzip's first bytes alone": &zipped[..5] => "byte 0", "more gzip data", "truncated";
        "wrong checksum": wrong_checksum => "byte 22 (unzipped)", "intact gzip data", "damage";
        "noise after gzip's first bytes": [&zipped[..10], &[0xff; 100]].concat() =>
            "byte 0 (unzipped)", "intact gzip data", "damage";
    };
    check_table("train-images-idx3-ubyte.gz", idx::read_images, rows);
}

#[test]
fn bad_idx_labels_are_refused_with_their_reason() {
    let rows = rows! {
        "images": idx_file(&[0x803, 1, 1, 1], &[7]) => "byte 0", "IDX labels", "IDX images (00 00 08 03)";
        "no labels": idx_file(&[0x801, 0], &[]) => "byte 4", "at least 1", "0";
        "truncated": idx_file(&[0x801, 4], &[7]) => "byte 8", "4 labels", "after 1 of 4 bytes";
        "extra bytes": idx_file(&[0x801, 1], &[7, 7]) => "byte 9", "the end of the file", "more bytes";
    };
    check_table("train-labels-idx1-ubyte", idx::read_labels, rows);
}

/// A good data set of 6 + 2 images of 1×2 pixels, to spoil one file of.
fn good_files() -> (TempDir, IdxFiles) {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, header: &[u32], content: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, idx_file(header, content)).unwrap();
        path
    };
    let files = IdxFiles {
        train_images: write("train-images", &[0x803, 6, 1, 2], &[9; 12]),
        train_labels: write("train-labels", &[0x801, 6], &[0, 1, 2, 3, 4, 5]),
        test_images: write("test-images", &[0x803, 2, 1, 2], &[9; 4]),
        test_labels: write("test-labels", &[0x801, 2], &[6, 7]),
    };
    (directory, files)
}

#[test]
fn files_that_do_not_fit_each_other_are_refused_with_both_numbers() {
    let (_directory, files) = good_files();
    assert_eq!(idx::read(&files, 10).unwrap().validation().labels(), [5]);
    let error = idx::read(&files, 7).unwrap_err();
    assert_says(
        &error,
        &["test-labels: image 1 has label 7", "7 classes"],
        "classes",
    );

    fs::write(&files.test_images, idx_file(&[0x803, 2, 2, 1], &[9; 4])).unwrap();
    let error = idx::read(&files, 10).unwrap_err();
    assert_says(&error, &["1×2", "2×1"], "shapes");

    fs::write(&files.train_labels, idx_file(&[0x801, 5], &[0; 5])).unwrap();
    let error = idx::read(&files, 10).unwrap_err();
    assert_says(
        &error,
        &["train-labels", "train-images", "6 labels", "5 labels"],
        "counts",
    );

    let (_directory, files) = good_files();
    fs::remove_file(&files.test_images).unwrap();
    let error = idx::read(&files, 10).unwrap_err();
    assert!(matches!(&error, Error::Io { path, action: "open", .. } if *path == files.test_images));
}
