//! Data and networks in formats of other programs: trained on, resumed, converted, and refused with a reason.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use batchprop::data::{TrainOn, synthetic};
use serde_json::Value;
use tempfile::TempDir;

use super::common::bytes;
use super::{Run, assert_has, batchprop_in, train_command};

/// A CSV file of 120 digits of `classes`, the label in the column "target" behind the pixels.
fn csv(folder: &Path, name: &str, classes: u8) {
    let digits = synthetic::digits(1, 600, 10).training(TrainOn::All);
    let mut text = String::new();
    (0..784).for_each(|pixel| write!(text, "pixel{pixel},").unwrap());
    text.push_str("target\n");
    let chosen = (0..digits.len()).filter(|&index| digits.labels()[index] < u16::from(classes));
    for index in chosen.take(120) {
        bytes(&digits.slice(index..index + 1))
            .iter()
            .for_each(|pixel| write!(text, "{pixel},").unwrap());
        writeln!(text, "{}.0", digits.labels()[index]).unwrap();
    }
    fs::write(folder.join(name), text).unwrap();
}

fn json(text: &str) -> Value {
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn csv_is_described_trained_on_evaluated_and_resumed() {
    let folder = TempDir::new().unwrap();
    csv(folder.path(), "digits.csv", 3);
    let run = |words: &str| json(&Run::succeed(&mut batchprop_in(&folder, words)));
    let described = run("data --json --data digits.csv");
    assert_eq!(
        (&described["kind"], &described["classes"]),
        (&"csv".into(), &3.into())
    );
    assert_eq!(described["about"][0], "labels in column \"target\"");
    assert_eq!(described["training"]["images"], 84);

    let whole = run("train --data digits.csv --json --epochs 3 --save model.npz --checkpoint run");
    // The data are found again by their path, and their checksum is right.
    let resumed = run("train --json --resume run");
    assert_eq!(resumed["weights_sha256"], whole["weights_sha256"]);
    let evaluated = run("evaluate model.npz --json --data digits.csv --part all");
    assert_eq!(evaluated["images"], 120);
    assert_eq!(evaluated["trained_on"], 84);
    assert_eq!(evaluated["sizes"], serde_json::json!([784, 30, 3]));
}

#[test]
fn a_network_survives_conversion_through_all_formats() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let data = super::data();
    Run::succeed(train_command(data.path(), "--quiet --save").arg(path("model.safetensors")));
    let convert = |from: &str, to: &str| {
        let run = Run::of(&mut batchprop_in(&folder, &format!("convert {from} {to}")));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_has(&run.stdout, &["784-30-10, sigmoid, quadratic cost, f32"]);
    };
    let read = |name: &str| fs::read(path(name)).unwrap();
    convert("model.safetensors", "model.npz");
    convert("model.npz", "back.safetensors");
    assert!(read("back.safetensors") == read("model.safetensors"));
    convert("model.npz", "model.json");
    convert("model.json", "again.json");
    assert!(read("again.json") == read("model.json"));
    convert("model.json", "model.onnx");
    let error = Run::fail(&mut batchprop_in(&folder, "convert model.onnx x.npz"), 1);
    assert_has(&error, &["ONNX, which is written for other programs only"]);
    assert!(!path("x.npz").exists());
}

#[test]
fn a_network_that_the_format_cannot_hold_is_refused_before_training() {
    let folder = TempDir::new().unwrap();
    let data = super::data();
    for (options, name, reason) in [
        ("--activation relu", "model.json", "network2"),
        ("", "model.pt", ".safetensors, .npz, .json"),
    ] {
        let out = folder.path().join(name);
        let error = Run::fail(train_command(data.path(), options).arg("--save").arg(&out), 2);
        assert_has(&error, &[reason]);
        assert!(!out.exists());
    }
    let model = folder.path().join("model.npz");
    Run::succeed(train_command(data.path(), "--quiet --save").arg(&model));
    let error = Run::fail(&mut batchprop_in(&folder, "convert model.npz no/model.onnx"), 1);
    assert_has(&error, &["no/model.onnx"]);
}

#[test]
fn bad_csv_is_one_line_with_row_and_column() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("digits.csv");
    fs::write(&path, "label,a\n1,2\n0,two\n").unwrap();
    let error = Run::fail(&mut train_command(&path, ""), 1);
    assert_has(&error, &["digits.csv: row 3, column 2: "]);
    assert_eq!(error.lines().count(), 1, "{error}");
}
