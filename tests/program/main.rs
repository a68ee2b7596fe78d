//! The program end to end: its output and its exit codes.

mod augmentation;
mod bad_data;
mod bad_usage;
mod bench;
mod checkpoints;
mod class_names;
#[cfg(unix)]
mod cluster;
mod committee;
#[path = "../common/mod.rs"]
mod common;
mod control;
mod dependencies;
#[cfg(unix)]
mod disk;
mod endings;
mod evaluate;
mod foreign;
mod going_on;
mod info;
mod interchange;
mod json;
#[cfg(unix)]
mod kills;
mod parts;
mod pipes;
mod predict;
mod published;
mod recipe;
mod reproducibility;
mod runs;
mod saved;
mod serve;
mod shell;
mod show;
mod splits;
mod sweep;
#[cfg(target_os = "linux")]
mod terminal;
mod text;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use batchprop::data::find::locate::IDX_NAMES;
use batchprop::data::{Dataset, TrainOn, synthetic};
use batchprop::images::pixels::ImageShape;
use serde_json::Value;
use tempfile::TempDir;

use common::bytes;
use common::readers::encode::idx;

/// Learning images in [`data`], of which a sixth validates, and test images.
const LEARNING: usize = 360;
const TEST: usize = 120;

/// A directory with a small data set as IDX files.
fn data() -> TempDir {
    let directory = TempDir::new().unwrap();
    let digits = synthetic::digits(1, LEARNING, TEST);
    let [train_images, train_labels, test_images, test_labels] = IDX_NAMES;
    let learning = digits.training(TrainOn::All);
    write_idx(directory.path(), train_images, train_labels, &learning);
    write_idx(directory.path(), test_images, test_labels, digits.test());
    directory
}

fn write_idx(directory: &Path, images: &str, labels: &str, dataset: &Dataset) {
    let count = dataset.len() as u32;
    let ImageShape { rows, columns } = dataset.shape();
    let header = [0x803, count, rows as u32, columns as u32];
    fs::write(directory.join(images), idx(&header, bytes(dataset))).unwrap();
    let classes: Vec<u8> = dataset.labels().iter().map(|&label| label as u8).collect();
    fs::write(directory.join(labels), idx(&[0x801, count], &classes)).unwrap();
}

fn batchprop() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchprop"));
    command.stdin(Stdio::null());
    command
}

/// `batchprop` with these words, in a folder.
fn batchprop_in(folder: impl AsRef<Path>, words: &str) -> Command {
    let mut command = batchprop();
    command.args(words.split_whitespace()).current_dir(folder);
    command
}

/// `batchprop train --data DATA --epochs 2`, and then `options`, separated by spaces.
fn train_command(data: impl AsRef<OsStr>, options: &str) -> Command {
    let mut command = batchprop();
    command.args(["train", "--data"]).arg(data);
    if !options.contains("--epochs") {
        command.args(["--epochs", "2"]);
    }
    command.args(options.split_whitespace());
    command
}

/// The result of a process.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Self {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Stdout of a run that must succeed with an empty stderr.
    fn succeed(command: &mut Command) -> String {
        let run = Self::of(command);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{command:?}");
        run.stdout
    }

    /// Stderr of a run that must end with `code` and an empty stdout.
    fn fail(command: &mut Command, code: i32) -> String {
        let run = Self::of(command);
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{command:?}");
        run.stderr
    }
}

/// A program that is started, with its output to be read.
fn start(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The command with a limit on the size of its files, in blocks of 512 or 1024 bytes, depending on the shell.
#[cfg(unix)]
fn limited(command: &Command, blocks: usize) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args());
    limited
}

/// Signals, as `kill` names them, and the exit code of training that they end.
#[cfg(unix)]
const SIGNALS: [(&str, i32); 2] = [("-INT", 130), ("-TERM", 143)];

#[cfg(unix)]
fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let kill = Command::new("kill").args([signal, &id]).status();
    assert!(kill.unwrap().success());
}

/// Interrupts a program as Ctrl-C does.
#[cfg(unix)]
fn interrupt(child: &Child) {
    send(child, "-INT");
}

/// Sends the signal once a line of stdout begins with `beginning`, and returns the rest of stdout. The program must
/// end with the signal's code and an empty stderr.
#[cfg(unix)]
fn ended_after(command: &mut Command, beginning: &str, (signal, code): (&str, i32)) -> String {
    use std::io::{BufRead, BufReader, Read};

    let mut child = start(command);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with(beginning) {
        line.clear();
        let read = stdout.read_line(&mut line).unwrap();
        assert!(read > 0, "ended without {beginning:?}");
    }
    send(&child, signal);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), stderr.as_ref()),
        (Some(code), ""),
        "{signal}"
    );
    rest
}

/// Stdout of a small run with `options`.
fn train(options: &str) -> String {
    Run::succeed(&mut train_command(data().path(), options))
}

/// The lines of JSON.
fn objects(stdout: &str) -> Vec<Value> {
    let events = stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    events.collect()
}

/// The weights that a small run with `options` ends with.
fn weights(data: &Path, options: &str) -> String {
    let stdout = Run::succeed(&mut train_command(data, &format!("--json {options}")));
    let summary = objects(&stdout).pop().unwrap();
    summary["weights_sha256"].as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in: {text}");
    }
}
