//! Full disks, folders that are read-only or disappear, and two programs that write to one file: the error is clear,
//! previous files are intact, and training continues if possible.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use batchprop::storage::checkpoint::Checkpoint;
use serde_json::Value;
use tempfile::TempDir;

use super::checkpoints::{checkpointed, checkpoints, resume_command, summary, wait};
use super::sweep::{rows, sweep_command};
use super::{Run, assert_has, data, interrupt, limited, start, train_command};

/// A file system of its own, while this lives.
struct Mount(TempDir);

impl Mount {
    /// `None`, with a message, if this user may not mount anything.
    fn new(options: &[&str]) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mount = |options: &[&str]| {
            let output = Command::new("mount").args(options).arg(folder.path()).output();
            output.is_ok_and(|output| output.status.success())
        };
        if !mount(options) {
            eprintln!("NOT TESTED, for only root can mount: mount {}", options.join(" "));
            return None;
        }
        Some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, options: &str) {
        let status = Command::new("mount")
            .args(["-o", options])
            .arg(self.path())
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, because a failed test may still be running there.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// All that are listed as checkpoints can be read, and there are some.
fn assert_whole(folder: &Path) {
    let listed = checkpoints(folder);
    assert!(!listed.is_empty());
    for path in listed {
        Checkpoint::<Value>::read(&path).unwrap();
    }
}

/// Stderr of a program that Ctrl-C ends and that exits with code 1.
fn complaints(child: Child) -> String {
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_full_disk_does_not_stop_training_and_a_log_keeps_whole_lines() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let options = "--epochs 30 --hidden 5 --json";
    let expected = summary(&Run::succeed(
        train_command(data.path(), options)
            .arg("--log")
            .arg(folder.path().join("whole.csv")),
    ));
    for name in ["log.csv", "log.jsonl"] {
        let path = folder.path().join(name);
        let mut command = train_command(data.path(), options);
        let run = Run::of(&mut limited(command.arg("--log").arg(&path), 2));
        assert_eq!(run.code, Some(1), "{run:?}");
        assert_eq!(summary(&run.stdout), expected);
        assert_eq!(run.stderr.matches("warning: no log: ").count(), 1, "{run:?}");
        assert!(
            run.stderr.lines().last().unwrap().starts_with("error: "),
            "{run:?}"
        );
        let log = fs::read_to_string(&path).unwrap();
        assert!(log.ends_with('\n') && log.lines().count() >= 2, "{log}");
        let last = log.lines().last().unwrap();
        let is_whole = match name {
            "log.csv" => last.split(',').count() == 14,
            _ => serde_json::from_str::<Value>(last).is_ok(),
        };
        assert!(is_whole, "{last}");
    }
}

#[test]
fn a_full_disk_does_not_stop_a_sweep_and_the_next_sweep_continues_from_its_file() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let csv = |name: &str| folder.path().join(name);
    let options = "--json --hidden 3,4,5 --epochs 1,2 --runs 2 --csv";
    let command = |name: &str| sweep_command(data.path(), &format!("{options} {}", csv(name).display()));
    Run::succeed(&mut command("whole.csv"));
    let expected = rows(&fs::read_to_string(csv("whole.csv")).unwrap());

    let run = Run::of(&mut limited(&command("part.csv"), 3));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(
        run.stdout.matches(r#"{"event":"run""#).count(),
        12,
        "all are trained"
    );
    assert_eq!(run.stderr.matches("warning: no line: ").count(), 1, "{run:?}");
    assert_has(&run.stderr, &["part.csv: cannot write"]);
    let part = fs::read_to_string(csv("part.csv")).unwrap();
    assert!(part.ends_with('\n'), "{part}");
    assert!(rows(&part).is_subset(&expected));
    Run::succeed(&mut command("part.csv"));
    assert_eq!(rows(&fs::read_to_string(csv("part.csv")).unwrap()), expected);
}

#[test]
fn a_network_that_does_not_fit_on_the_disk_leaves_the_previous_file_and_no_other() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    let command = |options: &str| {
        let mut command = train_command(data.path(), options);
        command.arg("--save").arg(&path);
        command
    };
    Run::succeed(&mut command("--hidden 5"));
    let before = fs::read(&path).unwrap();
    let run = Run::of(&mut limited(&command("--hidden 40"), 64));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_has(&run.stderr, &["model.safetensors: cannot write"]);
    assert_has(&run.stdout, &["Best: epoch"]);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(names(folder.path()), ["model.safetensors"]);
}

