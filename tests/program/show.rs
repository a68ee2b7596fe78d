//! `batchprop show`: pictures are decoded and checked, and so is text.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Run, assert_has, batchprop_in, data, train_command, write_idx};
use batchprop::Network;
use batchprop::data::Dataset;
use batchprop::data::find::locate::IDX_NAMES;
use batchprop::files;
use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::storage::model;
use batchprop::storage::model::Metadata;
use image::RgbImage;
use tempfile::TempDir;

const HEADER: &str = "epoch,training_cost,training_accuracy,validation_cost,validation_accuracy,test_cost,test_accuracy,learning_rate,gradient_norm,images_per_second,train_seconds,eval_seconds";

/// `batchprop show` with these words, in a folder.
fn show(folder: &TempDir, words: &str) -> Command {
    batchprop_in(folder, &format!("show {words}"))
}

/// Two runs of three epochs, the second without validation images.
fn logs() -> TempDir {
    let folder = TempDir::new().unwrap();
    let first = format!(
        "{HEADER}\n0,0.5,0.5,0.6,0.45,0.7,0.4,3.0,,1,1,1\n1,0.3,0.7,0.4,0.65,0.5,0.6,3.0,,1,1,1\n2,0.1,0.9,0.3,0.8,0.4,0.75,3.0,,1,1,1\n"
    );
    fs::write(folder.path().join("first.csv"), first).unwrap();
    let second = (0..3).map(|epoch| {
        format!(
            "{{\"epoch\":{epoch},\"training_cost\":null,\"test_cost\":0.5,\"test_accuracy\":0.{epoch}}}\n"
        )
    });
    fs::write(folder.path().join("second.jsonl"), second.collect::<String>()).unwrap();
    folder
}

/// The values of an attribute of all elements called `name`, in a well-formed document.
fn attributes(svg: &str, name: &str, attribute: &str) -> Vec<String> {
    let elements = svg.split('<').filter(|element| element.starts_with(name));
    elements
        .map(|element| {
            let start = element.split_once(&format!(" {attribute}=\"")).unwrap().1;
            start.split_once('"').unwrap().0.to_owned()
        })
        .collect()
}

/// How many curves have three points each; axes and the samples in the legend have two.
fn curves(svg: &str) -> usize {
    let lines = attributes(svg, "polyline", "points");
    let curves = lines
        .iter()
        .filter(|points| points.split_whitespace().count() == 3);
    curves.count()
}

fn texts(svg: &str) -> Vec<&str> {
    let texts = svg.split("<text").skip(1);
    texts
        .map(|text| text.split_once('>').unwrap().1.split_once('<').unwrap().0.trim())
        .collect()
}

fn picture(path: &Path) -> RgbImage {
    image::open(path).unwrap().to_rgb8()
}

fn count(picture: &RgbImage, colour: [u8; 3]) -> usize {
    picture.pixels().filter(|pixel| pixel.0 == colour).count()
}

#[test]
fn a_run_has_a_plot_of_accuracies_and_one_of_costs_with_a_line_for_each_part() {
    let folder = logs();
    let silence = Run::succeed(&mut show(&folder, "curves first.csv --out curves.svg"));
    assert_eq!(silence, "");
    let svg = fs::read_to_string(folder.path().join("curves.svg")).unwrap();
    let texts = texts(&svg);
    for text in [
        "first.csv",
        "accuracy, %",
        "cost",
        "epoch",
        "training images",
        "validation images",
        "test images",
    ] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    assert_eq!(curves(&svg), 2 * 3);
    let mut colours = attributes(&svg, "polyline", "stroke");
    colours.sort();
    colours.dedup();
    assert!(colours.iter().any(|colour| colour == "#0072B2"), "{colours:?}");
    assert_eq!(attributes(&svg, "svg", "width"), ["960"]);
}

#[test]
fn several_runs_share_plots_for_each_part_that_one_of_them_has_and_are_named_by_their_files() {
    let folder = logs();
    Run::succeed(&mut show(&folder, "curves first.csv second.jsonl -o curves.svg"));
    let svg = fs::read_to_string(folder.path().join("curves.svg")).unwrap();
    let texts = texts(&svg);
    for (text, times) in [
        ("first", 1),
        ("second", 1),
        ("training images", 2),
        ("validation images", 2),
        ("test images", 2),
        ("accuracy, %", 3),
        ("cost", 3),
    ] {
        let found = texts.iter().filter(|found| **found == text).count();
        assert_eq!(found, times, "{text}: {texts:?}");
    }
    assert_eq!(curves(&svg), 6 + 2);
}

