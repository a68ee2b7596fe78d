//! A state dict of PyTorch: it does not say which functions its network was trained with, so every command needs them as options.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use batchprop::data::find::locate::IDX_NAMES;
use batchprop::storage::model::{self, Metadata};
use batchprop::{Activation, Cost, Functions, Network, Output};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{Run, assert_has, batchprop_in, data};

pub(super) const SAID: &str = "--activation relu --output-activation softmax";

/// The same network twice: `own.safetensors` says its functions, `dict.safetensors` is what PyTorch's users have.
pub(super) fn networks(folder: &Path) {
    let functions = Functions {
        activation: Activation::Relu,
        output: Output::Softmax,
        cost: Cost::LogLikelihood,
    };
    let network = Network::<f32>::new(&[784, 20, 10], 3).unwrap();
    let network = network.with_functions(functions).unwrap();
    model::save(&network, &Metadata::default(), &folder.join("own.safetensors")).unwrap();
    let mut arrays = Vec::new();
    for (layer, name) in network.layers().iter().zip(["fc1", "out"]) {
        let bytes = |numbers: Vec<f32>| {
            numbers
                .into_iter()
                .flat_map(f32::to_le_bytes)
                .collect::<Vec<u8>>()
        };
        let (weights, biases) = (layer.weights(), layer.biases());
        let shape = weights.shape().to_vec();
        arrays.push((
            format!("{name}.weight"),
            shape,
            bytes(weights.iter().copied().collect()),
        ));
        let shape = biases.shape().to_vec();
        arrays.push((
            format!("{name}.bias"),
            shape,
            bytes(biases.iter().copied().collect()),
        ));
    }
    let views: HashMap<&str, TensorView> = arrays
        .iter()
        .map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap();
            (name.as_str(), view)
        })
        .collect();
    let bytes = safetensors::serialize(views, None).unwrap();
    fs::write(folder.join("dict.safetensors"), bytes).unwrap();
}

#[test]
fn a_state_dict_without_functions_is_refused_with_the_options_that_say_them() {
    let data = data();
    networks(data.path());
    let images = IDX_NAMES[2];
    for command in [
        "evaluate dict.safetensors --data .".to_owned(),
        format!("predict dict.safetensors {images}"),
        "convert dict.safetensors out.npz".to_owned(),
        "serve dict.safetensors --port 0".to_owned(),
    ] {
        let refused = Run::fail(&mut batchprop_in(&data, &command), 2);
        assert_has(
            &refused,
            &[
                "dict.safetensors",
                "--activation",
                "--output-activation",
                "relu and softmax",
            ],
        );
    }
    for (given, missing) in [
        (
            "--activation relu",
            "expected --output-activation (of its last layer), sigmoid or softmax",
        ),
        (
            "--output-activation softmax",
            "expected --activation (of its hidden units), such as relu",
        ),
    ] {
        let words = format!("convert dict.safetensors out.npz {given}");
        let refused = Run::fail(&mut batchprop_in(&data, &words), 2);
        assert_has(&refused, &["dict.safetensors, which does not name them", missing]);
    }
    assert!(!data.path().join("out.npz").exists());
}

#[test]
fn a_state_dict_whose_functions_are_given_is_the_network_that_says_them_itself() {
    let data = data();
    networks(data.path());
    let results = |model: &str, options: &str| {
        let images = IDX_NAMES[2];
        let commands = [
            format!("evaluate {model} --data . --json {options}"),
            format!("predict {model} --json {options} {images}"),
        ];
        commands.map(|command| {
            let run = Run::of(&mut batchprop_in(&data, &command));
            assert_eq!(run.code, Some(0), "{run:?}");
            run.stdout.replace(model, "MODEL")
        })
    };
    let expected = results("own.safetensors", "");
    assert_eq!(results("dict.safetensors", SAID), expected);
    let converted = Run::succeed(&mut batchprop_in(
        &data,
        &format!("convert dict.safetensors new.safetensors {SAID}"),
    ));
    assert_has(
        &converted,
        &["784-20-10, relu, softmax outputs, log-likelihood cost, f32"],
    );
    assert_eq!(results("new.safetensors", ""), expected);
}
