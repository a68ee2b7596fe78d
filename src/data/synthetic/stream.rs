//! The random numbers of one image.
//!
//! Every image has a stream of its own, derived from the seed, the part of the data set and its index, so that an
//! image depends neither on the thread that draws it nor on the number of images.

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// Which images a stream draws. The two parts never share a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Learning,
    Test,
}

/// The random numbers of one image.
pub(super) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream of image `index` in `part`.
    pub(super) fn new(seed: u64, part: Part, index: usize) -> Self {
        // SplitMix64 turns neighbouring numbers into unrelated ones: here for the parts, and inside `seed_from_u64`
        // for the images.
        let mut keys = SplitMix64::seed_from_u64(seed);
        let (learning, test) = (keys.next_u64(), keys.next_u64());
        let key = match part {
            Part::Learning => learning,
            Part::Test => test,
        };
        Self(Xoshiro256PlusPlus::seed_from_u64(key.wrapping_add(index as u64)))
    }

    /// A whole number, evenly from 0 to `end` - 1.
    pub(super) fn below(&mut self, end: usize) -> usize {
        // u32, because usize has different widths on different machines.
        self.0.random_range(0..end as u32) as usize
    }

    /// A number evenly from `low` to `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    /// A bell-shaped number of mean 0 and the given standard deviation, never beyond 3.5 deviations.
    ///
    /// It is the sum of four even numbers: an exact Gaussian needs logarithms, and they differ between
    /// platforms.
    pub(super) fn bell(&mut self, deviation: f32) -> f32 {
        const LANE_MEAN: f32 = 65_535.0 / 2.0;
        // Standard deviation of the sum: √(4 · (2¹⁶)² / 12).
        const SUM_DEVIATION: f32 = 37_837.2;
        let bits = self.0.next_u64();
        let sum: u32 = (0..4).map(|lane| (bits >> (16 * lane)) as u32 & 0xffff).sum();
        (sum as f32 - 4.0 * LANE_MEAN) * (deviation / SUM_DEVIATION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bell_has_the_mean_and_deviation_it_is_asked_for() {
        let mut stream = Stream::new(0, Part::Test, 0);
        let draws: Vec<f32> = (0..100_000).map(|_| stream.bell(2.0)).collect();
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f32>() / draws.len() as f32;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance.sqrt() - 2.0).abs() < 0.03, "{variance}");
        assert!(draws.iter().all(|draw| draw.abs() < 7.0));
    }

    #[test]
    fn seed_part_and_index_each_give_another_stream() {
        let first = |seed, part, index| Stream::new(seed, part, index).0.next_u64();
        let here = first(0, Part::Learning, 0);
        assert_eq!(here, first(0, Part::Learning, 0));
        assert_ne!(here, first(1, Part::Learning, 0));
        assert_ne!(here, first(0, Part::Test, 0));
        assert_ne!(here, first(0, Part::Learning, 1));
    }
}
