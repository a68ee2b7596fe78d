//! The MODEL argument: a trained network on disk, for all subcommands that use one.

use std::path::{Path, PathBuf};

use crate::cli::output::words::dashed;
use batchprop::storage::model::ModelFile;
use batchprop::{Dataset, Error, files};

/// The model.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelArgument {
    /// A trained network: a file of `batchprop train --save`, PyTorch's safetensors, NumPy's .npz, or Nielsen's network2 .json.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
}

/// Reads the model at `path`.
pub fn read(path: &Path) -> Result<ModelFile, Error> {
    files::check_exists(
        path,
        "a trained network",
        "`batchprop train --save model.safetensors` trains one.",
    )?;
    ModelFile::read(path)
}

/// Checks that images fit the inputs and outputs of a network of `sizes` from `path`. `origin` is where the images
/// are from.
pub fn check_fits(path: &Path, sizes: &[usize], images: &Dataset, origin: &str) -> Result<(), Error> {
    let (inputs, classes) = (sizes[0], sizes[sizes.len() - 1]);
    let largest = images
        .labels()
        .iter()
        .max()
        .map_or(0, |&label| usize::from(label));
    if images.inputs() == inputs && largest < classes {
        return Ok(());
    }
    let shape = images.shape();
    Err(Error::Format {
        path: path.to_owned(),
        place: format!("network {}", dashed(sizes)),
        expected: format!(
            "one of {} inputs for the {}×{} pixels of {origin}, and more than {largest} outputs for its labels",
            images.inputs(),
            shape.rows,
            shape.columns
        ),
        found: format!("{inputs} inputs and {classes} outputs"),
        hint: "Give it data like its training data with --data.".to_owned(),
    })
}
