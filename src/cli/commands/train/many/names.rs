//! File names of many runs: one file each, with the seed in its name.

use std::path::{Path, PathBuf};

use batchprop::Error;

/// Replaced by the seed of a run.
const SEED: &str = "{seed}";

/// Checks the names of `--log` and `--save`: with `{seed}` if several runs write them, without it if nothing replaces it.
pub fn check_names(log: Option<&Path>, save: Option<&Path>, runs: Option<usize>) -> Result<(), Error> {
    let has_seed = |path: &Path| path.to_str().is_some_and(|path| path.contains(SEED));
    for (option, path) in [("--log", log), ("--save", save)] {
        let Some(path) = path else { continue };
        let expected = match runs {
            None if has_seed(path) => {
                "a name without {seed}, which only --runs replaces with the seed of each run"
            }
            Some(2..) if !has_seed(path) => {
                "a name with {seed} in it, which --runs replaces with the seed of each run"
            }
            _ => continue,
        };
        return Err(Error::option(option, path.display(), expected));
    }
    Ok(())
}

/// The file of a run.
pub fn of_seed(path: &Path, seed: u64) -> PathBuf {
    match path.to_str() {
        Some(path) => path.replace(SEED, &seed.to_string()).into(),
        None => path.to_owned(),
    }
}
