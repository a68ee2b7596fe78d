//! Layers as tensors: `0.weight` (n_out × n_in) and `0.bias` (n_out), then `2.weight` and so on, as PyTorch names those
//! of an `nn.Sequential` in which the activations are modules 1, 3, ….

use std::collections::BTreeMap;

use safetensors::Dtype;

use crate::error::Result;
use crate::files::tensors::{Tensor, TensorFile};
use crate::math::real::{Precision, Real};
use crate::network::Network;
use crate::network::functions::Functions;
use crate::network::layer::Layer;

/// What PyTorch calls the parameters of a module.
const WEIGHT: &str = "weight";
const BIAS: &str = "bias";

/// The layers' tensors; each name begins with `prefix`.
pub(crate) fn tensors<F: Real>(prefix: &str, layers: &[Layer<F>]) -> Vec<Tensor> {
    let dtype = match F::PRECISION {
        Precision::F32 => Dtype::F32,
        Precision::F64 => Dtype::F64,
    };
    let mut tensors = Vec::with_capacity(2 * layers.len());
    for (index, layer) in layers.iter().enumerate() {
        let (weights, biases) = (layer.weights(), layer.biases());
        let mut push = |part, shape, bytes| {
            let name = format!("{prefix}{}.{part}", 2 * index);
            tensors.push(Tensor {
                name,
                dtype,
                shape,
                bytes,
            });
        };
        // ndarray goes row by row, whatever the storage.
        push(
            WEIGHT,
            weights.shape().to_vec(),
            bytes(weights.len(), weights.iter()),
        );
        push(BIAS, biases.shape().to_vec(), bytes(biases.len(), biases.iter()));
    }
    tensors
}

fn bytes<'a, F: Real>(count: usize, elements: impl Iterator<Item = &'a F>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count * size_of::<F>());
    for element in elements {
        bytes.extend_from_slice(element.little_endian().as_ref());
    }
    bytes
}

/// The names of a layer's tensors.
#[derive(Default)]
struct Names {
    weight: Option<String>,
    bias: Option<String>,
}

/// The precision of the numbers in a file: double where any is.
pub(crate) fn precision(file: &TensorFile) -> Precision {
    let is_double = |name: &String| file.tensor(name).is_ok_and(|(info, _)| info.dtype == Dtype::F64);
    match file.names().iter().any(is_double) {
        true => Precision::F64,
        false => Precision::F32,
    }
}

/// The network of all tensors whose names begin with `prefix`, with the article's functions. Numbers of the other
/// precision are rounded, layers without biases get zeros.
///
/// # Errors
/// [`Error::Format`](crate::Error::Format) when these are not the layers of one network, one after the other;
/// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
pub(crate) fn network<F: Real>(file: &TensorFile, prefix: &str) -> Result<Network<F>> {
    let layers = names(file, prefix)?;
    let mut sizes = Vec::new();
    for names in &layers {
        let name = names
            .weight
            .as_deref()
            .or(names.bias.as_deref())
            .unwrap_or_default();
        let Some(weight) = &names.weight else {
            return Err(file.error(format!("tensor {name}"), "a weight beside it", "none"));
        };
        let (info, _) = file.tensor(weight)?;
        let &[n_out, n_in] = &*info.shape else {
            let found = format!("shape {:?}", info.shape);
            return Err(file.error(format!("tensor {name}"), "outputs × inputs", found));
        };
        if n_out == 0 || n_in == 0 {
            let found = format!("{n_out} × {n_in}");
            return Err(file.error(format!("tensor {name}"), "at least 1 × 1", found));
        }
        let below = *sizes.last().unwrap_or(&n_in);
        if n_in != below {
            let expected = format!("{below} inputs, as the layer below has outputs");
            return Err(file.error(format!("tensor {name}"), expected, n_in.to_string()));
        }
        if sizes.is_empty() {
            sizes.push(n_in);
        }
        sizes.push(n_out);
    }
    if layers.is_empty() {
        let place = format!("tensors named {prefix}0.weight and so on");
        return Err(file.error(place, "at least one", "none"));
    }
    let mut network = Network::zeros(&sizes)?;
    for (layer, names) in network.layers_mut().iter_mut().zip(&layers) {
        if let Some(weight) = &names.weight {
            fill(file, weight, layer.weights_mut().iter_mut())?;
        }
        if let Some(bias) = &names.bias {
            let (info, _) = file.tensor(bias)?;
            if info.shape != [layer.n_out()] {
                let (expected, found) = (format!("shape [{}]", layer.n_out()), format!("{:?}", info.shape));
                return Err(file.error(format!("tensor {bias}"), expected, found));
            }
            fill(file, bias, layer.biases_mut().iter_mut())?;
        }
    }
    Ok(network)
}

/// The same network with the functions that its file says it has.
///
/// # Errors
/// [`Error::Format`](crate::Error::Format) when these do not fit each other.
pub(crate) fn with_functions<F: Real>(
    file: &TensorFile,
    network: Network<F>,
    functions: Functions,
) -> Result<Network<F>> {
    let unfit = |error| file.error("metadata", "functions that fit", format!("{error}"));
    network.with_functions(functions).map_err(unfit)
}

/// The tensors' names, from the inputs on.
fn names(file: &TensorFile, prefix: &str) -> Result<Vec<Names>> {
    let mut layers: BTreeMap<u64, Names> = BTreeMap::new();
    let mut first: Option<(String, String)> = None;
    for name in file.names() {
        let Some(rest) = name.strip_prefix(prefix) else {
            continue;
        };
        let unfit = |found: String| {
            let expected = "the names of one nn.Sequential: 0.weight, 0.bias, 2.weight, …";
            file.error("tensor names", expected, found)
        };
        let Some((stem, index, part)) = split(rest) else {
            return Err(unfit(name.escape_debug().to_string()));
        };
        let (first_stem, first_name) = first.get_or_insert_with(|| (stem.to_owned(), name.clone()));
        if first_stem != stem {
            let (name, first_name) = (name.escape_debug(), first_name.escape_debug());
            return Err(unfit(format!("{name} beside {first_name}")));
        }
        let names = layers.entry(index).or_default();
        let place = if part == WEIGHT {
            &mut names.weight
        } else {
            &mut names.bias
        };
        if let Some(other) = place.replace(name.clone()) {
            return Err(unfit(format!("both {other} and {name}")));
        }
    }
    Ok(layers.into_values().collect())
}

/// `layers.2.weight` → `layers.`, 2, `weight`
fn split(name: &str) -> Option<(&str, u64, &str)> {
    let (module, part) = name.rsplit_once('.')?;
    let stem = module.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let index = module[stem.len()..].parse().ok()?;
    [WEIGHT, BIAS].contains(&part).then_some((stem, index, part))
}

/// Replaces numbers by those of a tensor. From f32 to f64 and back they stay the same.
fn fill<'a, F: Real>(file: &TensorFile, name: &str, numbers: impl Iterator<Item = &'a mut F>) -> Result<()> {
    let (info, bytes) = file.tensor(name)?;
    match info.dtype {
        Dtype::F32 => {
            for (number, bytes) in numbers.zip(bytes.as_chunks().0) {
                *number = F::of(f64::from(f32::from_le_bytes(*bytes)));
            }
        }
        Dtype::F64 => {
            for (number, bytes) in numbers.zip(bytes.as_chunks().0) {
                *number = F::of(f64::from_le_bytes(*bytes));
            }
        }
        other => {
            return Err(file.error(
                format!("tensor {name}"),
                "numbers of type F32 or F64",
                other.to_string(),
            ));
        }
    }
    Ok(())
}
