//! The JSON that Nielsen's [`network2.py`] saves and loads: `{"sizes": […], "weights": […], "biases": […], "cost": "…"}`.
//!
//! Weights are a list of rows for each layer, biases a list of lists of one number. Numbers are read back to the
//! last bit. The format has no metadata, and no functions other than sigmoid with quadratic or cross-entropy cost; a
//! file without a cost has the quadratic one.
//!
//! [`network2.py`]: https://github.com/mnielsen/neural-networks-and-deep-learning/blob/master/src/network2.py

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::parameters::{Parameters, RawLayer};
use crate::error::{Error, Result};
use crate::files::room;
use crate::math::real::Real;
use crate::network::Network;
use crate::network::cost::Cost;
use crate::network::functions::Functions;

const QUADRATIC: &str = "QuadraticCost";
const CROSS_ENTROPY: &str = "CrossEntropyCost";

#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    sizes: Vec<usize>,
    /// For each layer, for each unit.
    weights: Vec<Vec<Vec<f64>>>,
    /// For each layer, for each unit, a list of one number.
    biases: Vec<Vec<[f64; 1]>>,
    #[serde(default = "quadratic")]
    cost: String,
}

fn quadratic() -> String {
    QUADRATIC.to_owned()
}

/// The file's bytes. The network must have functions that the format knows.
pub(super) fn encode<F: Real>(network: &Network<F>) -> serde_json::Result<Vec<u8>> {
    let layers = network.layers().iter();
    let rows = |weights: ndarray::ArrayView2<F>| {
        let rows = weights.rows().into_iter();
        rows.map(|row| row.iter().map(|weight| weight.as_f64()).collect())
            .collect()
    };
    let saved = Saved {
        sizes: network.sizes(),
        weights: layers.clone().map(|layer| rows(layer.weights())).collect(),
        biases: layers
            .map(|layer| layer.biases().iter().map(|bias| [bias.as_f64()]).collect())
            .collect(),
        cost: match network.functions().cost {
            Cost::CrossEntropy => CROSS_ENTROPY.to_owned(),
            _ => quadratic(),
        },
    };
    serde_json::to_vec(&saved)
}

/// Reads parameters and functions.
///
/// # Errors
/// [`Error::Io`]; [`Error::OutOfMemory`]; [`Error::Format`] when it is not such a file.
pub(super) fn read(path: &Path) -> Result<(Parameters, Functions)> {
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let length = file.metadata().map_err(Error::io(path, "read"))?.len();
    room::check_file(path, length)?;
    let mut bytes = Vec::new();
    let read = file.take(length).read_to_end(&mut bytes);
    read.map_err(Error::io(path, "read"))?;
    decode(bytes, path)
}

/// As [`read`], of a file's bytes.
///
/// # Errors
/// [`Error::Format`]; [`Error::OutOfMemory`].
pub(super) fn decode(bytes: Vec<u8>, path: &Path) -> Result<(Parameters, Functions)> {
    let error = |place: String, expected: &str, found: String| Error::Format {
        path: path.to_owned(),
        place,
        expected: expected.to_owned(),
        found,
        hint: super::HINT.to_owned(),
    };
    // A list takes 24 bytes, a number 8, and numbers are copied once.
    room::check_json(path, &bytes, 2 * 24)?;
    let saved: Saved = serde_json::from_slice(&bytes).map_err(|damage| {
        let place = format!("line {}, column {}", damage.line(), damage.column());
        let expected = "JSON of Nielsen's network2: sizes, weights, biases and cost";
        error(place, expected, damage.to_string())
    })?;
    drop(bytes);
    let cost = match &*saved.cost {
        QUADRATIC => Cost::Quadratic,
        CROSS_ENTROPY => Cost::CrossEntropy,
        other => {
            let expected = "QuadraticCost or CrossEntropyCost";
            return Err(error(
                "cost".to_owned(),
                expected,
                other.escape_debug().to_string(),
            ));
        }
    };
    let layers = saved.sizes.len().saturating_sub(1);
    if saved.weights.len() != layers || saved.biases.len() != layers {
        let found = format!(
            "{} of weights, {} of biases",
            saved.weights.len(),
            saved.biases.len()
        );
        let expected = format!("{layers} layers, as sizes say");
        return Err(error("weights and biases".to_owned(), &expected, found));
    }
    let mut raw = Vec::with_capacity(layers);
    let parts = saved
        .sizes
        .windows(2)
        .zip(saved.weights)
        .zip(saved.biases)
        .enumerate();
    for (index, ((pair, rows), biases)) in parts {
        let (n_in, n_out) = (pair[0], pair[1]);
        if rows.len() != n_out || rows.iter().any(|row| row.len() != n_in) {
            let expected = format!("{n_out} rows of {n_in} numbers, as sizes say");
            let found = format!("{} rows", rows.len());
            return Err(error(format!("weights of layer {index}"), &expected, found));
        }
        raw.push(RawLayer {
            n_out,
            n_in,
            weights: rows.concat(),
            biases: biases.into_iter().flatten().collect(),
        });
    }
    let functions = Functions {
        cost,
        ..Functions::default()
    };
    Ok((Parameters::new(path, raw)?, functions))
}
