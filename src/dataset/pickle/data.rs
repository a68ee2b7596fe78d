//! The byte strings of a pickle, kept small while they arrive.
//!
//! An array's elements are one long byte string. [`Collector`] takes such a string piece by piece and reads its
//! 4-byte words as little-endian `f32`. As long as each of them is exactly `k / 256` for a byte `k`, only `k` is
//! kept, a quarter of the memory: the article's 188 MB of pixels become 55 MB. At the first word that is not,
//! all that came before is widened. No bit is lost either way, so that a string that turns out not to hold
//! `f32` (the labels, say) is still there as it was, from [`Data::into_bytes`].

use super::super::{PIXEL_SCALE, Pixels};

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

    /// The string as it stands in the file.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Words(Pixels::Bytes(ks)) => ks.into_iter().flat_map(|k| value(k).to_le_bytes()).collect(),
            Self::Words(Pixels::Floats(words)) => words.into_iter().flat_map(f32::to_le_bytes).collect(),
        }
    }
}

/// Takes a byte string piece by piece.
pub(super) struct Collector {
    pending: Vec<u8>,
    words: Option<Pixels>,
}

impl Collector {
    /// How many bytes are turned into words at once. Small enough for the first-level cache.
    const CHUNK: usize = 16 * 1024;
    /// Strings of fewer bytes are names or tiny arrays, and kept as they are.
    const SHORT: usize = 256;

    pub fn new() -> Self {
        Self {
            pending: Vec::new(),
            words: None,
        }
    }

    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.pending.push(byte);
        if self.pending.len() >= Self::CHUNK {
            self.flush();
        }
    }

    /// Length of the string so far.
    pub fn len(&self) -> u64 {
        let words = self.words.as_ref().map_or(0, Pixels::len);
        (words * 4 + self.pending.len()) as u64
    }

    pub fn extend(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(Self::CHUNK) {
            self.pending.extend_from_slice(piece);
            if self.pending.len() >= Self::CHUNK {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        let (words, rest) = self.pending.as_chunks::<4>();
        let whole = self.pending.len() - rest.len();
        let kept = self.words.take().unwrap_or(Pixels::Bytes(Vec::new()));
        self.words = Some(extend_words(kept, words));
        self.pending.drain(..whole);
    }

    pub fn finish(mut self) -> Data {
        if self.words.is_some() || self.pending.len() >= Self::SHORT {
            self.flush();
        }
        match self.words {
            None => Data::Bytes(self.pending),
            Some(words) if self.pending.is_empty() => Data::Words(words),
            // Its length is no multiple of 4, so these were never words.
            Some(words) => {
                let mut bytes = Data::Words(words).into_bytes();
                bytes.append(&mut self.pending);
                Data::Bytes(bytes)
            }
        }
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

fn extend_words(mut kept: Pixels, words: &[[u8; 4]]) -> Pixels {
    let words = words.iter().map(|&word| f32::from_le_bytes(word));
    if let Pixels::Bytes(ks) = &mut kept {
        let before = ks.len();
        let mut exact = true;
        ks.extend(words.clone().map(|word| {
            let (k, same) = byte(word);
            exact &= same;
            k
        }));
        if exact {
            return kept;
        }
        ks.truncate(before);
    }
    let mut floats = into_floats(kept);
    floats.extend(words);
    Pixels::Floats(floats)
}

fn into_floats(pixels: Pixels) -> Vec<f32> {
    match pixels {
        Pixels::Bytes(ks) => ks.into_iter().map(value).collect(),
        Pixels::Floats(floats) => floats,
    }
}

/// `first` and behind it `second`; both become floats when one of them is.
pub(super) fn concatenate(first: Pixels, second: Pixels) -> Pixels {
    match (first, second) {
        (Pixels::Bytes(mut first), Pixels::Bytes(second)) => {
            first.extend_from_slice(&second);
            Pixels::Bytes(first)
        }
        (first, second) => {
            let mut floats = into_floats(first);
            floats.append(&mut into_floats(second));
            Pixels::Floats(floats)
        }
    }
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
        let mut collector = Collector::new();
        for piece in pieces {
            collector.extend(piece);
        }
        collector.finish()
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
            prop_assert!(data.into_bytes() == string);
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
        assert_eq!(concatenate(bytes(), bytes()), Pixels::Bytes(vec![128, 128]));
        assert_eq!(concatenate(bytes(), floats()), Pixels::Floats(vec![0.5, 0.3]));
        assert_eq!(concatenate(floats(), bytes()), Pixels::Floats(vec![0.3, 0.5]));
    }
}
