//! File names of many runs: one file each, with the seed in its name.

use std::path::{Path, PathBuf};

use batchprop::Error;

/// Replaced by the seed of a run.
const SEED: &str = "{seed}";

/// Checks that each of several runs has a file of its own.
pub fn check_names(log: Option<&Path>, save: Option<&Path>) -> Result<(), Error> {
    let names = [("--log", log), ("--save", save)];
    names
        .into_iter()
        .try_for_each(|(option, path)| path.map_or(Ok(()), |path| check(option, path)))
}

/// Refuses `{seed}` in the names of files where nothing replaces it.
pub fn check_single(log: Option<&Path>, save: Option<&Path>) -> Result<(), Error> {
    let names = [("--log", log), ("--save", save)].into_iter();
    let mut names = names.filter_map(|(option, path)| Some((option, path?)));
    match names.find(|(_, path)| path.to_string_lossy().contains(SEED)) {
        None => Ok(()),
        Some((option, path)) => Err(Error::option(
            option,
            path.display(),
            "a name without {seed}, which only --runs replaces with the seed of each run",
        )),
    }
}

/// Checks that the name contains the seed.
fn check(option: &'static str, path: &Path) -> Result<(), Error> {
    match path.to_str() {
        Some(path) if path.contains(SEED) => Ok(()),
        _ => Err(Error::option(
            option,
            path.display(),
            "a name with {seed} in it, which --runs replaces with the seed of each run",
        )),
    }
}

/// The file of a run.
pub fn of_seed(path: &Path, seed: u64) -> PathBuf {
    match path.to_str() {
        Some(path) => path.replace(SEED, &seed.to_string()).into(),
        None => path.to_owned(),
    }
}
