//! `train --serve`: a run on the page, while it trains and afterwards.

use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::Value;
use tempfile::TempDir;

use super::{ONE, Served};
use crate::{Run, TEST, assert_has, batchprop, batchprop_in, data, start, train_command, weights};

/// Adam and distorted images, in a few epochs.
const RUN: &str = "--epochs 7 --hidden 12 --activation relu --output softmax --optimizer adam --augment all";

/// A run on a page, with these options, on the data in a folder.
fn watched(folder: TempDir, options: &str) -> Served {
    watched_on(".", folder, options)
}

/// A run on a page, with these options, on a file or folder in a folder.
fn watched_on(data: &str, folder: TempDir, options: &str) -> Served {
    let words = format!("train --serve --data {data} {options}");
    Served::start(&mut batchprop_in(&folder, &words), folder)
}

/// All events of a run, to its end.
fn events(served: &Served) -> Vec<Value> {
    let answer = served.get("/training");
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let text = answer.text();
    let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
    events.map(|json| serde_json::from_str(json).unwrap()).collect()
}

/// Those of all events.
fn points(events: &[Value]) -> Vec<&Value> {
    let points = events
        .iter()
        .flat_map(|event| event["points"].as_array().unwrap());
    points.collect()
}

/// The accuracy of a part of the images in every epoch.
fn accuracies(points: &[&Value], part: &str) -> Vec<f64> {
    let accuracies = points
        .iter()
        .map(|point| point[part]["accuracy"].as_f64().unwrap());
    accuracies.collect()
}

#[test]
fn watchers_receive_a_run_from_its_first_epoch_to_its_last_with_all_parts() {
    let folder = data();
    let served = watched(folder, RUN);
    // Twice: late watchers receive everything.
    for _ in 0..2 {
        let events = events(&served);
        let points = points(&events);
        let epochs: Vec<u64> = points
            .iter()
            .map(|point| point["epoch"].as_u64().unwrap())
            .collect();
        assert_eq!(epochs, [0, 1, 2, 3, 4, 5, 6]);
        for part in ["training", "validation", "test"] {
            let accuracies = accuracies(&points, part);
            assert!(
                accuracies.iter().all(|it| (0.0..=1.0).contains(it)),
                "{part}: {accuracies:?}"
            );
            assert!(
                points
                    .iter()
                    .all(|point| point[part]["cost"].as_f64().unwrap() > 0.0)
            );
        }
        assert!(points.iter().all(|point| point["learning_rate"] == 0.001));
        let last = events.last().unwrap();
        assert_eq!(
            (&last["phase"], &last["epochs"], &last["done"]),
            (&"done".into(), &7.into(), &7.0.into())
        );
        assert_has(
            last["message"].as_str().unwrap(),
            &["Final: epoch 6, ", "7 epochs in "],
        );
        let confusion = events.iter().rev().find(|event| event["confusion"].is_array());
        let confusion: Vec<Vec<usize>> =
            serde_json::from_value(confusion.unwrap()["confusion"].clone()).unwrap();
        assert_eq!(confusion.concat().iter().sum::<usize>(), TEST);
    }
    let about = served.get("/network").json();
    assert_eq!(about["sizes"], serde_json::json!([784, 12, 10]));
    let settings = about["training"]["settings"].to_string();
    assert_has(
        &settings,
        &["7 epochs, mini-batches of 10", "adam", "distorted: "],
    );
    served.is_well();
}

#[test]
fn a_run_on_a_page_is_printed_logged_and_saved() {
    let folder = data();
    let path = folder.path().to_owned();
    let (log, model) = (path.join("run.csv"), path.join("model.safetensors"));
    let files = format!("{RUN} --log {} --save {}", log.display(), model.display());
    let served = watched(folder, &files);
    served.wait_for_lines("the page stays at ", 1);
    let stdout = served.stdout.lock().unwrap().clone();
    assert_has(&stdout, &["Data      ", "Epoch 6: ", "Saved: ", "Final: "]);
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.lines().count(), 8);
    let events = events(&served);
    let logged: Vec<f64> = log
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(4).unwrap().parse().unwrap())
        .collect();
    assert_eq!(accuracies(&points(&events), "validation"), logged);
    // The page asks the network that was saved.
    let mut command = batchprop();
    let from_file = Served::start(command.arg("serve").arg(&model), TempDir::new().unwrap());
    assert_eq!(served.predict(ONE).json(), from_file.predict(ONE).json());
}

