//! Draws from the normal distribution, with the same bits on every machine.
//!
//! The ziggurat method in Doornik's variant (J. A. Doornik, *An Improved Ziggurat Method to Generate Normal Random
//! Samples*, 2005), as in the crate `rand_distr`, with the same draws. That crate may take exponentials and
//! logarithms from the platform's mathematical library, which platforms round differently; here they are those of
//! the crate `libm` on every platform.
//!
//! The area under exp(−x²/2), x ≥ 0, is cut into 256 layers of equal area V. Layer i ≥ 1 lies between the heights
//! f(xᵢ) and f(xᵢ₊₁) and is a box of width xᵢ; layer 0 is the box of width R = x₁ below f(R), and the tail beyond R.

use std::sync::LazyLock;

use rand::distr::Open01;
use rand::{Rng, RngExt};

use crate::math::real::Real;

/// Layers.
const LAYERS: usize = 256;
/// Where the tail begins.
const R: f64 = 3.654_152_885_361_009;
/// The area of a layer.
const V: f64 = 0.004_928_673_233_99;

/// The layers.
struct Ziggurat {
    /// xᵢ; x₀ is the width that a box of area V has below f(R).
    widths: [f64; LAYERS + 1],
    /// f(xᵢ).
    heights: [f64; LAYERS + 1],
}

static ZIGGURAT: LazyLock<Ziggurat> = LazyLock::new(|| {
    let mut widths = [0.0; LAYERS + 1];
    widths[0] = V / density(R);
    widths[1] = R;
    for i in 2..LAYERS {
        let below = widths[i - 1];
        widths[i] = (-2.0 * libm::log(V / below + density(below))).sqrt();
    }
    Ziggurat {
        widths,
        heights: widths.map(density),
    }
});

/// f(x) = exp(−x²/2)
fn density(x: f64) -> f64 {
    libm::exp(-x * x / 2.0)
}

/// A draw from N(0, 1), made in `f64` so that both precisions start a seed from the same network.
pub(crate) fn standard_normal<F: Real>(random: &mut impl Rng) -> F {
    let Ziggurat { widths, heights } = &*ZIGGURAT;
    loop {
        let bits = random.next_u64();
        let layer = (bits & 0xff) as usize;
        // The upper 52 bits as a number in [2, 4), less 3.
        let u = f64::from_bits((1024 << 52) | (bits >> 12)) - 3.0;
        let x = u * widths[layer];
        if x.abs() < widths[layer + 1] {
            return F::of(x);
        }
        if layer == 0 {
            return F::of(tail(random).copysign(u));
        }
        let (low, high) = (heights[layer], heights[layer + 1]);
        if high + (low - high) * random.random::<f64>() < density(x) {
            return F::of(x);
        }
    }
}

/// A draw from the tail beyond R: Marsaglia 1964.
fn tail(random: &mut impl Rng) -> f64 {
    loop {
        let x = libm::log(random.sample(Open01)) / R;
        let y = libm::log(random.sample(Open01));
        if -2.0 * y >= x * x {
            return R - x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::{Stream, stream};

    fn draws(count: usize) -> Vec<f64> {
        let mut random = stream(0, Stream::Initialisation);
        (0..count).map(|_| standard_normal(&mut random)).collect()
    }

    #[test]
    fn draws_are_those_of_the_crate_rand_distr() {
        let draws = draws(6000);
        for (index, expected) in [
            (0, -0.292_803_298_604_708_16),
            (1, -0.713_120_616_814_431_5),
            (2, -0.105_321_160_353_188_6),
            (3, -2.436_452_515_652_55),
            // From the tail, by logarithms.
            (2386, -3.861_594_641_095_998_3),
            (2980, -4.374_368_734_800_785),
            (5909, 3.975_008_909_724_713),
        ] {
            let error = (draws[index] - expected).abs();
            assert!(
                error <= 2.0 * f64::EPSILON * expected.abs(),
                "draw {index}: {}",
                draws[index]
            );
        }
    }

    #[test]
    fn draws_have_the_moments_and_the_tail_of_the_normal_distribution() {
        let draws = draws(400_000);
        let mean = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / draws.len() as f64;
        for (power, expected, bound) in [(1, 0.0, 0.01), (2, 1.0, 0.01), (3, 0.0, 0.03), (4, 3.0, 0.06)] {
            assert!((mean(power) - expected).abs() < bound, "{power}: {}", mean(power));
        }
        // P(|x| > R) = 0.000258
        let tail = draws.iter().filter(|x| x.abs() > R).count();
        assert!((70..140).contains(&tail), "{tail}");
    }
}
