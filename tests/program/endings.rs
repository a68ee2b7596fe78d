//! Files that commands write have fitting names, and options without effect are not ignored silently.

use crate::evaluate::trained;
use crate::{Run, assert_has, batchprop_in, data, train_command};

#[test]
fn a_file_whose_name_has_another_ending_is_refused_before_work_starts() {
    let (folder, _) = trained("");
    std::fs::write(folder.path().join("log.csv"), "").unwrap();
    for (words, option, ending) in [
        (
            "evaluate model.safetensors --data . --mistakes m.jpg",
            "--mistakes m.jpg",
            ".png",
        ),
        (
            "evaluate model.safetensors --data . --mistakes mistakes",
            "--mistakes mistakes",
            ".png",
        ),
        (
            "predict model.safetensors x.png --kaggle labels.png",
            "--kaggle labels.png",
            ".csv",
        ),
        (
            "show weights model.safetensors --out w.svg",
            "--out w.svg",
            ".png",
        ),
        ("show digits --data . --out d.jpeg", "--out d.jpeg", ".png"),
        ("show curves log.csv --out c.gif", "--out c.gif", ".png or .svg"),
        ("train --data . --log log.txt", "--log ", ".csv or .jsonl"),
        ("train --data . --save model.pt", "--save ", ".safetensors, .npz"),
        (
            "sweep --data . --hidden 3,4 --csv runs.json",
            "--csv runs.json",
            ".csv",
        ),
        (
            "convert model.safetensors model.h5",
            "model.h5",
            ".safetensors, .npz",
        ),
    ] {
        let error = Run::fail(&mut batchprop_in(&folder, words), 2);
        assert_has(&error, &[option, ending]);
    }
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 6, "four IDX files, the model and the log");
}

#[test]
fn endings_are_known_in_any_case() {
    let (folder, _) = trained("");
    let words = "evaluate model.safetensors --data . --mistakes MISTAKES.PNG";
    Run::succeed(&mut batchprop_in(&folder, words));
    let picture = std::fs::read(folder.path().join("MISTAKES.PNG")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn a_name_with_a_place_for_the_seed_needs_runs() {
    let data = data();
    for option in ["--save m-{seed}.safetensors", "--log l-{seed}.csv"] {
        let error = Run::fail(&mut train_command(data.path(), option), 2);
        assert_has(&error, &[option, "--runs"]);
    }
}

#[test]
fn a_model_without_an_ending_is_called_safetensors() {
    let data = data();
    let model = data.path().join("model");
    let text = Run::succeed(train_command(data.path(), "--quiet --save").arg(&model));
    let line = format!(
        "Saved: {} as safetensors, the weights of epoch 1, the last.",
        model.display()
    );
    assert_has(&text, &[&line]);
}

#[test]
fn a_batch_size_beyond_the_images_is_noted_in_every_mode() {
    let data = data();
    for words in [
        "train",
        "train --quiet",
        "train --json",
        "train --runs 2",
        "sweep",
        "sweep --json",
    ] {
        let words = format!("{words} --data . --epochs 1 --batch-size 1000");
        let run = Run::of(&mut batchprop_in(&data, &words));
        assert_eq!(run.code, Some(0), "{words}");
        assert_has(
            &run.stderr,
            &["note: --batch-size 1000: mini-batches have 300 images"],
        );
    }
    let text = Run::of(&mut train_command(data.path(), "--batch-size 1000")).stdout;
    assert_has(&text, &["mini-batches of 300, "]);
}

/// `--json` and `sweep` trained on a guess without a word.
#[test]
fn columns_that_were_guessed_are_noted_by_every_command_in_every_mode() {
    let folder = tempfile::tempdir().unwrap();
    let row = |index: usize| {
        format!(
            "{},{},{},{},{}\n",
            index % 2,
            0.5 + (index % 2) as f64,
            17,
            255,
            0.5 + (index % 7) as f64
        )
    };
    let rows: String = (0..60).map(row).collect();
    std::fs::write(folder.path().join("digits.csv"), rows).unwrap();
    let run = |words: &str| {
        let run = Run::of(&mut batchprop_in(&folder, words));
        assert_eq!(run.code, Some(0), "{words}: {}", run.stderr);
        run.stderr
    };
    let options = "--data digits.csv --hidden 2 --epochs 1";
    for words in [
        format!("train --quiet --save model.safetensors {options}"),
        format!("train {options}"),
        format!("train --json {options}"),
        format!("train --runs 2 {options}"),
        format!("sweep {options}"),
        format!("sweep --json {options}"),
        "evaluate model.safetensors --data digits.csv".to_owned(),
        "evaluate model.safetensors --data digits.csv --json".to_owned(),
        "predict model.safetensors digits.csv".to_owned(),
        "predict model.safetensors digits.csv --json".to_owned(),
        "show digits --data digits.csv".to_owned(),
    ] {
        assert_has(
            &run(&words),
            &["labels in the first column; --label-column overrides this"],
        );
        assert!(
            !run(&format!("{words} --label-column first")).contains("guessed"),
            "{words}"
        );
    }
    let json = Run::of(&mut batchprop_in(&folder, &format!("train --json {options}"))).stdout;
    assert_eq!(super::objects(&json)[0]["about"][0], "labels in the first column");
}

#[test]
fn options_of_reading_that_do_not_apply_to_the_data_are_noted() {
    let data = data();
    for (option, note) in [
        ("--label-column last", "note: --label-column last is not used: "),
        ("--pixel-max 16", "note: --pixel-max 16 is not used: "),
    ] {
        let run = Run::of(&mut train_command(data.path(), &format!("--quiet {option}")));
        assert_eq!(run.code, Some(0));
        assert_has(&run.stderr, &[note]);
    }
}
