//! The two precisions a network can be trained in, behind one trait: the numerics are written once.

use ndarray::NdFloat;
use num_traits::FromPrimitive;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::kernel::Vectors;

/// `f32` or `f64`.
pub trait Real: NdFloat + FromPrimitive + std::iter::Sum + Vectors {
    /// The precision's name on the command line: "f32" or "f64".
    const NAME: &'static str;

    /// The nearest value of this precision.
    fn of(value: f64) -> Self;

    /// The value as `f64`, exactly.
    fn as_f64(self) -> f64;

    /// A pixel byte as a number: exact.
    fn of_byte(byte: u8) -> Self;

    /// The value's little-endian bytes.
    fn little_endian(self) -> impl AsRef<[u8]>;

    /// eˣ in plain arithmetic that compilers turn into vectors, to about one unit in the last place. Arguments
    /// beyond the range of normal results count as its ends; NaN stays NaN.
    ///
    /// With n = ⌊x log₂e⌉ and r = x − n ln 2, eˣ = 2ⁿ eʳ, and |r| ≤ ½ ln 2 leaves a short polynomial. Adding 1.5 · 2ᵐ
    /// (m: bits of the mantissa) rounds, and leaves n in the low bits, from where a shift makes 2ⁿ.
    fn fast_exp(self) -> Self;
}

impl Real for f32 {
    const NAME: &'static str = "f32";

    fn of(value: f64) -> Self {
        value as Self
    }

    fn as_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn of_byte(byte: u8) -> Self {
        Self::from(byte)
    }

    fn little_endian(self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }

    #[inline(always)]
    fn fast_exp(self) -> Self {
        const ROUND: f32 = 12_582_912.0;
        // ln 2 in two parts, and the polynomial: Cephes' expf.
        const LN_2_HIGH: f32 = 0.693_359_4;
        const LN_2_LOW: f32 = -2.121_944_4e-4;
        let x = clamp(self, -87.0, 88.0);
        let rounded = x * std::f32::consts::LOG2_E + ROUND;
        let n = rounded - ROUND;
        let r = x - n * LN_2_HIGH - n * LN_2_LOW;
        let p = 1.987_569_1e-4;
        let p = p * r + 1.398_199_9e-3;
        let p = p * r + 8.333_452e-3;
        let p = p * r + 4.166_579_6e-2;
        let p = p * r + 1.666_666_5e-1;
        let p = p * r + 0.5;
        let p = p * (r * r) + r + 1.0;
        p * Self::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23))
    }
}

impl Real for f64 {
    const NAME: &'static str = "f64";

    fn of(value: f64) -> Self {
        value
    }

    fn as_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn of_byte(byte: u8) -> Self {
        Self::from(byte)
    }

    fn little_endian(self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }

    #[inline(always)]
    fn fast_exp(self) -> Self {
        const ROUND: f64 = 6_755_399_441_055_744.0;
        // ln 2 in two parts as in fdlibm; the first has enough zeros at its end that n times it is exact.
        const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
        const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
        let x = clamp(self, -708.0, 709.0);
        let rounded = x * std::f64::consts::LOG2_E + ROUND;
        let n = rounded - ROUND;
        let r = x - n * LN_2_HIGH - n * LN_2_LOW;
        // Taylor's series up to r¹³ / 13!: the next term is below 5 · 10⁻¹⁸.
        let mut p = 1.0 / 6_227_020_800.0;
        for factorial in [
            479_001_600.0,
            39_916_800.0,
            3_628_800.0,
            362_880.0,
            40_320.0,
            5_040.0,
            720.0,
            120.0,
            24.0,
            6.0,
            2.0,
        ] {
            p = p * r + 1.0 / factorial;
        }
        let p = p * (r * r) + r + 1.0;
        p * Self::from_bits((rounded.to_bits() << 52).wrapping_add(1023 << 52))
    }
}

/// As `clamp`, in comparisons that leave NaN alone and have vector instructions.
#[inline(always)]
fn clamp<F: PartialOrd>(value: F, low: F, high: F) -> F {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}

/// A draw from N(0, 1), made in `f64` so that both precisions start a seed from the same network.
pub(crate) fn standard_normal<F: Real>(random: &mut impl Rng) -> F {
    let draw: f64 = StandardNormal.sample(random);
    F::of(draw)
}
