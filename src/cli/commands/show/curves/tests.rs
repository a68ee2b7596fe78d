//! Whatever a log holds, it is refused, or its curves can be drawn.

use std::fs;

use allocation_counter::measure;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::cli::damage::damage;

/// What a log of a few lines and its drawings may take: most is the plotting library's font.
const MOST: u64 = 64 << 20;

const CSV: &str = "\
epoch,training_cost,training_accuracy,validation_cost,validation_accuracy,test_cost,test_accuracy,learning_rate
0,0.5,0.5,0.6,0.45,0.7,0.4,3.0
1,0.3,,,0.65,\"0.5\",0.6,3.0
3,1e-3,0.9,0.3,0.8,0.4,0.75,
";

const JSON_LINES: &str = "\
{\"epoch\":0,\"training_cost\":0.5,\"validation_accuracy\":0.9,\"test_accuracy\":null,\"learning_rate\":3.0}
{\"epoch\":1,\"training_cost\":0.25,\"validation_accuracy\":1.0,\"test_accuracy\":0.5,\"more\":[{\"a\":\"\\u00e4\"}]}
";

const LOGS: [(&str, &str); 2] = [("run.csv", CSV), ("run.jsonl", JSON_LINES)];

thread_local! {
    /// Made once, as making thousands takes longer than to read them.
    static FOLDER: TempDir = {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("good.csv"), CSV).unwrap();
        folder
    };
}

/// Reads `bytes` as a log, and draws it alone and beside another where it is one. Whether it is, and what that took.
fn show(name: &str, bytes: &[u8]) -> (bool, u64) {
    FOLDER.with(|folder| {
        let log = folder.path().join(name);
        fs::write(&log, bytes).unwrap();
        let mut is_log = false;
        let memory = measure(|| {
            for paths in [
                vec![log.clone()],
                vec![log.clone(), folder.path().join("good.csv")],
            ] {
                let Ok(runs) = log::read(&paths) else {
                    return;
                };
                is_log = true;
                let figure = Figure::new(&paths, &runs);
                for coloured in [false, true] {
                    text::draw(
                        &figure,
                        Terminal {
                            columns: 80,
                            coloured,
                        },
                    );
                }
                plot::svg(&figure).unwrap();
            }
        });
        (is_log, memory.bytes_max)
    })
}

#[test]
fn the_mean_is_over_the_epochs_that_all_runs_have_and_its_band_is_one_standard_deviation() {
    let folder = TempDir::new().unwrap();
    let log = |name: &str, seed: u64, rows: &[(u32, f64)]| {
        let rows: String = rows
            .iter()
            .map(|(epoch, value)| format!("{epoch},{value},{seed},s00000000000a\n"))
            .collect();
        let path = folder.path().join(name);
        fs::write(&path, format!("epoch,test_accuracy,seed,settings\n{rows}")).unwrap();
        path
    };
    let paths = [
        log("a-1.csv", 1, &[(0, 0.5), (1, 0.7), (2, 0.98)]),
        log("a-2.csv", 2, &[(0, 0.7), (2, 0.99), (3, 1.0)]),
        log("a-3.csv", 3, &[(0, 0.9), (1, 0.9), (2, 1.0), (3, 1.0)]),
    ];
    let runs = log::read(&paths).unwrap();
    let figure = Figure::new(&paths, &runs);
    let [panel] = &figure.panels[..] else {
        panic!("{figure:?}");
    };
    let line = &panel.lines[0];
    let rounded = |value: f64| (1e6 * value).round() / 1e6;
    let points: Vec<_> = line
        .points
        .iter()
        .map(|&(epoch, value)| (epoch, rounded(value)))
        .collect();
    assert_eq!(points, [(0, 70.0), (2, 99.0)]);
    let band = line
        .band
        .iter()
        .map(|&(epoch, low, high)| (epoch, rounded(low), rounded(high)));
    assert_eq!(band.collect::<Vec<_>>(), [(0, 50.0, 90.0), (2, 98.0, 100.0)]);
    assert_eq!(figure.title.unwrap(), "a-*: mean ± standard deviation of 3 seeds");
    assert_eq!(Figure::each(&paths, &runs).names, ["a-1", "a-2", "a-3"]);
}

#[test]
fn good_logs_are_drawn() {
    for (name, log) in LOGS {
        assert!(show(name, log.as_bytes()).0, "{name}");
    }
}

#[test]
fn the_widest_and_the_flattest_curves_are_drawn() {
    for lines in [
        "0,0\n4294967294,1e100\n",
        "4294967294,1e100\n",
        "4294967293,0\n4294967294,5e-324\n",
        "7,1e-300\n9,1e-300\n",
        "1,1e100\n2,1e100\n",
    ] {
        let log = format!("epoch,test_cost\n{lines}");
        assert!(show("run.csv", log.as_bytes()).0, "{lines}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn noise_is_no_log(noise: Vec<u8>) {
        for (name, _) in LOGS {
            prop_assert!(show(name, &noise).1 < MOST);
        }
    }

    #[test]
    fn damaged_logs_are_refused_or_drawn(damage in damage()) {
        for (name, log) in LOGS {
            let mut bytes = log.as_bytes().to_vec();
            damage.iter().for_each(|damage| damage.apply(&mut bytes));
            prop_assert!(show(name, &bytes).1 < MOST);
        }
    }
}

/// Memory once grew with the number of columns, several times over, or with the numbers of a line.
#[test]
fn long_lines_are_refused_in_little_memory() {
    const LENGTH: usize = 8 << 20;
    let of_numbers = format!("{{\"epoch\":0,\"x\":[{}1]}}\n", "1,".repeat(LENGTH));
    for (name, log) in [
        ("run.csv", ",".repeat(LENGTH)),
        ("run.csv", "test_cost,".repeat(LENGTH / 10)),
        ("run.csv", format!("{CSV}{}", ",".repeat(LENGTH))),
        ("run.jsonl", of_numbers),
    ] {
        let path = FOLDER.with(|folder| folder.path().join(name));
        fs::write(&path, &log).unwrap();
        let error = log::read(&[path]).unwrap_err().to_string();
        assert!(error.contains("expected a row of at most 64 KiB"), "{error}");
        let (_, memory) = show(name, log.as_bytes());
        assert!(memory < log.len() as u64 + (4 << 20), "{memory}");
    }
}

/// 64 MiB hold seven million.
#[test]
fn more_epochs_than_memory_should_hold_are_refused() {
    let mut log = "epoch,test_cost\n".to_owned();
    (0..1_000_001).for_each(|epoch| log.push_str(&format!("{epoch},1\n")));
    let paths = FOLDER.with(|folder| [0, 1].map(|run| folder.path().join(format!("{run}.csv"))));
    paths.iter().for_each(|path| fs::write(path, &log).unwrap());
    let mut error = String::new();
    let memory = measure(|| error = log::read(&paths).unwrap_err().to_string()).bytes_max;
    let expected = "1.csv: row 1000001: expected no more than 2000000 epochs in all logs";
    assert!(error.contains(expected), "{error}");
    assert!(memory < 400 << 20, "{memory}");
}
