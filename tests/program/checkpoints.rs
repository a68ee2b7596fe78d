//! Runs that are stopped in any way can be resumed, and end like uninterrupted ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::{Run, assert_has, batchprop, data, objects, start, train_command};
use batchprop::storage::model;

/// The options with the most state: moments, the best network, counters, halvings of the learning rate, dropout.
pub(super) const REMEMBERING: &str = "--optimizer adam --learning-rate 0.01 --dropout 0.2 --schedule halve-on-plateau \
                           --plateau-patience 2 --keep-best --activation relu --output softmax --init he";

/// `batchprop train --resume FOLDER`, and then `options`, separated by spaces.
pub(super) fn resume_command(folder: &Path, options: &str) -> Command {
    let mut command = batchprop();
    command.args(["train", "--resume"]).arg(folder);
    command.args(options.split_whitespace());
    command
}

pub(super) fn checkpointed(data: &Path, folder: &Path, options: &str) -> Command {
    let mut command = train_command(data, options);
    command.arg("--checkpoint").arg(folder);
    command
}

/// Everything in the last line except times.
pub(super) fn summary(stdout: &str) -> Value {
    let mut summary = objects(stdout).pop().unwrap();
    let object = summary.as_object_mut().unwrap();
    for time in ["total_seconds", "train_seconds", "images_per_second"] {
        assert!(object.remove(time).unwrap().as_f64().unwrap() > 0.0);
    }
    summary
}

pub(super) fn checkpoints(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_one = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "safetensors");
    let mut paths: Vec<_> = paths.filter(is_one).collect();
    paths.sort();
    paths
}

/// Waits until `holds`.
pub(super) fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        let waited = start.elapsed();
        assert!(waited < Duration::from_secs(60), "waited too long for {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_a_checkpoint_and_a_saved_network() {
    use super::{SIGNALS, send};

    let data = data();
    let whole = TempDir::new().unwrap();
    let options = format!("--epochs 60 --hidden 20 {REMEMBERING}");
    let mut command = checkpointed(data.path(), whole.path(), &format!("{options} --json"));
    let expected = Run::succeed(&mut command);
    for (signal, code) in SIGNALS {
        let folder = TempDir::new().unwrap();
        let model = folder.path().join("model");
        let mut command = checkpointed(data.path(), folder.path(), &options);
        let child = start(command.arg("--save").arg(&model));
        wait("a checkpoint", || !checkpoints(folder.path()).is_empty());
        send(&child, signal);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let (interrupted, metadata) = model::load::<f32>(&model).unwrap();
        let resumed = Run::succeed(&mut resume_command(folder.path(), "--json"));
        let (mut resumed, expected) = (summary(&resumed), summary(&expected));
        // --save was not given again, but is in the checkpoint.
        let saved = resumed
            .as_object_mut()
            .unwrap()
            .insert("saved".to_owned(), Value::Null);
        assert_eq!(saved.unwrap(), model.to_str().unwrap());
        assert_eq!(resumed, expected);
        let (network, resumed_metadata) = model::load::<f32>(&model).unwrap();
        assert_eq!(network.sha256(), expected["weights_sha256"]);
        // The best network so far is kept, and an interrupt may come after the best epoch.
        if metadata.unwrap().epoch != resumed_metadata.unwrap().epoch {
            assert_ne!(interrupted.sha256(), network.sha256());
        }
    }
}

#[test]
fn resuming_a_finished_run_prints_how_it_ended() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let options = "--json --epochs 300 --patience 2 --learning-rate 1";
    let expected = Run::succeed(&mut checkpointed(data.path(), folder.path(), options));
    assert_eq!(summary(&expected)["ending"], "patience");
    let resumed = Run::succeed(&mut resume_command(folder.path(), "--json"));
    let kinds = objects(&resumed)
        .into_iter()
        .map(|mut event| event["event"].take());
    assert_eq!(kinds.collect::<Vec<_>>(), ["start", "resume", "summary"]);
    assert_eq!(summary(&resumed), summary(&expected));
    let text = Run::succeed(&mut resume_command(folder.path(), ""));
    assert_has(
        &text,
        &["\nFinished  patience ran out; --init-from starts a new run from a saved network\n"],
    );
    // More epochs do not help it.
    let refused = Run::fail(&mut resume_command(folder.path(), "--epochs 400"), 2);
    assert_has(
        &refused,
        &["--epochs 400: expected the 300 that it has: it is finished, because patience ran out"],
    );
}

