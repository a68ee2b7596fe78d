//! `--test-split`, `--validation-split` and `--train-on all`: which images train is chosen, said and kept.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Run, assert_has, batchprop_in, data, objects};

/// Rows in [`table`].
const ROWS: usize = 120;

/// A folder with `table.csv`: one part and two classes. A third of the rows are of the second class.
fn table() -> TempDir {
    let folder = TempDir::new().unwrap();
    let rows = (0..ROWS).map(|row| {
        let class = usize::from(row % 3 == 0);
        format!(
            "{class},{},{},{}\n",
            100 * class + row % 50,
            (7 * row) % 256,
            (31 * row) % 256
        )
    });
    let header = "label,a,b,c\n".to_owned();
    fs::write(
        folder.path().join("table.csv"),
        header + &rows.collect::<String>(),
    )
    .unwrap();
    folder
}

/// The last object of a command, which may print notes.
fn last(folder: &Path, words: &str) -> Value {
    let run = Run::of(&mut batchprop_in(folder, words));
    assert_eq!(run.code, Some(0), "{words}: {}", run.stderr);
    objects(&run.stdout).pop().unwrap()
}

#[test]
fn parts_have_the_size_asked_for_and_each_class_its_share() {
    let folder = table();
    let parts = |words: &str| {
        let found = last(folder.path(), &format!("data --data table.csv --json {words}"));
        ["training", "validation", "test"].map(|part| found[part]["classes"].clone())
    };
    let drawn = parts("--test-split 0.1 --validation-split 18");
    assert_eq!(drawn, [json!([60, 30]), json!([12, 6]), json!([8, 4])]);
    // The validation images are drawn from those that do not test; without an option they are a sixth.
    assert_eq!(
        parts("--test-split 60"),
        [json!([33, 17]), json!([7, 3]), json!([40, 20])]
    );
    // Only the last sixth tests, as ever.
    assert_eq!(parts("--validation-split 0.5")[2], parts("")[2]);
}

#[test]
fn images_of_files_with_a_test_part_are_drawn_from_all() {
    let data = data();
    let found = last(
        data.path(),
        "data --data . --json --test-split 80 --validation-split 100",
    );
    let sizes = ["training", "validation", "test"].map(|part| found[part]["images"].clone());
    assert_eq!(sizes, [300, 100, 80]);
    assert_eq!(found["splits"], json!({"test": 80, "validation": 100, "seed": 0}));
    // The checksums are those of the files.
    let files = last(data.path(), "data --data . --json");
    assert_eq!(found["checksums"], files["checksums"]);
}

#[test]
fn the_seed_of_the_split_decides_which_images_and_that_of_the_run_does_not() {
    let folder = table();
    let sum = |words: &str| {
        let words = format!("train --data table.csv --epochs 1 --json --test-split 0.2 {words}");
        last(folder.path(), &words)["weights_sha256"].clone()
    };
    assert_eq!(sum(""), sum("--split-seed 0"));
    assert_ne!(sum(""), sum("--split-seed 1"));
    let tested = |words: &str| {
        let words = format!("show digits --data table.csv --part test --count 30 --test-split 0.2 {words}");
        Run::succeed(&mut batchprop_in(folder.path(), &words))
    };
    assert_eq!(tested(""), tested("--seed 5"));
    assert_ne!(tested(""), tested("--split-seed 5"));
}

#[test]
fn evaluate_takes_the_test_images_of_the_training_and_refuses_others() {
    let folder = table();
    let folder = folder.path();
    let split = "--test-split 0.25 --validation-split 0.1 --split-seed 7";
    let train = format!("train --data table.csv --epochs 3 --json {split} --save model.safetensors");
    let run = Run::of(&mut batchprop_in(folder, &train));
    let events = objects(&run.stdout);
    assert_eq!(
        (&events[0]["training_images"], &events[0]["test_images"]),
        (&81.into(), &30.into())
    );
    assert_eq!(
        events[0]["splits"],
        json!({"test": 0.25, "validation": 0.1, "seed": 7})
    );
    let about = events[0]["about"].to_string();
    assert_has(
        &about,
        &["split by seed 7, stratified: 81 training, 9 validation, 30 test images"],
    );
    let summary = events.last().unwrap();
    for own in ["", split] {
        let found = last(
            folder,
            &format!("evaluate model.safetensors --data table.csv --json {own}"),
        );
        assert_eq!((&found["part"], &found["images"]), (&"test".into(), &30.into()));
        assert_eq!(
            (&found["correct"], &found["trained_on"]),
            (&summary["final_correct"], &0.into())
        );
    }
    for other in ["--test-split 0.25", "--validation-split 0.1 --split-seed 7"] {
        let words = format!("evaluate model.safetensors --data table.csv {other}");
        let stderr = Run::fail(&mut batchprop_in(folder, &words), 2);
        let said = "those of its training (--test-split 0.25, --validation-split 0.1, --split-seed 7)";
        assert_has(&stderr, &[said]);
    }
    // Other data are divided as asked.
    let rows = fs::read_to_string(folder.join("table.csv")).unwrap();
    fs::write(folder.join("more.csv"), rows + "0,1,2,3\n").unwrap();
    let words = "evaluate model.safetensors --data more.csv --json --test-split 11";
    assert_eq!(last(folder, words)["images"], 11);
}

