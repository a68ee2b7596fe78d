//! `train --runs`: each seed's run is the same as alone, and the statistics are right.

use std::fs;

use serde_json::Value;

use super::{Run, TEST, assert_has, data, objects, train, train_command};

/// The events of runs that ended, by seed.
fn runs(events: &[Value]) -> Vec<&Value> {
    let mut runs: Vec<&Value> = events.iter().filter(|event| event["event"] == "run").collect();
    runs.sort_by_key(|run| run["seed"].as_u64());
    runs
}

#[test]
fn every_run_ends_with_the_weights_that_its_seed_has_alone_on_any_number_of_threads() {
    let data = data();
    for options in ["", "--batch-size 200 --hidden 40,20 --dropout 0.1"] {
        let alone: Vec<Value> = (3..6)
            .map(|seed| {
                let options = format!("--json --seed {seed} {options}");
                let stdout = Run::succeed(&mut train_command(data.path(), &options));
                objects(&stdout).pop().unwrap()
            })
            .collect();
        for threads in [1, 2, 8] {
            let options = format!("--json --seed 3 --runs 3 --threads {threads} {options}");
            let events = objects(&Run::succeed(&mut train_command(data.path(), &options)));
            let runs = runs(&events);
            assert_eq!(runs.len(), 3);
            for (run, alone) in runs.iter().zip(&alone) {
                let results = ["final_correct", "best_correct", "best_epoch", "ending"];
                for field in results.into_iter().chain(["weights_sha256"]) {
                    assert_eq!(run[field], alone[field], "{field}, {threads} threads");
                }
            }
        }
    }
}

#[test]
fn mean_standard_deviation_and_best_are_those_of_the_runs() {
    let events = objects(&train("--json --runs 4 --epochs 3"));
    assert_eq!(events[0]["event"], "start");
    assert_eq!(events[0]["runs"], 4);
    let runs = runs(&events);
    assert_eq!(runs.len(), 4);
    let summary = events.last().unwrap();
    assert_eq!((&summary["runs"], &summary["failed"]), (&4.into(), &0.into()));
    for kind in ["final", "best"] {
        let correct = |run: &&Value| run[format!("{kind}_correct")].as_f64().unwrap();
        let accuracies: Vec<f64> = runs.iter().map(|run| correct(run) / TEST as f64).collect();
        let mean = accuracies.iter().sum::<f64>() / 4.0;
        let squares: f64 = accuracies.iter().map(|accuracy| (accuracy - mean).powi(2)).sum();
        let found = |of: &str| summary[format!("{kind}_accuracy_{of}")].as_f64().unwrap();
        assert!((found("mean") - mean).abs() < 1e-12, "{summary}");
        assert!((found("sd") - (squares / 3.0).sqrt()).abs() < 1e-12, "{summary}");
    }
    let best = runs.iter().map(|run| run["best_correct"].as_u64()).max().unwrap();
    let first = runs
        .iter()
        .find(|run| run["best_correct"].as_u64() == best)
        .unwrap();
    assert_eq!(summary["best_seed"], first["seed"], "{summary}");
    for field in ["best_epoch", "best_correct"] {
        assert_eq!(summary[field], first[field], "{summary}");
    }
}

#[test]
fn text_has_one_line_per_run_and_two_that_sum_up() {
    let stdout = train("--runs 3 --seed 7");
    assert_has(&stdout, &[", seeds 7 to 9, "]);
    for seed in 7..10 {
        assert_has(&stdout, &[&format!("\nSeed {seed}: ")]);
    }
    let quiet = train("--runs 3 --quiet");
    let lines: Vec<&str> = quiet.lines().collect();
    assert_eq!(lines.len(), 2, "{quiet}");
    assert_has(&quiet, &["Mean: final ", " ± ", "\nBest: seed ", " 3 runs in "]);
    let one = train("--runs 1 --quiet");
    assert!(!one.contains('±') && one.contains(" 1 run in "), "{one}");
    let complete = train("--runs 2 --no-eval");
    assert_has(&complete, &["\nSeed 1 complete ", "\n2 runs in "]);
}

