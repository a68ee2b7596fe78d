//! Dropout: in training, hidden units are set to 0 at random. Srivastava, Hinton, Krizhevsky, Sutskever and
//! Salakhutdinov 2014.
//!
//! Inverted: the remaining activations are scaled by 1 / (1 − p), so that evaluation needs no change. Whether a unit
//! is dropped is a function of the seed, the number of the mini-batch in the run, the sample's place in it, the
//! layer and the unit. There is no state, so that the order of work, the number of threads and interruptions change
//! nothing.

use crate::math::real::Real;
use crate::math::simd::vectorized;

/// The masks of one mini-batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout {
    /// p, as a part of 2³².
    threshold: u64,
    /// 1 / (1 − p)
    scale: f64,
    /// Of the seed and the mini-batch.
    key: u64,
}

impl Dropout {
    /// `rate` is p, in [0, 1); 0 means none. `minibatch` counts over the whole run.
    pub fn new(rate: f64, seed: u64, minibatch: u64) -> Option<Self> {
        (rate > 0.0).then(|| Self {
            threshold: (rate * (1u64 << 32) as f64) as u64,
            scale: 1.0 / (1.0 - rate),
            key: mix(mix(seed).wrapping_add(minibatch)),
        })
    }

    /// What a unit's activation is multiplied by: 0 or 1 / (1 − p).
    pub fn factor<F: Real>(self, sample: usize, layer: usize, unit: usize) -> F {
        self.factor_of(self.key_of(sample, layer), unit as u64, F::of(self.scale))
    }

    /// Multiplies the activations of a sample's hidden layer by their factors, and its slopes likewise.
    pub fn apply<F: Real>(self, sample: usize, layer: usize, activations: &mut [F], slopes: &mut [F]) {
        let (key, scale) = (self.key_of(sample, layer), F::of(self.scale));
        vectorized(
            #[inline(always)]
            move || {
                for (unit, (a, slope)) in activations.iter_mut().zip(slopes).enumerate() {
                    let factor = self.factor_of(key, unit as u64, scale);
                    *a *= factor;
                    *slope *= factor;
                }
            },
        );
    }

    fn key_of(self, sample: usize, layer: usize) -> u64 {
        mix(self.key.wrapping_add(((sample as u64) << 16) | layer as u64))
    }

    /// The number at index `unit` of SplitMix64's stream from `key`.
    #[inline(always)]
    fn factor_of<F: Real>(self, key: u64, unit: u64, scale: F) -> F {
        let draw = mix(key.wrapping_add(unit.wrapping_mul(GOLDEN)));
        if draw >> 32 < self.threshold {
            F::zero()
        } else {
            scale
        }
    }
}

/// 2⁶⁴ over the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// SplitMix64's output of the state after `state`: Steele, Lea and Flood 2014.
#[inline(always)]
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(GOLDEN);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_is_splitmix64() {
        // The first outputs of the authors' program for seed 1234567.
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
        assert_eq!(mix(1_234_567u64.wrapping_add(GOLDEN)), 3_203_168_211_198_807_973);
    }

    #[test]
    fn so_many_units_are_silent_as_asked_and_the_mean_stays() {
        let dropout = Dropout::new(0.3, 5, 7).unwrap();
        let (mut silent, mut sum) = (0, 0.0);
        for sample in 0..100 {
            for unit in 0..500 {
                let factor: f64 = dropout.factor(sample, 1, unit);
                silent += usize::from(factor == 0.0);
                sum += factor;
            }
        }
        assert!((silent as f64 / 50_000.0 - 0.3).abs() < 0.01, "{silent}");
        assert!((sum / 50_000.0 - 1.0).abs() < 0.02, "{sum}");
    }

    #[test]
    fn masks_differ_by_seed_minibatch_sample_and_layer_and_repeat() {
        let mask = |seed, minibatch, sample, layer| -> Vec<bool> {
            let dropout = Dropout::new(0.5, seed, minibatch).unwrap();
            (0..64)
                .map(|unit| dropout.factor::<f32>(sample, layer, unit) == 0.0)
                .collect()
        };
        let masks = [
            mask(1, 0, 0, 0),
            mask(2, 0, 0, 0),
            mask(1, 1, 0, 0),
            mask(1, 0, 1, 0),
            mask(1, 0, 0, 1),
        ];
        for (index, one) in masks.iter().enumerate() {
            assert!(!masks[index + 1..].contains(one));
        }
        assert_eq!(mask(1, 0, 0, 0), masks[0]);
    }

    #[test]
    fn many_units_at_a_time_get_the_same_factors() {
        let dropout = Dropout::new(0.4, 3, 1).unwrap();
        let (mut activations, mut slopes) = (vec![1.0f32; 100], vec![2.0f32; 100]);
        dropout.apply(9, 2, &mut activations, &mut slopes);
        for unit in 0..100 {
            let factor: f32 = dropout.factor(9, 2, unit);
            assert_eq!((activations[unit], slopes[unit]), (factor, 2.0 * factor));
        }
        assert!(Dropout::new(0.0, 3, 1).is_none());
    }
}
