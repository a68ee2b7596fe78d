//! Which of the arguments are networks and which are images: `predict MODEL… FILE…`.

use std::path::{Path, PathBuf};

use super::input::{STDIN, may_be_images};
use batchprop::Error;
use batchprop::storage::model::is_network;

/// The networks, which come first, and the files of images.
///
/// # Errors
/// [`Error::Option`] when images come before a network, or there are none.
pub fn divide(model: &Path, files: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
    let is_model = |path: &Path| path != Path::new(STDIN) && is_network(path);
    let networks = files.iter().take_while(|path| is_model(path)).count();
    let (more, images) = files.split_at(networks);
    let are_swapped = !is_model(model) && may_be_images(model);
    let late = match are_swapped {
        true => files.iter().find(|path| is_model(path)),
        false => images.iter().find(|path| is_model(path)),
    };
    if let Some(network) = late {
        let image = match are_swapped {
            true => model,
            false => &images[0],
        };
        return Err(Error::option(
            "the network",
            format!("{} after {}", network.display(), image.display()),
            format!(
                "the network first: `batchprop predict {} {}`",
                network.display(),
                image.display()
            ),
        ));
    }
    if images.is_empty() {
        let given = format!("after the {} networks", 1 + networks);
        let expected = "a picture, IDX images, CSV, .npy or .npz, or - for standard input";
        return Err(Error::option("FILE", given, expected));
    }
    let models = std::iter::once(model.to_owned()).chain(more.iter().cloned());
    Ok((models.collect(), images.to_vec()))
}
