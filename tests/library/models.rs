//! A saved network loads unchanged, and so do networks of PyTorch; damaged and other files are refused.

use std::fs;
use std::path::{Path, PathBuf};

use batchprop::data::splits::{Amount, Splits};
use batchprop::storage::model::{self, Accuracy, Metadata, ModelFile};
use batchprop::{
    Activation, Error, Functions, Initialisation, Network, Output, Precision, Real, TrainOn, TrainingOptions,
};
use ndarray::Array2;
use proptest::prelude::*;
use proptest::sample::Index;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::parts::functions;
use crate::common::{largest_difference, project};

/// A network whose parameters have any finite bits.
fn network<F: Real>(sizes: &[usize], functions: Functions, seed: u64) -> Network<F> {
    let network = Network::zeros(sizes).unwrap().with_functions(functions).unwrap();
    let mut network = network.initialised(Initialisation::Normal, seed).unwrap();
    let extremes = [
        F::min_value(),
        F::max_value(),
        F::min_positive_value(),
        F::epsilon(),
        -F::zero(),
    ];
    for (index, layer) in network.layers_mut().iter_mut().enumerate() {
        let weights = layer.weights_mut().into_iter();
        weights
            .zip(&extremes[index % 5..])
            .for_each(|(weight, &extreme)| *weight = extreme);
    }
    network
}

fn metadata() -> Metadata {
    Metadata {
        initialisation: Some(Initialisation::He),
        started_from: None,
        options: Some(TrainingOptions {
            learning_rate: 0.1 + 0.2,
            seed: u64::MAX,
            ..Default::default()
        }),
        data: Some("a \"quoted\" data set 数字".to_owned()),
        data_sha256: Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned()),
        splits: Some(Splits {
            test: Some(Amount::Share(0.1)),
            validation: Some(Amount::Number(500)),
            seed: 3,
        }),
        pixel_max: Some(255.0),
        class_names: None,
        train_on: Some(TrainOn::Whole),
        training_images: Some(50_000),
        epoch: Some(7),
        validation: None,
        test: Some(Accuracy {
            correct: 9_500,
            images: 10_000,
        }),
    }
}

/// A small model's file.
fn saved() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    let network = network::<f32>(&[5, 3, 2], Functions::default(), 1);
    model::save(&network, &metadata(), &path).unwrap();
    (folder, path)
}

fn load_bytes(bytes: &[u8]) -> Result<(), Error> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, bytes).unwrap();
    model::load::<f32>(&path).map(drop)
}

fn round_trip<F: Real>(sizes: &[usize], functions: Functions, seed: u64) {
    let network = network::<F>(sizes, functions, seed);
    for ending in ["safetensors", "npz", "json"] {
        let folder = TempDir::new().unwrap();
        let [first, second] = ["first", "second"].map(|name| folder.path().join(name).with_extension(ending));
        if ending == "json" && model::check_format(&first, functions, sizes.len() - 1).is_err() {
            assert!(model::save(&network, &metadata(), &first).unwrap_err().is_usage());
            assert!(!first.exists());
            continue;
        }
        model::save(&network, &metadata(), &first).unwrap();
        let (loaded, loaded_metadata) = model::load::<F>(&first).unwrap();
        assert_eq!(loaded.sha256(), network.sha256());
        if ending == "json" {
            // A network without hidden layers may have any activation function, because it does not use it.
            assert_eq!(loaded_metadata, None);
            assert_eq!(loaded.layers(), network.layers());
            assert_eq!(loaded.functions().cost, functions.cost);
        } else {
            assert_eq!((&loaded, loaded_metadata.as_ref()), (&network, Some(&metadata())));
            assert_eq!(ModelFile::read(&first).unwrap().precision(), F::PRECISION);
        }
        model::save(&loaded, &metadata(), &second).unwrap();
        assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn loading_what_was_saved_is_the_identity(
        sizes in prop::collection::vec(1..40usize, 2..6),
        functions in functions(),
        seed in any::<u64>(),
    ) {
        round_trip::<f32>(&sizes, functions, seed);
        round_trip::<f64>(&sizes, functions, seed);
    }

    #[test]
    fn changed_numbers_are_noticed(index in any::<Index>(), bit in 0..8u8) {
        let (_folder, path) = saved();
        let mut bytes = fs::read(path).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let index = 8 + length + index.index(bytes.len() - 8 - length);
        bytes[index] ^= 1 << bit;
        prop_assert!(matches!(load_bytes(&bytes), Err(Error::Format { .. })), "byte {}", index);
    }

    #[test]
    fn no_header_makes_the_reader_panic(
        name in "[a-z.0-9]{0,12}",
        shape in prop::collection::vec(any::<u64>(), 0..4),
        offsets in any::<(u64, u64)>(),
    ) {
        let header = format!(
            r#"{{"{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{},{}]}}}}"#,
            offsets.0, offsets.1
        );
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 24]].concat();
        prop_assert!(load_bytes(&bytes).is_err());
    }
}

