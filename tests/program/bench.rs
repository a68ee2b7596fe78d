//! `batchprop bench`: the form of its table and its JSON. Tests do not assert speeds.

use serde_json::Value;

use super::{Run, assert_has, batchprop, data, objects};

fn bench(options: &[&str]) -> String {
    let data = data();
    let mut command = batchprop();
    command
        .args(["bench", "--rounds", "1", "--data"])
        .arg(data.path());
    Run::succeed(command.args(options))
}

#[test]
fn json_is_a_start_a_peak_and_a_row_each_for_what_is_measured() {
    let output = bench(&["--json"]);
    let events = objects(&output);
    let kind = |event: &Value| event["event"].as_str().unwrap().to_owned();
    assert_eq!(kind(&events[0]), "start");
    assert_eq!(events[0]["training_images"], 300);
    assert_eq!(kind(&events[1]), "peak");
    let rows = &events[2..];
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().all(|row| kind(row) == "row"));
    assert_eq!(rows[0]["engine"], "reference");
    assert_eq!(rows[0]["times_article"], 1.0);
    let peak = events[1]["all_threads_gflops"].as_f64().unwrap();
    for row in rows {
        let number = |field: &str| row[field].as_f64().unwrap();
        assert!(number("seconds") > 0.0, "{row}");
        let images_per_second = number("images") / number("seconds");
        assert!(
            (number("images_per_second") / images_per_second - 1.0).abs() < 1e-9,
            "{row}"
        );
        let percent = 100.0 * number("dense_equivalent_gflops") / peak;
        assert!((number("percent_of_peak") / percent - 1.0).abs() < 1e-9, "{row}");
    }
    assert_eq!(rows[9]["work"], "evaluate");
    assert_eq!(rows[9]["images"], 120);
}

#[test]
fn the_table_says_machine_blas_threads_data_and_what_its_columns_mean() {
    let output = bench(&["--precision", "f64", "--threads", "1"]);
    let lines: Vec<&str> = output.lines().collect();
    for (line, start) in lines
        .iter()
        .zip(["Machine   ", "BLAS      ", "Threads   1", "Data      "])
    {
        assert!(line.starts_with(start), "{output}");
    }
    assert_has(&output, &["f64 products", "dense-equivalent"]);
    let heading = lines
        .iter()
        .position(|line| line.trim_start().starts_with("work "))
        .expect("a heading");
    let width = lines[heading].chars().count();
    for row in &lines[heading + 1..heading + 11] {
        assert_eq!(row.chars().count(), width, "{output}");
    }
}

#[test]
fn no_rounds_and_no_threads_are_bad_usage() {
    for option in ["--rounds", "--threads"] {
        let message = Run::fail(batchprop().args(["bench", option, "0"]), 2);
        assert_has(&message, &[option]);
    }
}
