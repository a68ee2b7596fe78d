//! `sweep`: its points are runs of `train`, compared on the validation images.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{LEARNING, Run, assert_has, batchprop, batchprop_in, data, objects, train_command};

/// `batchprop sweep --data DATA`, and then `options`, separated by spaces.
pub(super) fn sweep_command(data: impl AsRef<std::ffi::OsStr>, options: &str) -> Command {
    let mut command = batchprop();
    command.args(["sweep", "--data"]).arg(data);
    command.args(options.split_whitespace());
    command
}

/// The events of a sweep with `options` that ends well.
pub(super) fn sweep(data: &Path, options: &str) -> Vec<Value> {
    let mut command = sweep_command(data, &format!("--json {options}"));
    objects(&Run::succeed(&mut command))
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

/// The settings of all points, the best first.
fn ranking(events: &[Value]) -> Vec<String> {
    let points = of_kind(events, "point");
    points.iter().map(|point| point["settings"].to_string()).collect()
}

#[test]
fn every_point_is_the_run_that_train_makes_of_its_options() {
    let data = data();
    let options = "--hidden 20,12-8 --learning-rate 1,3 --epochs 2 --batch-size 10 --seed 5";
    let events = sweep(data.path(), options);
    let runs = of_kind(&events, "run");
    assert_eq!(runs.len(), 4);
    let log = tempfile::tempdir().unwrap();
    let log = log.path().join("log.jsonl");
    for run in runs {
        let settings = &run["settings"];
        let hidden = settings["hidden"].as_str().map_or("20", |hidden| hidden);
        let rate = &settings["learning-rate"];
        let options = format!("--json --epochs 2 --seed 5 --hidden {hidden} --learning-rate {rate}");
        let mut command = train_command(data.path(), &options);
        let alone = objects(&Run::succeed(command.arg("--log").arg(&log)));
        let weights = &alone.last().unwrap()["weights_sha256"];
        assert_eq!(run["weights_sha256"], *weights, "{options}");
        let epochs = objects(&fs::read_to_string(&log).unwrap());
        let accuracy = &epochs[1]["validation_accuracy"];
        assert_eq!(run["validation_accuracy"], *accuracy, "{options}");
    }
}

#[test]
fn points_are_ranked_alike_on_any_number_of_threads_by_their_mean_on_the_validation_images() {
    let data = data();
    let options = "--learning-rate 0.01,1,3 --activation sigmoid,tanh --epochs 2 --runs 3";
    let one = sweep(data.path(), &format!("{options} --threads 1"));
    assert_eq!(of_kind(&one, "run").len(), 18);
    assert_eq!(one[0]["validation_images"], LEARNING / 6);
    assert!(!one[0].to_string().contains("test"), "{}", one[0]);
    let points = of_kind(&one, "point");
    let means: Vec<f64> = points
        .iter()
        .map(|point| point["validation_accuracy_mean"].as_f64().unwrap())
        .collect();
    assert!(means.is_sorted_by(|a, b| a >= b), "{means:?}");
    for point in &points {
        let of_point = |run: &&&Value| run["settings"] == point["settings"];
        let runs = of_kind(&one, "run");
        let accuracies: Vec<f64> = runs
            .iter()
            .filter(of_point)
            .map(|run| run["validation_accuracy"].as_f64().unwrap())
            .collect();
        assert_eq!(accuracies.len(), 3);
        let mean = accuracies.iter().sum::<f64>() / 3.0;
        assert!((point["validation_accuracy_mean"].as_f64().unwrap() - mean).abs() < 1e-12);
    }
    for threads in [2, 8] {
        let others = sweep(data.path(), &format!("{options} --threads {threads}"));
        assert_eq!(ranking(&others), ranking(&one), "{threads} threads");
    }
}

#[test]
fn people_get_a_sorted_table_and_the_command_of_the_best() {
    let data = data();
    let options = "--learning-rate 1e-9,3 --epochs 2 --runs 2";
    let stdout = Run::succeed(&mut sweep_command(data.path(), options));
    let lines: Vec<&str> = stdout.lines().collect();
    assert_has(&stdout, &["\nSweep     2 points of 2 runs, f32\n"]);
    let heading = lines.iter().position(|line| line.starts_with("rank")).unwrap();
    assert!(
        lines[heading].contains("learning-rate") && !lines[heading].contains("epochs="),
        "{stdout}"
    );
    let rates: Vec<&str> = lines[heading + 1..heading + 3]
        .iter()
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .collect();
    assert_eq!(rates, ["3", "1e-9"], "{stdout}");
    assert!(lines[heading + 1].contains(" ± "), "{stdout}");
    assert_has(
        &stdout,
        &["Chosen by the 60 validation images; the test images were not used."],
    );
    let command = lines.last().unwrap().trim();
    let data_option = format!("--data={}", data.path().display());
    assert_eq!(
        command,
        format!("batchprop train --epochs=2 --learning-rate=3 {data_option} --runs=2")
    );
    let words = command.split(' ').skip(1);
    Run::succeed(batchprop().args(words));
}

/// Rows of a sweep's file, without the time that each took.
pub(super) fn rows(csv: &str) -> BTreeSet<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let seconds = headers.iter().position(|name| name == "train_seconds").unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cells = row.iter().enumerate().filter(|(column, _)| *column != seconds);
        cells.map(|(_, cell)| cell.to_owned()).collect()
    });
    rows.collect()
}

