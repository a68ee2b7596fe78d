//! `info`: what files of every kind hold.

use std::fs;

use serde_json::Value;

use super::{Run, assert_has, batchprop_in, data, objects, weights};

/// The object of `batchprop info FILE --json` in `folder`.
fn info(folder: &std::path::Path, file: &str) -> Value {
    let stdout = Run::succeed(&mut batchprop_in(folder, &format!("info {file} --json")));
    objects(&stdout).pop().unwrap()
}

#[test]
fn a_network_in_every_format_has_the_weights_that_train_printed() {
    let data = data();
    let folder = data.path();
    let options = "--hidden 20-12 --init normalised --keep-best --save model.safetensors";
    let train = Run::succeed(&mut batchprop_in(
        folder,
        &format!("train --data . --epochs 2 --json {options}"),
    ));
    let sum = objects(&train).pop().unwrap()["weights_sha256"].clone();
    for name in ["model.npz", "model.json"] {
        let convert = format!("convert model.safetensors {name}");
        Run::of(&mut batchprop_in(folder, &convert));
    }
    for name in ["model.safetensors", "model.npz", "model.json"] {
        let found = info(folder, name);
        assert_eq!(found["kind"], "model");
        assert_eq!(found["weights_sha256"], sum, "{name}");
        assert_eq!(found["sizes"], serde_json::json!([784, 20, 12, 10]));
        assert_eq!(found["parameters"], 785 * 20 + 21 * 12 + 13 * 10);
        assert_eq!(found["layers"][1]["parameters"], 21 * 12);
        assert_eq!(found["activation"], "sigmoid");
        match name {
            "model.json" => assert_eq!(found["training"], Value::Null),
            _ => {
                assert_eq!(found["training"]["options"]["epochs"], 2);
                assert_eq!(found["training"]["training_images"], 300);
                assert_eq!(found["training"]["test"]["images"], 120);
                assert_eq!(found["version"], env!("CARGO_PKG_VERSION"));
            }
        }
    }
    let text = Run::succeed(&mut batchprop_in(folder, "info model.safetensors"));
    assert_has(
        &text,
        &[
            "Network   784-20-12-10, sigmoid, quadratic cost, f32\n",
            "Layers    784 → 20  15,700 parameters  sigmoid\n",
            "           20 → 12     252 parameters  sigmoid\n",
            "16,082 parameters in all\n",
            "Training  2 epochs, mini-batches of 10, learning rate 3.0, seed 0, batched engine\n",
            "With      normalised initialisation, the best epoch kept\n",
            " (300 training images)\n",
            "Classes   10: 0, 1, 2",
            "Tested    ",
            "\n          pixels up to 255\n",
            &format!("Weights   sha256 {}\n", sum.as_str().unwrap()),
        ],
    );
}

#[test]
fn a_checkpoint_says_where_its_run_is_also_while_the_run_has_its_folder() {
    let data = data();
    let folder = data.path();
    let train = "train --data . --epochs 3 --quiet --checkpoint run --patience 9";
    Run::succeed(&mut batchprop_in(folder, train));
    let newest = info(folder, "run");
    assert_eq!(newest["kind"], "checkpoint");
    assert_eq!(
        (&newest["epochs_done"], &newest["is_finished"]),
        (&3.into(), &true.into())
    );
    assert_eq!(newest["weights_sha256"], weights(folder, "--epochs 3").as_str());
    let file = newest["file"].as_str().unwrap().to_owned();
    // Reading takes no lock: the lock file can be gone.
    fs::remove_file(folder.join("run/.lock")).unwrap();
    assert_eq!(info(folder, &file), newest);
    assert!(!folder.join("run/.lock").exists());
    let text = Run::succeed(&mut batchprop_in(folder, "info run"));
    assert_has(
        &text,
        &[
            "Run       3 of 3 epochs done, finished: all epochs are done\n",
            "With      patience of 9 epochs\n",
            "Epoch     2, cost ",
            "Validated ",
            "Best      epoch ",
        ],
    );
}

#[test]
fn data_are_described_as_by_the_command_data() {
    let data = data();
    let folder = data.path();
    for path in [".", "train-images-idx3-ubyte"] {
        let expected = Run::succeed(&mut batchprop_in(folder, &format!("data --data {path}")));
        assert_eq!(
            Run::succeed(&mut batchprop_in(folder, &format!("info {path}"))),
            expected
        );
    }
}

#[test]
fn a_file_of_another_program_says_what_it_does_not_name_and_other_files_are_refused() {
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/models");
    let folder = std::path::Path::new(models);
    let text = Run::succeed(&mut batchprop_in(folder, "info sequential.safetensors"));
    assert_has(
        &text,
        &[
            "no metadata",
            "functions not named (--activation and --output-activation",
        ],
    );
    assert_eq!(info(folder, "sequential.safetensors")["activation"], Value::Null);
    let column = Run::fail(
        &mut batchprop_in(folder, "info sequential.safetensors --label-column 1"),
        2,
    );
    assert_has(
        &column,
        &["--label-column with sequential.safetensors: expected a file of data"],
    );
    let empty = tempfile::tempdir().unwrap();
    fs::write(empty.path().join("run.csv"), "epoch,test_cost\n0,0.5\n1,0.25\n").unwrap();
    fs::write(empty.path().join("broken.safetensors"), [7; 40]).unwrap();
    fs::write(empty.path().join("graph.onnx"), [7; 40]).unwrap();
    for (file, said) in [
        ("broken.safetensors", "broken.safetensors: byte 0"),
        (
            "run.csv",
            "a log of `batchprop train --log`. `batchprop show curves` draws it.",
        ),
        ("graph.onnx", "ONNX, which is written for other programs only"),
        ("missing.npz", "a network, a checkpoint or data"),
    ] {
        let stderr = Run::fail(&mut batchprop_in(empty.path(), &format!("info {file}")), 1);
        assert_has(&stderr, &[said]);
    }
}
