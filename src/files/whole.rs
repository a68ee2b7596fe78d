//! Files that appear whole or not at all, whenever the program or the machine stops.
//!
//! The bytes are written to a temporary file in the same folder and synced to disk. Then the file is renamed. A
//! program that is killed may leave the temporary file, `.NAME.….part`; the next one that writes the same file
//! removes it. The previous file stays intact.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::leftovers;
use crate::error::{Error, Result};

/// Suffix of temporary files.
pub(crate) const TEMPORARY_SUFFIX: &str = ".part";

/// Writes `bytes` to `path`, whose folder must exist. An existing file is replaced and keeps its permissions; if it
/// is a symbolic link, the file that it points to is replaced.
///
/// # Errors
/// [`Error::NotFound`] when there is no folder for it; [`Error::Io`] when it cannot be written; the previous file is then unchanged.
///
/// ```
/// let directory = tempfile::tempdir().unwrap();
/// let path = directory.path().join("greeting.txt");
/// batchprop::files::write_whole(&path, b"hello")?;
/// assert_eq!(std::fs::read(&path).unwrap(), b"hello");
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let (target, mut file) = open_beside(path)?;
    let write = || -> io::Result<()> {
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&target)?;
        Ok(())
    };
    write().map_err(Error::io(path, "write"))?;
    sync_folder_of(&target);
    if let Some(name) = target.file_name() {
        leftovers::remove_leftovers(folder_of(&target), name);
    }
    Ok(())
}

/// Syncs the folder of `path`, so that the file's name survives a power cut. Some systems cannot open folders; there
/// the name may be lost, but never the bytes of the previous file.
pub(crate) fn sync_folder_of(path: &Path) {
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
}

/// Checks that there is a folder for a file at `path`.
///
/// # Errors
/// [`Error::NotFound`] with the first folder on the way that is missing.
pub fn check_folder(path: &Path) -> Result<()> {
    match missing_folder(path) {
        None => Ok(()),
        Some(folder) => Err(Error::NotFound {
            path: folder,
            found: "there is no such folder".to_owned(),
            expected: format!("one to write {} into", path.display()),
            hint: "Create it, or write elsewhere.".to_owned(),
        }),
    }
}

/// The first folder on the way to `path` that is not there.
pub(super) fn missing_folder(path: &Path) -> Option<PathBuf> {
    let above = path.ancestors().skip(1).filter(|it| *it != Path::new(""));
    let missing = above.take_while(|folder| !folder.exists());
    missing.last().map(Path::to_owned)
}

/// Checks that [`write_whole`] could write to `path`, before the work whose result is written there.
///
/// # Errors
/// [`Error::NotFound`] when there is no folder for it; [`Error::Io`] when it could not for another reason.
pub fn check_writable(path: &Path) -> Result<()> {
    open_beside(path).map(|_| ())
}

/// The file's final path, and a temporary file in the same folder.
fn open_beside(path: &Path) -> Result<(PathBuf, NamedTempFile)> {
    check_folder(path)?;
    let open = || {
        let (target, existing) = target(path)?;
        let name = target.file_name().ok_or(ErrorKind::IsADirectory)?;
        let prefix = leftovers::prefix(name);
        let mut builder = Builder::new();
        builder.prefix(&prefix).suffix(TEMPORARY_SUFFIX);
        set_permissions(&mut builder, existing.as_ref());
        let file = builder.tempfile_in(folder_of(&target))?;
        // So that it is not taken for a leftover. Without locks, its age must suffice.
        let _ = file.as_file().try_lock();
        Ok((target, file))
    };
    open().map_err(Error::io(path, "write"))
}

/// The file's final path, and the existing file. Anything but a file is not replaced.
fn target(path: &Path) -> io::Result<(PathBuf, Option<Metadata>)> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Ok((path.canonicalize()?, Some(metadata))),
        Ok(metadata) if metadata.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(_) => Err(io::Error::other("it is a device or a pipe, not a file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((path.to_owned(), None)),
        Err(error) => Err(error),
    }
}

/// The permissions of the existing file, or those of any new file.
#[cfg(unix)]
fn set_permissions(builder: &mut Builder, existing: Option<&Metadata>) {
    use std::os::unix::fs::PermissionsExt;
    let usual = || PermissionsExt::from_mode(0o666);
    builder.permissions(existing.map_or_else(usual, Metadata::permissions));
}

#[cfg(not(unix))]
fn set_permissions(_: &mut Builder, _: Option<&Metadata>) {}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for bytes in [&b"first, and longer"[..], b"second", b""] {
            write_whole(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        check_writable(&path).unwrap();
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn what_cannot_be_written_is_an_error_with_its_path_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        for (path, place) in [
            (folder.path().to_owned(), folder.path().to_owned()),
            (missing.join("folder/file"), missing),
            (PathBuf::from("/"), PathBuf::from("/")),
            (PathBuf::new(), PathBuf::new()),
        ] {
            for result in [write_whole(&path, b"bytes"), check_writable(&path)] {
                let error = result.unwrap_err();
                assert!(
                    matches!(&error, Error::Io { path: named, .. } | Error::NotFound { path: named, .. } if *named == place),
                    "{error}"
                );
            }
        }
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn permissions_links_and_devices_stay_what_they_were() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write_whole(&file, b"first").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let plain = folder.path().join("plain");
        fs::write(&plain, b"").unwrap();
        assert_eq!(mode(&file), mode(&plain));
        fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        write_whole(&link, b"second").unwrap();
        assert!(link.is_symlink());
        assert_eq!(
            (fs::read(&file).unwrap(), mode(&file)),
            (b"second".to_vec(), 0o640)
        );
        assert!(write_whole(Path::new("/dev/null"), b"").is_err());
    }
}
