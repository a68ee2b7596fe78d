//! The format of a model's file, which follows from the ending of its name.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::npz;
use crate::data::read::arrays::holds_images;
use crate::error::{Error, Result};
use crate::files::ending_among;
use crate::network::activation::Activation;
use crate::network::cost::Cost;
use crate::network::functions::Functions;
use crate::network::output::Output;

/// The format of a model's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.safetensors`, or a name without an ending.
    Safetensors,
    /// `.npz`: NumPy's arrays.
    Npz,
    /// `.json`: what Nielsen's `network2.py` saves.
    Nielsen,
    /// `.onnx`: written for other programs, never read.
    Onnx,
}

impl Format {
    /// The endings of names, without the dot.
    pub const ENDINGS: [&str; 4] = ["safetensors", "npz", "json", "onnx"];

    /// The format of the file at `path`.
    ///
    /// # Errors
    /// [`Error::Option`] when its ending is none of these.
    pub fn of(path: &Path) -> Result<Self> {
        match ending_among(path, &Self::ENDINGS) {
            None if path.extension().is_none() => Ok(Self::Safetensors),
            Some("safetensors") => Ok(Self::Safetensors),
            Some("npz") => Ok(Self::Npz),
            Some("json") => Ok(Self::Nielsen),
            Some("onnx") => Ok(Self::Onnx),
            _ => Err(Error::option(
                "model file",
                path.display(),
                "a name that ends with .safetensors, .npz, .json (Nielsen's network2) or .onnx",
            )),
        }
    }

    /// Checks that the format can hold a network with these functions and this many layers.
    ///
    /// # Errors
    /// [`Error::Option`] when it cannot.
    pub fn check(self, functions: Functions, layers: usize) -> Result<()> {
        let is_sigmoid = layers == 1 || functions.activation == Activation::Sigmoid;
        let is_nielsens = is_sigmoid
            && functions.output == Output::Sigmoid
            && matches!(functions.cost, Cost::Quadratic | Cost::CrossEntropy);
        match self {
            Self::Nielsen if !is_nielsens => Err(Error::option(
                "model file",
                format!(".json for {functions}"),
                "sigmoid everywhere with quadratic or cross-entropy cost, the only functions of Nielsen's network2; \
                 the other formats hold all networks",
            )),
            _ => Ok(()),
        }
    }
}

/// Whether the file at `path` is a network and not images: by its ending, and where images have the same ending, `.npz`, or there is
/// none, by what is in it.
pub fn is_network(path: &Path) -> bool {
    match Format::of(path) {
        Ok(Format::Npz) => !holds_images(path) && npz::read(path).is_ok(),
        Ok(Format::Safetensors) if path.extension().is_none() => begins_as_safetensors(path),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// Whether a file begins with the length of a header that fits into it, and the header, which is JSON.
fn begins_as_safetensors(path: &Path) -> bool {
    let read = || -> std::io::Result<bool> {
        let mut file = File::open(path)?;
        let mut beginning = [0; 9];
        file.read_exact(&mut beginning)?;
        let [length @ .., first] = beginning;
        Ok(first == b'{' && u64::from_le_bytes(length) < file.metadata()?.len())
    };
    path.is_file() && read().unwrap_or(false)
}

/// Checks that the format of `path` can hold a network with these functions and this many layers. To be called
/// before training.
///
/// # Errors
/// Those of [`Format::of`] and [`Format::check`].
pub fn check_format(path: &Path, functions: Functions, layers: usize) -> Result<()> {
    Format::of(path)?.check(functions, layers)
}
