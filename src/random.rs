//! Random streams: independent of each other, all derived from one seed.
//!
//! Each use of chance has a stream of its own, so that one more draw in one does not shift another.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// What a stream of random numbers is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Initial weights and biases.
    Initialisation = 0,
    /// The order of the samples in each epoch.
    Shuffle = 1,
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

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let draws = |purpose| stream(7, purpose).next_u64();
        assert_ne!(draws(Stream::Initialisation), draws(Stream::Shuffle));
        assert_eq!(draws(Stream::Shuffle), draws(Stream::Shuffle));
    }
}
