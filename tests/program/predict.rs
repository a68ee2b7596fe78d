//! `batchprop predict`: pictures, IDX, CSV and standard input, one bad file among many, and Kaggle's submission.

use std::fs;
use std::path::Path;

use batchprop::data::synthetic;
use image::codecs::gif::GifEncoder;
use image::{Frame, GrayImage, RgbaImage, imageops};

use crate::common::bytes;
use crate::common::readers::encode::{npy, npz};
use crate::evaluate::trained;
use crate::{Run, TEST, assert_has, batchprop_in, objects, start};

/// The pixels of a test image of the small data set.
fn pixels(index: usize) -> Vec<u8> {
    let digits = synthetic::digits(1, crate::LEARNING, TEST);
    bytes(&digits.test().slice(index..index + 1)).to_vec()
}

/// The label of a test image.
fn label(index: usize) -> u8 {
    let digits = synthetic::digits(1, crate::LEARNING, TEST);
    digits.test().labels()[index] as u8
}

/// A row of a CSV file.
fn row(pixels: &[u8]) -> String {
    let pixels: Vec<String> = pixels.iter().map(u8::to_string).collect();
    pixels.join(",") + "\n"
}

/// A test image, dark on white, 200 × 200.
fn write_picture(path: &Path, index: usize) {
    let mut image = GrayImage::from_raw(28, 28, pixels(index)).unwrap();
    imageops::invert(&mut image);
    let large = imageops::resize(&image, 200, 200, imageops::FilterType::CatmullRom);
    large.save(path).unwrap();
}

#[test]
fn pictures_idx_csv_and_standard_input_give_the_same_predictions() {
    let (folder, _) = trained("--epochs 10");
    let at = |name: &str| folder.path().join(name);
    let predict = |words: &str| batchprop_in(&folder, &format!("predict model.safetensors {words}"));
    let seen = |file: &str| objects(&Run::succeed(&mut predict(&format!("--json {file}"))));
    let from_idx = seen("t10k-images-idx3-ubyte");
    assert_eq!(from_idx.len(), TEST);
    assert_eq!(from_idx[5]["index"], 5);
    let probabilities = from_idx[5]["probabilities"].as_array().unwrap();
    let sum: f64 = probabilities.iter().map(|it| it.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-6);

    let rows: Vec<String> = (0..9).map(|index| row(&pixels(index))).collect();
    fs::write(at("rows.csv"), rows.concat()).unwrap();
    let from_csv = seen("rows.csv");
    for (csv, idx) in from_csv.iter().zip(&from_idx) {
        assert_eq!((&csv["label"], &csv["index"]), (&idx["label"], &idx["index"]));
    }

    write_picture(&at("digit.png"), 3);
    let from_png = &seen("digit.png")[0];
    assert!(from_png.get("index").is_none() && from_png["file"].as_str().unwrap().ends_with("digit.png"));
    for file in ["digit.png", "t10k-images-idx3-ubyte", "rows.csv"] {
        let mut command = predict("--json -");
        let from_stdin = objects(&Run::succeed(command.stdin(fs::File::open(at(file)).unwrap())));
        let from_file = seen(file);
        assert_eq!(from_stdin[0]["file"], "-");
        for (stdin, file) in from_stdin.iter().zip(&from_file) {
            assert_eq!(stdin["probabilities"], file["probabilities"]);
        }
    }

    let text = Run::succeed(&mut predict("--show digit.png"));
    assert!(
        text.contains('█') && text.ends_with("digit.png\n") && !text.contains('\u{1b}'),
        "{text}"
    );
}

/// Files that are no pictures for this program, by their first bytes.
const OTHER_FILES: [(&str, &[u8]); 12] = [
    ("photo.heic", b"\0\0\0\x24ftypheic\0\0\0\0mif1heicMiHB"),
    ("photo.avif", b"\0\0\0\x20ftypavif\0\0\0\0avifmif1"),
    ("scan.tif", b"II*\0\x08\0\0\0"),
    ("digit.tga", b"\0\0\x02\0\0\0\0\0\0\0\0\0\x1c\0\x1c\0"),
    ("digit.ppm", b"P6\n28 28\n255\n"),
    ("scan.pdf", b"%PDF-1.7\n"),
    ("drawing.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"),
    ("digits.npz", b"PK\x03\x04\x14\0\0\0"),
    ("digits.parquet", b"PAR1\x15\x04"),
    (
        "digits.mat",
        b"MATLAB 5.0 MAT-file, Platform: GLNXA64, Created on: Mon Nov 23 2026",
    ),
    ("digits.h5", b"\x89HDF\r\n\x1a\n"),
    ("program", b"\x7fELF\x02\x01\x01\0"),
];

