//! The lines for people. Epochs begin exactly as the article's do.

use super::{LEARNING, Run, TEST, assert_has, batchprop, data, train, train_command};
use tempfile::TempDir;

/// The number after `prefix`, and the rest of the line.
fn number_after<'a>(line: &'a str, prefix: &str) -> (usize, &'a str) {
    let rest = line
        .strip_prefix(prefix)
        .unwrap_or_else(|| panic!("{line:?} does not begin with {prefix:?}"));
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (rest[..end].parse().unwrap(), &rest[end..])
}

#[test]
fn the_header_says_data_network_training_blas_and_threads() {
    let data = data();
    let stdout = Run::succeed(&mut train_command(data.path(), "--threads 3 --eta 1.5"));
    let lines: Vec<_> = stdout.lines().collect();
    let training = LEARNING - LEARNING / 6;
    assert!(lines[0].starts_with("Data      "), "{stdout}");
    let images = format!("({training} training, {TEST} test images, ");
    assert_has(lines[0], &[data.path().to_str().unwrap(), &images]);
    assert_eq!(lines[1], "Network   784-30-10, sigmoid, quadratic cost, f32");
    assert_eq!(
        lines[2],
        "Training  2 epochs, mini-batches of 10, learning rate 1.5, seed 0, batched engine"
    );
    assert!(
        lines[3].starts_with("BLAS      ") && lines[3].len() > 10,
        "{stdout}"
    );
    assert_has(&stdout, &["\nThreads   "]);
}

#[test]
fn the_header_says_where_the_weights_are_the_same() {
    let small = train("--epochs 1");
    assert!(small.contains("\nBits      the same on every machine"), "{small}");
    let wide = train("--epochs 1 --hidden 300");
    assert!(
        wide.contains("\nBits      of this BLAS on this kind of processor\n"),
        "{wide}"
    );
}

#[test]
fn epochs_begin_as_the_article_s_and_a_last_line_sums_up() {
    let stdout = train("--epochs 3");
    let epochs: Vec<_> = stdout.lines().filter(|line| line.starts_with("Epoch")).collect();
    assert_eq!(epochs.len(), 3);
    let mut best = (0, 0);
    for (epoch, line) in epochs.iter().enumerate() {
        let (correct, rest) = number_after(line, &format!("Epoch {epoch}: "));
        assert!(rest.starts_with(&format!(" / {TEST}  ")), "{line}");
        for part in [" %  cost 0.", " s  ", " images/s"] {
            assert!(rest.contains(part), "{line}");
        }
        assert!(correct <= TEST);
        if correct > best.1 {
            best = (epoch, correct);
        }
    }
    let last = stdout.lines().last().unwrap();
    let (last_correct, _) = number_after(epochs[2], "Epoch 2: ");
    let percent = 100.0 * last_correct as f64 / TEST as f64;
    let beginning = format!("Final: epoch 2, {last_correct} / {TEST} ({percent:.2} %). Best: ");
    assert!(last.starts_with(&beginning), "{last}");
    let (epoch, correct) = best;
    assert!(
        last.contains(&format!(" Best: epoch {epoch}, {correct} / {TEST}. 3 epochs in ")),
        "{last}"
    );
    assert!(last.ends_with(" images/s)."), "{last}");
}

#[test]
fn without_evaluation_epochs_are_complete() {
    let stdout = train("--no-eval --epochs 1");
    assert_has(&stdout, &["\nEpoch 0 complete"]);
    assert!(
        stdout.lines().last().unwrap().starts_with("1 epoch in "),
        "{stdout}"
    );
}

#[test]
fn quiet_prints_the_last_line_alone() {
    for option in ["--quiet", "-q"] {
        let stdout = train(option);
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        assert!(stdout.starts_with("Final: epoch 1, "), "{stdout}");
    }
}

#[test]
fn train_on_all_trains_on_the_validation_images_too() {
    assert!(
        train("--train-on all").contains(&format!("({LEARNING} training, ")),
        "all"
    );
}