#[test]
fn the_tensors_are_those_of_an_nn_sequential_with_activations_between() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    let network = Network::<f64>::new(&[5, 4, 3], 3).unwrap();
    model::save(&network, &metadata(), &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    assert_eq!(names, ["0.bias", "0.weight", "2.bias", "2.weight"]);
    let weight = file.tensor("0.weight").unwrap();
    assert_eq!((weight.dtype(), weight.shape()), (Dtype::F64, &[4, 5][..]));
    let expected = network.layers()[0].weights()[(0, 1)];
    assert_eq!(weight.data()[8..16], expected.to_le_bytes(), "row by row");
    assert_eq!(file.tensor("2.bias").unwrap().shape(), [3]);

    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let about = &header.metadata().as_ref().unwrap()["batchprop"];
    let about: Value = serde_json::from_str(about).unwrap();
    assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
    let about = &about["about"];
    assert_eq!(about["network"]["sizes"], serde_json::json!([5, 4, 3]));
    assert_eq!(about["network"]["precision"], "f64");
    assert_eq!(about["network"]["weights_sha256"], network.sha256());
    assert_eq!(about["training"]["options"]["seed"], u64::MAX);
    assert_eq!(about["training"]["test"]["correct"], 9_500);
}

#[test]
fn a_model_of_the_other_precision_is_rounded() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    let double = Network::<f64>::new(&[3, 2], 3).unwrap();
    model::save(&double, &metadata(), &path).unwrap();
    assert_eq!(ModelFile::read(&path).unwrap().precision(), Precision::F64);
    let (single, _) = model::load::<f32>(&path).unwrap();
    let rounded = double.layers()[0].weights().mapv(|weight| weight as f32);
    assert_eq!(single.layers()[0].weights(), rounded);

    model::save(&single, &metadata(), &path).unwrap();
    assert_eq!(ModelFile::read(&path).unwrap().precision(), Precision::F32);
    let (wider, _) = model::load::<f64>(&path).unwrap();
    assert_eq!(wider.layers()[0].weights(), rounded.mapv(f64::from));

    // Too large for f32.
    model::save(
        &network::<f64>(&[3, 2], Functions::default(), 1),
        &metadata(),
        &path,
    )
    .unwrap();
    let error = model::load::<f32>(&path).unwrap_err().to_string();
    assert!(
        error.contains("expected finite numbers of f32, found -inf"),
        "{error}"
    );
}

fn pytorch(name: &str) -> PathBuf {
    project("tests/models").join(name)
}

#[test]
fn networks_of_pytorch_compute_here_what_they_compute_there() {
    let expected = fs::read_to_string(pytorch("outputs.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let rows = |value: &Value| -> Array2<f64> {
        let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).unwrap();
        Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
    };
    let inputs = rows(&expected["inputs"]);
    for (name, activation, precision) in [
        ("sequential", Activation::Relu, Precision::F32),
        ("named_double", Activation::Tanh, Precision::F64),
        ("wrapped", Activation::Relu, Precision::F32),
    ] {
        let file = ModelFile::read(&pytorch(&format!("{name}.safetensors"))).unwrap();
        assert_eq!((file.metadata(), file.precision()), (None, precision), "{name}");
        let output = match name {
            "named_double" => Output::Sigmoid,
            _ => Output::Softmax,
        };
        let functions = Functions {
            activation,
            output,
            cost: output.usual_cost(),
        };
        let network = file.network::<f64>().unwrap().with_functions(functions).unwrap();
        let outputs = network.feedforward(inputs.t());
        let largest = largest_difference(outputs.t(), &rows(&expected["outputs"][name]));
        let bound = if precision == Precision::F64 { 1e-14 } else { 1e-6 };
        assert!(largest < bound, "{name}: {largest:e}");
    }
}

