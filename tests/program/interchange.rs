//! Data and networks in other programs' forms: trained on, resumed, converted, and refused with a reason.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use batchprop::data::{TrainOn, synthetic};
use batchprop::images::pixels::PixelSlice;
use serde_json::Value;
use tempfile::TempDir;

use super::{Run, batchprop, train_command};

/// A CSV file of 120 digits of `classes`, the label in the column "target" behind the pixels.
fn csv(folder: &Path, name: &str, classes: u8) {
    let digits = synthetic::digits(1, 600, 10).training(TrainOn::All);
    let mut text = String::new();
    (0..784).for_each(|pixel| write!(text, "pixel{pixel},").unwrap());
    text.push_str("target\n");
    let chosen = (0..digits.len()).filter(|&index| digits.labels()[index] < classes);
    for index in chosen.take(120) {
        let PixelSlice::Bytes(pixels) = digits.image(index) else {
            panic!("synthetic digits are bytes");
        };
        pixels.iter().for_each(|pixel| write!(text, "{pixel},").unwrap());
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
    let path = |name: &str| folder.path().join(name);
    csv(folder.path(), "digits.csv", 3);
    let described = Run::succeed(
        batchprop()
            .args(["data", "--json", "--data"])
            .arg(path("digits.csv")),
    );
    let described = json(&described);
    assert_eq!(
        (&described["kind"], &described["classes"]),
        (&"csv".into(), &3.into())
    );
    assert_eq!(described["about"][0], "labels in column \"target\"");
    assert_eq!(described["training"]["images"], 84);

    let checkpointed = |epochs: &str, resume: bool| {
        let mut command = match resume {
            true => {
                let mut command = batchprop();
                command.args(["train", "--json", "--resume"]);
                command
            }
            false => {
                let mut command = train_command(path("digits.csv"), &format!("--json {epochs}"));
                command.arg("--save").arg(path("model.npz")).arg("--checkpoint");
                command
            }
        };
        json(&Run::succeed(command.arg(path("run"))))
    };
    let whole = checkpointed("--epochs 3", false);
    // The data are found again by their path, and their checksum is right.
    assert_eq!(checkpointed("", true)["weights_sha256"], whole["weights_sha256"]);
    let mut evaluate = batchprop();
    evaluate
        .arg("evaluate")
        .arg(path("model.npz"))
        .args(["--json", "--data"])
        .arg(path("digits.csv"));
    let evaluated = json(&Run::succeed(&mut evaluate));
    assert_eq!(evaluated["images"], 120);
    assert_eq!(evaluated["sizes"], serde_json::json!([784, 30, 3]));
}

#[test]
fn a_network_goes_through_all_forms_and_comes_back() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let data = super::data();
    Run::succeed(train_command(data.path(), "--quiet --save").arg(path("model.safetensors")));
    let convert = |from: &str, to: &str| {
        let run = Run::of(batchprop().arg("convert").arg(path(from)).arg(path(to)));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stdout.contains("784-30-10, sigmoid, quadratic cost, f32"),
            "{}",
            run.stdout
        );
    };
    convert("model.safetensors", "model.npz");
    convert("model.npz", "back.safetensors");
    assert_eq!(
        fs::read(path("back.safetensors")).unwrap(),
        fs::read(path("model.safetensors")).unwrap()
    );
    convert("model.npz", "model.json");
    convert("model.json", "again.json");
    assert_eq!(
        fs::read(path("again.json")).unwrap(),
        fs::read(path("model.json")).unwrap()
    );
    convert("model.json", "model.onnx");
    let error = Run::fail(
        batchprop()
            .arg("convert")
            .arg(path("model.onnx"))
            .arg(path("x.npz")),
        1,
    );
    assert!(
        error.contains("ONNX, which is written for other programs only"),
        "{error}"
    );
    assert!(!path("x.npz").exists());
}

#[test]
fn what_a_form_has_no_words_for_is_refused_before_training() {
    let folder = TempDir::new().unwrap();
    let data = super::data();
    for (options, name, reason) in [
        ("--activation relu", "model.json", "network2"),
        ("", "model.pt", ".safetensors, .npz, .json"),
    ] {
        let out = folder.path().join(name);
        let error = Run::fail(train_command(data.path(), options).arg("--save").arg(&out), 2);
        assert!(error.contains(reason), "{error}");
        assert!(!out.exists());
    }
    let nowhere = folder.path().join("no/model.onnx");
    let model = folder.path().join("model.npz");
    Run::succeed(train_command(data.path(), "--quiet --save").arg(&model));
    let error = Run::fail(batchprop().arg("convert").arg(&model).arg(&nowhere), 1);
    assert!(error.contains("no/model.onnx"), "{error}");
}

#[test]
fn bad_csv_is_one_line_with_row_and_column() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("digits.csv");
    fs::write(&path, "label,a\n1,2\n0,two\n").unwrap();
    let error = Run::fail(&mut train_command(&path, ""), 1);
    assert!(error.contains("digits.csv: row 3, column 2: "), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}
