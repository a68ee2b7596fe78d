//! The pictures in a folder.

use std::io;
use std::path::{Path, PathBuf};

/// How names of pictures end.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "bmp", "webp"];

/// The paths of the pictures in `folder`, in the order of their names: files with the usual endings that are not hidden.
/// Subfolders are not searched.
///
/// # Errors
/// Those of the operating system.
pub fn in_folder(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = folder.read_dir()?.collect::<io::Result<Vec<_>>>()?;
    let is_picture = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        !is_hidden && ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) && !path.is_dir()
    };
    let mut paths: Vec<PathBuf> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(is_picture)
        .collect();
    paths.sort();
    Ok(paths)
}
