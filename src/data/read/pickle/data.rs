//! The byte strings of a pickle, kept small while they arrive.
//!
//! An array's elements are one long byte string. [`Collector`] takes such a string piece by piece and reads its
//! 4-byte words as little-endian `f32`. As long as each of them is exactly `k / 256` for a byte `k`, only `k` is
//! kept, a quarter of the memory: the article's 188 MB of pixels become 55 MB. At the first word that is not,
//! all that came before is widened. No bit is lost either way, so that a string that turns out not to hold
//! `f32` (the labels, say) is still there as it was, from [`Data::elements`].

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::images::pixels::{PIXEL_SCALE, Pixels};
use crate::memory;

/// How many bytes all strings of a pickle may have together. MNIST in float64 has 440 MB.
pub(super) const MAXIMUM_BYTES: u64 = 1 << 30;

/// Most words there can be.
const MAXIMUM_WORDS: usize = MAXIMUM_BYTES as usize / 4;

/// A byte string of a pickle.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    /// As it stands in the file.
    Bytes(Vec<u8>),
    /// Its 4-byte words as little-endian `f32`.
    Words(Pixels),
}

impl Data {
    /// Length of the string in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Words(words) => words.len() * 4,
        }
    }

    /// The string, if it is short enough for a name: longer ones are kept as words.
    pub fn short(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Words(_) => None,
        }
    }

    /// Bytes of memory that it takes.
    pub fn memory(&self) -> usize {
        match self {
            Self::Bytes(bytes) | Self::Words(Pixels::Bytes(bytes)) => bytes.len(),
            Self::Words(Pixels::Floats(words)) => size_of_val(&words[..]),
        }
    }

    /// What `element` makes of each `N` bytes of the string as it stands in the file. `N` is a power of 2, up to 8, and
    /// divides its length.
    pub fn elements<const N: usize, T>(&self, element: impl Fn([u8; N]) -> T) -> Vec<T> {
        let mut elements = Vec::with_capacity(self.len() / N);
        let mut extend = |bytes: &[u8]| elements.extend(bytes.as_chunks().0.iter().copied().map(&element));
        match self {
            Self::Bytes(bytes) => extend(bytes),
            Self::Words(Pixels::Bytes(ks)) => each_pair(ks, value, extend),
            Self::Words(Pixels::Floats(words)) => each_pair(words, |word| word, extend),
        }
        elements
    }
}

/// Gives two words after the other, of which the last may be alone, as bytes: two are at least one element.
fn each_pair<T: Copy>(words: &[T], value: impl Fn(T) -> f32, mut take: impl FnMut(&[u8])) {
    for pair in words.chunks(2) {
        let mut bytes = [0; 8];
        for (bytes, &word) in bytes.as_chunks_mut().0.iter_mut().zip(pair) {
            *bytes = value(word).to_le_bytes();
        }
        take(&bytes[..4 * pair.len()]);
    }
}

/// Takes a byte string piece by piece.
pub(super) struct Collector {
    /// The pickle, as errors name it.
    path: PathBuf,
    pending: Vec<u8>,
    words: Option<Pixels>,
}

impl Collector {
    /// How many bytes are turned into words at once. Small enough for the first-level cache.
    const CHUNK: usize = 16 * 1024;
    /// Strings of fewer bytes are names or tiny arrays, and kept as they are.
    const SHORT: usize = 256;

    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            pending: Vec::new(),
            words: None,
        }
    }

    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory), [`Error::Io`](crate::Error::Io): there is no room for it.
    #[inline]
    pub fn push(&mut self, byte: u8) -> Result<()> {
        self.pending.push(byte);
        match self.pending.len() >= Self::CHUNK {
            true => self.flush(),
            false => Ok(()),
        }
    }

    /// Length of the string so far.
    pub fn len(&self) -> u64 {
        let words = self.words.as_ref().map_or(0, Pixels::len);
        (words * 4 + self.pending.len()) as u64
    }

    /// # Errors
    /// Those of [`Self::push`].
    pub fn extend(&mut self, bytes: &[u8]) -> Result<()> {
        for piece in bytes.chunks(Self::CHUNK) {
            self.pending.extend_from_slice(piece);
            if self.pending.len() >= Self::CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let (words, rest) = self.pending.as_chunks::<4>();
        let whole = self.pending.len() - rest.len();
        let kept = self.words.take().unwrap_or(Pixels::Bytes(Vec::new()));
        self.words = Some(extend_words(kept, words, &self.path)?);
        self.pending.drain(..whole);
        Ok(())
    }

    /// # Errors
    /// Those of [`Self::push`].
    pub fn finish(mut self) -> Result<Data> {
        if self.words.is_some() || self.pending.len() >= Self::SHORT {
            self.flush()?;
        }
        Ok(match self.words {
            None => Data::Bytes(self.pending),
            Some(words) if self.pending.is_empty() => Data::Words(words),
            // Its length is no multiple of 4, so these were never words.
            Some(words) => {
                let words = Data::Words(words);
                memory::check_data::<u8>(&self.path, words.len() + self.pending.len())?;
                let mut bytes = words.elements(|[byte]| byte);
                bytes.append(&mut self.pending);
                Data::Bytes(bytes)
            }
        })
    }
}

/// What the byte `k` stands for.
fn value(k: u8) -> f32 {
    f32::from(k) / PIXEL_SCALE
}

/// A byte `k`, and whether it stands for exactly this value, bit by bit: -0 is not 0.
#[inline]
fn byte(of: f32) -> (u8, bool) {
    let k = (of * PIXEL_SCALE) as u8;
    (k, value(k).to_bits() == of.to_bits())
}

