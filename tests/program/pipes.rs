//! A reader that closes the pipe ends the program quietly.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::{batchprop, data, train_command};

/// Reads `lines` lines of stdout and closes it; the program must end with 0 and an empty stderr.
fn assert_ends_quietly(command: &mut Command, lines: usize) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..lines {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "{line:?}");
    }
    drop(stdout);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{command:?}");
}

#[test]
fn a_pipe_that_is_closed_ends_training_at_once() {
    let data = data();
    for options in ["", "--json", "--no-eval"] {
        // So many epochs would take hours.
        let command = || train_command(data.path(), &format!("--epochs 1000000000 {options}"));
        for lines in [0, 1, 9] {
            assert_ends_quietly(&mut command(), lines);
        }
    }
}

#[test]
fn a_pipe_that_is_closed_ends_the_other_commands_quietly() {
    let data = data();
    for arguments in [
        &["--help"][..],
        &["verify"],
        &["data"],
        &["data", "--json"],
        &["train", "--quiet"],
        &["train", "--runs", "2"],
        &["sweep", "--json", "--epochs", "1"],
    ] {
        let mut command = batchprop();
        command.args(arguments);
        if matches!(arguments[0], "data" | "train" | "sweep") {
            command.arg("--data").arg(data.path());
        }
        assert_ends_quietly(&mut command, 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    use super::Run;
    let data = data();
    let mut commands = [
        train_command(data.path(), ""),
        train_command(data.path(), "--json"),
    ];
    for command in &mut commands {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        let run = Run {
            code: output.status.code(),
            stdout: String::new(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(
            run.stderr.starts_with("error: cannot write to stdout: "),
            "{run:?}"
        );
    }
}