/// A safetensors file of another program, with tensors of zeros.
fn foreign(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let zeros = vec![0; 4096];
    let views = tensors.iter().map(|&(name, shape)| {
        let bytes = &zeros[..4 * shape.iter().product::<usize>()];
        let view = safetensors::tensor::TensorView::new(Dtype::F32, shape.to_vec(), bytes);
        (name, view.unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

/// Bad files, each with a part of its error.
macro_rules! bad {
    ($($bytes:expr => $reason:literal;)*) => {
        [$((Vec::<u8>::from($bytes), $reason)),*]
    };
}

#[test]
fn files_that_are_not_models_are_refused_with_a_reason() {
    let (_folder, path) = saved();
    let good = fs::read(&path).unwrap();
    let header = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let huge = r#"{"0.weight":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#;
    let image = b"\x89PNG\r\n\x1a\n and so on";
    let rows = bad! {
        b"" => "byte 0: expected a safetensors file";
        b"{}" => "byte 0";
        image => r"begin with \x89PNG";
        &good[..good.len() - 1] => "header";
        &good[..100] => "byte 0";
        [&good[..], b" "].concat() => "header";
        header(huge) => "header";
        header("{}") => "expected at least one, found none";
        header("{]") => "header";
        foreign(&[("embedding", &[2])]) => "found embedding";
        foreign(&[("0.bias", &[2])]) => "expected a weight beside it";
        foreign(&[("0.weight", &[2])]) => "expected outputs × inputs";
        foreign(&[("0.weight", &[2, 0])]) => "expected at least 1 × 1";
        foreign(&[("0.weight", &[2, 3]), ("0.bias", &[3])]) => "expected shape [2]";
        foreign(&[("0.weight", &[2, 3]), ("2.weight", &[2, 3])]) => "expected 2 inputs";
        foreign(&[("0.weight", &[2, 3]), ("a.1.weight", &[2, 2])]) => "a.1.weight beside 0.weight";
        foreign(&[("0.weight", &[2, 3]), ("00.weight", &[2, 3])]) => "both";
        fs::read(pytorch("bfloat16.safetensors")).unwrap() => "F32 or F64, found BF16";
        fs::read(pytorch("convolution.safetensors")).unwrap() => "expected outputs × inputs";
    };
    for (bytes, reason) in rows {
        let error = load_bytes(&bytes).unwrap_err();
        assert!(matches!(error, Error::Format { .. }), "{error}");
        let error = error.to_string();
        assert!(error.contains(reason), "{reason}: {error}");
        assert!(error.ends_with("PyTorch's safetensors."), "{error}");
    }
    let missing = model::load::<f32>(Path::new("no such file")).unwrap_err();
    assert!(matches!(missing, Error::Io { .. }), "{missing}");
    let folder = model::load::<f32>(Path::new(".")).unwrap_err();
    assert!(!folder.is_usage(), "{folder}");
}

#[test]
fn changed_metadata_are_noticed() {
    let (_folder, path) = saved();
    let mut bytes = fs::read(&path).unwrap();
    let find = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).position(|window| window == text);
    assert!(find(&bytes, br#"\"kind\":\"model\""#).is_some());
    // Changed, but of the same length: the checksum is checked first.
    let at = find(&bytes, b"sigmoid").unwrap();
    bytes[at..at + 7].copy_from_slice(b"unknown");
    let error = load_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("checksum: expected the sha256"), "{error}");
}

#[test]
fn the_ending_decides_the_format_and_unknown_endings_are_refused() {
    let folder = TempDir::new().unwrap();
    let network = Network::<f32>::new(&[3, 2], 0).unwrap();
    let path = folder.path().join("model.pt");
    let error = model::save(&network, &metadata(), &path).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains(".safetensors, .npz, .json"),
        "{error}"
    );
    assert!(!path.exists());
    let path = folder.path().join("model.onnx");
    model::save(&network, &metadata(), &path).unwrap();
    let error = ModelFile::read(&path).unwrap_err().to_string();
    assert!(error.contains("written for other programs only"), "{error}");
}

#[test]
fn bad_json_of_network2_is_refused_with_its_reason() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("network.json");
    let good = r#"{"sizes": [2, 1], "weights": [[[1, 2]]], "biases": [[[3]]], "cost": "QuadraticCost"}"#;
    fs::write(&path, good).unwrap();
    let (network, _) = model::load::<f32>(&path).unwrap();
    assert_eq!(network.layers()[0].biases()[0], 3.0);
    for (old, new, reason) in [
        ("}", "", "EOF while parsing"),
        ("sizes", "size", "missing field `sizes`"),
        (
            "QuadraticCost",
            "HingeCost",
            "expected QuadraticCost or CrossEntropyCost, found HingeCost",
        ),
        ("[2, 1]", "[3, 1]", "expected 1 rows of 3 numbers"),
        ("[2, 1]", "[2]", "expected 0 layers"),
        ("[2, 1]", "[2, 1, 1]", "expected 2 layers"),
        ("[[3]]", "[[3], [4]]", "1 biases"),
        ("[1, 2]", "[1, NaN]", "line 1"),
        ("[1, 2]", "[1, 1e999]", "line 1"),
        ("[2, 1]", "[2, 18446744073709551615]", "rows of 2"),
    ] {
        fs::write(&path, good.replacen(old, new, 1)).unwrap();
        let error = model::load::<f32>(&path).unwrap_err().to_string();
        assert!(error.contains(reason), "{reason}: {error}");
    }
}