#[test]
fn max_time_leaves_a_checkpoint_and_the_run_resumes_with_more_time() {
    let data = data();
    let folder = TempDir::new().unwrap();
    // How far the training comes depends on the clock, and so whether the program warns of what the network learned.
    let ends_by_time = |command: &mut Command| {
        let run = Run::of(command);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(summary(&run.stdout)["ending"], "time");
    };
    let options = "--json --epochs 4000 --batch-size 1 --hidden 5 --max-time 0.3";
    ends_by_time(&mut checkpointed(data.path(), folder.path(), options));
    let before = checkpoints(folder.path()).pop().unwrap();
    ends_by_time(&mut resume_command(folder.path(), "--json --max-time 0.6"));
    assert!(checkpoints(folder.path()).pop().unwrap() > before);
}

#[test]
fn a_log_of_a_resumed_run_is_the_log_of_the_whole_run() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let log = |name: &str| folder.path().join(name);
    let rows = |path: &Path| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap();
        // Without speed and times, and what is behind them: the last five.
        let rows = text
            .lines()
            .map(|line| line.rsplitn(6, ',').last().unwrap().to_owned());
        rows.collect()
    };
    Run::succeed(train_command(data.path(), "--epochs 4 --log").arg(log("whole.csv")));
    let whole = rows(&log("whole.csv"));
    let checkpoint_folder = folder.path().join("checkpoints");
    let mut command = checkpointed(data.path(), &checkpoint_folder, "--epochs 4");
    Run::succeed(command.arg("--log").arg(log("resumed.csv")));
    // As after a kill in the third epoch.
    fs::remove_file(checkpoints(&checkpoint_folder).pop().unwrap()).unwrap();
    fs::write(log("resumed.csv"), "half a line").unwrap();
    Run::succeed(&mut resume_command(&checkpoint_folder, ""));
    assert_eq!(rows(&log("resumed.csv")), whole);
    assert_eq!(whole.len(), 5);
}

#[test]
fn data_that_have_moved_are_found_by_data_and_others_are_refused() {
    let (data, other) = (data(), TempDir::new().unwrap());
    let folder = TempDir::new().unwrap();
    Run::succeed(&mut checkpointed(data.path(), folder.path(), "--quiet"));
    let moved = other.path().join("moved");
    fs::rename(data.path(), &moved).unwrap();
    let error = Run::fail(&mut resume_command(folder.path(), ""), 1);
    assert!(error.contains(data.path().to_str().unwrap()), "{error}");
    Run::succeed(resume_command(folder.path(), "--quiet --data").arg(&moved));
    // From now on the data are there; another image is not the same data.
    let images = moved.join("t10k-images-idx3-ubyte");
    let mut bytes = fs::read(&images).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&images, bytes).unwrap();
    let error = Run::fail(resume_command(folder.path(), "--data").arg(&moved), 1);
    assert_has(
        &error,
        &[
            "images and labels: expected those that the run of",
            "Point --data at the original data.",
        ],
    );
    fs::rename(&moved, data.path()).unwrap();
}

#[test]
fn options_that_are_in_the_checkpoint_are_refused_by_name() {
    for option in [
        "--learning-rate 3",
        "--eta 3.0",
        "--seed 0",
        "--hidden 30",
        "--keep-best",
        "--no-eval",
        "--precision f32",
        "--classes 10",
        "--optimizer sgd",
        "--dropout 0",
        "--patience 3",
        "--checkpoint folder",
    ] {
        let error = Run::fail(&mut resume_command(Path::new("no such folder"), option), 2);
        let name = option
            .split(' ')
            .next()
            .unwrap()
            .replace("--eta", "--learning-rate");
        let expected = format!("the argument '{name}' cannot be used with '--resume'");
        assert!(error.contains(&expected), "{option}: {error}");
        assert_has(&error, &["Usage: batchprop train"]);
    }
    for (options, reason) in [
        ("--checkpoint-every 10", "--checkpoint DIR with it"),
        ("--checkpoint-every 0 --checkpoint x", "--checkpoint-every"),
    ] {
        let error = Run::fail(&mut train_command("no such data", options), 2);
        assert_has(&error, &[reason]);
    }
}

