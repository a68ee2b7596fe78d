//! Networks of other programs: with their names, in half precision, without functions in the file.

use std::fs;
use std::path::PathBuf;

use batchprop::storage::model::{self, GivenFunctions, Metadata, ModelFile};
use batchprop::{Activation, Functions, Network, Output};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

/// A network of 4-3-2 whose weights and biases are all different, and exact in half precision.
fn network() -> Network<f32> {
    let mut network = Network::<f32>::zeros(&[4, 3, 2]).unwrap();
    let mut next = 0.0;
    for layer in network.layers_mut() {
        for number in layer.weights_mut().iter_mut() {
            next += 0.25;
            *number = next;
        }
        for number in layer.biases_mut().iter_mut() {
            next += 0.25;
            *number = -next;
        }
    }
    network
}

/// The bits of a number in half precision, for those that are exact in it and normal.
fn half(number: f32) -> u16 {
    let bits = number.to_bits();
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    ((bits >> 16) & 0x8000) as u16 | (exponent as u16) << 10 | ((bits >> 13) & 0x3ff) as u16
}

/// Writes the network's layers under these names; weights n_in × n_out where they are called a kernel.
fn save(folder: &TempDir, names: [&str; 2], dtype: Dtype) -> PathBuf {
    let network = network();
    let mut arrays = Vec::new();
    for (name, layer) in names.into_iter().zip(network.layers()) {
        let is_kernel = name.ends_with("kernel");
        let weights = match is_kernel {
            true => layer.weights().reversed_axes(),
            false => layer.weights(),
        };
        let shape = weights.shape().to_vec();
        arrays.push((
            name.to_owned(),
            shape,
            weights.iter().copied().collect::<Vec<f32>>(),
        ));
        let (module, _) = name.rsplit_once('.').unwrap();
        arrays.push((
            format!("{module}.bias"),
            vec![layer.n_out()],
            layer.biases().to_vec(),
        ));
    }
    let bytes: Vec<Vec<u8>> = arrays
        .iter()
        .map(|(_, _, numbers)| match dtype {
            Dtype::F16 => numbers
                .iter()
                .flat_map(|&number| half(number).to_le_bytes())
                .collect(),
            _ => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
        })
        .collect();
    let views = arrays.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (
            name.as_str(),
            TensorView::new(dtype, shape.clone(), bytes).unwrap(),
        )
    });
    let path = folder.path().join("model.safetensors");
    fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    path
}

#[test]
fn layers_are_found_under_the_names_of_many_programs() {
    let folder = TempDir::new().unwrap();
    for names in [
        ["0.weight", "2.weight"],
        ["linear_relu_stack.0.weight", "linear_relu_stack.2.weight"],
        ["fc1.weight", "out.weight"],
        ["hidden.weight", "output.weight"],
        ["layers.0.weight", "layers.1.weight"],
        ["net.layers.0.linear.weight", "net.layers.1.linear.weight"],
        ["zeta.weight", "alpha.weight"],
        ["Dense_0.kernel", "Dense_1.kernel"],
        ["params.dense.kernel", "params.dense_1.kernel"],
    ] {
        for dtype in [Dtype::F32, Dtype::F16] {
            let file = ModelFile::read(&save(&folder, names, dtype)).unwrap();
            assert_eq!(
                file.network::<f32>().unwrap().layers(),
                network().layers(),
                "{names:?}"
            );
        }
    }
}

#[test]
fn functions_that_a_file_does_not_say_must_be_given() {
    let folder = TempDir::new().unwrap();
    let file = ModelFile::read(&save(&folder, ["fc1.weight", "fc2.weight"], Dtype::F32)).unwrap();
    let error = file.network_with::<f32>(GivenFunctions::default()).unwrap_err();
    assert!(error.is_usage(), "{error}");
    for part in ["activation", "`output`", "relu and softmax"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let functions = Functions {
        activation: Activation::Relu,
        output: Output::Softmax,
        cost: Output::Softmax.usual_cost(),
    };
    assert_eq!(
        file.network_with::<f32>(functions.into()).unwrap().functions(),
        functions
    );

    let path = folder.path().join("own.safetensors");
    model::save(
        &network().with_functions(functions).unwrap(),
        &Metadata::default(),
        &path,
    )
    .unwrap();
    let own = ModelFile::read(&path).unwrap();
    assert_eq!(
        own.network_with::<f32>(GivenFunctions::default())
            .unwrap()
            .functions(),
        functions
    );
}

/// It was refused without the activation of hidden units that it does not have.
#[test]
fn a_network_without_hidden_layers_needs_the_function_of_its_outputs_only() {
    let folder = TempDir::new().unwrap();
    let bytes: Vec<u8> = (0..8).flat_map(|number| (number as f32).to_le_bytes()).collect();
    let view = |shape: &[usize], bytes| TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap();
    let views = [
        ("fc.weight", view(&[2, 4], &bytes)),
        ("fc.bias", view(&[2], &bytes[..8])),
    ];
    let path = folder.path().join("linear.safetensors");
    fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    let file = ModelFile::read(&path).unwrap();
    let error = file.network_with::<f32>(GivenFunctions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("expected `output` (of its last layer), sigmoid or softmax"),
        "{error}"
    );
    let given = GivenFunctions {
        output: Some(Output::Softmax),
        ..GivenFunctions::default()
    };
    let network = file.network_with::<f32>(given).unwrap();
    assert_eq!(
        (network.functions().output, network.sizes()),
        (Output::Softmax, vec![4, 2])
    );
}

#[test]
fn pickles_of_pytorch_and_networks_of_keras_are_refused_with_what_makes_a_file_of_them() {
    let folder = TempDir::new().unwrap();
    for (name, bytes, parts) in [
        (
            "model.pth",
            &b"PK\x03\x04archive"[..],
            ["a pickle of PyTorch", "save_file"],
        ),
        (
            "model.pt",
            b"\x80\x02}q",
            ["a pickle of PyTorch", "weights_only=True"],
        ),
        (
            "model.keras",
            b"PK\x03\x04archive",
            ["a network of Keras", "get_weights()"],
        ),
        (
            "model.h5",
            b"\x89HDF\r\n\x1a\n",
            ["Keras in HDF5", "get_weights()"],
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = ModelFile::read(&path).unwrap_err().to_string();
        for part in parts.into_iter().chain([name]) {
            assert!(error.contains(part), "no {part:?} in: {error}");
        }
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn the_names_of_classes_are_kept_in_the_model() {
    let folder = TempDir::new().unwrap();
    let metadata = Metadata {
        class_names: Some(vec!["cat".to_owned(), "dog".to_owned()]),
        ..Metadata::default()
    };
    for name in ["model.safetensors", "model.npz"] {
        let path = folder.path().join(name);
        model::save(&network(), &metadata, &path).unwrap();
        assert_eq!(ModelFile::read(&path).unwrap().metadata(), Some(&metadata));
    }
}