#[test]
fn a_sweep_goes_on_where_it_was_stopped_even_in_the_middle_of_a_line() {
    let data = data();
    let folder = tempfile::tempdir().unwrap();
    let (whole, part) = (folder.path().join("whole.csv"), folder.path().join("part.csv"));
    let options = "--hidden 10,20 --learning-rate 1,3,1e40 --epochs 3 --runs 2 --csv";
    let never_stopped = sweep(data.path(), &format!("{options} {}", whole.display()));
    let all = fs::read_to_string(&whole).unwrap();
    let lines: Vec<&str> = all.split_inclusive('\n').collect();
    assert_eq!(lines.len(), 13);
    for (kept, torn) in [(1, 0), (4, 30), (6, 0), (12, 5), (13, 0)] {
        let torn = lines.get(kept).map_or("", |line| &line[..torn]);
        fs::write(&part, lines[..kept].concat() + torn).unwrap();
        let resumed = sweep(data.path(), &format!("{options} {}", part.display()));
        assert_eq!(resumed[0]["done"], kept - 1);
        assert_eq!(of_kind(&resumed, "run").len(), 13 - kept);
        assert_eq!(rows(&fs::read_to_string(&part).unwrap()), rows(&all));
        assert_eq!(ranking(&resumed), ranking(&never_stopped));
    }
    // A larger sweep begins with what the smaller one did.
    let options = "--hidden 10,20,30 --learning-rate 1,3,1e40 --epochs 3 --runs 3 --csv";
    let larger = sweep(data.path(), &format!("{options} {}", part.display()));
    assert_eq!(
        (&larger[0]["done"], of_kind(&larger, "run").len()),
        (&12.into(), 15)
    );
}

#[test]
fn a_file_that_is_not_of_this_sweep_is_refused_by_its_line_and_left_as_it_is() {
    let data = data();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sweep.csv");
    let csv = format!("--csv {}", path.display());
    sweep(
        data.path(),
        &format!("--hidden 10,12 --epochs 1 --threads 1 {csv}"),
    );
    let good = fs::read_to_string(&path).unwrap();
    let refused = |content: &[u8], options: &str, expected: &str| {
        fs::write(&path, content).unwrap();
        let message = Run::fail(&mut sweep_command(data.path(), &format!("{options} {csv}")), 1);
        assert_has(&message, &["sweep.csv", expected]);
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(fs::read(&path).unwrap() == content, "{message}");
    };
    let same = "--hidden 10,12 --epochs 1";
    for (options, expected) in [
        (
            "--hidden 10 --epochs 1",
            "line 3: expected a run of this sweep, found hidden \"12\"",
        ),
        (
            "--hidden 10,12 --epochs 2",
            "line 2: expected a run of this sweep, found epochs \"1\"",
        ),
        (
            &format!("{same} --seed 1"),
            "line 2: expected a run of this sweep, found seed 0",
        ),
        (&format!("{same} --keep-best"), "found keep_best \"false\""),
    ] {
        refused(good.as_bytes(), options, expected);
    }
    let column = good.split(',').position(|name| name == "data_sha256").unwrap();
    let sum = good.lines().nth(1).unwrap().split(',').nth(column).unwrap();
    let other_data = good.replace(sum, "0");
    let damaged = good.replacen(",epochs,0.", ",epochs,7.", 1);
    let short = good.replacen(",f32", "", 1);
    let columns = good.lines().next().unwrap().split(',').count();
    let one_less = format!(
        "line 2: expected {columns} values, as in row 1, found {}",
        columns - 1
    );
    for (content, expected) in [
        (
            other_data.as_bytes(),
            "line 2: expected a run of this sweep, found data_sha256 ",
        ),
        (
            b"name,age\nAda,36\n",
            "line 1: expected the columns of these runs",
        ),
        (b"no newline at all", "line 1: expected the columns of these runs"),
        (b"\xff\xfe\x00\n\n", "line 1: "),
        (damaged.as_bytes(), "line 2: expected the figures of a run"),
        (short.as_bytes(), &one_less),
    ] {
        refused(content, same, expected);
    }
    fs::write(&path, &good).unwrap();
    let events = sweep(data.path(), &format!("{same} {csv}"));
    assert_eq!(events[0]["done"], 2);
}