#[test]
fn several_digits_in_a_picture_have_a_row_and_a_box_each_and_a_folder_is_its_pictures() {
    let (folder, _) = trained("--epochs 10");
    let at = |name: &str| folder.path().join(name);
    let predict = |words: &str| {
        Run::succeed(&mut batchprop_in(
            &folder,
            &format!("predict model.safetensors {words}"),
        ))
    };
    let mut sheet = GrayImage::from_pixel(420, 240, image::Luma([255]));
    for (index, (left, top)) in [(0, 10), (140, 10), (280, 10), (0, 120), (140, 120)]
        .into_iter()
        .enumerate()
    {
        let mut digit = GrayImage::from_raw(28, 28, pixels(index)).unwrap();
        imageops::invert(&mut digit);
        let digit = imageops::resize(&digit, 110, 110, imageops::FilterType::CatmullRom);
        imageops::replace(&mut sheet, &digit, left, top);
        digit.save(at(&format!("digit{index}.png"))).unwrap();
    }
    sheet.save(at("sheet.png")).unwrap();
    let found = objects(&predict("--json sheet.png"));
    assert_eq!(found.len(), 5);
    for (index, found) in found.iter().enumerate() {
        let alone = &objects(&predict(&format!("--json digit{index}.png")))[0];
        assert_eq!(
            (&found["index"], &found["label"]),
            (&index.into(), &alone["label"])
        );
        let (left, top) = (140 * (index as u64 % 3), 10 + 110 * (index as u64 / 3));
        let side = |name: &str| found["box"][name].as_u64().unwrap();
        assert!(
            side("left") >= left && side("left") + side("width") <= left + 110,
            "{found}"
        );
        assert!(
            side("top") >= top && side("top") + side("height") <= top + 110,
            "{found}"
        );
    }
    let text = predict("sheet.png");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6);
    let place = &found[3]["box"];
    let expected = format!(
        "sheet.png, box {},{} {}×{}",
        place["left"], place["top"], place["width"], place["height"]
    );
    assert!(lines[4].ends_with(&expected), "{text}");
    let run = Run::of(&mut batchprop_in(
        &folder,
        "predict model.safetensors sheet.png --kaggle labels.csv",
    ));
    assert_eq!(run.code, Some(1));
    assert_has(&run.stderr, &["sheet.png", "found 5 digits"]);

    fs::create_dir(at("photos")).unwrap();
    fs::create_dir(at("photos/more")).unwrap();
    for (from, to) in [
        ("digit1.png", "b.PNG"),
        ("digit0.png", "a.png"),
        ("digit2.png", ".hidden.png"),
    ] {
        fs::copy(at(from), at("photos").join(to)).unwrap();
    }
    fs::write(at("photos/notes.txt"), "no picture").unwrap();
    let found = objects(&predict("--json photos"));
    let names: Vec<&str> = found
        .iter()
        .map(|found| found["file"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["photos/a.png", "photos/b.PNG"]);
    let run = Run::of(&mut batchprop_in(
        &folder,
        "predict model.safetensors photos/more",
    ));
    assert_eq!(run.code, Some(1));
    assert_has(
        &run.stderr,
        &["photos/more", "there is no picture in this folder"],
    );
}

#[test]
fn a_network_without_square_inputs_refuses_pictures_and_says_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    write_picture(&folder.path().join("digit.png"), 0);
    // Four are the columns of a table, such as Fisher's irises, not 2×2 pixels.
    for inputs in [12, 4] {
        let row = |row: usize| vec![(row % 3 * 100).to_string(); inputs].join(",");
        let rows = (0..60).map(|index| format!("{},{}\n", index % 3, row(index)));
        fs::write(folder.path().join("rows.csv"), rows.collect::<String>()).unwrap();
        let words = "train --data rows.csv --label-column first --epochs 1 --quiet --save model.safetensors";
        Run::succeed(&mut batchprop_in(&folder, words));
        let run = Run::of(&mut batchprop_in(&folder, "predict model.safetensors digit.png"));
        assert_eq!(run.code, Some(1));
        let numbers = format!("{inputs} numbers in each row of a CSV file");
        assert_has(&run.stderr, &["digit.png", &numbers, "784 for 28×28"]);
    }
}