#[test]
fn a_disk_without_room_for_checkpoints_does_not_stop_training_but_is_reported_as_a_failure() {
    let data = data();
    let options = "--epochs 8 --json --hidden 40";
    let whole = Run::succeed(&mut train_command(data.path(), options));
    // Less than this network.
    let folder = TempDir::new().unwrap();
    let run = Run::of(&mut limited(
        &checkpointed(data.path(), folder.path(), options),
        64,
    ));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(summary(&run.stdout), summary(&whole));
    assert_eq!(
        run.stderr.matches("warning: no checkpoint: ").count(),
        1,
        "{run:?}"
    );
    assert_has(&run.stderr, &["8 of 8 checkpoints could not be written"]);
    assert_eq!(names(folder.path()), [".lock"]);
}

#[test]
fn a_disk_that_fills_up_keeps_the_written_checkpoints() {
    let Some(mount) = Mount::new(&["-t", "tmpfs", "-o", "size=600k", "none"]) else {
        return;
    };
    let data = data();
    let options = "--epochs 12 --hidden 30 --json";
    let expected = summary(&Run::succeed(&mut train_command(data.path(), options)));
    let folder = mount.path().join("checkpoints");
    // Two of 95 KB and a third, while it is written, have room; what else is there grows.
    let filler = mount.path().join("filler");
    let child = start(&mut checkpointed(
        data.path(),
        &folder,
        &options.replace("12", "1000000"),
    ));
    wait("two checkpoints", || checkpoints(&folder).len() >= 2);
    // As much as there is room for.
    assert!(fs::write(&filler, vec![0; 600_000]).is_err());
    let newest = checkpoints(&folder).pop().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_whole(&folder);
    let stderr = complaints(child);
    assert_has(
        &stderr,
        &["warning: no checkpoint: ", "checkpoints could not be written"],
    );
    assert_whole(&folder);
    assert!(checkpoints(&folder).pop().unwrap() >= newest);
    assert!(names(&folder).iter().all(|name| !name.ends_with(".part")));
    fs::remove_file(&filler).unwrap();
    // With room again the run is resumed, and ends like one that always had room.
    Run::of(&mut resume_command(&folder, "--json --max-time 0.1"));
    fs::remove_dir_all(&folder).unwrap();
    let run = Run::succeed(&mut checkpointed(data.path(), &folder, options));
    assert_eq!(summary(&run), expected);
}

#[test]
fn a_read_only_folder_is_reported_before_training() {
    let Some(mount) = Mount::new(&["-t", "tmpfs", "-o", "size=1m", "none"]) else {
        return;
    };
    let data = data();
    mount.remount("remount,ro");
    let at = |name: &str| mount.path().join(name);
    let train = |option: &str, path: PathBuf| {
        let mut command = train_command(data.path(), "--epochs 1000000");
        command.arg(option).arg(path);
        command
    };
    for mut command in [
        train("--save", at("model.safetensors")),
        train("--log", at("log.csv")),
        train("--checkpoint", at("run")),
        sweep_command(
            data.path(),
            &format!("--epochs 1000000 --csv {}", at("sweep.csv").display()),
        ),
    ] {
        let run = Run::of(&mut command);
        assert_eq!(run.code, Some(1), "{command:?}: {run:?}");
        let path = mount.path().to_str().unwrap();
        assert_has(&run.stderr, &[path, "Read-only file system"]);
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        assert!(!run.stdout.contains("Epoch 0"), "{run:?}");
    }
}

