//! `--part`: the runs of a sweep or of many seeds, shared by several programs, and merged from their files.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::sweep::sweep_command;
use super::{Run, assert_has, data, objects, train_command};

/// A sweep of six points from two seeds, of which one point diverges.
const SWEEP: &str = "--hidden 3,5 --learning-rate 1,3,1e40 --epochs 2 --runs 2";

const HALVING: &str = "--learning-rate 1e-9,2e-9,3,4e-9,5e-9,6e-9,1 --epochs 4 --runs 2 --halving=2";

/// A command in `folder`, whose words are separated by spaces.
fn sweep_in(folder: &Path, data: &Path, options: &str) -> Command {
    let mut command = sweep_command(data, &format!("--json {options}"));
    command.current_dir(folder);
    command
}

fn train_in(folder: &Path, data: &Path, options: &str) -> Command {
    let mut command = train_command(data, &format!("--json --runs 7 --seed 3 --threads 1 {options}"));
    command.current_dir(folder);
    command
}

/// The last event of a command that succeeds.
fn summary(command: &mut Command) -> Value {
    objects(&Run::succeed(command)).pop().unwrap()
}

/// The text of a file of runs with a time of 0 in each line.
fn without_times(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let seconds = text
        .lines()
        .next()
        .unwrap()
        .split(',')
        .position(|name| name == "train_seconds");
    let line = |(index, line): (usize, &str)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if index > 0 {
            cells[seconds.unwrap()] = "0";
        }
        cells.join(",") + "\n"
    };
    text.lines().enumerate().map(line).collect()
}

#[test]
fn parts_of_a_sweep_are_merged_to_the_very_file_of_the_whole() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |options: &str| {
        summary(&mut sweep_in(
            folder.path(),
            data.path(),
            &format!("{SWEEP} {options}"),
        ))
    };
    let whole = run("--csv whole.csv");
    for count in [1, 3, 5, 20] {
        let mut runs = 0;
        for number in 1..=count {
            let part = run(&format!("--part {number}/{count} --csv of-{count}-{{part}}.csv"));
            assert_eq!(part["part"], format!("{number}/{count}"));
            assert_eq!(part["runs"], part["done"]);
            runs += part["runs"].as_u64().unwrap();
        }
        assert_eq!(runs, 12);
        let merged = run(&format!("--csv of-{count}-*.csv --merged all-{count}.csv"));
        assert_eq!((&merged["runs"], &merged["missing"]), (&12.into(), &Value::Null));
        assert_eq!(
            (&merged["best"], &merged["command"]),
            (&whole["best"], &whole["command"])
        );
        assert_eq!(
            without_times(&at(&format!("all-{count}.csv"))),
            without_times(&at("whole.csv"))
        );
    }
    // Of the lines of one file, the times are the same as well.
    let text = fs::read_to_string(at("whole.csv")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    fs::write(at("odd.csv"), lines[0].to_owned() + &lines[7..].concat()).unwrap();
    fs::write(at("even.csv"), lines[..7].concat()).unwrap();
    run("--csv odd.csv even.csv --merged both.csv");
    assert_eq!(fs::read_to_string(at("both.csv")).unwrap(), text);
    // And what was merged goes on as the file of any sweep.
    let larger = format!("{SWEEP} --csv both.csv").replace("--hidden 3,5", "--hidden 3,5,7");
    let larger = objects(&Run::succeed(&mut sweep_in(folder.path(), data.path(), &larger)));
    assert_eq!(larger[0]["done"], 12);
}