#[test]
fn bad_files_are_named_and_the_others_are_predicted() {
    let (folder, _) = trained("");
    let at = |name: &str| folder.path().join(name);
    write_picture(&at("good.png"), 0);
    let blank = GrayImage::from_pixel(50, 50, image::Luma([200]));
    blank.save(at("blank.png")).unwrap();
    let mut gif = GifEncoder::new(fs::File::create(at("animated.gif")).unwrap());
    for level in [0, 255] {
        let image = RgbaImage::from_pixel(9, 9, image::Rgba([level, 0, 0, 255]));
        gif.encode_frame(Frame::new(image)).unwrap();
    }
    drop(gif);
    fs::write(at("empty.png"), b"").unwrap();
    fs::write(at("letter.txt"), "Dear digit,\n").unwrap();
    let row = vec!["7"; 784].join(",");
    fs::write(at("short.csv"), [&row[..], &row, &row[2..]].join("\n")).unwrap();
    let word = [&row[..], &row.replacen(",7", ",abc", 1)].join("\n");
    fs::write(at("word.csv"), word).unwrap();
    fs::write(at("three.csv"), "1,2,3\n4,5,6\n").unwrap();
    for (name, beginning) in OTHER_FILES {
        fs::write(at(name), beginning).unwrap();
    }
    for (name, because) in [
        ("photo.heic", "found a HEIC photograph. Save it as JPEG"),
        ("photo.avif", "found an AVIF picture. Convert it"),
        ("scan.tif", "found a TIFF picture"),
        ("digit.tga", "found a TGA picture"),
        ("digit.ppm", "found a PNM picture"),
        ("scan.pdf", "found a PDF document"),
        ("drawing.svg", "found an SVG or XML document"),
        ("digits.npz", "expected an intact .npz file"),
        ("digits.parquet", "found a Parquet table"),
        ("digits.mat", "found a MATLAB file"),
        ("digits.h5", "found an HDF5 file"),
        ("program", "found a file that begins with \"\\x7fELF"),
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
        let words = format!("predict model.safetensors --json {name} good.png");
        let run = Run::of(&mut batchprop_in(&folder, &words));
        assert_eq!(run.code, Some(1), "{name}");
        assert_has(&run.stderr, &[name, because]);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert_eq!(objects(&run.stdout).len(), 1, "{name}");
    }
}