#[test]
fn a_file_that_another_sweep_writes_to_or_that_cannot_be_opened_is_refused() {
    let data = data();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sweep.csv");
    let other = File::create(&path).unwrap();
    other.lock().unwrap();
    let message = Run::fail(sweep_command(data.path(), "--csv").arg(&path), 1);
    assert_has(&message, &["another run is writing to it"]);
    let message = Run::fail(sweep_command(data.path(), "--csv").arg(folder.path()), 1);
    assert_has(&message, &["cannot open"]);
}

#[test]
fn halving_stops_poor_points_early_and_trains_the_best_to_the_end() {
    let data = data();
    let options = "--learning-rate 1e-9,2e-9,3e-9,3,4e-9,5e-9,6e-9,7e-9,8e-9 --epochs 9";
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("sweep.csv");
    let halving = format!("{options} --halving --csv {}", csv.display());
    let found = sweep(data.path(), &halving);
    let rungs = serde_json::json!([
        {"points": 9, "epochs": 1}, {"points": 3, "epochs": 3}, {"points": 1, "epochs": 9},
    ]);
    assert_eq!(found[0]["rungs"], rungs);
    let runs = of_kind(&found, "run");
    let compared = |epochs: usize| runs.iter().filter(|run| run["compared_after"] == epochs).count();
    assert_eq!([compared(1), compared(3), compared(9)], [9, 3, 1]);
    let best = of_kind(&found, "summary")[0];
    assert_eq!(best["best"]["learning-rate"], 3);
    // Trained as if it were alone.
    let last = runs.iter().find(|run| run["compared_after"] == 9).unwrap();
    let alone = sweep(data.path(), "--learning-rate 3 --epochs 9");
    assert_eq!(
        last["weights_sha256"],
        of_kind(&alone, "run")[0]["weights_sha256"]
    );
    // No point of a lower rung comes before one of a higher rung.
    let epochs: Vec<u64> = of_kind(&found, "point")
        .iter()
        .map(|point| point["epochs"].as_u64().unwrap())
        .collect();
    assert!(epochs.is_sorted_by(|a, b| a >= b), "{epochs:?}");

    let all = fs::read_to_string(&csv).unwrap();
    let kept: String = all.split_inclusive('\n').take(11).collect();
    fs::write(&csv, kept).unwrap();
    let resumed = sweep(data.path(), &halving);
    assert_eq!(of_kind(&resumed, "run").len(), 3);
    assert_eq!(ranking(&resumed), ranking(&found));
    assert_eq!(rows(&fs::read_to_string(&csv).unwrap()), rows(&all));
    let message = Run::fail(
        &mut sweep_command(data.path(), &format!("{options} --csv {}", csv.display())),
        1,
    );
    assert_has(&message, &["found compared_after 1"]);
}

#[test]
fn a_sweep_around_a_recipe_changes_what_is_listed_alone() {
    let data = data();
    let found = sweep(data.path(), "--recipe fast --epochs 1 --hidden 10,20");
    let options = &found[0]["options"];
    assert_eq!(options["hidden"], serde_json::json!([10, 20]));
    assert_eq!(options["schedule"], serde_json::json!(["one-cycle"]));
    assert_eq!(found[0]["validation_images"], LEARNING / 6);
    assert_eq!(of_kind(&found, "run").len(), 2);
}

