//! Every reader of external data, as a function of bytes, with valid files for each: one list for the property tests
//! (`tests/library/readers/hostile.rs`) and the fuzz targets (`fuzz/`).
//!
//! A reader must not panic, hang, or allocate more than a gibibyte. Its result does not matter here, but what it
//! accepts is used as the program would use it.

pub mod encode;
mod sealed;
mod seeds;

use std::hint::black_box;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use batchprop::data::read::{Reading, arrays, csv, idx, pickle};
use batchprop::images::pixels::Pixels;
use batchprop::images::strokes::Drawing;
use batchprop::images::{self, Grey};
use batchprop::storage::checkpoint::Checkpoint;
use batchprop::storage::model::{Format, ModelFile};
use batchprop::{Dataset, Precision, Real, TrainingData, resume};

use self::sealed::sealed;

/// The memory limit of any reader: a picture of a few bytes can have 64 million pixels.
pub const MOST: u64 = 1 << 30;

/// The memory limit of a reader for a tiny file: its buffers, a mebibyte that is reserved without a check, and some for errors.
const LITTLE: u64 = 2 << 20;

/// The reader of one kind of file.
pub struct Reader {
    /// The fuzz target's.
    pub name: &'static str,
    /// Reads the bytes of a file.
    pub read: fn(&[u8]),
    /// Good files.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Bytes of memory that a tiny file may take at once.
    pub most: u64,
}

const fn reader(name: &'static str, read: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>, most: u64) -> Reader {
    Reader {
        name,
        read,
        seeds,
        most,
    }
}

/// All of them.
pub const READERS: &[Reader] = &[
    reader("idx", idx, seeds::idx, LITTLE),
    reader("gzip", gzip, seeds::gzip, LITTLE),
    reader("pickle", pickle, seeds::pickle, LITTLE / 2),
    reader("npy", npy, seeds::npy, LITTLE),
    reader("npz", npz, seeds::npz, LITTLE),
    reader("csv", csv, seeds::csv, LITTLE / 2),
    reader("picture", picture, seeds::picture, MOST),
    // Several numbers per pixel where lines of the paper are looked for.
    reader("ink", ink, seeds::ink, 4 * LITTLE),
    reader(
        "model_safetensors",
        model_safetensors,
        seeds::model_safetensors,
        64 << 20,
    ),
    reader("model_npz", model_npz, seeds::model_npz, 64 << 20),
    reader("model_json", model_json, seeds::model_json, 64 << 20),
    reader("checkpoint", checkpoint, seeds::checkpoint, MOST),
    reader("strokes", strokes, seeds::strokes, 64 << 20),
];

fn idx(bytes: &[u8]) {
    let _ = idx::read_images_from(Cursor::new(bytes.to_vec()), "images");
    let _ = idx::read_labels_from(Cursor::new(bytes.to_vec()), "labels");
}

/// The bytes after gzip's fixed header, so that fuzzing need not find the header.
fn gzip(bytes: &[u8]) {
    let zipped = [&b"\x1f\x8b\x08"[..], bytes].concat();
    idx(&zipped);
    let _ = csv::read_rows_from(Cursor::new(zipped), "rows.csv", 4, &Reading::default());
}

fn pickle(bytes: &[u8]) {
    let _ = pickle::read_from(Cursor::new(bytes.to_vec()), "mnist.pkl.gz", 10);
}

/// Images and labels, one behind the other.
fn npy(bytes: &[u8]) {
    const MAGIC: &[u8] = b"\x93NUMPY";
    let second = bytes.windows(MAGIC.len()).rposition(|window| window == MAGIC);
    let (images, labels) = bytes.split_at(second.unwrap_or(bytes.len() / 2));
    let _ = arrays::read_npy_from(images, labels, "x.npy", &Reading::default());
}

fn npz(bytes: &[u8]) {
    let _ = arrays::read_npz_from(Cursor::new(bytes), "mnist.npz", &Reading::default());
    let _ = arrays::read_rows_from(Cursor::new(bytes), "mnist.npz", 784, &Reading::default());
}

fn csv(bytes: &[u8]) {
    let _ = csv::read_from(Cursor::new(bytes.to_vec()), "train.csv", &Reading::default());
    let _ = csv::read_rows_from(Cursor::new(bytes.to_vec()), "test.csv", 4, &Reading::default());
}

fn picture(bytes: &[u8]) {
    if let Ok(picture) = images::decode(bytes, Path::new("picture")) {
        let _ = black_box(images::digits(&picture, 28));
    }
}

/// A picture without the wrapping: its width less one, then its pixels.
fn ink(bytes: &[u8]) {
    let Some((&columns, pixels)) = bytes.split_first() else {
        return;
    };
    let columns = usize::from(columns) + 1;
    let rows = pixels.len() / columns;
    if let Ok(picture) = Grey::new(rows, columns, pixels[..rows * columns].to_vec()) {
        let _ = black_box(images::digits(&picture, 28));
    }
}

fn model(bytes: Vec<u8>, format: Format) {
    if let Ok(file) = ModelFile::decode(bytes, format, Path::new("model")) {
        let _ = black_box(file.network::<f32>());
        let _ = black_box(file.network::<f64>());
    }
}

/// As it is, and with the right checksum, because otherwise nothing after the check of the checksum would be reached.
fn model_safetensors(bytes: &[u8]) {
    model(bytes.to_vec(), Format::Safetensors);
    if let Some(bytes) = sealed(bytes) {
        model(bytes, Format::Safetensors);
    }
}

fn model_npz(bytes: &[u8]) {
    model(bytes.to_vec(), Format::Npz);
}

fn model_json(bytes: &[u8]) {
    model(bytes.to_vec(), Format::Nielsen);
}

/// As it is, and with the right checksum. Accepted checkpoints are resumed for one mini-batch.
fn checkpoint(bytes: &[u8]) {
    for bytes in [Some(bytes.to_vec()), sealed(bytes)].into_iter().flatten() {
        if let Ok(checkpoint) = Checkpoint::<serde_json::Value>::decode(bytes, Path::new("checkpoint")) {
            match checkpoint.precision() {
                Precision::F32 => take_up::<f32>(&checkpoint),
                Precision::F64 => take_up::<f64>(&checkpoint),
            }
        }
    }
}

fn take_up<F: Real>(checkpoint: &Checkpoint<serde_json::Value>) {
    let images = images();
    let data = TrainingData::new(&images).with_validation(&images);
    if let Ok(snapshot) = checkpoint.snapshot::<F>() {
        let _ = black_box(resume(snapshot, data, checkpoint.options(), |_| {
            ControlFlow::Break(())
        }));
    }
}

/// What the checkpoints were trained on: eight images of four pixels in two classes.
fn images() -> Dataset {
    let pixels = Pixels::Bytes((0..32).map(|k| 8 * k).collect());
    let shape = batchprop::images::pixels::ImageShape { rows: 2, columns: 2 };
    Dataset::new(pixels, vec![0u8, 1, 0, 1, 0, 1, 0, 1], shape, "images").expect("they are sound")
}

/// What the page sends.
fn strokes(bytes: &[u8]) {
    if let Ok(drawing) = serde_json::from_slice::<Drawing>(bytes)
        && let Ok(drawing) = drawing.check()
    {
        let ink = drawing.ink(280);
        let sheet = Grey::new(280, 280, ink).expect("it has as many pixels");
        let _ = black_box(images::digits(&sheet, 28));
    }
}
