//! The last lines of `train` say which weights were saved, and where.

use serde_json::Value;

use crate::{Run, assert_has, data, objects, train_command};

#[test]
fn the_weights_of_the_last_epoch_are_saved_and_the_output_says_so() {
    let data = data();
    let model = data.path().join("model.safetensors");
    for options in ["--quiet", ""] {
        let mut command = train_command(data.path(), &format!("--hidden 20 {options} --save"));
        let text = Run::succeed(command.arg(&model));
        let line = format!(
            "Saved: {}, the weights of epoch 1, the last.\nFinal: epoch 1, ",
            model.display()
        );
        assert_has(&text, &[&line, " Best: epoch "]);
    }
    let without = Run::succeed(&mut train_command(data.path(), "--hidden 20"));
    assert!(!without.contains("Saved"), "{without}");
}

#[test]
fn the_kept_epoch_is_the_one_whose_accuracy_is_final_and_whose_weights_are_saved() {
    let data = data();
    let model = data.path().join("model.safetensors");
    let options = "--hidden 20 --epochs 8 --keep-best";
    let mut json = train_command(data.path(), &format!("{options} --json --save"));
    let events = objects(&Run::succeed(json.arg(&model)));
    let summary = events.last().unwrap();
    let kept = summary["best_validation_epoch"].as_u64().unwrap();
    let epoch = events
        .iter()
        .find(|event| event["event"] == "epoch" && event["epoch"] == kept);
    assert_eq!(summary["final_epoch"], kept);
    assert_eq!(summary["final_correct"], epoch.unwrap()["correct"]);
    assert_eq!(summary["saved"], Value::from(model.to_str().unwrap()));

    let mut text = train_command(data.path(), &format!("{options} --save"));
    let text = Run::succeed(text.arg(&model));
    let best = "the best on the validation images.\n";
    let saved = format!("Saved: {}, the weights of epoch {kept}, {best}", model.display());
    let correct = &summary["final_correct"];
    let last = format!("\nFinal: epoch {kept}, {correct} / 120 (");
    assert_has(&text, &[&format!("Kept: epoch {kept}, {best}"), &saved, &last]);
}

#[test]
fn without_a_file_nothing_is_reported_as_saved() {
    let data = data();
    let json = Run::succeed(&mut train_command(data.path(), "--hidden 20 --json"));
    assert_eq!(objects(&json).last().unwrap()["saved"], Value::Null);
}

#[test]
fn many_runs_say_which_files_have_their_weights() {
    let data = data();
    let model = data.path().join("m-{seed}.safetensors");
    let mut command = train_command(data.path(), "--hidden 20 --runs 2 --quiet --save");
    let text = Run::succeed(command.arg(&model));
    let line = format!("Saved: {}, each run's last weights.\n", model.display());
    assert_has(&text, &[&line]);
}
