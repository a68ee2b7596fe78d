//! `--augment`: distortions are shown, and they train.

use serde_json::{Value, json};

use super::{Run, assert_has, data, train, train_command, weights};

#[test]
fn the_header_says_how_images_are_distorted() {
    let out = train("--augment all --rotation 5");
    let line =
        "Images    distorted: rotation 5°, scale 0.9 to 1.1, shear 0.1, translation 1, elastic α 30 σ 5";
    assert!(out.lines().any(|found| found == line), "{out}");
    let out = train("");
    assert!(!out.contains("distorted"), "{out}");
}

#[test]
fn weaker_distortions_at_the_end_are_said_and_change_the_weights() {
    let out = train("--augment shift --augment-end 0.25");
    assert_has(
        &out,
        &["\nImages    distorted: shift 1; 0.25 times as far in the last epoch\n"],
    );
    let data = data();
    let options = "--augment all --epochs 2";
    let weights = ["", "--augment-end 1", "--augment-end 0.5"]
        .map(|end| weights(data.path(), &format!("{options} {end}")));
    assert!(
        weights[0] == weights[1] && weights[0] != weights[2],
        "{weights:?}"
    );
}

#[test]
fn weaker_distortions_without_any_are_refused() {
    for options in [
        "--augment-end 0.5",
        "--augment none --augment-end 0",
        "--augment all --augment-end 1.5",
    ] {
        let refused = Run::fail(&mut train_command(data().path(), options), 2);
        assert_has(&refused, &["--augment-end"]);
    }
}

#[test]
fn the_start_event_has_every_bound() {
    let start = |options: &str| -> Value {
        let out = train(&format!("--json {options}"));
        serde_json::from_str(out.lines().next().unwrap()).unwrap()
    };
    let bounds = json!({
        "shift": 1, "rotation": 15.0, "scale": [0.9, 1.1], "shear": 0.15, "translation": 1.5, "elastic": null,
    });
    let found = start("--augment affine --shift 1 --scale 0.9,1.1");
    assert_eq!(found["augmentation"], bounds);
    let found = start("--augment elastic");
    assert_eq!(
        found["augmentation"]["elastic"],
        json!({ "alpha": 36.0, "sigma": 5.0 })
    );
}

#[test]
fn distorted_images_train_other_weights_than_those_as_they_are() {
    let data = data();
    let all = ["none", "shift", "affine", "elastic", "all"];
    let all = all.map(|augment| weights(data.path(), &format!("--augment {augment}")));
    for (index, one) in all.iter().enumerate() {
        assert!(!all[index + 1..].contains(one), "{all:?}");
    }
}

#[test]
fn a_run_on_distorted_images_ends_when_its_time_is_over() {
    let out = train("--augment all --epochs 1000000 --max-time 2 --no-eval");
    assert_has(&out, &["Ended early: the maximum time has passed."]);
}
