//! Files of networks and runs: models, in the formats of several programs, and checkpoints.

use std::path::Path;

use crate::error::Result;
use crate::math::real::Real;
use crate::network::Network;

pub mod checkpoint;
pub(crate) mod layers;
pub mod model;
pub(crate) mod named;

/// Writes `network` to `path`, in the format of its ending: see [`model`]. [`model::save`] also writes metadata.
///
/// # Errors
/// Those of [`model::save`].
///
/// ```
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("model.safetensors");
/// let network = batchprop::Network::<f32>::new(&[784, 30, 10], 0)?;
/// batchprop::save(&network, &path)?;
/// assert_eq!(batchprop::load_network::<f32>(&path)?, network);
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn save<F: Real>(network: &Network<F>, path: impl AsRef<Path>) -> Result<()> {
    model::save(network, &model::Metadata::default(), path.as_ref())
}

/// Reads the network at `path`. [`model::load`] also returns its metadata.
///
/// # Errors
/// Those of [`model::load`].
pub fn load_network<F: Real>(path: impl AsRef<Path>) -> Result<Network<F>> {
    Ok(model::load(path.as_ref())?.0)
}
