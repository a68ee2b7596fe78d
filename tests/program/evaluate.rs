//! `batchprop evaluate`: each class, the confusion matrix, the worst mistakes, and what does not fit.

use std::path::PathBuf;

use batchprop::images;
use serde_json::Value;

use crate::{Run, TEST, assert_has, batchprop_in, data, train_command};

/// A folder with a small data set and `model.safetensors`, trained on it with `options`.
pub fn trained(options: &str) -> (tempfile::TempDir, PathBuf) {
    let data = data();
    let model = data.path().join("model.safetensors");
    let mut command = train_command(data.path(), &format!("{options} --hidden 20 --quiet"));
    Run::succeed(command.arg("--save").arg(&model));
    (data, model)
}

/// `batchprop evaluate model.safetensors` with these words, in the model's folder.
fn evaluate(folder: &tempfile::TempDir, words: &str) -> std::process::Command {
    batchprop_in(folder, &format!("evaluate model.safetensors {words}"))
}

#[test]
fn evaluation_counts_what_training_counted_and_shows_each_class() {
    for options in [
        "",
        "--precision f64 --activation relu --output softmax --init he --learning-rate 0.1",
    ] {
        let (data, _) = trained(options);
        let evaluate = |options: &str| Run::succeed(&mut evaluate(&data, &format!("--data . {options}")));
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
        assert_has(
            &text,
            &[
                &format!("Correct   {correct} / {TEST}  "),
                "precision   recall       F1",
                "\nConfusion: ",
            ],
        );
        assert!(!text.contains('\u{1b}'), "colours in a pipe");
        assert_eq!(evaluate("--threads 1"), text);
        let all: Value = serde_json::from_str(&evaluate("--json --part all")).unwrap();
        assert_eq!(all["images"], 480);
    }
}

#[test]
fn the_worst_mistakes_are_drawn() {
    let (data, _) = trained("");
    let png = data.path().join("mistakes.png");
    let words = "--data . --mistakes mistakes.png --most-mistakes 7";
    let text = Run::succeed(&mut evaluate(&data, words));
    assert_has(&text, &["mistakes.png: the 7 most confident of "]);
    let sheet = images::open(&png).unwrap();
    // Captions are ten or eleven letters wide.
    assert_eq!((sheet.rows(), (sheet.columns() - 10) % 6), (10 + 2 * 130, 0));
}

#[test]
fn data_in_one_part_are_evaluated_as_a_whole_and_the_output_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("digits.csv");
    let row = |index: usize| format!("{},{},{},{},{}\n", index % 2, index % 2 * 200, 17, 255, index);
    std::fs::write(&csv, (0..60).map(row).collect::<String>()).unwrap();
    let model = folder.path().join("model.safetensors");
    Run::succeed(train_command(&csv, "--hidden 4 --quiet --save").arg(model));
    let text = Run::succeed(&mut evaluate(&folder, "--data digits.csv"));
    assert_has(&text, &["(60 images, all there are)"]);
    let text = Run::succeed(&mut evaluate(&folder, "--data digits.csv --part test"));
    assert_has(&text, &["(10 test images)"]);
}

#[test]
fn a_model_that_does_not_fit_the_data_is_an_error_with_both_shapes() {
    let (data, _) = trained("");
    let csv = data.path().join("digits.csv");
    std::fs::write(&csv, "0,1,2,3,4\n1,5,6,7,8\n0,1,2,3,4\n1,5,6,7,200\n").unwrap();
    let error = Run::fail(&mut evaluate(&data, "--data digits.csv"), 1);
    assert_has(
        &error,
        &[
            "model.safetensors",
            "784-20-10",
            "2×2 pixels",
            "digits.csv",
            "784 inputs",
        ],
    );
    let error = Run::fail(&mut batchprop_in(&data, "evaluate nothing.safetensors"), 1);
    assert_has(&error, &["nothing.safetensors: there is no such file"]);
}
