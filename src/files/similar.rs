//! Guesses which existing path a user meant.

use std::path::{Path, PathBuf};

/// Jaro-Winkler similarity from which on a name is offered as what the user may have meant.
const SIMILAR_NAME: f64 = 0.8;

/// An existing path that differs from `path` in one name, and there not by much.
pub(super) fn similar_path(path: &Path) -> Option<PathBuf> {
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
            // Among equals the name decides, not the order of the directory.
            left.total_cmp(right).then_with(|| right_name.cmp(left_name))
        })?;
    let mut candidate = parent.join(name);
    candidate.extend(&parts[existing + 1..]);
    candidate.exists().then_some(candidate)
}