#[test]
fn missing_runs_are_named_with_their_part_which_goes_on_from_its_file_or_they_are_finished_here() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let command = |options: &str| sweep_in(folder.path(), data.path(), &format!("{SWEEP} {options}"));
    summary(&mut command("--csv whole.csv"));
    for number in 1..=3 {
        summary(&mut command(&format!("--part {number}/3 --csv part{number}.csv")));
    }
    // Part 2 was killed in its third line, and part 3 before it began.
    let text = fs::read_to_string(at("part2.csv")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    fs::write(at("part2.csv"), lines[..3].concat() + &lines[3][..40]).unwrap();
    fs::remove_file(at("part3.csv")).unwrap();

    let merging = Run::of(&mut command("--csv part*.csv --merged all.csv"));
    assert_eq!((merging.code, merging.stderr.as_str()), (Some(1), ""));
    let events = objects(&merging.stdout);
    assert!(
        events.iter().all(|event| event["event"] != "run"),
        "nothing is trained"
    );
    let last = events.last().unwrap();
    assert_eq!((&last["runs"], &last["best"]), (&6.into(), &Value::Null));
    let owed = |part: &str| {
        let missing = last["missing"].as_array().unwrap();
        missing.iter().filter(|run| run["part"] == part).count()
    };
    assert_eq!([owed("1/3"), owed("2/3"), owed("3/3")], [0, 2, 4]);
    let text =
        Run::of(sweep_command(data.path(), &format!("{SWEEP} --csv part*.csv")).current_dir(folder.path()));
    assert_has(
        &text.stdout,
        &[
            "\nMerged    part1.csv and 1 more file\nDone      6 runs before\n",
            "\nMissing: 6 of 12 runs.\n  part 2 of 3 (part2.csv): --",
            "\n  part 3 of 3 (no runs in any file): --",
            "\nRun these parts again, each continues from its file; or train the missing runs here by --finish with --merged FILE.\n",
        ],
    );

    let again = objects(&Run::succeed(&mut command("--part 2/3 --csv part2.csv")));
    assert_eq!(again[0]["done"], 2);
    assert_eq!(again.iter().filter(|event| event["event"] == "run").count(), 2);
    let finished = objects(&Run::succeed(&mut command(
        "--csv part*.csv --merged all.csv --finish",
    )));
    assert_eq!(finished.iter().filter(|event| event["event"] == "run").count(), 4);
    assert_eq!(without_times(&at("all.csv")), without_times(&at("whole.csv")));
}

#[test]
fn halving_trains_a_rung_at_a_time_and_says_what_comes_next() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let command = |options: &str| sweep_in(folder.path(), data.path(), &format!("{HALVING} {options}"));
    let whole = summary(&mut command("--csv whole.csv"));
    for (rung, runs) in [(1, 14), (2, 6), (3, 2)] {
        let mut trained = 0;
        for number in 1..=3 {
            let part = format!("--part {number}/3 --csv part{number}.csv --merged all.csv");
            let events = objects(&Run::succeed(&mut command(&part)));
            let last = events.last().unwrap();
            assert_eq!((&last["rung"], &last["done"]), (&rung.into(), &last["runs"]));
            trained += events.iter().filter(|event| event["event"] == "run").count();
            // The next rung is not known before the merging.
            let again = summary(&mut command(&part));
            assert_eq!(again["rung"], rung);
        }
        assert_eq!(trained, runs);
        let merged = summary(&mut command("--csv part*.csv --merged all.csv"));
        let next = if rung < 3 {
            Value::from(rung + 1)
        } else {
            Value::Null
        };
        assert_eq!((&merged["next_rung"], &merged["missing"]), (&next, &Value::Null));
        assert_eq!(merged["best"].is_null(), rung < 3);
    }
    assert_eq!(without_times(&at("all.csv")), without_times(&at("whole.csv")));
    let text = Run::succeed(
        sweep_command(
            data.path(),
            &format!("{HALVING} --csv part*.csv --merged all.csv"),
        )
        .current_dir(folder.path()),
    );
    assert_has(&text, &[whole["command"].as_str().unwrap()]);

    // A part of the first rung is lost: named, and nothing else.
    fs::remove_file(at("all.csv")).unwrap();
    fs::remove_file(at("part2.csv")).unwrap();
    let merging = Run::of(&mut command("--csv part*.csv --merged all.csv"));
    assert_eq!(merging.code, Some(1));
    let missing = objects(&merging.stdout).pop().unwrap()["missing"].take();
    let missing = missing.as_array().unwrap();
    assert!(
        !missing.is_empty()
            && missing
                .iter()
                .all(|run| run["part"] == "2/3" && run["compared_after"] == 1)
    );
    // Here all rungs are finished.
    summary(&mut command("--csv part*.csv --merged all.csv --finish"));
    assert_eq!(without_times(&at("all.csv")), without_times(&at("whole.csv")));
}

