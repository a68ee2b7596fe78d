//! The numbers of a file as they arrive: a byte each as long as all are bytes, floats from the first that is not.

use std::path::{Path, PathBuf};

use super::scale::as_byte;
use crate::error::Result;
use crate::images::pixels::Pixels;
use crate::memory;

/// Numbers of which more are to come.
pub(super) struct Numbers {
    path: PathBuf,
    most: usize,
    kept: Pixels,
}

impl Numbers {
    /// None yet, and never more than `most`, of the file that errors call `path`.
    pub fn new(path: PathBuf, most: usize) -> Self {
        Self {
            path,
            most,
            kept: Pixels::Bytes(Vec::new()),
        }
    }

    /// One that is a byte.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory), [`Error::Io`](crate::Error::Io): there is no room for it.
    #[inline]
    pub fn push_byte(&mut self, byte: u8) -> Result<()> {
        match &mut self.kept {
            Pixels::Bytes(bytes) => push(bytes, byte, self.most, &self.path),
            Pixels::Floats(floats) => push(floats, f32::from(byte), self.most, &self.path),
        }
    }

    /// Any.
    ///
    /// # Errors
    /// Those of [`Self::push_byte`].
    #[inline]
    pub fn push(&mut self, number: f32) -> Result<()> {
        let bytes = match &mut self.kept {
            Pixels::Floats(floats) => return push(floats, number, self.most, &self.path),
            Pixels::Bytes(bytes) => bytes,
        };
        if let Some(byte) = as_byte(number) {
            return push(bytes, byte, self.most, &self.path);
        }
        let mut floats = Vec::new();
        memory::reserve(&mut floats, bytes.len() + 1, self.most, &self.path)?;
        floats.extend(bytes.iter().map(|&byte| f32::from(byte)));
        floats.push(number);
        self.kept = Pixels::Floats(floats);
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn into_pixels(self) -> Pixels {
        self.kept
    }
}

#[inline]
fn push<T>(vector: &mut Vec<T>, element: T, most: usize, path: &Path) -> Result<()> {
    memory::reserve(vector, 1, most, path)?;
    vector.push(element);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(numbers: &[f32]) -> Pixels {
        let mut kept = Numbers::new("x".into(), numbers.len());
        for &number in numbers {
            match as_byte(number) {
                Some(byte) if number > 100.0 => kept.push_byte(byte),
                _ => kept.push(number),
            }
            .unwrap();
        }
        assert_eq!(kept.len(), numbers.len());
        kept.into_pixels()
    }

    #[test]
    fn bytes_stay_bytes_and_one_other_number_makes_floats_of_all() {
        assert_eq!(kept(&[0.0, 255.0, 7.0]), Pixels::Bytes(vec![0, 255, 7]));
        for other in [-1.0, 0.5, 256.0, f32::INFINITY] {
            let numbers = [0.0, 255.0, other, 200.0, 7.0];
            assert_eq!(kept(&numbers), Pixels::Floats(numbers.to_vec()));
        }
    }
}
