//! `--resume DIR --epochs N` and `--init-from MODEL`: training goes on from what there is.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::checkpoints::{REMEMBERING, checkpointed, resume_command};
use super::{Run, assert_has, batchprop_in, data, objects, train_command, weights};
use batchprop::storage::model::{self, Metadata};
use batchprop::{Activation, Functions, Initialisation, Network, Output};

/// The last object of a command that ends well, and what it notes.
fn last(words: &str, folder: &Path) -> (Value, String) {
    let run = Run::of(&mut batchprop_in(folder, words));
    assert_eq!(run.code, Some(0), "{words}: {}", run.stderr);
    (objects(&run.stdout).pop().unwrap(), run.stderr)
}

#[test]
fn a_finished_run_that_is_lengthened_has_the_weights_of_a_longer_one() {
    let data = data();
    let step = "--schedule step --step-every 2 --step-factor 0.5 --warmup 1.5 --augment shift";
    for options in ["", REMEMBERING, step, "--precision f64 --optimizer momentum"] {
        let options = format!("--hidden 12 {options}");
        let folder = TempDir::new().unwrap();
        Run::of(&mut checkpointed(
            data.path(),
            folder.path(),
            &format!("{options} --epochs 3 --json"),
        ));
        let words = format!("train --resume {} --epochs 7 --json", folder.path().display());
        let (summary, _) = last(&words, data.path());
        let whole = Run::of(&mut train_command(
            data.path(),
            &format!("{options} --epochs 7 --json"),
        ));
        let whole = objects(&whole.stdout).pop().unwrap();
        assert_eq!(summary["weights_sha256"], whole["weights_sha256"], "{options}");
    }
}

#[test]
fn a_longer_run_that_is_stopped_again_keeps_its_new_end_and_its_log() {
    let data = data();
    let folder = TempDir::new().unwrap();
    Run::of(&mut checkpointed(data.path(), folder.path(), "--epochs 2 --json"));
    let log = folder.path().join("log.csv");
    let words = format!("--epochs 5 --json --log {}", log.display());
    Run::of(&mut resume_command(folder.path(), &words));
    assert_eq!(fs::read_to_string(&log).unwrap().lines().count(), 6);
    let events = objects(&Run::of(&mut resume_command(folder.path(), "--json")).stdout);
    assert_eq!(events[0]["epochs"], 5);
    assert_eq!(
        (&events[1]["epochs_before"], &events[1]["is_finished"]),
        (&5.into(), &true.into())
    );
    assert_eq!(
        events.last().unwrap()["weights_sha256"],
        weights(data.path(), "--epochs 5").as_str()
    );
}

#[test]
fn a_schedule_that_follows_the_epochs_goes_on_as_the_longer_one_and_says_so() {
    let data = data();
    for schedule in ["cosine", "one-cycle"] {
        let folder = TempDir::new().unwrap();
        let options = format!("--schedule {schedule} --epochs 2 --json");
        Run::of(&mut checkpointed(data.path(), folder.path(), &options));
        let words = format!("train --resume {} --epochs 4 --json", folder.path().display());
        let run = Run::of(&mut batchprop_in(data.path(), &words));
        assert_has(
            &run.stderr,
            &[
                "the run goes on as one of 4 epochs: the learning rate was",
                "not those of an uninterrupted run of 4",
            ],
        );
        // The rates are the later ones of four epochs.
        let rates = |stdout: &str| -> Vec<Value> {
            let epochs = objects(stdout)
                .into_iter()
                .filter(|event| event["event"] == "epoch");
            epochs.map(|epoch| epoch["learning_rate"].clone()).collect()
        };
        let whole = Run::of(&mut train_command(
            data.path(),
            &format!("--schedule {schedule} --epochs 4 --json"),
        ));
        assert_eq!(rates(&run.stdout), rates(&whole.stdout)[2..]);
    }
}

#[test]
fn distortions_that_weaken_go_on_as_in_the_longer_run_and_say_so() {
    let data = data();
    let folder = TempDir::new().unwrap();
    let options = "--augment all --augment-end 0.5 --epochs 2 --json";
    Run::of(&mut checkpointed(data.path(), folder.path(), options));
    let words = format!("train --resume {} --epochs 5 --json", folder.path().display());
    let run = Run::of(&mut batchprop_in(data.path(), &words));
    assert_has(
        &run.stderr,
        &["the strength of the distortions was 0.500 in the last epoch, and goes on with 0.750"],
    );
}

#[test]
fn a_finished_run_says_so_and_how_to_lengthen_it_and_fewer_epochs_are_refused() {
    let data = data();
    let folder = TempDir::new().unwrap();
    Run::of(&mut checkpointed(data.path(), folder.path(), "--epochs 3 --json"));
    let text = Run::succeed(&mut resume_command(folder.path(), ""));
    assert_has(
        &text,
        &["\nFinished  its 3 epochs are done; a larger number of --epochs lengthens the run\n"],
    );
    let refused = Run::fail(&mut resume_command(folder.path(), "--epochs 2"), 2);
    assert_has(&refused, &["--epochs 2: expected at least 3, because 3 are done"]);
}

/// A network that was drawn as `train` draws it, and saved before its first step.
fn untrained(folder: &Path, name: &str) {
    let network = Network::<f32>::new(&[784, 30, 10], 5).unwrap();
    model::save(&network, &Metadata::default(), &folder.join(name)).unwrap();
}