#[test]
fn a_log_that_cannot_be_written_is_named_by_its_seed_and_all_runs_go_on() {
    let data = data();
    let folder = tempfile::tempdir().unwrap();
    // A log cannot replace a folder.
    fs::create_dir(folder.path().join("log-1.csv")).unwrap();
    let mut command = train_command(data.path(), "--runs 3 --json --log");
    let run = Run::of(command.arg(folder.path().join("log-{seed}.csv")));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert_has(&run.stderr, &["error: seed 1: ", "log-1.csv"]);
    let events = objects(&run.stdout);
    let runs = runs(&events);
    let summary = events.last().unwrap();
    assert_eq!((&summary["runs"], &summary["failed"]), (&3.into(), &0.into()));
    assert_eq!(runs[1]["epochs"], 2);
    for (seed, run) in [(0, runs[0]), (2, runs[2])] {
        assert_eq!(run["epochs"], 2);
        let log = fs::read_to_string(folder.path().join(format!("log-{seed}.csv"))).unwrap();
        assert_eq!(log.lines().count(), 3);
    }
}

#[test]
fn every_run_saves_the_network_that_its_seed_saves_alone() {
    let data = data();
    let folder = tempfile::tempdir().unwrap();
    let save = |options: &str, name: &str| {
        let mut command = train_command(data.path(), options);
        Run::succeed(command.arg("--save").arg(folder.path().join(name)));
    };
    save("--runs 2 --seed 4", "run-{seed}.safetensors");
    for seed in [4, 5] {
        save(&format!("--seed {seed}"), "alone.safetensors");
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert!(
            read(&format!("run-{seed}.safetensors")) == read("alone.safetensors"),
            "{seed}"
        );
    }
}

#[test]
fn runs_that_all_diverge_are_each_a_failure() {
    let data = data();
    let run = Run::of(&mut train_command(data.path(), "--runs 3 --eta 1e40"));
    assert_eq!(run.code, Some(1), "{run:?}");
    for seed in 0..3 {
        let line = format!("error: seed {seed}: training diverged in epoch 0");
        assert_has(&run.stderr, &[&line]);
    }
    assert!(
        !run.stdout.contains("Mean") && !run.stdout.contains("Best"),
        "{run:?}"
    );
}

#[test]
fn options_that_do_not_go_with_many_runs_are_bad_usage() {
    for (options, complaint) in [
        ("--runs 0", "--runs"),
        ("--runs -1", "--runs"),
        ("--runs 10001", "10000"),
        ("--runs 2 --seed 18446744073709551615", "--runs 2: expected"),
        (
            "--runs 2 --log log.csv",
            "--log log.csv: expected a name with {seed} in it",
        ),
        (
            "--runs 2 --save model.safetensors",
            "--save model.safetensors: expected a name with {seed} in it",
        ),
        ("--runs 2 --checkpoint folder", "--checkpoint"),
        ("--runs 2 --resume folder", "--resume"),
    ] {
        let found = Run::fail(&mut train_command("no such data", options), 2);
        assert!(found.contains(complaint), "{options}: {found}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_all_runs_and_saves_those_that_were_begun() {
    use super::{SIGNALS, ended_after};

    let data = data();
    for signal in SIGNALS {
        let folder = tempfile::tempdir().unwrap();
        let mut command = train_command(data.path(), "--runs 500 --epochs 1000000 --threads 2 --save");
        command.arg(folder.path().join("model-{seed}.safetensors"));
        let rest = ended_after(&mut command, "Threads", signal);
        assert_has(&rest, &[" interrupted in epoch "]);
        assert_has(
            &rest,
            &["model-{seed}.safetensors, each run's last weights.\nInterrupted: "],
        );
        let interrupted = rest.lines().filter(|line| line.contains("interrupted")).count();
        assert!(interrupted < 500, "{rest}");
        let saved = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(saved, interrupted, "{rest}");
    }
}

/// It ended at 10 % without a word.
#[test]
fn runs_that_end_no_better_than_guessing_are_named_with_the_likeliest_remedy() {
    let data = data();
    for options in ["", "--json", "--quiet", "--no-eval", "--quiet --no-eval"] {
        let options = format!("--runs 3 --seed 4 --learning-rate 1000 --epochs 5 {options}");
        let run = Run::of(&mut train_command(data.path(), &options));
        assert_eq!(run.code, Some(0), "{run:?}");
        let expected = "warning: seeds 4, 5 and 6: the network is no better than always guessing the commonest class. \
                        Try --learning-rate 3,";
        assert_has(&run.stderr, &[expected]);
    }
    let one = Run::of(&mut train_command(
        data.path(),
        "--learning-rate 1000 --epochs 5 --no-eval --quiet",
    ));
    assert_has(
        &one.stderr,
        &["warning: the network is no better than always guessing"],
    );
}