#[test]
fn networks_mini_batches_and_engines_of_every_size_train() {
    for options in [
        "--hidden 20,15 --precision f64",
        "--hidden 20,15 --precision f64 --engine reference",
        "--engine reference",
        "--hidden 1",
        "--hidden 10000 --epochs 1",
        "--batch-size 1",
        "--batch-size 37",
        "--batch-size 300",
        "--batch-size 18446744073709551615",
        "--classes 12",
        "--threads 100000",
        "--learning-rate 1e-300",
        "--lr 0.5 --seed 18446744073709551615",
    ] {
        // Stderr may have a note on the mini-batches.
        let run = Run::of(&mut train_command(data().path(), options));
        assert_eq!(run.code, Some(0), "{options}: {}", run.stderr);
        assert_has(&run.stdout, &["Epoch 0: "]);
    }
}

#[test]
fn both_engines_print_the_same_results() {
    let results = |options: &str| -> Vec<String> {
        let stdout = train(&format!("--precision f64 --epochs 3 {options}"));
        let epochs = stdout.lines().filter(|line| line.starts_with("Epoch"));
        epochs
            .map(|line| line.split("  ").take(3).collect::<String>())
            .collect()
    };
    let batched = results("--engine batched");
    assert_eq!(batched.len(), 3);
    assert_eq!(results("--engine reference"), batched);
}

#[test]
fn a_diverging_run_stops_with_the_epoch_the_likely_cause_and_what_to_try() {
    let data = data();
    for (options, minibatch, what) in [
        ("--eta 1e40", 1, "the cost is NaN"),
        ("--eta 1e40 --engine reference", 1, "the cost is NaN"),
        // The only step of the epoch.
        (
            "--eta 1e43 --batch-size 300 --no-eval --epochs 1",
            0,
            "a weight or bias is inf",
        ),
    ] {
        let run = Run::of(&mut train_command(data.path(), options));
        assert_eq!(run.code, Some(1), "{options}: {run:?}");
        let expected = format!("error: training diverged in epoch 0, mini-batch {minibatch}: {what}. ");
        assert!(run.stderr.starts_with(&expected), "{options}: {}", run.stderr);
        let tries = "try --learning-rate 3.0, or --precision f64.";
        assert_has(&run.stderr, &["learning rate", "too large", tries]);
        assert!(
            !run.stdout.contains("Epoch") && !run.stdout.contains("Best"),
            "{run:?}"
        );
    }
}

#[test]
fn without_mnist_and_network_synthetic_digits_train_and_every_output_says_so() {
    let nowhere = TempDir::new().unwrap();
    for options in ["", "--quiet", "--json"] {
        let mut command = train_command("auto", &format!("--offline --epochs 1 {options}"));
        for variable in ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"] {
            command.env(variable, nowhere.path());
        }
        let run = Run::of(command.current_dir(nowhere.path()));
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        assert!(
            run.stderr.starts_with("note: MNIST is not on this machine"),
            "{run:?}"
        );
        assert_has(&run.stdout, &["synthetic digits, not MNIST"]);
    }
}

#[test]
fn verify_shows_each_error_within_its_bound() {
    let stdout = Run::succeed(batchprop().arg("verify"));
    assert!(stdout.ends_with("\nAll hold.\n"), "{stdout}");
    assert_has(&stdout, &["784-30-10", " ≤ ", "\nSHA-256 of the weights "]);
    assert!(
        !stdout.contains("EXCEEDS") && !stdout.contains("IS NOT"),
        "{stdout}"
    );
}

#[test]
fn verify_checks_one_part_where_it_is_asked_to() {
    let weights = Run::succeed(batchprop().args(["verify", "--only", "weights"]));
    assert!(
        weights.contains("\narticle ") && !weights.contains(" ≤ "),
        "{weights}"
    );
    let gradient = Run::succeed(batchprop().args(["verify", "--only", "gradient"]));
    assert!(
        !gradient.contains("SHA-256") && gradient.contains(" ≤ "),
        "{gradient}"
    );
}

#[test]
fn data_shows_what_would_be_used() {
    let data = data();
    let stdout = Run::succeed(batchprop().args(["data", "--data"]).arg(data.path()));
    assert!(stdout.starts_with("data: "), "{stdout}");
    for part in ["28×28", "training", "validation", "test", "sha256"] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
}

#[test]
fn the_program_has_help_with_examples_and_a_version() {
    assert_has(
        &Run::succeed(batchprop().arg("--help")),
        &["\nExamples:\n  batchprop "],
    );
    let version = Run::succeed(batchprop().arg("--version"));
    assert_eq!(version, format!("batchprop {}\n", env!("CARGO_PKG_VERSION")));
}