#[test]
fn a_network_in_a_format_without_metadata_says_how_to_find_its_test_images() {
    let folder = table();
    let words = "train --data table.csv --epochs 1 --quiet --test-split 0.2 --save model.json";
    let run = Run::of(&mut batchprop_in(folder.path(), words));
    assert_has(&run.stderr, &["give `evaluate` --test-split 0.2, --split-seed 0"]);
}

#[test]
fn a_checkpoint_keeps_the_split() {
    let folder = table();
    let split = "--test-split 0.2 --split-seed 3";
    let words = format!("train --data table.csv --epochs 2 --json --checkpoint run {split}");
    let run = Run::of(&mut batchprop_in(folder.path(), &words));
    let resumed = Run::of(&mut batchprop_in(folder.path(), "train --resume run --json"));
    let (run, resumed) = (objects(&run.stdout), objects(&resumed.stdout));
    assert_eq!(run[0]["splits"], resumed[0]["splits"]);
    assert_eq!(run[0]["training_images"], resumed[0]["training_images"]);
    let sum = |events: &[Value]| events.last().unwrap()["weights_sha256"].clone();
    assert_eq!(sum(&run), sum(&resumed));
    let refused = batchprop_in(folder.path(), "train --resume run --test-split 0.3")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn train_on_all_frees_every_image_with_a_label() {
    let folder = table();
    for (words, training, test) in [
        ("", 84, 20),
        ("--train-on train-and-validation", 100, 20),
        ("--train-on all", ROWS, 0),
        ("--train-on all --test-split 0.1", 108, 12),
        // The images of a recipe leave the test images alone, and those of the user the recipe's.
        ("--recipe fast", 100, 20),
        ("--recipe fast --validation-split 0.1", 90, 20),
    ] {
        let words = format!("train --data table.csv --epochs 1 --json {words}");
        let run = Run::of(&mut batchprop_in(folder.path(), &words));
        let start = &objects(&run.stdout)[0];
        let found = (start["training_images"].clone(), start["test_images"].clone());
        assert_eq!(found, (training.into(), test.into()), "{words}");
        let is_said = run
            .stderr
            .contains("all 120 labelled images train, and none is left to test on; --test-split");
        assert_eq!(is_said, test == 0, "{words}: {}", run.stderr);
    }
    // Images that the files keep for tests do not train.
    let data = data();
    let run = Run::of(&mut batchprop_in(
        data.path(),
        "train --data . --epochs 1 --json --train-on all",
    ));
    assert_eq!(objects(&run.stdout)[0]["training_images"], 360);
}

#[test]
fn splits_that_say_nothing_or_contradict_are_refused() {
    let folder = table();
    for (words, said) in [
        (
            "--split-seed 1",
            "--split-seed 1: expected --test-split or --validation-split with it",
        ),
        (
            "--validation-split 0.1 --train-on all",
            "--train-on train with it",
        ),
        (
            "--test-split 119",
            "--test-split 119, 119 of 120 images: expected at least 1 image, and at least 2 left over",
        ),
        (
            "--test-split 1.0",
            "a share of the images such as 0.1, or their number such as 5000",
        ),
        (
            "--test-split 0",
            "a share of the images such as 0.1, or their number such as 5000",
        ),
    ] {
        let words = format!("train --data table.csv {words}");
        assert_has(&Run::fail(&mut batchprop_in(folder.path(), &words), 2), &[said]);
    }
}

#[test]
fn a_sweep_compares_on_the_validation_images_that_were_drawn_and_its_command_draws_them_too() {
    let folder = table();
    let split = "--test-split 0.2 --validation-split 0.25 --split-seed 4";
    let words = format!("sweep --data table.csv --learning-rate 0.1,1 --epochs 1 --json {split}");
    let run = Run::of(&mut batchprop_in(folder.path(), &words));
    let events = objects(&run.stdout);
    assert_eq!(
        (&events[0]["training_images"], &events[0]["validation_images"]),
        (&72.into(), &24.into())
    );
    let command = events.last().unwrap()["command"].as_str().unwrap().to_owned();
    assert_has(
        &command,
        &["--test-split=0.2 --validation-split=0.25 --split-seed=4"],
    );
}