/// A rung some of whose runs had ended by themselves on the one before was once taken for one with missing runs.
#[test]
fn a_rung_is_next_also_where_runs_have_ended_by_themselves() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let rates = "--learning-rate 3,1e-9,2e-9,3e-9,4e-9,5e-9,6e-9,7e-9";
    let command = |options: &str| {
        let options = format!("{rates} --epochs 8 --patience 1 --halving=2 {options}");
        sweep_in(folder.path(), data.path(), &options)
    };
    summary(&mut command("--csv whole.csv"));
    let mut merged = Value::Null;
    // A part that trains all that is left of a rung goes on with the next one.
    for _ in 0..4 {
        for number in 1..=2 {
            summary(&mut command(&format!(
                "--part {number}/2 --csv part{number}.csv --merged all.csv"
            )));
        }
        merged = summary(&mut command("--csv part*.csv --merged all.csv"));
        assert_eq!(merged["missing"], Value::Null);
    }
    assert_eq!(
        (&merged["next_rung"], &merged["best"]["learning-rate"]),
        (&Value::Null, &3.into())
    );
    let [all, whole] = ["all.csv", "whole.csv"].map(|name| without_times(&folder.path().join(name)));
    assert!(all == whole && all.contains(",patience,"), "{all}");
}

#[test]
fn parts_of_many_seeds_are_merged_to_the_summary_and_the_very_file_of_all() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let command = |options: &str| train_in(folder.path(), data.path(), options);
    let whole = summary(&mut command("--csv whole.csv"));
    let result = |summary: &Value| {
        let fields = [
            "runs",
            "failed",
            "final_accuracy_mean",
            "final_accuracy_sd",
            "best_seed",
            "best_correct",
        ];
        fields.map(|field| summary[field].clone())
    };
    for number in 1..=3 {
        let log = format!("--log log-{{seed}}.csv --part {number}/3 --csv part-{{part}}.csv");
        let events = objects(&Run::succeed(&mut command(&log)));
        assert_eq!(events[1]["part"], format!("{number}/3"));
        assert_eq!(events.last().unwrap()["runs"], [2, 2, 3][number - 1]);
    }
    let merged = objects(&Run::succeed(&mut command("--csv part-*.csv --merged all.csv")));
    assert!(
        merged.iter().all(|event| event["event"] != "run"),
        "nothing is trained"
    );
    assert_eq!(result(merged.last().unwrap()), result(&whole));
    assert_eq!(without_times(&at("all.csv")), without_times(&at("whole.csv")));
    // Logged or not, and wherever the data are, the runs are the same.
    let copy = super::data();
    assert_eq!(
        result(&summary(&mut train_in(
            folder.path(),
            copy.path(),
            "--csv all.csv"
        ))),
        result(&whole)
    );

    // A part was killed: merging names its missing runs, the part continues, and `--finish` trains them.
    let text = fs::read_to_string(at("part-3.csv")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    fs::write(at("part-3.csv"), lines[..2].concat() + "3/3,s0").unwrap();
    let merging = Run::of(&mut command("--csv part-*.csv"));
    assert_eq!((merging.code, merging.stderr.as_str()), (Some(1), ""));
    assert_eq!(
        objects(&merging.stdout).pop().unwrap()["missing"],
        serde_json::json!([8, 9])
    );
    let mut text = train_command(data.path(), "--runs 7 --seed 3 --csv part-*.csv");
    let text = Run::of(text.current_dir(folder.path()));
    assert_has(
        &text.stdout,
        &["\nMissing: 2 of 7 runs.\n  part 3 of 3 (part-3.csv): seed 8; seed 9\n"],
    );
    let finished = summary(&mut command("--csv part-*.csv --merged new.csv --finish"));
    assert_eq!(result(&finished), result(&whole));
    let again = objects(&Run::succeed(&mut command("--csv part-3.csv --part 3/3")));
    assert_eq!(again[1]["done"], 1);
    assert_eq!(result(&summary(&mut command("--csv part-*.csv"))), result(&whole));
    assert_eq!(without_times(&at("new.csv")), without_times(&at("whole.csv")));

    // Runs that diverge are done, and failures.
    let diverged = |more: &str| Run::of(&mut command(&format!("--eta 1e40 --csv bad.csv {more}")));
    for _ in 0..2 {
        let run = diverged("");
        assert_eq!(run.code, Some(1));
        assert_eq!(
            run.stderr.matches(": training diverged in epoch 0").count(),
            7,
            "{run:?}"
        );
    }
}

