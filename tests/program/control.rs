//! When a run ends, which weights are kept, and its log.

use std::fs;

use super::{Run, assert_has, data, train, train_command};

/// The names of the modern options.
const MODERN: &str = "--activation relu --output softmax --init he --optimizer adam --learning-rate 0.003";

/// Stderr of a run with `options` that is bad usage.
fn refused(options: &str) -> String {
    Run::fail(&mut train_command("no such data", options), 2)
}

#[test]
fn a_log_has_one_line_per_epoch_with_every_column_as_csv_or_json_lines() {
    let data = data();
    let directory = tempfile::tempdir().unwrap();
    let (csv, jsonl) = (
        directory.path().join("log.csv"),
        directory.path().join("log.jsonl"),
    );
    for log in [&csv, &jsonl] {
        let mut command = train_command(data.path(), "--epochs 3");
        let output = command.arg("--log").arg(log).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let csv = fs::read_to_string(csv).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 4);
    let jsonl = fs::read_to_string(jsonl).unwrap();
    for (row, line) in rows[1..].iter().zip(jsonl.lines()) {
        let object: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
        for (column, cell) in rows[0].iter().zip(row) {
            if *column == "settings" {
                assert_eq!(object[*column], *cell);
                continue;
            }
            let number = object[*column].as_f64().unwrap();
            let is_time = column.ends_with("seconds") || column.ends_with("second");
            // serde_json reads a number to within a unit in the last place.
            let cell: f64 = cell.parse().unwrap();
            assert!(
                is_time || (cell - number).abs() <= 1e-12 * number.abs(),
                "{column}: {cell} {number}"
            );
        }
    }
}

#[test]
fn a_log_with_an_unknown_ending_is_bad_usage() {
    let complaint = refused("--log weights.txt");
    assert_has(&complaint, &[".csv or .jsonl"]);
}

#[test]
fn patience_ends_a_run_early_and_the_best_epoch_is_kept() {
    let out = train(&format!("--epochs 500 --patience 3 --keep-best {MODERN}"));
    assert_has(&out, &["Ended early: patience ran out.", "Kept: epoch "]);
    let epochs = out.lines().filter(|line| line.starts_with("Epoch ")).count();
    assert!((4..500).contains(&epochs), "{epochs}");
}

#[test]
fn a_run_ends_when_its_time_is_over() {
    let out = train("--epochs 1000000 --max-time 0.5");
    assert_has(&out, &["Ended early: the maximum time has passed."]);
}

#[test]
fn options_that_need_validation_images_are_refused_when_all_images_train() {
    for option in ["--patience 3", "--keep-best", "--schedule halve-on-plateau"] {
        let complaint = refused(&format!("{option} --train-on all"));
        assert_has(&complaint, &["--train-on train"]);
    }
}

#[test]
fn options_that_do_not_belong_together_are_bad_usage() {
    for (options, complaint) in [
        ("--momentum 0.9", "--optimizer momentum or nesterov"),
        ("--beta1 0.9 --optimizer sgd", "--optimizer adam or adamw"),
        ("--weight-decay 0.1 --optimizer adam", "--optimizer adamw"),
        ("--output softmax --cost quadratic", "log-likelihood"),
        ("--schedule one-cycle --warmup 1", "warm-up of its own"),
        ("--step-every 3", "--schedule step"),
        ("--dropout 1", "below 1"),
        ("--max-time -1", "more than 0"),
        ("--clip-norm 0", "above 0"),
    ] {
        let found = refused(options);
        assert!(found.contains(complaint), "{options}: {found}");
    }
}

#[test]
fn the_header_names_differences_from_the_article() {
    let out = train(&format!("{MODERN} --epochs 1 --dropout 0.1 --schedule cosine"));
    assert_has(&out, &["relu, softmax outputs, log-likelihood cost"]);
    let with = "With      he initialisation, adam, cosine schedule, dropout 0.1\n";
    assert_has(&out, &[with]);
}

#[cfg(unix)]
#[test]
fn a_signal_finishes_the_mini_batch_and_reports_and_is_the_exit_code() {
    use super::{SIGNALS, ended_after};

    let data = data();
    for signal in SIGNALS {
        let mut command = train_command(data.path(), "--epochs 1000000");
        // Once an epoch is done it is listening; after a second one the summary speaks of epochs.
        let rest = ended_after(&mut command, "Epoch 1: ", signal);
        assert_has(&rest, &["Ended early: interrupted."]);
        assert!(rest.lines().last().unwrap().contains(" epochs in "), "{rest}");
    }
}
