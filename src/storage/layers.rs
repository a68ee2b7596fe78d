//! Layers as tensors: `0.weight` (n_out × n_in) and `0.bias` (n_out), then `2.weight` and so on, as PyTorch names those
//! of an `nn.Sequential` in which the activations are modules 1, 3, ….

use safetensors::Dtype;

use crate::error::Result;
use crate::files::half::half;
use crate::files::tensors::{Tensor, TensorFile};
use crate::math::real::{Precision, Real};
use crate::network::Network;
use crate::network::functions::Functions;
use crate::network::layer::Layer;
use crate::storage::named;
use crate::storage::named::{LayerNames, Named};

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
        // ndarray iterates row by row, in any storage order.
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

/// The precision of the numbers in a file: double if any of them is.
pub(crate) fn precision(file: &TensorFile) -> Precision {
    let is_double = |name: &String| file.tensor(name).is_ok_and(|(info, _)| info.dtype == Dtype::F64);
    match file.names().iter().any(is_double) {
        true => Precision::F64,
        false => Precision::F32,
    }
}

/// The layers of all tensors whose names begin with `prefix`, and the sizes of their network: inputs, hidden layers, outputs.
///
/// # Errors
/// [`Error::Format`](crate::Error::Format) when these are not the layers of one network, one after the other.
pub(crate) fn layers(file: &TensorFile, prefix: &str) -> Result<(Vec<LayerNames>, Vec<usize>)> {
    let mut arrays = Vec::new();
    for name in file.names() {
        if let Some(rest) = name.strip_prefix(prefix) {
            let (info, _) = file.tensor(&name)?;
            arrays.push(Named {
                name: rest.to_owned(),
                shape: info.shape.clone(),
            });
        }
    }
    let layers = named::layers(&arrays, false);
    let layers = layers.map_err(|unfit| file.error(unfit.place, unfit.expected, unfit.found))?;
    let sizes = std::iter::once(layers[0].n_in);
    let sizes = sizes.chain(layers.iter().map(|layer| layer.n_out)).collect();
    Ok((layers, sizes))
}

/// The network of all tensors whose names begin with `prefix`, with the article's functions. Numbers of the other
/// precision are rounded, layers without biases get zeros.
///
/// # Errors
/// Those of [`layers`]; [`Error::OutOfMemory`](crate::Error::OutOfMemory).
pub(crate) fn network<F: Real>(file: &TensorFile, prefix: &str) -> Result<Network<F>> {
    let (layers, sizes) = layers(file, prefix)?;
    let mut network = Network::zeros(&sizes)?;
    for (layer, names) in network.layers_mut().iter_mut().zip(&layers) {
        let weight = format!("{prefix}{}", names.weight);
        match names.is_turned {
            false => fill(file, &weight, layer.weights_mut().iter_mut())?,
            true => fill(file, &weight, layer.weights_mut().reversed_axes().iter_mut())?,
        }
        if let Some(bias) = &names.bias {
            fill(file, &format!("{prefix}{bias}"), layer.biases_mut().iter_mut())?;
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

/// Replaces `numbers` by those of a tensor. Conversion from f32 to f64 and back changes nothing.
fn fill<'a, F: Real>(file: &TensorFile, name: &str, numbers: impl Iterator<Item = &'a mut F>) -> Result<()> {
    let (info, bytes) = file.tensor(name)?;
    match info.dtype {
        Dtype::F16 => {
            for (number, bytes) in numbers.zip(bytes.as_chunks().0) {
                *number = F::of(f64::from(half(u16::from_le_bytes(*bytes))));
            }
        }
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
                "numbers of type F16, F32 or F64",
                other.to_string(),
            ));
        }
    }
    Ok(())
}