#[test]
fn files_of_other_runs_are_refused_by_their_names() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let sweep = |options: &str| {
        sweep_in(
            folder.path(),
            data.path(),
            &format!("--epochs 1 --threads 1 {options}"),
        )
    };
    summary(&mut sweep("--hidden 3,5 --part 1/2 --csv a1.csv"));
    summary(&mut sweep("--hidden 3,5 --part 2/2 --csv a2.csv"));
    summary(&mut sweep("--hidden 3,5 --part 2/3 --csv b2.csv"));
    summary(&mut sweep("--hidden 3,5 --seed 1 --part 2/2 --csv c2.csv"));
    let change = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(at("a2.csv")).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(at(name), text.replace(from, to)).unwrap();
    };
    let text = fs::read_to_string(at("a2.csv")).unwrap();
    let cells: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let cell = |column: &str| cells[1][cells[0].iter().position(|name| *name == column).unwrap()];
    change(
        "version.csv",
        &format!(",{},", env!("CARGO_PKG_VERSION")),
        ",0.0.9,",
    );
    change("data.csv", cell("data_sha256"), "0");
    change("weights.csv", cell("weights_sha256"), "0");
    change("mixed.csv", "2/2,", "1/2,");
    fs::write(
        at("mixed.csv"),
        text.clone() + text.lines().nth(1).unwrap().replacen("2/2", "1/2", 1).as_str() + "\n",
    )
    .unwrap();
    for (files, expected) in [
        (
            "a1.csv b2.csv",
            "b2.csv: line 2: expected a part of 2, as in a1.csv, found part 2/3.",
        ),
        (
            "a1.csv c2.csv",
            "c2.csv: line 2: expected a run of this sweep, as in a1.csv, found seed 1.",
        ),
        (
            "a1.csv version.csv",
            "version.csv: line 2: expected a run of this sweep, as in a1.csv, found version 0.0.9.",
        ),
        (
            "a1.csv data.csv",
            "data.csv: line 2: expected a run of this sweep, as in a1.csv, found data_sha256 0.",
        ),
        ("a2.csv weights.csv", "weights.csv: --hidden="),
        (
            "a2.csv weights.csv",
            "expected the same result as in a2.csv, found another.",
        ),
        (
            "a1.csv mixed.csv",
            "mixed.csv: line 3: expected lines of one part, as in a1.csv, found 1/2.",
        ),
        ("a1.csv none.csv", "none.csv: there is no such file"),
        ("none*.csv", "none*.csv: no file; expected files that"),
    ] {
        let message = Run::fail(&mut sweep(&format!("--hidden 3,5 --csv {files}")), 1);
        assert_has(&message, &[expected]);
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    for (options, expected) in [
        (
            "--csv a1.csv",
            "a1.csv: line 1: expected a file of no part; --part continues this one",
        ),
        (
            "--csv a1.csv --part 2/2",
            "a1.csv: line 1: expected a file of part 2/2, found a file of part 1/2.",
        ),
    ] {
        assert_has(
            &Run::fail(&mut sweep(&format!("--hidden 3,5 {options}")), 1),
            &[expected],
        );
    }
    summary(&mut sweep("--hidden 3,5 --csv whole.csv"));
    let message = Run::fail(&mut sweep("--hidden 3,5 --csv whole.csv --part 1/2"), 1);
    assert_has(
        &message,
        &["whole.csv: line 1: expected a file of part 1/2, found a file of no part."],
    );

    // While a part is written, its runs are read but not finished.
    let growing = fs::File::open(at("a2.csv")).unwrap();
    growing.lock().unwrap();
    summary(&mut sweep("--hidden 3,5 --csv a1.csv a2.csv"));
    let message = Run::fail(
        &mut sweep("--hidden 3,5 --csv a1.csv a2.csv --merged all.csv --finish"),
        1,
    );
    assert_has(&message, &["a2.csv: cannot finish: another run is writing to it"]);

    let train = |options: &str| train_in(folder.path(), data.path(), options);
    summary(&mut train("--part 1/2 --csv t1.csv"));
    summary(&mut train("--part 2/2 --csv t2.csv --hidden 5"));
    let message = Run::fail(&mut train("--csv t1.csv t2.csv"), 1);
    assert_has(
        &message,
        &[
            "t2.csv: line 2: expected a run with the settings s",
            ", as in t1.csv, found s",
        ],
    );
    let message = Run::fail(&mut train("--csv t1.csv a1.csv"), 1);
    assert_has(
        &message,
        &["a1.csv: line 1: expected the columns of these runs, settings,… to weights_sha256, as in t1.csv"],
    );
}

