//! Classes that are called by words are shown by these words, in every place.

use std::fs;

use super::serve::Served;
use super::{Run, assert_has, batchprop, batchprop_in, objects};

/// A folder with `animals.csv`, 16 pixels each, `pixels.csv` of the same without labels, and `model.safetensors`, trained on
/// it.
fn animals() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let names = ["mouse", "cat", "elephant"];
    let pixels = |index: usize| {
        let pixel = |column: usize| {
            if column % 3 == index % 3 {
                200 + index % 40
            } else {
                index % 9
            }
        };
        (0..16)
            .map(|column| pixel(column).to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    let header: Vec<String> = (0..16).map(|column| format!("p{column}")).collect();
    let labelled: String = (0..120)
        .map(|index| format!("{},{}\n", names[index % 3], pixels(index)))
        .collect();
    let bare: String = (0..3).map(|index| pixels(index) + "\n").collect();
    fs::write(
        folder.path().join("animals.csv"),
        format!("label,{}\n{labelled}", header.join(",")),
    )
    .unwrap();
    fs::write(folder.path().join("pixels.csv"), bare).unwrap();
    let words = "train --data animals.csv --epochs 20 --quiet --save model.safetensors";
    Run::succeed(&mut batchprop_in(&folder, words));
    folder
}

#[test]
fn names_of_classes_are_shown_by_every_command() {
    let folder = animals();
    let run = |words: &str| {
        let run = Run::of(&mut batchprop_in(&folder, words));
        assert_eq!(run.code, Some(0), "{words}: {}", run.stderr);
        run.stdout
    };
    let table = run("data --data animals.csv");
    assert_has(
        &table,
        &["  class    training validation test\n  cat ", "\n  elephant "],
    );
    let json = &objects(&run("data --data animals.csv --json"))[0];
    assert_eq!(
        json["class_names"],
        serde_json::json!(["cat", "elephant", "mouse"])
    );
    assert_has(
        &run("train --data animals.csv --epochs 1"),
        &["3 classes: cat, elephant, mouse"],
    );
    assert_eq!(
        objects(&run("train --data animals.csv --epochs 1 --json"))[0]["class_names"][2],
        "mouse"
    );
    let text = run("evaluate model.safetensors --data animals.csv");
    // In the table of classes and in both directions of the confusion matrix.
    assert_eq!(text.matches("elephant").count(), 4, "{text}");
    let json = &objects(&run("evaluate model.safetensors --data animals.csv --json"))[0];
    assert_eq!(json["classes"][0]["class"], "cat");
    let text = run("predict model.safetensors pixels.csv");
    assert!(
        text.lines().nth(1).unwrap().trim_start().starts_with("mouse"),
        "{text}"
    );
    run("predict model.safetensors pixels.csv --kaggle out.csv");
    let submission = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(submission, "ImageId,Label\n1,mouse\n2,cat\n3,elephant\n");
    let shown = run("show digits --data animals.csv --class mouse --count 2");
    assert_has(&shown, &["2 of 84 training images", ": mouse"]);
    assert!(!shown.contains(": cat"), "{shown}");
}

#[test]
fn the_page_is_told_the_names_of_the_classes() {
    let folder = animals();
    let mut command = batchprop();
    command.arg("serve").arg(folder.path().join("model.safetensors"));
    let served = Served::start(&mut command, folder);
    let names = serde_json::json!(["cat", "elephant", "mouse"]);
    assert_eq!(served.get("/network").json()["classes"], names);

    let folder = animals();
    let mut command = batchprop();
    command.args(["serve", "--train", "--epochs", "1", "--data"]);
    command.arg(folder.path().join("animals.csv"));
    let served = Served::start(&mut command, folder);
    assert_eq!(served.get("/network").json()["classes"], names);
}
