//! The ending of a file's name, which says its format.

use std::path::Path;

/// The one of `endings` that the file's name ends with, in any case.
///
/// ```
/// use batchprop::files::ending_among;
///
/// assert_eq!(ending_among("run.CSV".as_ref(), &["csv", "jsonl"]), Some("csv"));
/// assert_eq!(ending_among("run".as_ref(), &["csv", "jsonl"]), None);
/// ```
pub fn ending_among<'a>(path: &Path, endings: &[&'a str]) -> Option<&'a str> {
    let ending = path.extension()?.to_str()?;
    endings
        .iter()
        .copied()
        .find(|known| ending.eq_ignore_ascii_case(known))
}