#[test]
fn images_are_distorted_in_as_many_ways_as_are_listed() {
    let data = data();
    let found = sweep(
        data.path(),
        "--augment none,all --shift 0,1 --elastic 36:5,30:4 --epochs 1",
    );
    let runs = of_kind(&found, "run");
    let weights: BTreeSet<&str> = runs
        .iter()
        .filter_map(|run| run["weights_sha256"].as_str())
        .collect();
    assert_eq!(weights.len(), 8);
}

#[test]
fn samples_are_decided_by_the_seed_stay_in_their_ranges_and_more_begin_with_fewer() {
    let data = data();
    let options = "--hidden 5..20 --learning-rate 0.1..10,20 --dropout 0..0.5 --cost quadratic,cross-entropy \
                   --epochs 1 --threads 1";
    let settings = |more: &str| -> Vec<Value> {
        let events = sweep(data.path(), &format!("{options} {more}"));
        of_kind(&events, "run")
            .iter()
            .map(|run| run["settings"].clone())
            .collect()
    };
    let eight = settings("--samples 8");
    assert_eq!(settings("--samples 8"), eight);
    assert_eq!(settings("--samples 5"), eight[..5]);
    assert_ne!(settings("--samples 8 --seed 1"), eight);
    for point in &eight {
        let number = |option: &str| point[option].as_f64().unwrap();
        assert!((5.0..=20.0).contains(&number("hidden")), "{point}");
        let rate = number("learning-rate");
        assert!((0.1..=10.0).contains(&rate) || rate == 20.0, "{point}");
        assert!((0.0..=0.5).contains(&number("dropout")), "{point}");
    }
    // Of few combinations each comes once.
    let few = sweep(
        data.path(),
        "--samples 5 --learning-rate 1,2,3 --batch-size 10,20 --epochs 1",
    );
    assert_eq!(ranking(&few).iter().collect::<BTreeSet<_>>().len(), 5);
    let all = sweep(
        data.path(),
        "--samples 50 --learning-rate 1,2,1.0 --batch-size 10..12 --epochs 1",
    );
    assert_eq!(ranking(&all).iter().collect::<BTreeSet<_>>().len(), 6);
}

#[test]
fn points_that_diverge_come_last_and_a_sweep_of_nothing_else_fails() {
    let data = data();
    let found = sweep(data.path(), "--learning-rate 1e40,3 --epochs 1");
    let points = of_kind(&found, "point");
    assert_eq!(points[1]["settings"]["learning-rate"], 1e40);
    assert_eq!(
        (&points[1]["diverged"], &points[0]["diverged"]),
        (&1.into(), &0.into())
    );
    let run = Run::of(&mut sweep_command(data.path(), "--learning-rate 1e40 --epochs 1"));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_has(&run.stdout, &["diverged"]);
}

