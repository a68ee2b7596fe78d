//! `batchprop evaluate`: each class, the confusion matrix, the worst mistakes, and what does not fit.

use std::path::PathBuf;

use batchprop::images;
use serde_json::Value;

use crate::{Run, TEST, batchprop, data, train_command};

/// A folder with a small data set and `model.safetensors`, trained on it with `options`.
pub fn trained(options: &str) -> (tempfile::TempDir, PathBuf) {
    let data = data();
    let model = data.path().join("model.safetensors");
    let mut command = train_command(data.path(), &format!("{options} --hidden 20 --quiet"));
    Run::succeed(command.arg("--save").arg(&model));
    (data, model)
}

#[test]
fn evaluation_counts_what_training_counted_and_shows_each_class() {
    for options in [
        "",
        "--precision f64 --activation relu --output softmax --init he --learning-rate 0.1",
    ] {
        let (data, model) = trained(options);
        let evaluate = |options: &str| {
            let mut command = batchprop();
            command.arg("evaluate").arg(&model).arg("--data").arg(data.path());
            Run::succeed(command.args(options.split_whitespace()))
        };
        let json: Value = serde_json::from_str(&evaluate("--json")).unwrap();
        assert_eq!(json["images"], TEST);
        let mut saved = train_command(data.path(), &format!("{options} --hidden 20 --json"));
        let lines = Run::succeed(&mut saved);
        let last_epoch = lines.lines().rfind(|line| line.contains("\"epoch\":1")).unwrap();
        let last_epoch: Value = serde_json::from_str(last_epoch).unwrap();
        assert_eq!(json["correct"], last_epoch["correct"]);

        let confusion: Vec<Vec<usize>> = serde_json::from_value(json["confusion"].clone()).unwrap();
        let correct: usize = (0..10).map(|class| confusion[class][class]).sum();
        assert_eq!(json["correct"], correct);
        assert_eq!(json["classes"].as_array().unwrap().len(), 10);
        for (class, row) in confusion.iter().enumerate() {
            let images = row.iter().sum::<usize>();
            assert_eq!(json["classes"][class]["images"], images);
            let recall = json["classes"][class]["recall"].as_f64().unwrap();
            assert!((recall - row[class] as f64 / images as f64).abs() < 1e-12);
        }

        let text = evaluate("");
        assert!(
            text.contains(&format!("Correct   {correct} / {TEST}  ")),
            "{text}"
        );
        assert!(
            text.contains("precision   recall       F1") && text.contains("\nConfusion: "),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "colours in a pipe");
        assert_eq!(evaluate("--threads 1"), text);
        assert_eq!(
            serde_json::from_str::<Value>(&evaluate("--json --part all")).unwrap()["images"],
            480
        );
    }
}

#[test]
fn the_worst_mistakes_are_drawn() {
    let (data, model) = trained("");
    let png = data.path().join("mistakes.png");
    let mut command = batchprop();
    command.arg("evaluate").arg(&model).arg("--data").arg(data.path());
    let text = Run::succeed(command.arg("--mistakes").arg(&png).args(["--most-mistakes", "7"]));
    assert!(text.contains("mistakes.png: the 7 surest of "), "{text}");
    let sheet = images::open(&png).unwrap();
    // Captions are ten or eleven letters wide.
    assert_eq!((sheet.rows(), (sheet.columns() - 10) % 6), (10 + 2 * 130, 0));
}

#[test]
fn data_in_one_part_are_evaluated_as_a_whole_and_the_output_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, model) = (
        folder.path().join("digits.csv"),
        folder.path().join("model.safetensors"),
    );
    let row = |index: usize| format!("{},{},{},{},{}\n", index % 2, index % 2 * 200, 17, 255, index);
    std::fs::write(&csv, (0..60).map(row).collect::<String>()).unwrap();
    Run::succeed(train_command(&csv, "--hidden 4 --quiet --save").arg(&model));
    let mut command = batchprop();
    let text = Run::succeed(command.arg("evaluate").arg(&model).arg("--data").arg(&csv));
    assert!(text.contains("(60 images, all there are)"), "{text}");
    let mut command = batchprop();
    command.arg("evaluate").arg(&model).arg("--data").arg(&csv);
    let text = Run::succeed(command.args(["--part", "test"]));
    assert!(text.contains("(10 test images)"), "{text}");
}

#[test]
fn a_model_that_does_not_fit_the_data_is_an_error_with_both_shapes() {
    let (data, model) = trained("");
    let csv = data.path().join("digits.csv");
    std::fs::write(&csv, "0,1,2,3,4\n1,5,6,7,8\n0,1,2,3,4\n1,5,6,7,200\n").unwrap();
    let mut command = batchprop();
    let error = Run::fail(command.arg("evaluate").arg(&model).arg("--data").arg(&csv), 1);
    for part in [
        "model.safetensors",
        "784-20-10",
        "2×2 pixels",
        "digits.csv",
        "784 inputs",
    ] {
        assert!(error.contains(part), "{error} lacks {part}");
    }
    let mut command = batchprop();
    let error = Run::fail(command.args(["evaluate", "nothing.safetensors"]), 1);
    assert!(
        error.contains("nothing.safetensors: there is no such file"),
        "{error}"
    );
}
