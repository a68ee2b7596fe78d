//! Suggestions for a path that does not exist.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::whole::missing_folder;
use crate::error::{Error, Result};

/// The least Jaro-Winkler similarity of a suggestion.
const SIMILAR_NAME: f64 = 0.8;

/// Checks that there is anything at `path`, where `expected` should be. Its reader checks the rest.
///
/// # Errors
/// [`Error::NotFound`] when there is nothing, with an existing path that resembles it, else with `hint`.
pub fn check_exists(path: &Path, expected: &str, hint: &str) -> Result<()> {
    match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::NotFound {
            path: path.to_owned(),
            found: match missing_folder(path) {
                Some(folder) => format!("there is no folder {}", folder.display()),
                None => "there is no such file or directory".to_owned(),
            },
            expected: expected.to_owned(),
            hint: match similar_path(path) {
                Some(similar) => format!("Did you mean {}?", similar.display()),
                None => hint.to_owned(),
            },
        }),
        _ => Ok(()),
    }
}

/// An existing path that differs from `path` slightly, in one name.
fn similar_path(path: &Path) -> Option<PathBuf> {
    let parts: Vec<_> = path.components().collect();
    let existing = (0..parts.len())
        .rev()
        .find(|&length| length == 0 || parts[..length].iter().collect::<PathBuf>().exists())?;
    let parent: PathBuf = parts[..existing].iter().collect();
    let wanted = parts.get(existing)?.as_os_str().to_string_lossy().into_owned();
    let listed = if existing == 0 { Path::new(".") } else { &parent };
    let (_, name) = listed
        .read_dir()
        .ok()?
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let similarity =
                strsim::jaro_winkler(&name.to_string_lossy().to_lowercase(), &wanted.to_lowercase());
            (similarity >= SIMILAR_NAME).then_some((similarity, name))
        })
        .max_by(|(left, left_name), (right, right_name)| {
            // Among equally similar names the first in the alphabet, whatever the order of the directory.
            left.total_cmp(right).then_with(|| right_name.cmp(left_name))
        })?;
    let mut candidate = parent.join(name);
    candidate.extend(&parts[existing + 1..]);
    candidate.exists().then_some(candidate)
}
