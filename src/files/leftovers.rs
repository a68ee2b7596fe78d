//! Temporary files of programs that were killed while writing.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use super::whole::TEMPORARY_SUFFIX;

/// Younger temporary files may belong to a program that has not locked them yet.
const YOUNG: Duration = Duration::from_secs(60);

/// Removes from `folder` the temporary files of killed programs that were writing a file called `name`. Files that
/// are being written are locked. Failures are ignored, because the caller's own work is done.
pub(super) fn remove_leftovers(folder: &Path, name: &OsStr) {
    let prefix = prefix(name);
    let Some(prefix) = prefix.to_str() else { return };
    let is_temporary = |name: &str| {
        let middle = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_suffix(TEMPORARY_SUFFIX));
        // Anything else belongs to a file whose name begins like this one's.
        middle.is_some_and(|middle| middle.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_temporary) && is_abandoned(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// How the names of a file's temporary files begin.
pub(super) fn prefix(name: &OsStr) -> OsString {
    [".".as_ref(), name, ".".as_ref()].join("".as_ref())
}

fn is_abandoned(path: &Path) -> bool {
    let age = || path.symlink_metadata().ok()?.modified().ok()?.elapsed().ok();
    let is_locked = || File::open(path).is_ok_and(|file| file.try_lock().is_err());
    age().is_some_and(|age| age > YOUNG) && !is_locked()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_old_temporary_files_of_the_same_name_that_nobody_writes_to_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let old = SystemTime::now() - 2 * YOUNG;
        let make = |name: &str, modified| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(modified).unwrap();
            file
        };
        let others = [
            ".model.aB3xY9.part",
            ".model.st.tmp",
            "model.st.aB3xY9.part",
            ".model.st.2.aB3xY9.part",
        ];
        for name in others {
            make(name, old);
        }
        make(".model.st.young1.part", SystemTime::now());
        make(".model.st.gone12.part", old);
        let writing = make(".model.st.busy34.part", old);
        writing.lock().unwrap();

        super::super::whole::write_whole(&folder.path().join("model.st"), b"bytes").unwrap();
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut expected = [
            &others[..],
            &[".model.st.young1.part", ".model.st.busy34.part", "model.st"],
        ]
        .concat();
        expected.sort_unstable();
        assert_eq!(names, expected);
    }
}
