//! The two precisions of a network, behind one trait, so that the numerics are written once.

use ndarray::NdFloat;
use num_traits::FromPrimitive;
use serde::{Deserialize, Serialize};

use crate::math::kernel::Kernels;

/// Single or double precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single.
    #[default]
    F32,
    /// Double.
    F64,
}

impl Precision {
    /// As on the command line: "f32" or "f64".
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => f32::NAME,
            Self::F64 => f64::NAME,
        }
    }
}

/// `f32` or `f64`.
pub trait Real: NdFloat + FromPrimitive + std::iter::Sum + Kernels {
    /// The precision.
    const PRECISION: Precision;

    /// [`Precision::name`].
    const NAME: &'static str;

    /// The nearest value of this precision.
    fn of(value: f64) -> Self;

    /// The value as `f64`, exactly.
    fn as_f64(self) -> f64;

    /// A pixel byte as a number: exact.
    fn of_byte(byte: u8) -> Self;

    /// The value's little-endian bytes.
    fn little_endian(self) -> impl AsRef<[u8]>;

    /// eˣ in plain arithmetic that the compiler turns into vectors, to about one unit in the last place. Where the result
    /// would not be a normal number, it is that of the nearest argument with a normal result. NaN stays NaN.
    ///
    /// With n = ⌊x log₂e⌉ and r = x − n ln 2, eˣ = 2ⁿ eʳ, and |r| ≤ ½ ln 2 leaves a short polynomial. Adding 1.5 · 2ᵐ
    /// (m: bits of the mantissa) rounds, and leaves n in the low bits, from where a shift makes 2ⁿ.
    fn fast_exp(self) -> Self;

    /// tanh x in plain arithmetic, to about two units in the last place; NaN stays NaN.
    ///
    /// Near 0, where 1 − 2 / (e²ˣ + 1) would cancel, an approximation of Cephes' tanh: x + x³ times a polynomial or a
    /// quotient of two.
    fn fast_tanh(self) -> Self;

    /// For u ≥ 0 the upper tail of the normal distribution, 1 − Φ(u) = ½ erfc(u / √2), over e^(−u²/2), in plain
    /// arithmetic, to about one unit in the last place.
    ///
    /// With t = 1 / (1 + u/4) in (0, 1] the quotient is t times a smooth function, fitted by a polynomial in
    /// 2t − 1 (Chebyshev, 60 digits; largest error 1.1 · 10⁻⁸ in f32, 1.3 · 10⁻¹⁷ in f64).
    fn scaled_normal_tail(self) -> Self;
}

/// c₀ xⁿ + c₁ xⁿ⁻¹ + … + cₙ
#[inline(always)]
fn polynomial<F: Real>(coefficients: &[F], x: F) -> F {
    let (first, rest) = coefficients
        .split_first()
        .expect("a constant polynomial, at least");
    rest.iter()
        .fold(*first, |sum, &coefficient| sum * x + coefficient)
}

/// Below this |x|, tanh x has its own approximation.
const TANH_SMALL: f64 = 0.625;

impl Real for f32 {
    const PRECISION: Precision = Precision::F32;
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn of(value: f64) -> Self {
        value as Self
    }

    #[inline(always)]
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

    #[inline(always)]
    fn fast_tanh(self) -> Self {
        const SMALL: [f32; 5] = [
            -5.704_988_7e-3,
            2.063_909e-2,
            -5.373_971_6e-2,
            1.333_144_2e-1,
            -3.333_328e-1,
        ];
        let square = self * self;
        let small = polynomial(&SMALL, square) * square * self + self;
        if self.abs() < TANH_SMALL as f32 {
            small
        } else {
            1.0 - 2.0 / ((self + self).fast_exp() + 1.0)
        }
    }

    #[inline(always)]
    fn scaled_normal_tail(self) -> Self {
        const FIT: [f32; 10] = [
            4.065_408e-5,
            3.233_503e-5,
            -3.939_38e-4,
            -8.690_491e-4,
            1.880_313_9e-3,
            1.509_882_8e-2,
            4.663_104_6e-2,
            9.678_439e-2,
            1.519_741_5e-1,
            1.888_212_8e-1,
        ];
        let t = 1.0 / (1.0 + 0.25 * self);
        t * polynomial(&FIT, 2.0 * t - 1.0)
    }
}

impl Real for f64 {
    const PRECISION: Precision = Precision::F64;
    const NAME: &'static str = "f64";

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }

    #[inline(always)]
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

    #[inline(always)]
    fn fast_tanh(self) -> Self {
        const NUMERATOR: [f64; 3] = [
            -9.643_991_794_250_523e-1,
            -9.928_772_310_019_186e1,
            -1.614_687_684_417_084_5e3,
        ];
        const DENOMINATOR: [f64; 4] = [
            1.0,
            1.128_116_784_916_329_3e2,
            2.235_488_390_601_004_5e3,
            4.844_063_053_251_255e3,
        ];
        let square = self * self;
        let quotient = polynomial(&NUMERATOR, square) / polynomial(&DENOMINATOR, square);
        if self.abs() < TANH_SMALL {
            quotient * square * self + self
        } else {
            1.0 - 2.0 / ((self + self).fast_exp() + 1.0)
        }
    }

    #[inline(always)]
    fn scaled_normal_tail(self) -> Self {
        const FIT: [f64; 24] = [
            3.734_119_877_488_757_4e-11,
            -4.214_620_484_319_719e-10,
            1.044_370_963_108_356_8e-10,
            4.012_985_628_570_631e-9,
            -4.354_781_294_864_728e-9,
            -1.968_673_607_617_709_5e-8,
            3.979_109_847_948_726e-8,
            6.617_114_031_617_589e-8,
            -2.560_592_247_141_351e-7,
            -1.562_285_420_225_164_8e-7,
            1.480_322_355_528_757e-6,
            1.786_450_648_048_275_3e-7,
            -8.786_247_032_900_86e-6,
            -4.769_171_283_300_536e-7,
            5.777_374_668_713_712e-5,
            3.333_605_188_788_428e-5,
            -4.077_046_156_947_422e-4,
            -8.699_230_891_126_944e-4,
            1.885_047_241_749_155_8e-3,
            1.509_914_372_258_702e-2,
            4.663_046_448_991_294e-2,
            9.678_435_018_555_673e-2,
            1.519_741_604_929_730_2e-1,
            1.888_212_826_039_378_6e-1,
        ];
        let t = 1.0 / (1.0 + 0.25 * self);
        t * polynomial(&FIT, 2.0 * t - 1.0)
    }
}

/// As `clamp`, in comparisons that keep NaN and have vector instructions.
#[inline(always)]
fn clamp<F: PartialOrd>(value: F, low: F, high: F) -> F {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}