#[test]
fn options_of_parts_that_do_not_fit_are_bad_usage() {
    for (options, complaint) in [
        ("--part 2/8", "--part 2/8: expected --csv FILE with it"),
        ("--part 0/8 --csv a.csv", "expected K/N with K from 1 to N"),
        ("--part auto/x --csv a.csv", "expected auto, or auto/N"),
        (
            "--part auto --csv a.csv",
            "expected one of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX",
        ),
        (
            "--part 1/2 --csv a.csv b.csv",
            "--part 1/2: expected one --csv FILE of this part",
        ),
        ("--part 1/2 --csv a.csv --save best.json", "--save"),
        (
            "--csv a-{part}.csv",
            "expected a name without {part}, which only --part replaces",
        ),
        (
            "--csv a.csv --merged b.csv",
            "--merged b.csv: expected the files of all parts after --csv, or --part K/N",
        ),
        ("--csv a.csv --finish", "--merged"),
        ("--merged b.csv", "--csv"),
        (
            "--csv a.csv b.csv --merged b.json",
            "--merged b.json: expected a name that ends in .csv",
        ),
        (
            "--part 1/2 --csv a.csv --halving",
            "--merged not given: expected it with --halving and parts",
        ),
    ] {
        let found = Run::fail(&mut sweep_command("no such data", options), 2);
        assert!(found.contains(complaint), "{options}: {found}");
    }
    for (options, complaint) in [
        ("--part 2/8", "--part given: expected --runs with it"),
        ("--csv a.csv", "--csv given: expected --runs with it"),
        ("--runs 8 --part 9/8", "expected K/N with K from 1 to N"),
        (
            "--runs 8 --csv a.txt",
            "--csv a.txt: expected a name that ends in .csv",
        ),
    ] {
        let found = Run::fail(&mut train_command("no such data", options), 2);
        assert!(found.contains(complaint), "{options}: {found}");
    }
}
