//! SIGKILL at random moments: complete files stay complete, and only the work of the last moments is lost.
//!
//! `BATCHPROP_KILLS` is the number of kills of each kind.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use batchprop::storage::checkpoint::Checkpoint;
use serde_json::Value;
use tempfile::TempDir;

use super::checkpoints::{REMEMBERING, checkpointed, checkpoints, resume_command, summary};
use super::sweep::{rows, sweep_command};
use super::{Run, data, start};

const SIGKILL: i32 = 9;

fn kills() -> u32 {
    match std::env::var("BATCHPROP_KILLS") {
        Ok(kills) => kills.parse().expect("BATCHPROP_KILLS is a number"),
        Err(_) => 16,
    }
}

/// Pseudo-random numbers for the moments.
struct Moments(u64);

impl Moments {
    fn within(&mut self, longest: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_micros((self.0 >> 33) % longest.as_micros().max(1) as u64)
    }
}

/// Kills a program after a time. Returns its output if it ended before.
fn killed_after(command: &mut Command, time: Duration) -> Option<Output> {
    let mut child = start(command);
    thread::sleep(time);
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.signal() != Some(SIGKILL)).then_some(output)
}

/// Checks that all checkpoints can be read, and that there is nothing else but the lock and incomplete files.
/// Returns the position of the newest: epochs, and images of the next.
fn newest_of(folder: &Path) -> Option<(usize, usize)> {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_half_written = name.starts_with(".epoch-") && name.ends_with(".part");
        assert!(
            name == ".lock" || is_half_written || name.ends_with(".safetensors"),
            "{name}"
        );
    }
    // More than two if it was killed before it removed the older ones.
    let listed = checkpoints(folder);
    let places = listed.iter().map(|path| {
        let checkpoint = Checkpoint::<Value>::read(path).unwrap();
        let position = checkpoint.position();
        (position.epoch(), position.images())
    });
    places.max()
}

fn is_killed_and_ends_as_the_whole_run(options: &str, kills: u32) {
    let data = data();
    let whole = TempDir::new().unwrap();
    let started = Instant::now();
    let mut command = checkpointed(
        data.path(),
        whole.path(),
        &format!("{options} --json --threads 1"),
    );
    let expected = summary(&Run::succeed(&mut command));
    let longest = started.elapsed() / 2;

    let mut moments = Moments(1);
    let mut folder = TempDir::new().unwrap();
    let (mut killed, mut ended) = (0, 0);
    let mut newest = None;
    while killed < kills {
        assert!(ended <= 20 * kills, "runs end before they are killed");
        let threads = format!("--json --threads {}", 1 + killed % 2);
        let mut command = match newest {
            None => checkpointed(data.path(), folder.path(), &format!("{options} {threads}")),
            Some(_) => resume_command(folder.path(), &threads),
        };
        if let Some(output) = killed_after(&mut command, moments.within(longest)) {
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert_eq!(summary(&String::from_utf8(output.stdout).unwrap()), expected);
            folder = TempDir::new().unwrap();
            newest = None;
            ended += 1;
            continue;
        }
        killed += 1;
        let found = newest_of(folder.path());
        assert!(found >= newest, "kill {killed}: {found:?} after {newest:?}");
        newest = found;
    }
    let mut command = match newest {
        None => checkpointed(data.path(), folder.path(), &format!("{options} --json")),
        Some(_) => resume_command(folder.path(), "--json --threads 2"),
    };
    assert_eq!(summary(&Run::succeed(&mut command)), expected, "{options}");
    // No incomplete file is left.
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 3, "two checkpoints and the lock");
    eprintln!("{killed} kills, {} runs to the end: {options}", ended + 1);
}

#[test]
fn a_run_killed_at_random_moments_always_has_a_checkpoint_and_ends_as_the_uninterrupted_run() {
    let options = format!("--epochs 8 --checkpoint-every 7 --hidden 8 {REMEMBERING}");
    is_killed_and_ends_as_the_whole_run(&options, kills().div_ceil(2));
    let options = "--epochs 20 --checkpoint-every 3 --hidden 8 --precision f64";
    is_killed_and_ends_as_the_whole_run(options, kills() / 2);
}

#[test]
fn a_sweep_killed_at_random_moments_keeps_every_run_that_is_done_and_ends_as_the_uninterrupted_sweep() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let csv = |name: &str| folder.path().join(name);
    let options = "--json --hidden 3,5 --learning-rate 1,3 --epochs 6 --runs 3 --csv";
    let command = |name: &str| sweep_command(data.path(), &format!("{options} {}", csv(name).display()));
    let started = Instant::now();
    Run::succeed(&mut command("whole.csv"));
    let longest = started.elapsed() / 2;
    let expected = fs::read_to_string(csv("whole.csv")).unwrap();

    let mut moments = Moments(2);
    let (mut killed, mut ended, mut done) = (0, 0, 0);
    while killed < kills() {
        assert!(ended <= 20 * kills(), "sweeps end before they are killed");
        let is_ended = killed_after(&mut command("killed.csv"), moments.within(longest));
        let text = fs::read_to_string(csv("killed.csv")).unwrap_or_default();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        assert!(expected.starts_with(&text[whole..]) || whole > 0, "{text}");
        let lines = text[..whole].lines().count();
        assert!(lines >= done, "kill {killed}: {lines} lines after {done}");
        done = lines;
        if let Some(output) = is_ended {
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert_eq!(rows(&text), rows(&expected));
            fs::remove_file(csv("killed.csv")).unwrap();
            (done, ended) = (0, ended + 1);
            continue;
        }
        killed += 1;
    }
    Run::succeed(&mut command("killed.csv"));
    assert_eq!(
        rows(&fs::read_to_string(csv("killed.csv")).unwrap()),
        rows(&expected)
    );
    eprintln!("{killed} kills, {} sweeps to the end", ended + 1);
}