fn extend_words(mut kept: Pixels, words: &[[u8; 4]], path: &Path) -> Result<Pixels> {
    let words = words.iter().map(|&word| f32::from_le_bytes(word));
    if let Pixels::Bytes(ks) = &mut kept {
        memory::reserve(ks, words.len(), MAXIMUM_WORDS, path)?;
        let before = ks.len();
        let mut exact = true;
        ks.extend(words.clone().map(|word| {
            let (k, same) = byte(word);
            exact &= same;
            k
        }));
        if exact {
            return Ok(kept);
        }
        ks.truncate(before);
        memory::check_data::<f32>(path, before)?;
    }
    let mut floats = into_floats(kept);
    memory::reserve(&mut floats, words.len(), MAXIMUM_WORDS, path)?;
    floats.extend(words);
    Ok(Pixels::Floats(floats))
}

fn into_floats(pixels: Pixels) -> Vec<f32> {
    match pixels {
        Pixels::Bytes(ks) => ks.into_iter().map(value).collect(),
        Pixels::Floats(floats) => floats,
    }
}

/// `first` and behind it `second`, both of `path`; both become floats when one of them is.
///
/// # Errors
/// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
pub(super) fn concatenate(first: Pixels, second: Pixels, path: &Path) -> Result<Pixels> {
    let numbers = first.len() + second.len();
    Ok(match (first, second) {
        (Pixels::Bytes(mut first), Pixels::Bytes(second)) => {
            memory::check_data::<u8>(path, numbers)?;
            first.extend_from_slice(&second);
            Pixels::Bytes(first)
        }
        (first, second) => {
            memory::check_data::<f32>(path, numbers)?;
            let mut floats = into_floats(first);
            floats.append(&mut into_floats(second));
            Pixels::Floats(floats)
        }
    })
}

/// Floats as bytes, when each of them is exactly `k / 256`.
pub(super) fn compact(floats: Vec<f32>) -> Pixels {
    let bytes: Option<Vec<u8>> = floats
        .iter()
        .map(|&float| match byte(float) {
            (k, true) => Some(k),
            _ => None,
        })
        .collect();
    bytes.map_or(Pixels::Floats(floats), Pixels::Bytes)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn collect<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Data {
        let mut collector = Collector::new(Path::new("x"));
        for piece in pieces {
            collector.extend(piece).unwrap();
        }
        collector.finish().unwrap()
    }

    fn words(floats: &[f32]) -> Vec<u8> {
        floats.iter().flat_map(|float| float.to_le_bytes()).collect()
    }

    proptest! {
        #[test]
        fn any_string_in_any_pieces_is_given_back_as_it_was(
            ks in vec(any::<u8>(), 0..20_000),
            rest in vec(any::<u8>(), 0..1000),
            piece in 1..40_000_usize,
        ) {
            // Begins as pixels, goes on as anything, at any length.
            let floats: Vec<_> = ks.iter().map(|&k| value(k)).collect();
            let string = [words(&floats), rest].concat();
            let data = collect(string.chunks(piece));
            prop_assert_eq!(data.len(), string.len());
            prop_assert!(data.elements(|[byte]| byte) == string);
        }

        #[test]
        fn pixels_of_a_byte_each_take_a_byte_each(ks in vec(any::<u8>(), 64..20_000), piece in 1..40_000_usize) {
            let floats: Vec<_> = ks.iter().map(|&k| value(k)).collect();
            prop_assert!(collect(words(&floats).chunks(piece)) == Data::Words(Pixels::Bytes(ks)));
        }

        #[test]
        fn no_other_float_is_taken_for_a_byte(bits: u32) {
            let float = f32::from_bits(bits);
            let (k, exact) = byte(float);
            prop_assert_eq!(exact, value(k).to_bits() == bits);
        }
    }

    #[test]
    fn words_are_elements_of_any_size() {
        fn check<const N: usize, T: PartialEq>(data: &Data, string: &[u8], element: fn([u8; N]) -> T) {
            let expected = string.as_chunks().0.iter().copied().map(element);
            assert!(data.elements(element) == expected.collect::<Vec<_>>());
        }
        let floats: Vec<f32> = [0.0, 0.5, 0.25, 0.75].into_iter().cycle().take(1000).collect();
        // As bytes, and widened by a last float.
        for last in [0.5, 0.3] {
            let string = [words(&floats), words(&[last, 0.5])].concat();
            let data = collect([&string[..]]);
            assert!(matches!(data, Data::Words(_)));
            check(&data, &string, u64::from_le_bytes);
            check(&data, &string, f32::from_be_bytes);
            check(&data, &string, u16::from_le_bytes);
        }
    }

    #[test]
    fn a_single_other_float_widens_all_pixels() {
        for other in [-0.0, 1.0, 0.3, 1e-40, f32::INFINITY, -1.0 / 256.0] {
            let mut floats = vec![0.5; 10_000];
            floats.push(other);
            let data = collect([&words(&floats)[..]]);
            assert_eq!(data, Data::Words(Pixels::Floats(floats)), "{other}");
        }
    }

    #[test]
    fn concatenating_bytes_and_floats_gives_floats() {
        let bytes = || Pixels::Bytes(vec![128]);
        let floats = || Pixels::Floats(vec![0.3]);
        let concatenate = |first, second| concatenate(first, second, Path::new("x")).unwrap();
        assert_eq!(concatenate(bytes(), bytes()), Pixels::Bytes(vec![128, 128]));
        assert_eq!(concatenate(bytes(), floats()), Pixels::Floats(vec![0.5, 0.3]));
        assert_eq!(concatenate(floats(), bytes()), Pixels::Floats(vec![0.3, 0.5]));
    }
}
