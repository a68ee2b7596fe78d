//! Committees: `evaluate`, `predict`, `convert` and `serve` with several models.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::serve::{ONE, Served};
use super::{Run, TEST, assert_has, batchprop_in, data, objects, train_command};

/// A folder with a small data set and three networks of `train --runs`, and a fourth in double precision with other layers and functions.
fn members() -> TempDir {
    let folder = data();
    let path = |name: &str| folder.path().join(name);
    let runs = "--runs 3 --hidden 20 --epochs 4 --quiet --save";
    Run::succeed(train_command(folder.path(), runs).arg(path("m-{seed}.safetensors")));
    let other = "--hidden 12,9 --precision f64 --activation relu --output softmax --init he --learning-rate 0.1 --quiet --save";
    Run::succeed(train_command(folder.path(), other).arg(path("other.npz")));
    folder
}

const ALL: &str = "m-0.safetensors m-1.safetensors m-2.safetensors other.npz";

fn json(folder: &TempDir, words: &str) -> Value {
    serde_json::from_str(&Run::succeed(&mut batchprop_in(folder, words))).unwrap()
}

#[test]
fn a_committee_is_compared_with_its_members_as_they_are_alone() {
    let folder = members();
    let whole = json(&folder, &format!("evaluate {ALL} --data . --json"));
    assert_eq!(whole["images"], TEST);
    let mut accuracies = 0.0;
    for (member, name) in whole["members"].as_array().unwrap().iter().zip(ALL.split(' ')) {
        let alone = json(&folder, &format!("evaluate {name} --data . --json"));
        assert_eq!(member["model"], name);
        for field in ["correct", "accuracy", "sizes"] {
            assert_eq!(member[field], alone[field], "{name}: {field}");
        }
        accuracies += alone["accuracy"].as_f64().unwrap();
    }
    assert!((whole["mean_accuracy"].as_f64().unwrap() - accuracies / 4.0).abs() < 1e-12);

    // What the committee says of each image is the mean of what its members say.
    let predict = |models: &str| {
        let words = format!("predict {models} --json t10k-images-idx3-ubyte");
        objects(&Run::succeed(&mut batchprop_in(&folder, &words)))
    };
    let numbers =
        |object: &Value| -> Vec<f64> { serde_json::from_value(object["probabilities"].clone()).unwrap() };
    let together = predict(ALL);
    let alone: Vec<Vec<Value>> = ALL.split(' ').map(predict).collect();
    for (index, object) in together.iter().enumerate() {
        let votes: Vec<&Value> = alone.iter().map(|member| &member[index]["label"]).collect();
        assert_eq!(
            object["members"].as_array().unwrap().iter().collect::<Vec<_>>(),
            votes
        );
        for (class, probability) in numbers(object).into_iter().enumerate() {
            let sum: f64 = alone.iter().map(|member| numbers(&member[index])[class]).sum();
            assert!((probability - sum / 4.0).abs() < 1e-12);
        }
    }
    let text = Run::succeed(&mut batchprop_in(&folder, &format!("evaluate {ALL} --data .")));
    assert_has(
        &text,
        &[
            "Committee 4 networks, the mean of their probabilities\n",
            "3 × 784-20-10, sigmoid, quadratic cost, f32\n",
            "1 × 784-12-9-10, relu, softmax outputs, log-likelihood cost, f64\n",
            "\n  other.npz",
            " points over the mean member, ",
        ],
    );
    let one = Run::succeed(&mut batchprop_in(
        &folder,
        &format!("evaluate {ALL} --data . --threads 1"),
    ));
    assert_eq!(text, one);
}

#[test]
fn a_committee_of_one_prints_what_its_network_prints_today() {
    let folder = members();
    let text = Run::succeed(&mut batchprop_in(&folder, "evaluate m-0.safetensors --data ."));
    assert!(text.starts_with("Network   m-0.safetensors (784-20-10, sigmoid, quadratic cost, f32)\n"));
    assert!(!text.contains("member"), "{text}");
    let object = json(&folder, "evaluate m-0.safetensors --data . --json");
    assert_eq!(object["model"], "m-0.safetensors");
    assert!(object.get("members").is_none());
}