#[test]
fn invalid_options_of_a_sweep_are_bad_usage() {
    for (options, complaint) in [
        ("--learning-rate 0.1..1", "--samples"),
        ("--learning-rate 1..0.1 --samples 2", "the lower one first"),
        ("--learning-rate 0,1", "--learning-rate 0"),
        ("--learning-rate 1,abc", "'abc'"),
        ("--learning-rate 1,,2", "--learning-rate"),
        ("--batch-size 1.5..3 --samples 2", "both whole"),
        ("--batch-size -1", "--batch-size"),
        ("--hidden 30,0", "--hidden"),
        ("--activation relu,frobnicate", "frobnicate"),
        ("--precision f32,f64", "--precision"),
        (
            "--optimizer sgd,momentum --momentum 0.9",
            "(in the combination --optimizer=sgd --momentum=0.9)",
        ),
        ("--elastic 36,5", "or in a list by a colon"),
        ("--seed 1,2 --runs 2", "--runs 2"),
        ("--seed 0..3", "--seed"),
        ("--runs 0", "--runs"),
        ("--samples 0", "--samples"),
        ("--halving=1", "--halving"),
        ("--halving --epochs 3,9", "--epochs 3,9"),
        ("--threads 0", "--threads"),
        ("--train-on all", "--train-on"),
    ] {
        let found = Run::fail(&mut sweep_command("no such data", options), 2);
        assert!(found.contains(complaint), "{options}: {found}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_stops_a_sweep_with_what_is_done_and_it_goes_on_later() {
    use super::{SIGNALS, ended_after};

    let data = data();
    for signal in SIGNALS {
        let folder = tempfile::tempdir().unwrap();
        let csv = folder.path().join("sweep.csv");
        // The second point would take days.
        let options = |epochs: usize| format!("--epochs 1,{epochs} --threads 1 --csv {}", csv.display());
        let mut command = sweep_command(data.path(), &format!("--json {}", options(100_000_000)));
        let rest = ended_after(&mut command, r#"{"event":"run""#, signal);
        let events = objects(&rest);
        assert_eq!(of_kind(&events, "point").len(), 1);
        assert_eq!(events.last().unwrap()["interrupted"], true);
        let resumed = sweep(data.path(), &options(2));
        assert_eq!(
            (&resumed[0]["done"], of_kind(&resumed, "run").len()),
            (&1.into(), 1)
        );
    }
}

/// The command at the end of a sweep.
fn closing_command(sweep: &mut Command) -> Vec<String> {
    let events = objects(&Run::succeed(sweep));
    let command = events.last().unwrap()["command"].as_str().unwrap();
    let words = command.split(' ').map(|word| word.trim_matches('\'').to_owned());
    words.collect()
}

#[test]
fn the_closing_command_reads_the_data_as_the_sweep_did() {
    let folder = tempfile::tempdir().unwrap();
    let row = |index: usize| format!("{},{},{},{}\n", index % 16, index % 2, index % 3, 7 + index % 2);
    let rows: String = (0..60).map(row).collect();
    fs::write(folder.path().join("digits.csv"), format!("a,b,c,d\n{rows}")).unwrap();
    let mut sweep = batchprop();
    sweep.args([
        "sweep",
        "--json",
        "--data",
        "digits.csv",
        "--label-column",
        "b",
        "--pixel-max",
        "16",
    ]);
    sweep.args([
        "--classes",
        "3",
        "--offline",
        "--threads",
        "1",
        "--hidden",
        "2,3",
        "--epochs",
        "1",
        "--seed",
        "4",
    ]);
    let words = closing_command(sweep.current_dir(&folder));
    for given in [
        "--data=digits.csv",
        "--label-column=b",
        "--pixel-max=16",
        "--classes=3",
        "--offline",
        "--threads=1",
        "--epochs=1",
        "--seed=4",
    ] {
        assert!(words.iter().any(|word| word == given), "no {given} in {words:?}");
    }
    let run = Run::of(batchprop().args(&words[1..]).current_dir(&folder));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn the_closing_command_names_the_recipe_where_that_gives_the_same_run() {
    let data = data();
    let command = |options: &str| {
        let words = closing_command(&mut sweep_command(
            data.path(),
            &format!("--json --epochs 1 {options}"),
        ));
        words[2..].join(" ")
    };
    let data_option = format!("--data={}", data.path().display());
    let found = command("--recipe fast --hidden 10");
    assert_eq!(
        found,
        format!("--recipe=fast --hidden=10 --epochs=1 {data_option}")
    );
    // The recipe trains on the validation images, too, which --patience needs.
    let found = command("--recipe book --hidden 10 --patience 2");
    assert_has(&found, &["--recipe=book ", "--patience=2", " --train-on=train"]);
    // The recipe's cost does not fit one of the outputs, and has its default.
    let found = command("--recipe book --hidden 10 --output-activation sigmoid,softmax");
    let is_softmax = found.contains("--output-activation=softmax");
    assert_eq!(found.contains("--recipe=book"), is_softmax, "{found}");
}

/// `sweep` had no such option, and so its best point was not the run of `train` that people meant.
#[test]
fn a_sweep_standardises_as_train_does() {
    let folder = tempfile::tempdir().unwrap();
    let row = |index: usize| {
        format!(
            "{},{},{}\n",
            index % 2,
            1000 + index % 2,
            0.001 * (index % 5) as f64
        )
    };
    let rows: String = (0..60).map(row).collect();
    fs::write(folder.path().join("table.csv"), format!("label,a,b\n{rows}")).unwrap();
    let words = "sweep --json --data table.csv --standardise --hidden 2,3 --epochs 2";
    let events = objects(&Run::succeed(&mut batchprop_in(&folder, words)));
    let best = events.last().unwrap();
    let command = best["command"].as_str().unwrap();
    assert_has(command, &["--standardise"]);
    let run = of_kind(&events, "run");
    let run = run.iter().find(|run| run["settings"] == best["best"]).unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).chain(["--json"]).collect();
    let trained = Run::of(batchprop().args(words).current_dir(&folder));
    let trained = objects(&trained.stdout);
    assert_eq!(trained.last().unwrap()["weights_sha256"], run["weights_sha256"]);
}

#[test]
fn the_best_point_is_trained_on_the_validation_images_too_and_saved() {
    let data = data();
    let folder = data.path();
    for (options, images) in [
        ("--learning-rate 0.01,3 --runs 2", 360),
        ("--learning-rate 0.01,3 --keep-best", 300),
    ] {
        let words = format!(
            "sweep --data . --hidden 20 --epochs 2 --seed 3 {options} --json --save best.safetensors"
        );
        let run = Run::of(&mut batchprop_in(folder, &words));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let summary = objects(&run.stdout).pop().unwrap();
        assert_eq!(summary["best"]["learning-rate"], 3);
        assert_eq!(
            (&summary["saved_images"], &summary["test_images"]),
            (&images.into(), &120.into())
        );
        // The command makes the same network.
        let command = summary["command"]
            .as_str()
            .unwrap()
            .strip_prefix("batchprop ")
            .unwrap();
        let trained = Run::of(&mut batchprop_in(folder, &format!("{command} --json")));
        let trained = objects(&trained.stdout).pop().unwrap();
        assert_eq!(trained["weights_sha256"], summary["weights_sha256"], "{command}");
        assert_eq!(trained["final_correct"], summary["test_correct"]);
    }
    let words = "sweep --data . --hidden 20 --epochs 2 --learning-rate 0.01,3 --quiet --save best.npz";
    let quiet = Run::of(&mut batchprop_in(folder, words)).stdout;
    let lines: Vec<&str> = quiet.lines().collect();
    assert!(
        lines[0].starts_with("Best: --learning-rate=3, ")
            && lines[0].ends_with(" % of the 60 validation images.")
    );
    assert!(lines[1].starts_with("2 runs in "), "{quiet}");
    let said = format!(
        "Saved: {}, the best trained on 360 images from seed 0: ",
        "best.npz"
    );
    assert!(
        lines[2].starts_with(&said) && lines[2].contains(" / 120 test images, "),
        "{quiet}"
    );
    assert!(
        lines[3].contains("--train-on=train-and-validation --save=best.npz") && lines.len() == 4,
        "{quiet}"
    );
}

#[test]
fn splits_that_were_drawn_leave_the_saved_network_all_images_but_those_to_test_on() {
    let data = data();
    let folder = data.path();
    for (split, images, test) in [
        ("--test-split 80 --validation-split 0.5 --split-seed 2", 400, 80),
        ("--validation-split 0.5 --split-seed 2", 360, 120),
    ] {
        let words =
            format!("sweep --data . --learning-rate 1,3 --epochs 1 --json {split} --save best.safetensors");
        let run = Run::of(&mut batchprop_in(folder, &words));
        let summary = objects(&run.stdout).pop().unwrap();
        assert_eq!(
            (&summary["saved_images"], &summary["test_images"]),
            (&images.into(), &test.into())
        );
        let found = Run::of(&mut batchprop_in(
            folder,
            "evaluate best.safetensors --data . --json",
        ));
        let found = objects(&found.stdout).pop().unwrap();
        assert_eq!(
            (&found["correct"], &found["images"]),
            (&summary["test_correct"], &test.into())
        );
    }
}

#[test]
fn a_file_that_the_best_network_may_not_fit_is_refused_before_training() {
    let data = data();
    for (options, said) in [
        (
            "--activation sigmoid,relu --save best.json",
            "the only functions of Nielsen's network2",
        ),
        ("--save best.txt", "--save best.txt"),
    ] {
        let words = format!("sweep --data . {options}");
        assert_has(&Run::fail(&mut batchprop_in(data.path(), &words), 2), &[said]);
    }
}