#[test]
fn a_folder_is_used_by_one_run_and_a_new_run_wants_an_empty_one() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let mut child = start(&mut checkpointed(data.path(), folder.path(), "--epochs 1000000"));
    wait("a checkpoint", || !checkpoints(folder.path()).is_empty());
    for mut command in [
        checkpointed(data.path(), folder.path(), ""),
        resume_command(folder.path(), ""),
    ] {
        let error = Run::fail(&mut command, 1);
        assert_has(&error, &["another run is using the folder. Wait for its end"]);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let error = Run::fail(&mut checkpointed(data.path(), folder.path(), ""), 1);
    assert_has(&error, &["Continue that run with --resume, or give the new one"]);
    let empty = TempDir::new().unwrap();
    let error = Run::fail(&mut resume_command(empty.path(), ""), 1);
    assert_has(&error, &["the folder has no checkpoints"]);
    let error = Run::fail(&mut resume_command(&empty.path().join("missing"), ""), 1);
    assert_has(
        &error,
        &["missing: there is no such file or directory; expected a folder of checkpoints"],
    );
}

#[test]
fn a_damaged_newest_checkpoint_is_named_and_the_one_before_it_resumed() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let expected = Run::succeed(&mut checkpointed(data.path(), folder.path(), "--epochs 4 --json"));
    let newest = checkpoints(folder.path()).pop().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&newest, bytes).unwrap();
    let run = Run::of(&mut resume_command(folder.path(), "--json"));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(summary(&run.stdout), summary(&expected));
    assert!(
        run.stderr.starts_with("note: ignored a newer checkpoint: "),
        "{run:?}"
    );
    assert_has(&run.stderr, &["bytes have changed since it was written"]);
    // It was written anew.
    Run::succeed(&mut resume_command(folder.path(), "--json"));
}

#[test]
fn a_file_that_cannot_be_written_is_reported_before_training() {
    let data = data();
    for (path, why) in [
        (
            data.path().join("missing/model.safetensors"),
            "missing: there is no such folder",
        ),
        (data.path().to_owned(), "cannot write"),
    ] {
        let error = Run::fail(train_command(data.path(), "--save").arg(&path), 1);
        assert_has(&error, &[why]);
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
    let run =
        Run::of(train_command(data.path(), "--checkpoint").arg(data.path().join("train-images-idx3-ubyte")));
    assert_eq!(run.code, Some(1), "{run:?}");
}

#[test]
fn a_saved_network_says_how_it_was_trained() {
    let data = data();
    let path = data.path().join("model.safetensors");
    let options = format!("--json --epochs 5 --precision f64 --hidden 20,15 {REMEMBERING}");
    let out = Run::succeed(train_command(data.path(), &options).arg("--save").arg(&path));
    let summary = summary(&out);
    let (network, metadata) = model::load::<f64>(&path).unwrap();
    let metadata = metadata.unwrap();
    assert_eq!(network.sha256(), summary["weights_sha256"]);
    assert_eq!(network.sizes(), [784, 20, 15, 10]);
    let functions = network.functions().to_string();
    assert_eq!(functions, "relu, softmax outputs, log-likelihood cost");
    assert_eq!(metadata.options.unwrap().dropout, 0.2);
    let epoch = metadata.epoch.map(|epoch| epoch as u64);
    assert_eq!(epoch, summary["best_validation_epoch"].as_u64());
    assert_eq!(metadata.training_images, Some(300));
    assert_eq!(metadata.test.unwrap().images, 120);
    assert!(metadata.validation.unwrap().correct > 0);
}

#[test]
fn synthetic_digits_are_drawn_again() {
    let folder = TempDir::new().unwrap();
    let options = "--json --epochs 1 --hidden 5 --batch-size 100 --no-eval --checkpoint-every 300";
    let expected = Run::succeed(&mut checkpointed(Path::new("synthetic"), folder.path(), options));
    fs::remove_file(checkpoints(folder.path()).pop().unwrap()).unwrap();
    let resumed = Run::succeed(&mut resume_command(folder.path(), "--json"));
    assert_eq!(summary(&resumed), summary(&expected));
    assert!(resumed.contains(r#""epoch":0,"images":30000"#), "{resumed}");
}