#[test]
fn networks_that_do_not_fit_each_other_are_refused_with_both_files() {
    let folder = members();
    fs::write(folder.path().join("rows.csv"), "1,2,a\n2,1,b\n".repeat(30)).unwrap();
    fs::write(folder.path().join("others.csv"), "1,2,a\n2,1,c\n".repeat(30)).unwrap();
    for (data, save) in [("rows.csv", "rows"), ("others.csv", "others")] {
        let words = format!("train --data {data} --hidden 2 --json --save {save}.safetensors");
        assert_eq!(Run::of(&mut batchprop_in(&folder, &words)).code, Some(0));
    }
    for command in ["evaluate", "serve", "convert"] {
        let out = if command == "convert" { "out.onnx" } else { "" };
        let words = format!("{command} m-0.safetensors rows.safetensors {out}");
        let error = Run::fail(&mut batchprop_in(&folder, &words), 1);
        assert_has(
            &error,
            &[
                "rows.safetensors: network 2-2-2",
                "784 inputs and 10 outputs, as m-0.safetensors has",
            ],
        );
    }
    let words = "predict rows.safetensors others.safetensors rows.csv";
    let error = Run::fail(&mut batchprop_in(&folder, words), 1);
    assert_has(
        &error,
        &[
            "others.safetensors: class 1",
            "\"b\", as rows.safetensors has, found \"c\"",
        ],
    );
    let same = Run::of(&mut batchprop_in(
        &folder,
        "evaluate m-0.safetensors m-0.safetensors --data .",
    ));
    assert_has(
        &same.stderr,
        &["m-0.safetensors is the same network as m-0.safetensors: it counts twice"],
    );
}

#[test]
fn networks_come_before_images_and_the_error_shows_the_right_order() {
    let folder = members();
    for (words, command) in [
        (
            "t10k-images-idx3-ubyte m-0.safetensors",
            "`batchprop predict m-0.safetensors t10k-images-idx3-ubyte`",
        ),
        (
            "m-0.safetensors t10k-images-idx3-ubyte other.npz",
            "`batchprop predict other.npz t10k-images-idx3-ubyte`",
        ),
    ] {
        let error = Run::fail(&mut batchprop_in(&folder, &format!("predict {words}")), 2);
        assert_has(&error, &["expected the network first", command]);
    }
    let error = Run::fail(
        &mut batchprop_in(&folder, "predict m-0.safetensors m-1.safetensors"),
        2,
    );
    assert_has(&error, &["after the 2 networks"]);
    let text = Run::succeed(&mut batchprop_in(
        &folder,
        &format!("predict {ALL} t10k-images-idx3-ubyte"),
    ));
    assert!(text.starts_with("Committee of 4 networks: the mean of their probabilities\nlabel "));
    assert_has(&text, &[" of 4 networks\n"]);
}

#[test]
fn a_committee_is_one_graph_of_onnx_and_of_one_network_that_network_s() {
    let folder = members();
    let written = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let run = Run::of(&mut batchprop_in(
        &folder,
        &format!("convert {ALL} committee.onnx"),
    ));
    assert_eq!(
        run.stdout,
        "committee.onnx: the mean of 4 networks (784-20-10 and 784-12-9-10), f32\n"
    );
    assert_has(&run.stderr, &["rounded to f32"]);
    assert!(written("committee.onnx").len() > 4 * 20 * 784);
    let error = Run::fail(
        &mut batchprop_in(&folder, &format!("convert {ALL} committee.npz")),
        2,
    );
    assert_has(&error, &["committee.npz for 4 networks", ".onnx"]);
    assert!(!Path::new("committee.npz").exists());
}

#[test]
fn the_page_shows_the_mean_and_what_each_network_says() {
    let folder = members();
    let mut command = batchprop_in(&folder, &format!("serve {ALL}"));
    let served = Served::start(&mut command, folder);
    let network = served.get("/network").json();
    assert_eq!(network["name"], "4 networks");
    assert_eq!(network["members"][3], "other.npz");
    let look = served.predict(ONE).json();
    let members = look["members"].as_array().unwrap();
    assert_eq!(members.len(), 4);
    let probabilities: Vec<f64> = serde_json::from_value(look["probabilities"].clone()).unwrap();
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    let label = look["label"].as_u64().unwrap() as usize;
    let votes = members.iter().filter(|member| member[0] == label);
    let part: f64 = votes.map(|member| member[1].as_f64().unwrap()).sum();
    assert!(probabilities[label] >= part / 4.0 - 1e-6);
    // The inside is that of the first.
    assert_eq!(look["hidden"][0].as_array().unwrap().len(), 20);
}