#[test]
fn numpy_s_arrays_are_predicted_and_labels_that_are_known_are_compared() {
    let (folder, _) = trained("--epochs 10");
    let at = |name: &str| folder.path().join(name);
    let all: Vec<u8> = (0..9).flat_map(pixels).collect();
    let labels: Vec<u8> = (0..9).map(label).collect();
    let images = npy("|u1", "(9, 28, 28)", &all);
    let flat = npy("|u1", "(9, 784)", &all);
    let few = npy("|u1", "(1, 784)", &all[..784]);
    let one = npy("|u1", "(1,)", &labels[..1]);
    let labels = npy("|u1", "(9,)", &labels);
    fs::write(at("x_test.npy"), &images).unwrap();
    fs::write(at("alone.npz"), npz(&[("arr_0", &flat)])).unwrap();
    fs::write(at("ids.npz"), npz(&[("images", &flat), ("ids", &labels)])).unwrap();
    fs::write(at("test.npz"), npz(&[("x_test", &images), ("y_test", &labels)])).unwrap();
    let whole: [(&str, &[u8]); 4] = [
        ("x_train", &few),
        ("y_train", &one),
        ("x_test", &flat),
        ("y_test", &labels),
    ];
    fs::write(at("whole.npz"), npz(&whole)).unwrap();
    let run = |words: &str| {
        Run::of(&mut batchprop_in(
            &folder,
            &format!("predict model.safetensors {words}"),
        ))
    };
    let expected = objects(&run("--json t10k-images-idx3-ubyte").stdout);
    let right = (0..9)
        .filter(|&index| expected[index]["label"] == label(index))
        .count();
    for (file, has_labels, note) in [
        ("x_test.npy", false, ""),
        ("alone.npz", false, ""),
        ("ids.npz", false, ""),
        ("test.npz", true, ""),
        (
            "whole.npz",
            true,
            "note: whole.npz: its test images are taken, those of x_test\n",
        ),
    ] {
        let found = run(&format!("--json {file}"));
        assert_eq!((found.code, &*found.stderr), (Some(0), note), "{file}");
        let found = objects(&found.stdout);
        for (index, (found, expected)) in found.iter().zip(&expected).take(9).enumerate() {
            assert_eq!(found["probabilities"], expected["probabilities"], "{file}");
            let known = found.get("true_label").map(|it| it == label(index));
            assert_eq!(known, has_labels.then_some(true), "{file}");
        }
        assert_eq!(found.len(), 9 + usize::from(has_labels));
        if has_labels {
            assert_eq!(found[9]["summary"]["correct"], right);
            let text = run(file).stdout;
            assert_has(&text, &[&format!("\nCorrect   {right} / 9  ")]);
        }
    }
    // The table has what JSON has.
    let run = run("test.npz --csv table.csv");
    assert_has(&run.stdout, &["table.csv: 9 predictions\n", "Correct   "]);
    let table = fs::read_to_string(at("table.csv")).unwrap();
    let mut rows = table.lines();
    let header = rows.next().unwrap();
    assert!(
        header.starts_with("file,index,left,top,width,height,label,true_label,p_0,p_1,"),
        "{header}"
    );
    for (index, row) in rows.enumerate() {
        let fields: Vec<&str> = row.split(',').collect();
        let (found, place) = (&expected[index], index.to_string());
        assert_eq!(fields[..6], ["test.npz", &place, "", "", "", ""]);
        assert_eq!(
            (fields[6], fields[7]),
            (&*found["label"].to_string(), &*label(index).to_string())
        );
        let probability: f64 = fields[8].parse().unwrap();
        assert_eq!(found["probabilities"][0].as_f64(), Some(probability));
    }
    for (name, arrays, because) in [
        (
            "other.npz",
            npz(&[("a", &few), ("b", &few)]),
            "expected one array of images",
        ),
        (
            "small.npy",
            npy("|u1", "(1, 5, 5)", &[0; 25]),
            "expected 784 pixels, as the network has inputs, found 5×5 pixels",
        ),
    ] {
        fs::write(at(name), arrays).unwrap();
        let error = Run::fail(
            &mut batchprop_in(&folder, &format!("predict model.safetensors {name}")),
            1,
        );
        assert_has(&error, &[name, because]);
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let (folder, _) = trained("");
    let files = "t10k-images-idx3-ubyte ".repeat(100);
    let mut command = batchprop_in(&folder, &format!("predict model.safetensors {files}"));
    let mut child = start(&mut command);
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
    for (index, pixels) in bytes(&learning).chunks(784).enumerate() {
        let row = row(pixels);
        train += &format!("{},{row}", learning.labels()[index]);
        if index < 50 {
            test += &row;
        }
    }
    fs::write(at("train.csv"), train).unwrap();
    fs::write(at("test.csv"), test).unwrap();
    let train = "train --recipe fast --epochs 10 --quiet --data train.csv --save model.safetensors";
    Run::succeed(&mut batchprop_in(&folder, train));
    let predict = |to: &str, more: &str| {
        let words = format!("predict model.safetensors test.csv --kaggle {to} {more}");
        batchprop_in(&folder, &words)
    };
    let submission = at("submission.csv");
    let said = Run::succeed(&mut predict("submission.csv", ""));
    assert!(said.ends_with("submission.csv: 50 predictions\n"), "{said}");
    let lines = fs::read_to_string(&submission).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!((lines.len(), lines[0]), (51, "ImageId,Label"));
    let right =
        (0..50).filter(|&index| lines[index + 1] == format!("{},{}", index + 1, learning.labels()[index]));
    // Training has seen them.
    assert!(right.count() >= 45, "{lines:?}");

    let stderr = Run::fail(&mut predict("missing/submission.csv", ""), 1);
    assert_has(
        &stderr,
        &["missing: there is no such folder", "missing/submission.csv"],
    );
    fs::write(&submission, "as it was").unwrap();
    let run = Run::of(&mut predict("submission.csv", "missing.csv"));
    assert_eq!(run.code, Some(1));
    assert_has(&run.stderr, &["submission.csv was not written"]);
    assert_eq!(fs::read_to_string(&submission).unwrap(), "as it was");
}
