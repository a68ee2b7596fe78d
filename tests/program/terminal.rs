//! What is drawn over and over in a terminal. `script`, which every Linux has, makes one.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{assert_has, data};

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Clears a line.
const CLEAR: &str = "\r\u{1b}[2K";

/// Starts `batchprop` with the arguments `words`, in a terminal that is `columns` wide.
fn in_terminal(folder: &Path, columns: usize, words: &str) -> Child {
    let program = env!("CARGO_BIN_EXE_batchprop");
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command"])
        .arg(format!("stty cols {columns} rows 30; exec '{program}' {words}"))
        .arg("/dev/null");
    let command = command.current_dir(folder).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// Reads what is printed until it has `text`.
fn until(child: &mut Child, all: &mut Vec<u8>, text: &str) {
    let (started, mut part) = (Instant::now(), [0; 4096]);
    while !String::from_utf8_lossy(all).contains(text) {
        let read = child.stdout.as_mut().unwrap().read(&mut part).unwrap();
        let so_far = String::from_utf8_lossy(all).into_owned();
        assert!(
            read > 0 && started.elapsed() < PATIENCE,
            "no {text:?} in {so_far}"
        );
        all.extend_from_slice(&part[..read]);
    }
}

/// The rest of what is printed, after the rest before, and the exit code.
fn to_end(mut child: Child, all: Vec<u8>) -> (String, Option<i32>) {
    let mut all = all;
    child.stdout.take().unwrap().read_to_end(&mut all).unwrap();
    (String::from_utf8(all).unwrap(), child.wait().unwrap().code())
}

/// A bar and what follows until its line is cleared, each time that it is drawn.
fn bars(printed: &str) -> Vec<String> {
    let drawn = printed.split(CLEAR).filter_map(|text| {
        let (before, after) = text.split_once("ETA ")?;
        let line = before.rsplit('\n').next().unwrap();
        Some(format!("{line}ETA {after}"))
    });
    drawn.collect()
}

/// After Ctrl-C a half bar once stayed above the last lines: `^C` had broken its line.
#[test]
fn the_bar_shows_the_whole_run_and_nothing_of_it_stays_after_ctrl_c() {
    let folder = data();
    let run = "train --data . --hidden 300-300 --epochs 100000";
    let mut child = in_terminal(folder.path(), 72, run);
    let mut all = Vec::new();
    until(&mut child, &mut all, "ETA ");
    child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    let (printed, code) = to_end(child, all);
    assert_eq!(code, Some(130), "{printed}");
    let bars = bars(&printed);
    let bar = &bars[0];
    assert!(bar.starts_with("epoch "), "{bar}");
    assert_has(bar, &["/100000 ░", " cost 0.", " images/s  ETA "]);
    for bar in bars {
        let shown = bar.trim_end_matches("^C");
        assert!(shown.chars().count() <= 72 - 3, "{shown}");
        assert!(!bar.contains('\n'), "{printed}");
    }
    assert_has(&printed, &["Ended early: interrupted."]);
    let end = printed.rsplit(CLEAR).next().unwrap();
    assert!(!end.contains("ETA"), "{end}");
}

#[test]
fn runs_side_by_side_have_one_bar() {
    let folder = data();
    let child = in_terminal(
        folder.path(),
        80,
        "train --data . --runs 3 --epochs 300 --threads 1",
    );
    let (printed, code) = to_end(child, Vec::new());
    assert_eq!(code, Some(0), "{printed}");
    let bars = bars(&printed);
    assert_has(&bars[0], &["run 0/3 ", "/900 epochs  ETA "]);
    assert!(bars.iter().all(|bar| !bar.contains('\n')), "{printed}");
}

#[test]
fn curves_are_drawn_while_their_log_grows_and_end_with_the_run() {
    let folder = data();
    let mut follow = in_terminal(folder.path(), 60, "show curves --follow run.csv");
    let mut all = Vec::new();
    until(&mut follow, &mut all, "waiting for the first epoch in run.csv");
    let train = in_terminal(
        folder.path(),
        80,
        "train --data . --log run.csv --epochs 2000 --hidden 100",
    );
    until(&mut follow, &mut all, "following the log");
    let (_, code) = to_end(train, Vec::new());
    assert_eq!(code, Some(0));
    let (printed, code) = to_end(follow, all);
    assert_eq!(code, Some(0), "{printed}");
    // The last drawing has the last epoch, and does not go on.
    let last = printed.rsplit("accuracy, %").next().unwrap();
    assert_has(last, &["1999", "validation images"]);
    assert!(!last.contains("following the log"), "{last}");
}

#[test]
fn following_ends_with_ctrl_c_and_damage_and_does_not_begin_with_another_ending() {
    let folder = TempDir::new().unwrap();
    let mut follow = in_terminal(folder.path(), 60, "show curves --follow run.csv");
    let mut all = Vec::new();
    until(&mut follow, &mut all, "waiting");
    follow.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    let (_, code) = to_end(follow, all);
    assert_eq!(code, Some(130));
    fs::write(folder.path().join("run.csv"), "epoch,test_cost\n0,many\n").unwrap();
    for (log, message) in [("run.csv", "row 2"), ("run.txt", ".csv")] {
        let follow = in_terminal(folder.path(), 60, &format!("show curves --follow {log}"));
        let (printed, code) = to_end(follow, Vec::new());
        assert!(code != Some(0) && printed.contains(message), "{printed}");
    }
}

/// Every table of a narrow terminal fits it. Lines of words, such as headers, are longer.
#[test]
fn tables_fit_sixty_columns() {
    let folder = data();
    let names = [
        "T-shirt/top",
        "a name of a class that is longer than a line of this terminal",
        "c",
    ];
    let row = |row: usize| format!("{},{},{},{}\n", names[row % 3], row % 3 * 100, row % 7, row % 5);
    let rows: String = (0..90).map(row).collect();
    fs::write(folder.path().join("long.csv"), format!("label,x,y,z\n{rows}")).unwrap();
    let train = |words: &str| {
        let run = super::Run::of(&mut super::batchprop_in(
            folder.path(),
            &format!("train --json -e 2 {words}"),
        ));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    };
    train("-d . -o m-0.safetensors");
    train("-d . -s 1 --hidden 20,10 -o m-1.safetensors");
    train("-d long.csv --hidden 4 -o long.safetensors");
    fs::copy(
        folder.path().join("m-1.safetensors"),
        folder.path().join("m-of-a-file-with-a-long-name.safetensors"),
    )
    .unwrap();
    // The lines of a table begin with spaces or with a rank.
    let is_row =
        |line: &&str| line.starts_with("  ") || line.trim_start().starts_with(|c: char| c.is_ascii_digit());
    for (words, headings) in [
        (
            "evaluate m-0.safetensors -d .",
            &["   class  precision", "    0  1  2  3  4  5  6  7  8  9"][..],
        ),
        (
            "evaluate m-0.safetensors m-1.safetensors m-of-a-file-with-a-long-name.safetensors -d .",
            &["member "],
        ),
        ("evaluate long.safetensors -d long.csv", &["  0 T-shirt/top"]),
        (
            "predict m-0.safetensors t10k-images-idx3-ubyte",
            &["label      %  next"],
        ),
        ("predict long.safetensors long.csv", &["label "]),
        (
            "sweep -d . -e 1 --hidden 5,20-10 -l 1,3 --activation sigmoid,tanh --runs 2",
            &["rank ", "best epoch's  epochs"],
        ),
        ("data -d long.csv", &["training validation test"]),
        ("info m-1.safetensors", &["Layers "]),
        ("verify --only gradient", &["functions", "differences, f64"]),
        ("bench -d . --rounds 1", &["  work ", "GFLOP/s"]),
        ("show weights m-0.safetensors --count 2", &["unit 0"]),
    ] {
        let (printed, code) = to_end(in_terminal(folder.path(), 60, words), Vec::new());
        assert_eq!(code, Some(0), "{words}: {printed}");
        let plain = console::strip_ansi_codes(&printed).replace('\r', "\n");
        for heading in headings {
            assert!(plain.contains(heading), "{words}: no {heading:?} in {plain}");
        }
        let is_sentence = |line: &&str| {
            ["784-30-10,", "batchprop train", "labels in", "sha256", ".safetensors (", "on one thread"]
                .iter()
                .any(|part| line.contains(part))
                // A checksum is longer than a line.
                || line.split_whitespace().any(|word| word.len() == 64)
        };
        for line in plain.lines().filter(is_row).filter(|line| !is_sentence(line)) {
            // Only the file at the end of a prediction has any length.
            let line = match words.starts_with("predict") {
                true => line
                    .split("ubyte")
                    .next()
                    .unwrap()
                    .split("long.csv")
                    .next()
                    .unwrap(),
                false => line,
            };
            assert!(line.chars().count() <= 60, "{words}: {line:?}");
        }
    }
}
