//! Memory that grows while a file is read.

use std::io::ErrorKind;
use std::path::Path;

use super::check;
use crate::error::{Error, Result};

/// Reserves capacity in `vector` for `additional` elements from `path`. The capacity is at most `most`, unless more
/// is needed now.
///
/// # Errors
/// [`Error::OutOfMemory`], before anything is copied; [`Error::Io`] when the allocation fails nevertheless.
#[inline]
pub(crate) fn reserve<T>(vector: &mut Vec<T>, additional: usize, most: usize, path: &Path) -> Result<()> {
    if vector.capacity() - vector.len() >= additional {
        return Ok(());
    }
    grow(vector, additional, most, path)
}

#[cold]
fn grow<T>(vector: &mut Vec<T>, additional: usize, most: usize, path: &Path) -> Result<()> {
    let wanted = vector.len().saturating_add(additional);
    // Doubled, so that elements are not copied each time one arrives.
    let room = vector.capacity().saturating_mul(2).min(most).max(wanted);
    check_data::<T>(path, room)?;
    vector
        .try_reserve_exact(room - vector.len())
        .map_err(|_| Error::io(path, "read")(ErrorKind::OutOfMemory.into()))
}

/// Checks that there is memory for this many elements made from the content of `path`.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub(crate) fn check_data<T>(path: &Path, elements: usize) -> Result<()> {
    let bytes = (elements as u64).saturating_mul(size_of::<T>() as u64);
    check(
        bytes,
        || format!("reading {}", path.display()),
        |_| "If the file is what it should be, give fewer of its images.".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_doubles_up_to_the_most_there_will_be() {
        let mut vector: Vec<u16> = Vec::new();
        let mut rooms = Vec::new();
        for element in 0..100 {
            reserve(&mut vector, 1, 100, Path::new("x")).unwrap();
            vector.push(element);
            rooms.push(vector.capacity());
        }
        rooms.dedup();
        assert_eq!(rooms, [1, 2, 4, 8, 16, 32, 64, 100]);
    }

    #[test]
    fn more_than_there_is_is_refused_with_the_file_and_both_figures() {
        let mut vector: Vec<u64> = Vec::new();
        let error = reserve(&mut vector, usize::MAX / 16, usize::MAX, Path::new("big.csv")).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("reading big.csv needs "), "{message}");
        assert_eq!(vector.capacity(), 0);
    }
}
