//! Valid files of every kind, small enough that every byte matters.

use std::ops::ControlFlow;
use std::path::Path;

use batchprop::storage::checkpoint::Folder;
use batchprop::storage::model::{self, Metadata};
use batchprop::training::optimizer::Moments;
use batchprop::{Network, Real, Rule, TrainingData, TrainingEvent, TrainingOptions, train};
use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, ImageFormat, RgbaImage};

use super::encode;

const SIZES: [usize; 3] = [4, 3, 2];

pub fn idx() -> Vec<Vec<u8>> {
    let images = encode::idx(&[0x803, 2, 2, 3], b"abcdefghijkl");
    let labels = encode::idx(&[0x801, 3], b"\x01\x02\x03");
    vec![encode::gzip(&images), images, labels]
}

/// Without the first three bytes: see the reader.
pub fn gzip() -> Vec<Vec<u8>> {
    let mut files = idx();
    files.extend(csv());
    let wrapped = files
        .iter()
        .flat_map(|file| [0, 9].map(|level| encode::gzip_at(file, level)));
    let two_members = [encode::gzip(&files[1][..10]), encode::gzip(&files[1][10..])].concat();
    let with_name = b"\x1f\x8b\x08\x1c\0\0\0\0\0\xff\x04\0abcdname\0comment\0\x03\0\0\0\0\0\0\0\0\0".to_vec();
    let all = wrapped.chain([two_members, with_name]);
    all.map(|file| file[3..].to_vec()).collect()
}

/// What Python wrote, by `tests/pickles/make.py`.
pub fn pickle() -> Vec<Vec<u8>> {
    // The crate's folder, or `fuzz/` in it.
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("tests/pickles"));
    let folder = folders
        .find(|folder| folder.is_dir())
        .expect("the pickles are there");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("it can be read")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pkl"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("it can be read"))
        .collect()
}

/// An array of the type and shape that the header says.
fn array(version: u8, descr: &str, fortran: bool, shape: &str, elements: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    encode::npy_with_header(version, &header, elements)
}

/// Images and their labels.
fn pairs() -> Vec<[Vec<u8>; 2]> {
    let bytes: Vec<u8> = (0..16).map(|k| 10 * k).collect();
    let floats: Vec<u8> = bytes
        .iter()
        .flat_map(|&k| (f32::from(k) / 256.0).to_be_bytes())
        .collect();
    let doubles: Vec<u8> = bytes.iter().flat_map(|&k| f64::from(k).to_le_bytes()).collect();
    let long: Vec<u8> = [0u64, 1, 1, 0]
        .iter()
        .flat_map(|label| label.to_le_bytes())
        .collect();
    let one_hot = b"\x01\0\0\x01\0\x01\x01\0";
    vec![
        [
            array(1, "|u1", false, "(4, 2, 2)", &bytes),
            array(1, "|u1", false, "(4,)", &[0, 1, 0, 1]),
        ],
        [
            array(2, ">f4", true, "(4, 4)", &floats),
            array(1, "<i8", false, "(4,)", &long),
        ],
        [
            array(3, "<f8", false, "(4, 2, 2, 1)", &doubles),
            array(1, "|b1", true, "(4, 2)", one_hot),
        ],
    ]
}

pub fn npy() -> Vec<Vec<u8>> {
    pairs().iter().map(|pair| pair.concat()).collect()
}

pub fn npz() -> Vec<Vec<u8>> {
    let mut archives = Vec::new();
    for [images, labels] in pairs() {
        let keras = [
            ("x_train", &*images),
            ("y_train", &labels),
            ("x_test", &images),
            ("y_test", &labels),
        ];
        archives.push(encode::npz(&keras));
        let stored = zip::CompressionMethod::Stored;
        archives.push(encode::npz_by(stored, &[("x", &images), ("y", &labels)]));
    }
    archives
}

pub fn csv() -> Vec<Vec<u8>> {
    [
        "label,pixel0,pixel1,pixel2,pixel3\n1,0,255,3,4\n0,0,0,7,9\n1,1,2,3,4\n0,4,3,2,1\n",
        "0.5;1e-3;-0;0.25;1\r\n1;0.75;0.5;0;0\r\n0;0;0;1;2\r\n",
        ",0,1,2,3,target\n0,\"1\",2,3,4,0\n1,2,3,4,5,1\n2,3,4,5,6,1\n",
        "1 2 3 4 0\n\n5 6 7 8 1\n9 10 11 12 2",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub fn picture() -> Vec<Vec<u8>> {
    let grey = GrayImage::from_fn(12, 16, |column, _| {
        image::Luma([if column == 6 { 10 } else { 230 }])
    });
    let clear = GrayAlphaImage::from_fn(9, 9, |column, row| {
        image::LumaA([0, if column == row { 255 } else { 0 }])
    });
    let colours = RgbaImage::from_fn(8, 8, |column, row| {
        image::Rgba([200, 10 * row as u8, 255, if column == 3 { 90 } else { 0 }])
    });
    let deep = ImageBuffer::from_fn(5, 7, |column, row| {
        image::Rgb([9000 * column as u16, 60_000, row as u16])
    });
    let grey = DynamicImage::ImageLuma8(grey);
    let files = [
        (grey.clone(), ImageFormat::Png),
        (DynamicImage::ImageLumaA8(clear), ImageFormat::Png),
        (DynamicImage::ImageRgba8(colours.clone()), ImageFormat::Png),
        (DynamicImage::ImageRgb16(deep), ImageFormat::Png),
        (grey.clone(), ImageFormat::Jpeg),
        (DynamicImage::ImageRgb8(grey.to_rgb8()), ImageFormat::Jpeg),
        (DynamicImage::ImageRgba8(colours), ImageFormat::Gif),
        (grey.clone(), ImageFormat::Bmp),
        (DynamicImage::ImageRgb8(grey.to_rgb8()), ImageFormat::Bmp),
    ];
    let encoded = |(picture, format): &(DynamicImage, ImageFormat)| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, *format)
            .expect("the format has these colours");
        bytes.into_inner()
    };
    files.iter().map(encoded).collect()
}

