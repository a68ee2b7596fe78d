//! `batchprop predict`: pictures, IDX, CSV and standard input, one bad file among many, and Kaggle's submission.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use batchprop::data::synthetic;
use batchprop::images::pixels::PixelSlice;
use image::codecs::gif::GifEncoder;
use image::{Frame, GrayImage, RgbaImage, imageops};
use serde_json::Value;

use crate::evaluate::trained;
use crate::{Run, TEST, batchprop};

/// The pixels of a test image of the small data set.
fn pixels(index: usize) -> Vec<u8> {
    let digits = synthetic::digits(1, crate::LEARNING, TEST);
    let PixelSlice::Bytes(pixels) = digits.test().image(index) else {
        panic!("synthetic digits are bytes");
    };
    pixels.to_vec()
}

/// A test image, dark on white, 200 × 200.
fn write_picture(path: &Path, index: usize) {
    let mut image = GrayImage::from_raw(28, 28, pixels(index)).unwrap();
    imageops::invert(&mut image);
    let large = imageops::resize(&image, 200, 200, imageops::FilterType::CatmullRom);
    large.save(path).unwrap();
}

fn objects(stdout: &str) -> Vec<Value> {
    stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn pictures_idx_csv_and_standard_input_are_seen_alike() {
    let (folder, model) = trained("--epochs 10");
    let at = |name: &str| folder.path().join(name);
    let predict = |options: &[&str], file: &Path| {
        let mut command = batchprop();
        Run::succeed(command.arg("predict").arg(&model).args(options).arg(file))
    };
    let from_idx = objects(&predict(&["--json"], &at("t10k-images-idx3-ubyte")));
    assert_eq!(from_idx.len(), TEST);
    assert_eq!(from_idx[5]["index"], 5);
    let sum: f64 = from_idx[5]["probabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-6);

    let row = |index: usize| {
        pixels(index)
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(",")
    };
    fs::write(
        at("rows.csv"),
        (0..9).map(|index| row(index) + "\n").collect::<String>(),
    )
    .unwrap();
    let from_csv = objects(&predict(&["--json"], &at("rows.csv")));
    for (csv, idx) in from_csv.iter().zip(&from_idx) {
        assert_eq!((&csv["label"], &csv["index"]), (&idx["label"], &idx["index"]));
    }

    write_picture(&at("digit.png"), 3);
    let from_png = &objects(&predict(&["--json"], &at("digit.png")))[0];
    assert!(from_png.get("index").is_none() && from_png["file"].as_str().unwrap().ends_with("digit.png"));
    for file in ["digit.png", "t10k-images-idx3-ubyte", "rows.csv"] {
        let mut command = batchprop();
        command.arg("predict").arg(&model).args(["--json", "-"]);
        let from_stdin = objects(&Run::succeed(command.stdin(fs::File::open(at(file)).unwrap())));
        let from_file = objects(&predict(&["--json"], &at(file)));
        assert_eq!(from_stdin[0]["file"], "-");
        for (stdin, file) in from_stdin.iter().zip(&from_file) {
            assert_eq!(stdin["probabilities"], file["probabilities"]);
        }
    }

    let text = predict(&["--show"], &at("digit.png"));
    assert!(
        text.contains('█') && text.ends_with("digit.png\n") && !text.contains('\u{1b}'),
        "{text}"
    );
}

#[test]
fn bad_files_are_named_and_the_others_are_seen() {
    let (folder, model) = trained("");
    let at = |name: &str| folder.path().join(name);
    write_picture(&at("good.png"), 0);
    GrayImage::from_pixel(50, 50, image::Luma([200]))
        .save(at("blank.png"))
        .unwrap();
    let mut gif = GifEncoder::new(fs::File::create(at("animated.gif")).unwrap());
    for level in [0, 255] {
        gif.encode_frame(Frame::new(RgbaImage::from_pixel(
            9,
            9,
            image::Rgba([level, 0, 0, 255]),
        )))
        .unwrap();
    }
    drop(gif);
    fs::write(at("empty.png"), b"").unwrap();
    fs::write(at("letter.txt"), "Dear digit,\n").unwrap();
    let row = vec!["7"; 784].join(",");
    fs::write(at("short.csv"), [&row[..], &row, &row[2..]].join("\n")).unwrap();
    fs::write(
        at("word.csv"),
        [&row[..], &row.replacen(",7", ",abc", 1)].join("\n"),
    )
    .unwrap();
    let columns = "1,2,3\n4,5,6\n";
    fs::write(at("three.csv"), columns).unwrap();
    for (name, because) in [
        ("blank.png", "there is no ink"),
        ("animated.gif", "found an animation"),
        ("empty.png", "an empty file"),
        ("letter.txt", "row 1"),
        ("short.csv", "row 3: expected 784 values, as in row 1, found 783"),
        (
            "word.csv",
            "row 2, column 2: expected a finite number, found \"abc\"",
        ),
        ("three.csv", "expected 784 numbers"),
        ("missing.png", "there is no such file"),
    ] {
        let mut command = batchprop();
        let run = Run::of(
            command
                .arg("predict")
                .arg(&model)
                .arg("--json")
                .arg(at(name))
                .arg(at("good.png")),
        );
        assert_eq!(run.code, Some(1), "{name}");
        assert!(
            run.stderr.contains(name) && run.stderr.contains(because),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert_eq!(objects(&run.stdout).len(), 1, "{name}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let (folder, model) = trained("");
    let mut command = batchprop();
    command
        .arg("predict")
        .arg(&model)
        .args(vec![folder.path().join("t10k-images-idx3-ubyte"); 100]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn kaggle_works_from_its_train_csv_to_a_submission() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let digits = synthetic::digits(4, 600, 100);
    let learning = digits.training(batchprop::TrainOn::All);
    let names: Vec<String> = (0..784).map(|pixel| format!("pixel{pixel}")).collect();
    let header = names.join(",");
    let mut train = format!("label,{header}\n");
    let mut test = format!("{header}\n");
    for index in 0..600 {
        let PixelSlice::Bytes(pixels) = learning.image(index) else {
            panic!("synthetic digits are bytes");
        };
        let pixels: Vec<String> = pixels.iter().map(u8::to_string).collect();
        let row = pixels.join(",");
        train += &format!("{},{row}\n", learning.labels()[index]);
        if index < 50 {
            test += &format!("{row}\n");
        }
    }
    fs::write(at("train.csv"), train).unwrap();
    fs::write(at("test.csv"), test).unwrap();
    let mut command = batchprop();
    command.args(["train", "--recipe", "fast", "--epochs", "10", "--quiet", "--data"]);
    Run::succeed(
        command
            .arg(at("train.csv"))
            .arg("--save")
            .arg(at("model.safetensors")),
    );
    let predict = |to: &Path| {
        let mut command = batchprop();
        command
            .arg("predict")
            .arg(at("model.safetensors"))
            .arg(at("test.csv"));
        command.arg("--kaggle").arg(to);
        command
    };
    let submission = at("submission.csv");
    let said = Run::succeed(&mut predict(&submission));
    assert!(said.ends_with("submission.csv: 50 predictions\n"), "{said}");
    let lines = fs::read_to_string(&submission).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!((lines.len(), lines[0]), (51, "ImageId,Label"));
    let right =
        (0..50).filter(|&index| lines[index + 1] == format!("{},{}", index + 1, learning.labels()[index]));
    // Training has seen them.
    assert!(right.count() >= 45, "{lines:?}");

    let nowhere = at("missing/submission.csv");
    assert!(Run::fail(&mut predict(&nowhere), 1).contains("submission.csv: cannot write"));
    fs::write(&submission, "as it was").unwrap();
    let run = Run::of(predict(&submission).arg(at("missing.csv")));
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("submission.csv was not written"),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read_to_string(&submission).unwrap(), "as it was");
}