#[test]
fn the_page_changes_no_bit_and_its_address_is_the_first_object_of_json() {
    let folder = data();
    let expected = weights(folder.path(), RUN);
    let mut command = train_command(folder.path(), RUN);
    let mut child = start(command.args(["--json", "--serve", "--port", "0"]));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let first = next();
    assert_eq!(first["event"], "page");
    assert_has(first["address"].as_str().unwrap(), &["http://127.0.0.1:"]);
    let summary = std::iter::repeat_with(next).find(|object| object["event"] == "summary");
    assert_eq!(summary.unwrap()["weights_sha256"], expected);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_on_a_table_is_shown_without_a_sheet_to_draw_on() {
    let rows = (0..120).map(|row| {
        let [x, y, z] = [3, 7, 5].map(|modulus| row % modulus);
        format!("{x}.5,{y},{z},{}\n", ["a", "b", "c"][x])
    });
    let table = format!("x,y,z,label\n{}", rows.collect::<String>());
    for options in ["--epochs 3 --standardise", "--epochs 3 --no-eval --precision f64"] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("table.csv"), &table).unwrap();
        let served = watched_on("table.csv", folder, options);
        let events = events(&served);
        let points = points(&events);
        assert_eq!(points.len(), 3);
        let is_tested = !options.contains("--no-eval");
        assert!(points.iter().all(|point| point["test"].is_null() != is_tested));
        let about = served.get("/network").json();
        assert_eq!(about["training"]["confusion"], is_tested);
        assert_eq!(
            (about["side"].is_null(), &about["classes"]),
            (true, &serde_json::json!(["a", "b", "c"]))
        );
        assert_eq!(served.predict(ONE).status, 404);
    }
}

#[test]
fn a_resumed_run_is_shown_from_its_first_epoch() {
    let folder = data();
    let path = folder.path().to_owned();
    let checkpoint = path.join("run");
    let run = format!("{RUN} --checkpoint {}", checkpoint.display());
    let max_time = Run::of(train_command(&path, &run).args(["--max-time", "0.000001"]));
    assert_eq!(max_time.code, Some(0), "{max_time:?}");
    let mut command = batchprop();
    command
        .args(["train", "--serve", "--max-time", "1000", "--resume"])
        .arg(&checkpoint);
    let served = Served::start(&mut command, folder);
    let events = events(&served);
    assert_eq!(points(&events).len(), 7);
    served.is_well();
}

#[test]
fn a_run_that_fails_is_reported_at_once_and_the_page_says_so() {
    let folder = data();
    let served = watched(folder, "--learning-rate 1e300 --activation relu --output softmax");
    let events = events(&served);
    let last = events.last().unwrap();
    assert_eq!(last["phase"], "failed");
    served.wait_for_lines("error: ", 1);
    let stderr = served.stderr.lock().unwrap().to_lowercase();
    let message = last["message"].as_str().unwrap().to_lowercase();
    assert_has(&stderr, &[&format!("error: {message}")]);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_training_with_its_code_and_later_the_page_with_success() {
    for (signal, code) in crate::SIGNALS {
        let folder = data();
        let path = folder.path().to_owned();
        let save = format!("--epochs 1000000 --save {}", path.join("model.npz").display());
        let mut served = watched(folder, &save);
        served.wait_for_lines("Epoch 1: ", 1);
        crate::send(&served.child, signal);
        assert_eq!(served.child.wait().unwrap().code(), Some(code), "{signal}");
        served.wait_for_lines("Ended early: interrupted.", 1);
        assert!(path.join("model.npz").exists());

        let folder = data();
        let mut served = watched(folder, "--epochs 1");
        served.wait_for_lines("the page stays at ", 1);
        crate::send(&served.child, signal);
        assert_eq!(served.child.wait().unwrap().code(), Some(0), "{signal}");

        let folder = data();
        let fails = "--learning-rate 1e300 --activation relu --output softmax";
        let mut served = watched(folder, fails);
        served.wait_for_lines("error: ", 1);
        crate::send(&served.child, signal);
        assert_eq!(served.child.wait().unwrap().code(), Some(1), "{signal}");
    }
}

#[test]
fn options_that_do_not_go_with_the_page_are_bad_usage() {
    for (options, named) in [
        ("train --serve --runs 2", "--runs"),
        ("train --port 8001", "--serve"),
        ("train --host 0.0.0.0", "--serve"),
        ("train --serve --recipe fast --print", "--print"),
        ("serve --train --runs 2", "--runs"),
        ("serve --train --epochs 0 --data synthetic --port 0", "--epochs"),
    ] {
        let refused = Run::fail(batchprop().args(options.split(' ')), 2);
        assert_has(&refused, &[named]);
    }
}