#[test]
fn a_run_that_starts_from_the_drawn_weights_is_the_run_that_draws_them() {
    let data = data();
    let expected = weights(data.path(), "--seed 5");
    for name in ["start.safetensors", "start.npz", "start.json"] {
        untrained(data.path(), name);
        let words =
            format!("train --data . --epochs 2 --seed 5 --json --init-from {name} --save out.safetensors");
        let (summary, _) = last(&words, data.path());
        assert_eq!(summary["weights_sha256"], expected.as_str(), "{name}");
        let (about, _) = last("info out.safetensors --json", data.path());
        assert_eq!(about["training"]["started_from"]["file"], name);
        assert_eq!(about["training"]["initialisation"], Value::Null);
    }
    // Many seeds from one start; each is the run of its own.
    let words = "train --data . --epochs 2 --seed 4 --runs 2 --json --init-from start.npz";
    let run = Run::of(&mut batchprop_in(data.path(), words));
    let second = objects(&run.stdout)
        .into_iter()
        .find(|event| event["seed"] == 5 && event["event"] == "run");
    assert_eq!(second.unwrap()["weights_sha256"], expected.as_str());
}

#[test]
fn sizes_functions_and_precision_are_those_of_the_file_and_contradictions_are_refused() {
    let data = data();
    let folder = data.path();
    let functions = Functions {
        activation: Activation::Relu,
        output: Output::Softmax,
        cost: Output::Softmax.usual_cost(),
    };
    let network = Network::<f64>::zeros(&[784, 20, 12, 10]).unwrap();
    let network = network.with_functions(functions).unwrap();
    let network = network.initialised(Initialisation::He, 1).unwrap();
    model::save(&network, &Metadata::default(), &folder.join("start.safetensors")).unwrap();
    let words = "train --data . --epochs 1 --json --init-from start.safetensors";
    let run = Run::of(&mut batchprop_in(folder, words));
    let start = objects(&run.stdout).remove(0);
    assert_eq!(start["sizes"], json!([784, 20, 12, 10]));
    assert_eq!(
        (&start["activation"], &start["output"]),
        (&"relu".into(), &"softmax".into())
    );
    assert_eq!(
        (&start["precision"], &start["init"]),
        (&"f64".into(), &Value::Null)
    );
    assert_eq!(start["started_from"]["weights_sha256"], network.sha256());
    // The default of the learning rate follows the network that is read.
    assert_eq!(start["learning_rate"], 0.1);
    for (options, said) in [
        (
            "--hidden 20",
            "--hidden 20: expected 20-12, as start.safetensors has",
        ),
        ("--activation tanh", "--activation tanh: expected relu"),
        (
            "--output-activation sigmoid",
            "--output-activation sigmoid: expected softmax",
        ),
        ("--init he", "cannot be used with"),
        ("--resume run", "cannot be used with '--resume'"),
    ] {
        let stderr = Run::fail(&mut batchprop_in(folder, &format!("{words} {options}")), 2);
        assert_has(&stderr, &[said]);
    }
    // A recipe keeps the rest of its options.
    let (_, _) = last(&format!("{words} --recipe book --cost log-likelihood"), folder);
    // A file that does not name its functions needs them.
    let foreign = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/models/sequential.safetensors");
    let stderr = Run::fail(
        &mut batchprop_in(folder, &format!("train --data . --init-from {foreign}")),
        2,
    );
    assert_has(&stderr, &["which does not name them"]);
}

#[test]
fn images_that_do_not_fit_and_test_images_that_trained_before_are_noticed() {
    let data = data();
    let folder = data.path();
    fs::write(
        folder.join("small.csv"),
        format!("label,a,b\n{}", "0,1,2\n1,200,3\n".repeat(18)),
    )
    .unwrap();
    untrained(folder, "start.safetensors");
    let stderr = Run::fail(
        &mut batchprop_in(folder, "train --data small.csv --init-from start.safetensors"),
        1,
    );
    assert_has(
        &stderr,
        &["start.safetensors: network 784-30-10: expected one of 2 inputs"],
    );
    last(
        "train --data . --epochs 1 --json --test-split 0.2 --save split.safetensors",
        folder,
    );
    let go_on = |options: &str| {
        let words = format!("train --data . --epochs 1 --json --init-from split.safetensors {options}");
        last(&words, folder).1
    };
    let said = "images may test here that trained split.safetensors: it was trained on these data with --test-split 0.2";
    assert_has(&go_on(""), &[said]);
    assert!(!go_on("--test-split 0.2").contains("images may test"));
}

#[test]
fn a_resumed_run_that_started_from_a_network_ends_like_one_that_was_not_stopped() {
    let data = data();
    let folder = data.path();
    untrained(folder, "start.safetensors");
    let train = "train --data . --json --init-from start.safetensors";
    last(&format!("{train} --epochs 1 --checkpoint run"), folder);
    fs::remove_file(folder.join("start.safetensors")).unwrap();
    let (resumed, _) = last("train --resume run --epochs 3 --json", folder);
    untrained(folder, "start.safetensors");
    let (whole, _) = last(&format!("{train} --epochs 3"), folder);
    assert_eq!(resumed["weights_sha256"], whole["weights_sha256"]);
}

#[test]
fn standardised_columns_go_on_from_a_network_that_takes_them_as_they_are() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let row = |index: usize| {
        format!(
            "{},{},{}\n",
            index % 2,
            index % 2 * 500 + index % 7 * 30,
            index % 5
        )
    };
    let rows: String = (0..120).map(row).collect();
    fs::write(folder.join("table.csv"), format!("label,a,b\n{rows}")).unwrap();
    let train = "train --data table.csv --standardise --json --output softmax --hidden 4 --learning-rate 0.1";
    last(&format!("{train} --epochs 8 --save model.safetensors"), folder);
    let (before, _) = last("evaluate model.safetensors --data table.csv --json", folder);
    let words = "train --data table.csv --standardise --json --init-from model.safetensors --epochs 1 --learning-rate 1e-9";
    let (after, _) = last(words, folder);
    assert_eq!(before["correct"], after["final_correct"]);
}
