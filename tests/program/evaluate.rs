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

        let mean = |field: &str| -> f64 {
            let classes = json["classes"].as_array().unwrap();
            classes
                .iter()
                .map(|class| class[field].as_f64().unwrap_or(0.0))
                .sum::<f64>()
                / 10.0
        };
        for field in ["precision", "recall", "f1"] {
            let found = json["macro_average"][field].as_f64().unwrap();
            assert!((found - mean(field)).abs() < 1e-12, "{field}");
        }
        let weighted = json["weighted_average"]["recall"].as_f64().unwrap();
        assert!((weighted - json["accuracy"].as_f64().unwrap()).abs() < 1e-12);

        let text = evaluate("");
        assert_has(
            &text,
            &[
                &format!("Correct   {correct} / {TEST}  "),
                "precision   recall       F1",
                "\n     macro ",
                "\n  weighted ",
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
    // Three lines below each image.
    let tile = 84 + 1 + 3 * 18 + 10;
    assert_eq!((sheet.rows(), (sheet.columns() - 10) % 6), (10 + 2 * tile, 0));
}

#[test]
fn data_in_one_part_are_evaluated_as_a_whole_and_the_output_says_so() {
    let folder = trained_on_csv("");
    std::fs::write(folder.path().join("others.csv"), csv(61)).unwrap();
    let text = Run::succeed(&mut evaluate(&folder, "--data others.csv"));
    assert_has(&text, &["(61 images, all there are)"]);
    let text = Run::succeed(&mut evaluate(&folder, "--data others.csv --part test"));
    assert_has(&text, &["(10 test images)"]);
}

/// Two classes of four pixels.
fn csv(rows: usize) -> String {
    let row = |index: usize| format!("{},{},{},{},{}\n", index % 2, index % 2 * 200, 17, 255, index);
    let header = "label,a,b,c,d\n".to_owned();
    std::iter::once(header).chain((0..rows).map(row)).collect()
}

/// A folder with `digits.csv`, of 60 images in one part, and `model.safetensors`, trained on it with `options`.
fn trained_on_csv(options: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let digits = folder.path().join("digits.csv");
    std::fs::write(&digits, csv(60)).unwrap();
    let model = folder.path().join("model.safetensors");
    let mut command = train_command("digits.csv", &format!("--hidden 4 --json {options} --save"));
    // With so few images there may be a warning that nothing is learned.
    let run = Run::of(command.arg(model).current_dir(&folder));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    folder
}

#[test]
fn the_data_that_trained_are_evaluated_on_their_test_images_and_a_note_says_so() {
    for options in ["", "--standardise", "--classes 3"] {
        let folder = trained_on_csv(options);
        // A copy with another name is the same data.
        std::fs::copy(folder.path().join("digits.csv"), folder.path().join("copy.csv")).unwrap();
        for data in ["digits.csv", "copy.csv"] {
            let run = Run::of(&mut evaluate(&folder, &format!("--data {data}")));
            assert_eq!(run.code, Some(0));
            assert_has(&run.stdout, &["(10 test images)"]);
            assert!(!run.stdout.contains("Seen "), "{}", run.stdout);
            assert_has(
                &run.stderr,
                &["note: the network was trained on ", data, "--part all"],
            );
        }
    }
}

#[test]
fn images_that_trained_the_network_are_counted() {
    let count = |folder: &tempfile::TempDir, part: &str| {
        let words = format!("--data digits.csv --json --part {part}");
        let json: Value = serde_json::from_str(&Run::succeed(&mut evaluate(folder, &words))).unwrap();
        json["trained_on"].clone()
    };
    for (options, all, validation, test) in [
        ("", 42, 0, 0),
        ("--train-on train-and-validation", 50, 8, 0),
        ("--train-on all", 60, 8, 10),
    ] {
        let folder = trained_on_csv(options);
        assert_eq!(count(&folder, "all"), all);
        assert_eq!(count(&folder, "training"), 42);
        assert_eq!(count(&folder, "validation"), validation);
        assert_eq!(count(&folder, "test"), test);
        let text = Run::succeed(&mut evaluate(&folder, "--data digits.csv --part all"));
        let line = format!("\nSeen      {all} of these images trained the network");
        assert_has(&text, &["(60 images, all there are)", &line]);
    }
}

#[test]
fn a_network_that_all_images_trained_is_evaluated_on_them_with_a_note() {
    let folder = trained_on_csv("--train-on all");
    let run = Run::of(&mut evaluate(&folder, "--data digits.csv"));
    assert_has(
        &run.stderr,
        &["note: all images of digits.csv trained the network"],
    );
    assert_has(&run.stdout, &["\nSeen      60 of these images trained"]);
}

/// The network of a run that `--init-from` starts knows the data of the earlier run.
#[test]
fn images_that_trained_the_network_that_a_run_started_from_are_counted_too() {
    let folder = trained_on_csv("--train-on all");
    std::fs::write(folder.path().join("others.csv"), csv(66)).unwrap();
    let go_on = |data: &str| {
        let words = format!(
            "train --data {data} --epochs 1 --json --init-from model.safetensors --save model.safetensors"
        );
        let run = Run::of(batchprop_in(&folder, &words).current_dir(&folder));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stderr
    };
    go_on("others.csv");
    let run = Run::of(&mut evaluate(&folder, "--data digits.csv"));
    assert_has(
        &run.stderr,
        &["note: all images of digits.csv trained the network"],
    );
    let run = Run::of(&mut evaluate(&folder, "--data others.csv"));
    assert_has(&run.stdout, &["(11 test images)"]);
    // Back on the first data, whose test images have trained.
    let said = "images may test here that trained model.safetensors: it was trained on these data with no --test-split";
    assert_has(&go_on("digits.csv"), &[said, ", on all images"]);
    let run = Run::of(&mut evaluate(&folder, "--data digits.csv"));
    assert_has(&run.stdout, &["\nSeen      60 of these images trained"]);
}

/// Rows were added, or the model is from an older version: only the name is known.
#[test]
fn data_with_the_name_of_those_that_trained_are_evaluated_with_a_note() {
    let folder = trained_on_csv("");
    std::fs::write(folder.path().join("digits.csv"), csv(66)).unwrap();
    let run = Run::of(&mut evaluate(&folder, "--data digits.csv"));
    assert_has(&run.stdout, &["(66 images, all there are)"]);
    assert_has(
        &run.stderr,
        &["note: ", "digits.csv", "may have trained it", "--part test"],
    );
    let json = Run::succeed(&mut evaluate(&folder, "--data digits.csv --part test --json"));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["trained_on"], &json["images"]),
        (&Value::Null, &Value::from(11))
    );
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