#[test]
fn a_folder_that_becomes_read_only_keeps_its_checkpoints_and_training_goes_on() {
    let data = data();
    let folder = TempDir::new().unwrap();
    // Root ignores permissions, but not this attribute.
    let change = |flag: &str| {
        let output = Command::new("chattr").arg(flag).arg(folder.path()).output();
        output.is_ok_and(|output| output.status.success())
    };
    let child = start(&mut checkpointed(data.path(), folder.path(), "--epochs 1000000"));
    wait("two checkpoints", || checkpoints(folder.path()).len() >= 2);
    if !change("+i") {
        eprintln!("NOT TESTED, for only root can make a folder immutable: chattr +i");
        interrupt(&child);
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
        return;
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    let stderr = complaints(child);
    assert!(change("-i"));
    assert_has(&stderr, &["warning: no checkpoint: ", "Operation not permitted"]);
    assert_whole(folder.path());
}

#[test]
fn a_folder_that_was_replaced_by_another_run_s_is_left_to_that_run() {
    let data = data();
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("run");
    let first = start(&mut checkpointed(data.path(), &folder, "--epochs 1000000"));
    wait("a checkpoint", || !checkpoints(&folder).is_empty());
    fs::rename(&folder, parent.path().join("away")).unwrap();
    let second = Run::succeed(&mut checkpointed(data.path(), &folder, "--epochs 3 --json"));
    let whole = checkpoints(&folder);
    std::thread::sleep(std::time::Duration::from_millis(100));
    let stderr = complaints(first);
    assert_has(&stderr, &["warning: no checkpoint: "]);
    assert_eq!(checkpoints(&folder), whole);
    assert_whole(&folder);
    assert_whole(&parent.path().join("away"));
    let resumed = Run::succeed(&mut resume_command(&folder, "--json"));
    assert_eq!(summary(&resumed), summary(&second));
}

#[test]
fn a_folder_that_is_removed_or_becomes_a_file_does_not_stop_training() {
    let data = data();
    for becomes_a_file in [false, true] {
        let parent = TempDir::new().unwrap();
        let folder = parent.path().join("run");
        let child = start(&mut checkpointed(data.path(), &folder, "--epochs 1000000"));
        wait("a checkpoint", || !checkpoints(&folder).is_empty());
        fs::rename(&folder, parent.path().join("away")).unwrap();
        if becomes_a_file {
            fs::write(&folder, "a file").unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        let stderr = complaints(child);
        assert_has(
            &stderr,
            &["warning: no checkpoint: ", "checkpoints could not be written"],
        );
        if becomes_a_file {
            assert_eq!(fs::read(&folder).unwrap(), b"a file");
        }
        // The previous checkpoints are intact, and the run can be resumed from them.
        let away = parent.path().join("away");
        assert_whole(&away);
        Run::succeed(&mut resume_command(&away, "--quiet --max-time 0.1"));
    }
}

#[test]
fn a_log_is_of_one_run_at_a_time_and_one_that_was_removed_is_reported() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("log.csv");
    let lines = || fs::read_to_string(&path).map_or(0, |log| log.lines().count());
    let mut command = train_command(data.path(), "--epochs 1000000");
    let child = start(command.arg("--log").arg(&path));
    wait("two epochs", || lines() > 2);
    let run = Run::of(train_command(data.path(), "").arg("--log").arg(&path));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stderr
            .contains("log.csv: cannot write: another run is writing to it"),
        "{run:?}"
    );
    assert!(lines() > 2, "the first run's lines are there");
    fs::remove_file(&path).unwrap();
    let stderr = complaints(child);
    assert_has(&stderr, &["log.csv: cannot find: "]);
}
