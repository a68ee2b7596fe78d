//! `--json`: one object per line, and nothing else on stdout.

use super::{LEARNING, Run, TEST, batchprop, data, train};
use serde_json::{Map, Value};

/// Each line of stdout, which must be an object that begins with what event it is.
fn events(stdout: &str) -> Vec<Map<String, Value>> {
    stdout
        .lines()
        .map(|line| {
            assert!(line.starts_with(r#"{"event":""#), "{line}");
            serde_json::from_str(line).unwrap()
        })
        .collect()
}

fn kinds(events: &[Map<String, Value>]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect()
}

#[test]
fn a_run_is_a_start_one_event_per_epoch_and_a_summary() {
    let events = events(&train("--json --epochs 3 --hidden 20,15 --threads 1 --seed 7"));
    assert_eq!(kinds(&events), ["start", "epoch", "epoch", "epoch", "summary"]);

    let start = &events[0];
    assert_eq!(start["training_images"], LEARNING - LEARNING / 6);
    assert_eq!(start["test_images"], TEST);
    assert_eq!(start["sizes"], serde_json::json!([784, 20, 15, 10]));
    assert_eq!((&start["threads"], &start["seed"]), (&1.into(), &7.into()));
    assert_eq!(start["precision"], "f32");
    assert_eq!(start["learning_rate"], 3.0);
    assert_eq!(start["bits"], "every-machine");
    for text in ["data", "engine", "blas"] {
        assert!(start[text].is_string(), "{start:?}");
    }

    for (index, epoch) in events[1..4].iter().enumerate() {
        assert_eq!(epoch["epoch"], index);
        assert!(epoch["correct"].as_u64().unwrap() <= TEST as u64, "{epoch:?}");
        assert_eq!(epoch["test_images"], TEST);
        for number in ["cost", "train_seconds", "eval_seconds", "images_per_second"] {
            assert!(epoch[number].as_f64().unwrap() > 0.0, "{epoch:?}");
        }
    }

    let summary = &events[4];
    let best = summary["best_epoch"].as_u64().unwrap() as usize;
    assert_eq!(summary["best_correct"], events[1 + best]["correct"]);
    assert_eq!(summary["final_correct"], events[3]["correct"]);
    assert!(summary["total_seconds"].as_f64().unwrap() > 0.0, "{summary:?}");
    let weights = summary["weights_sha256"].as_str().unwrap();
    assert!(
        weights.len() == 64 && weights.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{weights}"
    );
}

/// `help train` has an example for jq, which is done here without it.
#[test]
fn the_example_of_the_help_selects_what_it_says() {
    let help = Run::succeed(batchprop().args(["help", "train"]));
    let example = "batchprop train --json | jq 'select(.event == \"epoch\").correct'";
    assert!(help.contains(example), "{help}");
    let stdout = train("--json --epochs 3");
    let selected: Vec<u64> = events(&stdout)
        .iter()
        .filter(|event| event["event"] == "epoch")
        .map(|event| event["correct"].as_u64().unwrap())
        .collect();
    let text = train("--epochs 3");
    let printed: Vec<u64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("Epoch ")?.split(' ').nth(1)?.parse().ok())
        .collect();
    assert_eq!((selected.len(), selected), (3, printed));
}

#[test]
fn why_a_run_ended_is_a_code_the_same_for_one_run_many_runs_and_a_sweep() {
    let data = data();
    let patience = "--epochs 500 --patience 1 --learning-rate 0.0001";
    let plateau = "--epochs 500 --learning-rate 0.0001 --schedule halve-on-plateau --plateau-patience 1";
    for (options, code) in [
        ("--epochs 2", "epochs"),
        (patience, "patience"),
        ("--epochs 1000000 --max-time 0.1", "time"),
        (plateau, "plateau"),
    ] {
        let stdout = |words: &str| {
            let mut command = batchprop();
            command.args(words.split(' ')).arg("--data").arg(data.path());
            // So small a learning rate is warned of.
            let run = Run::of(command.args(options.split(' ')));
            assert_eq!(run.code, Some(0), "{run:?}");
            run.stdout
        };
        let one = events(&stdout("train --json"));
        assert_eq!(one.last().unwrap()["ending"], code, "{options}");
        for words in ["train --json --runs 1", "sweep --json"] {
            let events = events(&stdout(words));
            let run = events.iter().find(|event| event["event"] == "run").unwrap();
            assert_eq!(run["ending"], code, "{words} {options}");
        }
    }
}

#[test]
fn missing_evaluations_are_null() {
    let events = events(&train("--json --no-eval"));
    assert_eq!(kinds(&events), ["start", "epoch", "epoch", "summary"]);
    assert_eq!(events[0]["test_images"], 0);
    assert!(events[1]["correct"].is_null() && events[1]["test_images"].is_null());
    for name in ["best_correct", "best_epoch", "final_correct"] {
        assert!(events[3][name].is_null(), "{name}");
    }
}

#[test]
fn data_are_one_object() {
    let data = data();
    let stdout = Run::succeed(batchprop().args(["data", "--json", "--data"]).arg(data.path()));
    assert_eq!(stdout.lines().count(), 1);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["kind"], "idx");
    assert_eq!(report["training"]["images"], LEARNING - LEARNING / 6);
    assert_eq!(report["validation"]["images"], LEARNING / 6);
    assert_eq!(report["test"]["images"], TEST);
    let classes = report["test"]["classes"].as_array().unwrap();
    assert_eq!(classes.iter().filter_map(Value::as_u64).sum::<u64>(), TEST as u64);
}
