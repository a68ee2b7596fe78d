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
