//! docs/reproducibility.md holds: its sums are those of the program, on MNIST and on synthetic digits.

use batchprop::training::verify::published::published;

use super::{batchprop, common};

/// The rows of three cells in a table whose first column is `head`.
fn rows(head: &str) -> Vec<[String; 3]> {
    let text = include_str!("../../docs/reproducibility.md");
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {head} |")));
    let rows = lines
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<String> = line
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect();
            cells.try_into().expect("three cells")
        });
    rows.collect()
}

#[test]
fn the_sums_on_synthetic_digits_are_those_that_verify_checks() {
    let expected: Vec<[String; 3]> = published()
        .iter()
        .flat_map(|training| {
            let row = |precision: &str, sum: &str| [training.name, precision, sum].map(str::to_owned);
            [row("f32", training.sha256[0]), row("f64", training.sha256[1])]
        })
        .collect();
    assert_eq!(rows("training"), expected);
}

#[test]
fn the_sums_on_mnist_are_those_that_the_program_finds() {
    let Some(data) = common::mnist() else { return };
    let rows = rows("recipe");
    assert_eq!(rows.len(), 6);
    let mut wrong = Vec::new();
    for [recipe, precision, expected] in rows {
        let output = batchprop()
            .args([
                "train",
                "--epochs",
                "3",
                "--json",
                "--no-eval",
                "--recipe",
                &recipe,
                "--precision",
                &precision,
            ])
            .arg("--data")
            .arg(&data)
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let mut lines = stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        assert_eq!(lines.next().unwrap()["bits"], "every-machine");
        let found = lines.next_back().unwrap()["weights_sha256"]
            .as_str()
            .unwrap()
            .to_owned();
        if found != expected {
            wrong.push(format!("| `{recipe}` | {precision} | `{found}` |"));
        }
    }
    assert!(wrong.is_empty(), "found:\n{}", wrong.join("\n"));
}
