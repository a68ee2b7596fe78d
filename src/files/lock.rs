//! Locks on files. The operating system releases a lock when its process ends, in any way.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use same_file::Handle;

use super::check_folder;
use crate::error::{Error, Result};

/// Opens the file at `path` for reading and writing, and keeps its content. It is created if it does not exist.
///
/// # Errors
/// [`Error::Io`]; [`Error::NotFound`] when there is no folder for it.
pub fn open(path: &Path) -> Result<File> {
    check_folder(path)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(Error::io(path, "open"))
}

/// Locks `file`, which was opened at `path`, until it is closed. `false` when another process holds the lock.
///
/// # Errors
/// [`Error::Io`] where the file cannot be locked at all.
pub fn try_lock(file: &File, path: &Path) -> Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(Error::io(path, "lock")(error)),
    }
}

/// Whether another process holds the lock of `file`, which must not be locked here. `false` where files cannot be locked.
pub fn is_held(file: &File) -> bool {
    let shared = file.try_lock_shared();
    // At once, so that a program that starts just now is not refused.
    let _ = file.unlock();
    matches!(shared, Err(TryLockError::WouldBlock))
}

/// Whether `file` is still the one at `path`: it may have been removed or replaced.
///
/// # Errors
/// [`Error::Io`] when there is nothing at `path`.
pub fn is_at(file: &File, path: &Path) -> Result<bool> {
    let own = file.try_clone().and_then(Handle::from_file);
    let own = own.map_err(Error::io(path, "read"))?;
    let there = Handle::from_path(path).map_err(Error::io(path, "find"))?;
    Ok(own == there)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_lock_is_held_until_the_file_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "kept").unwrap();
        let (first, second) = (open(&path).unwrap(), open(&path).unwrap());
        assert!(try_lock(&first, &path).unwrap());
        assert!(!try_lock(&second, &path).unwrap());
        assert!(is_held(&second));
        drop(first);
        assert!(!is_held(&second));
        assert!(try_lock(&second, &path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
    }

    #[test]
    fn a_file_that_was_replaced_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = open(&path).unwrap();
        assert!(is_at(&file, &path).unwrap());
        fs::rename(&path, folder.path().join("away")).unwrap();
        assert!(is_at(&file, &path).is_err());
        let _other = open(&path).unwrap();
        assert!(!is_at(&file, &path).unwrap());
    }
}