#[test]
fn a_png_has_the_size_and_the_colours_of_the_svg() {
    let folder = logs();
    Run::succeed(&mut show(&folder, "curves first.csv --out curves.PNG"));
    let picture = picture(&folder.path().join("curves.PNG"));
    assert_eq!(picture.width(), 960);
    assert_eq!(picture.get_pixel(0, 0).0, [255; 3]);
    for colour in [[0, 114, 178], [213, 94, 0], [0, 158, 115]] {
        assert!(count(&picture, colour) > 100, "{colour:?}");
    }
    // Text is there, without any font on the system.
    let title = image::imageops::crop_imm(&picture, 400, 5, 160, 30).to_image();
    assert!(title.pixels().any(|pixel| pixel.0[0] < 100));
}

#[test]
fn curves_in_text_are_dots_or_letters_that_a_list_below_names() {
    let folder = logs();
    let text = Run::succeed(&mut show(&folder, "curves second.jsonl"));
    let expected = "\
second.jsonl

    accuracy, %
21 ┤                                                                        ⢀⣀⡠●
   │                                                                ⣀⣀⡠⠤⠔⠒⠊⠉⠁
   │                                                        ⣀⣀⠤⠤⠒⠒⠉⠉
   │                                                ⣀⣀⠤⠤⠒⠒⠉⠉
   │                                       ⢀⣀⡠⠤⠔⠒⠒⠉⠉
 9 ┤                                ⣀⣀⠤⠤⠒⠒⠉⠁
   │                        ⣀⣀⠤⠤⠒⠒⠉⠉
   │               ⢀⣀⡠⠤⠔⠒⠊⠉⠉
   │       ⢀⣀⡠⠤⠔⠒⠊⠉⠁
 0 ┤⣀⡠⠤⠔⠒⠊⠉⠁
   └────────────────────────────────────────────────────────────────────────────
    0                                  epoch                                   2
    test images: best 20.00 at 2, last 20.00

";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.ends_with("\n━━ test images\n"), "{text}");
    let text = Run::succeed(&mut show(&folder, "curves first.csv second.jsonl"));
    assert!(text.ends_with("\n\na first\nb second\n"), "{text}");
    assert_has(&text, &["cost, validation images\n0.61 ┤a"]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn logs_of_train_are_shown() {
    let (folder, data) = (TempDir::new().unwrap(), data());
    Run::succeed(train_command(data.path(), "--runs 2 --log run-{seed}.csv").current_dir(folder.path()));
    Run::succeed(train_command(data.path(), "--epochs 1 --log one.jsonl").current_dir(folder.path()));
    let mut command = show(&folder, "curves run-0.csv run-1.csv one.jsonl --out curves.png");
    assert_eq!(Run::succeed(&mut command), "");
    assert_eq!(picture(&folder.path().join("curves.png")).width(), 1200);
}

#[test]
fn runs_that_differ_only_in_their_seed_are_a_mean_with_a_band_and_others_are_lines_of_their_own() {
    let (folder, data) = (TempDir::new().unwrap(), data());
    let train = |words: &str| {
        Run::of(
            train_command(data.path(), &format!("--epochs 3 --hidden 20 {words}")).current_dir(folder.path()),
        );
    };
    train("--runs 2 --log run-{seed}.csv");
    // A run alone, as JSON Lines, is one of them.
    train("--seed 7 --log run-7.jsonl");
    train("--learning-rate 1 --log slow.csv");
    let svg = |words: &str| {
        assert_eq!(
            Run::succeed(&mut show(&folder, &format!("curves {words} -o curves.svg"))),
            ""
        );
        fs::read_to_string(folder.path().join("curves.svg")).unwrap()
    };
    let bands = |svg: &str| attributes(svg, "polygon", "points").len();
    let seeds = "run-0.csv run-1.csv run-7.jsonl";
    let mean = svg(seeds);
    assert!(
        texts(&mean).contains(&"run-*: mean ± standard deviation of 3 seeds"),
        "{:?}",
        texts(&mean)
    );
    assert_eq!((curves(&mean), bands(&mean)), (2 * 3, 2 * 3));
    let each = svg(&format!("{seeds} --each"));
    assert_eq!((curves(&each), bands(&each)), (3 * 2 * 3, 0));
    let both = svg(&format!("{seeds} slow.csv"));
    assert!(texts(&both).contains(&"slow"));
    assert_eq!((curves(&both), bands(&both)), (2 * 2 * 3, 2 * 3));
    // The same run twice is no second seed.
    let twice = svg("run-0.csv run-0.csv");
    assert_eq!((curves(&twice), bands(&twice)), (2 * 2 * 3, 0));
    let text = Run::succeed(&mut show(&folder, &format!("curves {seeds}")));
    assert!(
        text.starts_with("run-*: mean ± standard deviation of 3 seeds\n"),
        "{text}"
    );
}

/// Bad logs by name, each with a part of its error.
macro_rules! logs {
    ($($name:literal: $content:expr => $($says:literal),+;)*) => {
        [$(($name, String::from($content), &[$($says),+][..])),*]
    };
}

#[test]
fn malformed_logs_are_refused_with_their_row_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let row = "0,0.5,0.5,0.6,0.45,0.7,0.4,3.0,,1,1,1";
    let with = |rows: &[&str]| format!("{HEADER}\n{}\n", rows.join("\n"));
    let rows = logs! {
        "run.csv": "" => "run.csv: row 1: expected one line per epoch, found an empty file";
        "run.csv": HEADER => "row 1: expected one line per epoch, found none";
        "run.csv": "step,loss\n1,2\n" => "row 1: expected epoch, and at least one of", "found step, loss";
        "run.csv": with(&[row, "1,0.4"]) => "row 3: expected 12 values, as in row 1, found 2";
        "run.csv": with(&[row, row]) => "row 3: expected an epoch after 0, found epoch 0";
        "run.csv": with(&[&row.replace("0.45", "45")]) =>
            "row 2: expected validation_accuracy to be a number from 0 to 1, found 45";
        "run.csv": with(&[&row.replace("0.45", "good")]) => "row 2:", "found \"good\"";
        "run.csv": with(&["0,,,,,,,,,,,"]) => "expected costs or accuracies, found none";
        "run.jsonl": "\n{\"epoch\":0,\"test_cost\":1}\n{\"epoch\":1,\n" =>
            "row 3: expected a JSON object, found damage";
        "run.jsonl": "{\"event\":\"start\"}\n" => "row 1: expected epoch", "found event";
        "run.jsonl": "[1]\n" => "row 1: expected a JSON object";
    };
    for (name, content, says) in rows {
        fs::write(folder.path().join(name), content).unwrap();
        let mut command = show(&folder, &format!("curves {name} --out out.svg"));
        assert_has(&Run::fail(&mut command, 1), says);
        assert!(!folder.path().join("out.svg").exists());
    }
    let stderr = Run::fail(&mut show(&folder, "curves run.txt --out out.svg"), 2);
    assert_has(
        &stderr,
        &["LOG run.txt: expected a name that ends in .csv or .jsonl"],
    );
    let stderr = Run::fail(&mut show(&folder, "curves rum.csv"), 1);
    assert_has(&stderr, &["Did you mean run.csv?"]);
}

#[test]
fn unknown_endings_and_missing_folders_are_refused() {
    let folder = logs();
    for (out, code, part) in [
        (
            "curves.pdf",
            2,
            "--out curves.pdf: expected a name that ends in .png or .svg",
        ),
        ("curves", 2, "--out curves: "),
        ("missing/curves.svg", 1, "missing: there is no such folder"),
    ] {
        let mut command = show(&folder, &format!("curves first.csv --out {out}"));
        assert_has(&Run::fail(&mut command, code), &[part]);
    }
}

#[test]
fn costs_of_any_size_are_drawn() {
    let folder = TempDir::new().unwrap();
    for costs in [
        ["0", "0"],
        ["1e-300", "2e-300"],
        ["1e99", "3e99"],
        ["5", "5.000000001"],
        ["NaN", "7"],
    ] {
        let rows: Vec<String> = (0..2)
            .map(|epoch| format!("{epoch},{}\n", costs[epoch]))
            .collect();
        let log = format!("epoch,test_cost\n{}", rows.concat());
        fs::write(folder.path().join("run.csv"), log).unwrap();
        for words in ["curves run.csv", "curves run.csv -o curves.png"] {
            Run::succeed(&mut show(&folder, words));
        }
        assert_eq!(picture(&folder.path().join("curves.png")).width(), 640);
    }
}

/// Two images of 2 × 4 pixels to learn from, and two to test on.
fn tiny() -> TempDir {
    let folder = TempDir::new().unwrap();
    let [train_images, train_labels, test_images, test_labels] = IDX_NAMES;
    let shape = ImageShape { rows: 2, columns: 4 };
    let dataset = |pixels: Vec<u8>, labels: Vec<u8>| {
        Dataset::new(Pixels::Bytes(pixels), labels, shape, "tiny").unwrap()
    };
    let learning = dataset(
        vec![255, 255, 0, 0, 255, 0, 255, 0, 0, 0, 0, 9, 0, 0, 0, 200],
        vec![3, 7],
    );
    let test = dataset([[0; 8], [255; 8]].concat(), vec![0, 1]);
    write_idx(folder.path(), train_images, train_labels, &learning);
    write_idx(folder.path(), test_images, test_labels, &test);
    folder
}

#[test]
fn digits_in_text_are_half_blocks_with_number_and_label_as_many_in_a_row_as_fit() {
    let folder = tiny();
    for (options, expected) in [
        ("", "█▀▄\n#0: 3\n\n"),
        ("--part validation", "   ▄\n#0: 7\n\n"),
        ("--part test", "       ████\n#0: 0  #1: 1\n\n"),
        ("--part test --class 1", "████\n#1: 1\n\n"),
        ("--part test --first 1", "████\n#1: 1\n\n"),
    ] {
        let stdout = Run::succeed(&mut show(&folder, &format!("digits --data . {options}")));
        assert_eq!(stdout.split_once("\n\n").unwrap().1, expected, "{options}");
    }
    let coloured = Run::succeed(show(&folder, "digits --data .").env("CLICOLOR_FORCE", "1"));
    assert_has(&coloured, &["\u{1b}[38;5;255m\u{1b}[48;5;255m▀"]);
}

#[test]
fn a_sheet_of_digits_has_them_in_rows_of_ten() {
    let (folder, data) = (TempDir::new().unwrap(), data());
    let mut command = show(&folder, "digits --count 13 --out digits.png");
    assert_eq!(Run::succeed(command.arg("--data").arg(data.path())), "");
    let picture = picture(&folder.path().join("digits.png"));
    let tile = (84 + 10, 84 + 1 + 18 + 10);
    assert_eq!(picture.dimensions(), (10 + 10 * tile.0, 10 + 2 * tile.1));
    let ink = |left: u32, top: u32| {
        let digit = image::imageops::crop_imm(&picture, left, top, 84, 84).to_image();
        let is_inked = digit.pixels().any(|pixel| pixel.0[0] > 200);
        (count(&digit, [0; 3]), is_inked)
    };
    for place in 0..13 {
        let (black, is_inked) = ink(10 + place % 10 * tile.0, 10 + place / 10 * tile.1);
        assert!(black > 84 * 84 / 2 && is_inked, "{place}");
    }
    assert_eq!(ink(10 + 3 * tile.0, 10 + tile.1), (0, true));
}

#[test]
fn distorted_digits_are_those_of_training_and_may_be_shown_beside_the_originals() {
    let (folder, data) = (TempDir::new().unwrap(), data());
    let digits = |options: &str| {
        let mut command = show(&folder, &format!("digits --count 1 {options}"));
        Run::succeed(command.arg("--data").arg(data.path()))
    };
    let (plain, distorted) = (digits(""), digits("--augment all"));
    assert_ne!(plain, distorted);
    assert_eq!(distorted, digits("--augment all --seed 0"));
    assert_ne!(distorted, digits("--augment all --seed 1"));
    let epochs = digits("--augment all --epochs 2");
    assert_has(&epochs, &["epoch 0", "epoch 1"]);
    assert!(!epochs.contains("epoch 2"), "{epochs}");
    let stderr = Run::fail(&mut show(&folder, "digits --epochs 2"), 2);
    assert_has(&stderr, &["--epochs 2: expected --augment"]);
}

#[test]
fn digits_that_do_not_exist_are_refused() {
    let folder = tiny();
    for (options, part) in [
        (
            "--first 1",
            "--first 1: expected less than 1, the number of training images",
        ),
        ("--count 0", "--count 0: expected 1 or more"),
        (
            "--class 5",
            "--class 5: expected the label of one of the training images",
        ),
        ("--class 300", "300"),
        ("--part learning", "training"),
        ("--rotation 400", "--rotation 400"),
        (
            "--out digits.jpg",
            "--out digits.jpg: expected a name that ends in .png",
        ),
    ] {
        let stderr = Run::fail(&mut show(&folder, &format!("digits --data . {options}")), 2);
        assert!(stderr.contains(part), "{options}: {stderr}");
    }
}

/// A network of `inputs`, 2 units and 2 outputs, whose first unit has a positive weight for the first input and a negative one for the last.
fn model(inputs: usize, path: &Path) {
    let mut network = Network::<f32>::new(&[inputs, 2, 2], 0).unwrap();
    let layer = &mut network.layers_mut()[0];
    layer.weights_mut().fill(0.0);
    layer.weights_mut()[(0, 0)] = 2.0;
    layer.weights_mut()[(0, inputs - 1)] = -2.0;
    model::save(&network, &Metadata::default(), path).unwrap();
}

#[test]
fn weights_are_red_white_and_blue_with_their_scale() {
    let folder = TempDir::new().unwrap();
    model(16, &folder.path().join("model.safetensors"));
    Run::succeed(&mut show(&folder, "weights model.safetensors --out weights.png"));
    let picture = picture(&folder.path().join("weights.png"));
    // Two units of 84 pixels with a gap, and the bar of colours below them.
    assert_eq!(picture.width(), 10 + 2 * 94);
    let at = |column: u32, row: u32| picture.get_pixel(10 + column, 10 + row).0;
    let [red, white, blue] = [[178, 24, 43], [255; 3], [33, 102, 172]];
    assert_eq!([at(0, 0), at(40, 40), at(83, 83)], [red, white, blue]);
    assert_eq!([at(94, 0), at(94 + 83, 83)], [white, white]);
    let bar = picture.height() - 10 - 36;
    assert_eq!([at(0, bar), at(10 + 2 * 94 - 21, bar)], [blue, red]);
}

#[test]
fn weights_in_text_are_shades_with_their_scale() {
    let folder = TempDir::new().unwrap();
    model(16, &folder.path().join("model.safetensors"));
    let text = Run::succeed(&mut show(&folder, "weights model.safetensors"));
    assert_eq!(
        text,
        "▒\n   ∘\nunit 0  unit 1\n\n░▒▓█ up to 2.000, ·∘oO down to -2.000\n"
    );
    let one = || show(&folder, "weights model.safetensors --first 1");
    let text = Run::succeed(&mut one());
    assert!(text.ends_with("\n1 of 2 units\n"), "{text}");
    let coloured = Run::succeed(one().env("CLICOLOR_FORCE", "1"));
    assert_has(&coloured, &["\u{1b}[38;5;231m\u{1b}[48;5;231m▀"]);
}

#[test]
fn weights_of_inputs_that_are_not_square_are_refused() {
    let folder = TempDir::new().unwrap();
    model(12, &folder.path().join("model.safetensors"));
    let stderr = Run::fail(&mut show(&folder, "weights model.safetensors"), 1);
    let expected =
        "network 12-2-2: expected as many inputs as a square has pixels, such as 784 for 28×28, found 12.";
    assert_has(&stderr, &[expected]);
    let stderr = Run::fail(&mut show(&folder, "weights modle.safetensors"), 1);
    assert_has(&stderr, &["Did you mean model.safetensors?"]);
    files::write_whole(&folder.path().join("empty.safetensors"), b"").unwrap();
    Run::fail(&mut show(&folder, "weights empty.safetensors"), 1);
}
