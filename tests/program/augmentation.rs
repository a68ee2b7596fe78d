//! `--augment`: what is distorted is shown, and it trains.

use serde_json::{Value, json};

use super::{Run, data, train, train_command};

#[test]
fn the_header_says_how_images_are_distorted() {
    let out = train("--augment all --rotation 10");
    let line = "Images    distorted: rotation 10°, scale 0.85 to 1.15, shear 0.15, translation 1.5, elastic α 36 σ 5";
    assert!(out.lines().any(|found| found == line), "{out}");
    let out = train("");
    assert!(!out.contains("distorted"), "{out}");
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
    let weights = |augment: &str| {
        let out = Run::succeed(&mut train_command(
            data.path(),
            &format!("--json --augment {augment}"),
        ));
        let summary: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        summary["weights_sha256"].to_string()
    };
    let all = ["none", "shift", "affine", "elastic", "all"].map(weights);
    for (index, one) in all.iter().enumerate() {
        assert!(!all[index + 1..].contains(one), "{all:?}");
    }
}

#[test]
fn a_run_on_distorted_images_ends_when_its_time_is_over() {
    let out = train("--augment all --epochs 1000000 --max-time 0.3");
    assert!(out.contains("Ended early: the time is over."), "{out}");
}