pub fn ink() -> Vec<Vec<u8>> {
    let one = |index: usize| {
        if index % 20 == 9 && (40..360).contains(&index) {
            20
        } else {
            220
        }
    };
    let dots = |index: usize| {
        if index.is_multiple_of(2) && (index / 32).is_multiple_of(2) {
            255
        } else {
            0
        }
    };
    let with_width = |columns: u8, pixel: fn(usize) -> u8, count: usize| {
        let mut bytes = vec![columns - 1];
        bytes.extend((0..count).map(pixel));
        bytes
    };
    vec![with_width(20, one, 400), with_width(32, dots, 1024)]
}

/// As a file of this ending.
fn saved<F: Real>(ending: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("there is a disk");
    let path = folder.path().join(format!("model.{ending}"));
    let network = Network::<F>::new(&SIZES, 1).expect("memory has room");
    let metadata = Metadata {
        options: Some(TrainingOptions::default()),
        ..Default::default()
    };
    model::save(&network, &metadata, &path).expect("the disk has room");
    std::fs::read(path).expect("it can be read")
}

pub fn model_safetensors() -> Vec<Vec<u8>> {
    let header = br#"{"0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"0.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#;
    let foreign = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 12]].concat();
    vec![saved::<f32>("safetensors"), saved::<f64>("safetensors"), foreign]
}

pub fn model_npz() -> Vec<Vec<u8>> {
    let weights = array(1, "<f4", true, "(2, 1)", &[0; 8]);
    let biases = array(1, "<i2", false, "(1,)", &[0; 2]);
    let foreign = encode::npz(&[("w1", &weights), ("b1", &biases)]);
    vec![saved::<f32>("npz"), saved::<f64>("npz"), foreign]
}

pub fn model_json() -> Vec<Vec<u8>> {
    let short = br#"{"sizes":[2,1],"weights":[[[0.5,-1e3]]],"biases":[[[0]]],"cost":"CrossEntropyCost"}"#;
    vec![saved::<f32>("json"), saved::<f64>("json"), short.to_vec()]
}

pub fn checkpoint() -> Vec<Vec<u8>> {
    let plain = TrainingOptions {
        epochs: 3,
        batch_size: 3,
        ..Default::default()
    };
    let mut much = plain.clone();
    much.optimizer.rule = Rule::Adam(Moments::default());
    much.dropout = 0.1;
    much.control.keep_best = true;
    [trained::<f32>(&plain), trained::<f64>(&much)].concat()
}

/// The checkpoints after the second mini-batch and after the first epoch.
fn trained<F: Real>(options: &TrainingOptions) -> Vec<Vec<u8>> {
    let options = options.clone().check().expect("they are in their ranges");
    let images = super::images();
    let data = TrainingData::new(&images).with_validation(&images);
    let mut network = Network::<F>::new(&SIZES, 1).expect("memory has room");
    let mut snapshots = Vec::new();
    train(&mut network, data, &options, |event| {
        if let TrainingEvent::Resumable(state) = event {
            snapshots.push(state.snapshot());
        }
        ControlFlow::Continue(())
    })
    .expect("it can be trained");
    let written = snapshots.iter().skip(1).take(2).map(|snapshot| {
        let folder = tempfile::tempdir().expect("there is a disk");
        let mut checkpoints = Folder::create(folder.path()).expect("it is new");
        checkpoints
            .write(snapshot, &options, &"settings")
            .expect("the disk has room");
        let entries = std::fs::read_dir(folder.path()).expect("it is there");
        let mut paths = entries.map(|entry| entry.expect("it can be read").path());
        let path = paths.find(|path| path.extension().is_some_and(|ending| ending == "safetensors"));
        std::fs::read(path.expect("it was written")).expect("it can be read")
    });
    written.collect()
}

pub fn strokes() -> Vec<Vec<u8>> {
    [
        r#"{"strokes":[[[0.2,0.1],[0.25,0.3]],[[0.5,0.5]]],"pen":0.075}"#,
        r#"{"strokes":[[[0.5,0],[0.5,1],[0.9,0.2]],[]],"pen":0.25}"#,
        r#"{"strokes":[]}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
