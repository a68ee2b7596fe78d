//! Random streams: independent of each other, all derived from one seed.
//!
//! Each use of randomness has its own stream, so that an additional draw from one does not shift another.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// What a stream of random numbers is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Initial weights and biases.
    Initialisation = 0,
    /// The order of the samples in each epoch.
    Shuffle = 1,
    /// How images are distorted.
    Augmentation = 2,
    /// Which images test and validate.
    Split = 3,
}

/// The stream of `seed` for one purpose: xoshiro256++ put 2¹⁹² draws ahead for each purpose before it, so
/// that no two streams of a seed ever meet.
pub fn stream(seed: u64, purpose: Stream) -> Xoshiro256PlusPlus {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    for _ in 0..purpose as usize {
        random.long_jump();
    }
    random
}

/// Many short streams of `seed` for one purpose: one for each image of each epoch, so that an image's draws do not
/// depend on the thread or the order of work.
#[derive(Debug, Clone, Copy)]
pub struct ImageStreams {
    key: u64,
}

impl ImageStreams {
    /// The streams of `seed` for `purpose`.
    pub fn new(seed: u64, purpose: Stream) -> Self {
        Self {
            key: stream(seed, purpose).next_u64(),
        }
    }

    /// The stream of one image in one epoch: xoshiro256++ seeded by SplitMix64, as its authors advise, from a number
    /// that is different for every image of every epoch (of the first 2³²).
    #[inline]
    pub fn get(self, epoch: usize, image: u32) -> Xoshiro256PlusPlus {
        let number = (epoch as u64) << 32 | u64::from(image);
        Xoshiro256PlusPlus::seed_from_u64(self.key ^ number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let draws = |purpose| stream(7, purpose).next_u64();
        assert_ne!(draws(Stream::Initialisation), draws(Stream::Shuffle));
        assert_eq!(draws(Stream::Shuffle), draws(Stream::Shuffle));
    }

    #[test]
    fn each_image_of_each_epoch_of_each_seed_has_its_own_stream() {
        let mut firsts = std::collections::HashSet::new();
        for seed in 0..3 {
            let streams = ImageStreams::new(seed, Stream::Augmentation);
            for (epoch, image) in (0..20).flat_map(|epoch| (0..50).map(move |image| (epoch, image))) {
                assert!(firsts.insert(streams.get(epoch, image).next_u64()));
            }
        }
    }
}
