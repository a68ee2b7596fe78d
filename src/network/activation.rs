//! Activation functions: from the weighted input of a hidden unit to its activation.
//!
//! Each is implemented twice: by the textbook's formula, one number at a time, for reading and for the reference
//! engine; and in plain arithmetic that compiles to vector instructions, for the batched engine.

use serde::{Deserialize, Serialize};

use crate::math::real::Real;
use crate::math::simd::vectorized;

/// A hidden unit's activation function σ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// σ(z) = 1 / (1 + e⁻ᶻ), Nielsen's equation (3).
    #[default]
    Sigmoid,
    /// tanh z, Nielsen's equation (109).
    Tanh,
    /// max(0, z); its slope at 0 counts as 0. Nair and Hinton 2010.
    Relu,
    /// z where it is positive, else 0.01 z. Maas, Hannun and Ng 2013.
    LeakyRelu,
    /// z Φ(z), with the normal distribution's Φ: the exact form, PyTorch's default, not the approximation by
    /// tanh. Hendrycks and Gimpel 2016.
    Gelu,
    /// z / (1 + e⁻ᶻ), also called swish. Hendrycks and Gimpel 2016; Ramachandran, Zoph and Le 2017.
    Silu,
    /// z itself: a linear layer, as scikit-learn's `identity`.
    Identity,
}

/// The slope of the leaky ReLU below 0: the paper's, and PyTorch's default.
pub(crate) const LEAK: f64 = 0.01;

impl Activation {
    /// All variants.
    pub const ALL: [Self; 7] = [
        Self::Sigmoid,
        Self::Tanh,
        Self::Relu,
        Self::LeakyRelu,
        Self::Gelu,
        Self::Silu,
        Self::Identity,
    ];

    /// The name on the command line: `leaky-relu`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky-relu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Identity => "identity",
        }
    }

    /// σ(z) of one unit, by the textbook's formula.
    pub fn of<F: Real>(self, z: F) -> F {
        match self {
            Self::Sigmoid => sigmoid(z),
            Self::Tanh => z.tanh(),
            // In this order NaN stays NaN, so that divergence is noticed.
            Self::Relu if z <= F::zero() => F::zero(),
            Self::LeakyRelu if z <= F::zero() => F::of(LEAK) * z,
            Self::Relu | Self::LeakyRelu | Self::Identity => z,
            Self::Gelu => z * normal_distribution(z),
            Self::Silu => z * sigmoid(z),
        }
    }

    /// σ′(z) of one unit, by the textbook's formula.
    pub fn derivative<F: Real>(self, z: F) -> F {
        let one = F::one();
        match self {
            Self::Sigmoid => sigmoid(z) * (one - sigmoid(z)),
            Self::Tanh => one - z.tanh() * z.tanh(),
            Self::Relu if z <= F::zero() => F::zero(),
            Self::LeakyRelu if z <= F::zero() => F::of(LEAK),
            Self::Relu | Self::LeakyRelu | Self::Identity => one,
            Self::Gelu => {
                let density = (-z.as_f64().powi(2) / 2.0).exp() * INVERSE_SQRT_2_PI;
                normal_distribution(z) + z * F::of(density)
            }
            // 1 − σ(z) = σ(−z), which does not cancel.
            Self::Silu => sigmoid(z) * (one + z * sigmoid(-z)),
        }
    }

    /// Whether σ′ is continuous.
    pub fn is_smooth(self) -> bool {
        !matches!(self, Self::Relu | Self::LeakyRelu)
    }

    /// Whether σ′(z) can be computed from σ(z). GELU and SiLU fall before they rise, so that σ′ must be kept.
    pub(crate) fn tells_slope(self) -> bool {
        !matches!(self, Self::Gelu | Self::Silu)
    }

    /// Replaces weighted inputs by activations, z ← σ(z), many at a time.
    pub fn apply<F: Real>(self, weighted_inputs: &mut [F]) {
        match self {
            Self::Sigmoid => map(weighted_inputs, fast_sigmoid),
            Self::Tanh => map(weighted_inputs, F::fast_tanh),
            Self::Relu => map(weighted_inputs, |z| if z <= F::zero() { F::zero() } else { z }),
            Self::LeakyRelu => map(
                weighted_inputs,
                |z| {
                    if z <= F::zero() { F::of(LEAK) * z } else { z }
                },
            ),
            Self::Gelu => map(weighted_inputs, |z| fast_gelu(z).0),
            Self::Silu => map(weighted_inputs, |z| fast_silu(z).0),
            Self::Identity => {}
        }
    }

    /// As [`Self::apply`], and keeps σ′(z) in `slopes`.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn apply_with_slopes<F: Real>(self, weighted_inputs: &mut [F], slopes: &mut [F]) {
        match self {
            Self::Gelu => map_with(weighted_inputs, slopes, fast_gelu),
            Self::Silu => map_with(weighted_inputs, slopes, fast_silu),
            _ => {
                self.apply(weighted_inputs);
                slopes.fill(F::one());
                self.multiply_by_derivative(weighted_inputs, slopes);
            }
        }
    }

    /// Multiplies by the derivative: δ ← δ ⊙ σ′(z), where `activations` holds σ(z), many at a time.
    ///
    /// # Panics
    /// When the lengths differ, or σ′ cannot be computed from σ: for GELU and SiLU, use [`Self::apply_with_slopes`].
    pub fn multiply_by_derivative<F: Real>(self, activations: &[F], deltas: &mut [F]) {
        match self {
            Self::Sigmoid => multiply(deltas, activations, |a| a * (F::one() - a)),
            Self::Tanh => multiply(deltas, activations, |a| F::one() - a * a),
            Self::Relu => multiply(deltas, activations, |a| {
                if a <= F::zero() { F::zero() } else { F::one() }
            }),
            Self::LeakyRelu => multiply(deltas, activations, |a| {
                if a <= F::zero() { F::of(LEAK) } else { F::one() }
            }),
            Self::Identity => assert_eq!(activations.len(), deltas.len()),
            Self::Gelu | Self::Silu => {
                panic!("the slope of {} cannot be computed from its value", self.name())
            }
        }
    }
}

/// δ ← δ ⊙ s
///
/// # Panics
/// When the lengths differ.
pub(crate) fn multiply_by<F: Real>(slopes: &[F], deltas: &mut [F]) {
    multiply(deltas, slopes, |slope| slope);
}

// The closures below own what they use. The compiler must assume that writing an element changes a borrowed value,
// and would then use no vector instructions.

#[inline(always)]
fn map<F: Real>(values: &mut [F], function: impl Fn(F) -> F) {
    vectorized(
        #[inline(always)]
        move || {
            for value in values {
                *value = function(*value);
            }
        },
    );
}

#[inline(always)]
fn map_with<F: Real>(values: &mut [F], slopes: &mut [F], function: impl Fn(F) -> (F, F)) {
    assert_eq!(values.len(), slopes.len());
    vectorized(
        #[inline(always)]
        move || {
            for (value, slope) in values.iter_mut().zip(slopes) {
                (*value, *slope) = function(*value);
            }
        },
    );
}

#[inline(always)]
fn multiply<F: Real>(deltas: &mut [F], of: &[F], factor: impl Fn(F) -> F) {
    assert_eq!(of.len(), deltas.len());
    vectorized(
        #[inline(always)]
        move || {
            for (delta, &value) in deltas.iter_mut().zip(of) {
                *delta *= factor(value);
            }
        },
    );
}

const INVERSE_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;

fn sigmoid<F: Real>(z: F) -> F {
    (F::one() + (-z).exp()).recip()
}

/// Φ(z)
fn normal_distribution<F: Real>(z: F) -> F {
    F::of(0.5 * libm::erfc(-z.as_f64() * std::f64::consts::FRAC_1_SQRT_2))
}

#[inline(always)]
fn fast_sigmoid<F: Real>(z: F) -> F {
    F::one() / (F::one() + (-z).fast_exp())
}

/// z σ(z), and its derivative σ(z) (1 + z (1 − σ(z))), where 1 − σ(z) = e⁻ᶻ σ(z) without cancellation.
#[inline(always)]
fn fast_silu<F: Real>(z: F) -> (F, F) {
    let e = (-z).fast_exp();
    let s = F::one() / (F::one() + e);
    (z * s, s * (F::one() + z * (e * s)))
}

/// z Φ(z), and its derivative Φ(z) + z φ(z).
#[inline(always)]
fn fast_gelu<F: Real>(z: F) -> (F, F) {
    let bell = (F::of(-0.5) * z * z).fast_exp();
    let tail = z.abs().scaled_normal_tail() * bell;
    let distribution = if z < F::zero() { tail } else { F::one() - tail };
    let density = F::of(INVERSE_SQRT_2_PI) * bell;
    (z * distribution, distribution + z * density)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from −80 to 80, most of them near 0.
    fn numbers<F: Real>() -> Vec<F> {
        (-4000..=4000)
            .map(|k| F::of((f64::from(k) / 4000.0).powi(3) * 80.0))
            .collect()
    }

    /// max |fast − exact| / max(|exact|, floor): absolute where a value is tiny compared with usual ones.
    fn largest_error<F: Real>(fast: &[F], exact: impl Fn(f64) -> f64, floor: f64) -> f64 {
        let errors = numbers::<F>().into_iter().zip(fast).map(|(z, fast)| {
            let exact = exact(z.as_f64());
            (fast.as_f64() - exact).abs() / exact.abs().max(floor)
        });
        errors.fold(0.0, f64::max)
    }

    fn check_against_the_textbook<F: Real>(bound: f64) {
        for sigma in Activation::ALL {
            let mut values = numbers::<F>();
            sigma.apply(&mut values);
            // In the tails of the normal distribution e^(−z²/2) multiplies the rounding of its argument by z²/2.
            let (floor, bound) = match sigma {
                Activation::Gelu => (1e-2, 2.0 * bound),
                _ => (1e-30, bound),
            };
            let error = largest_error(&values, |z| sigma.of(z), floor);
            assert!(error < bound, "{sigma:?}: {error:e}");

            let (mut same, mut slopes) = (numbers::<F>(), numbers::<F>());
            sigma.apply_with_slopes(&mut same, &mut slopes);
            assert_eq!(same, values, "{sigma:?}");
            let error = largest_error(&slopes, |z| sigma.derivative(z), 1.0);
            assert!(error < 2.0 * bound, "{sigma:?}′: {error:e}");
        }
    }

    #[test]
    fn many_at_a_time_equal_the_textbooks() {
        check_against_the_textbook::<f32>(3e-7);
        check_against_the_textbook::<f64>(1e-15);
    }

    #[test]
    fn derivatives_are_the_slopes() {
        const STEP: f64 = 1e-6;
        for sigma in Activation::ALL {
            for z in numbers::<f64>().into_iter().filter(|z| z.abs() > 2.0 * STEP) {
                let slope = (sigma.of(z + STEP) - sigma.of(z - STEP)) / (2.0 * STEP);
                let error = (sigma.derivative(z) - slope).abs();
                assert!(error < 1e-8 * z.abs().max(1.0), "{sigma:?}′({z}): {error:e}");
            }
        }
    }

    #[test]
    fn sigmoids_saturate_and_every_activation_passes_nan_on() {
        let mut values = [f32::NEG_INFINITY, -1e30, 0.0, 1e30, f32::INFINITY];
        Activation::Sigmoid.apply(&mut values);
        assert!(
            values[..2].iter().all(|&a| (0.0..1e-30).contains(&a)),
            "{values:?}"
        );
        assert_eq!(values[2..], [0.5, 1.0, 1.0]);
        for sigma in Activation::ALL {
            let mut value = [f32::NAN];
            sigma.apply(&mut value);
            assert!(value[0].is_nan() && sigma.of(f32::NAN).is_nan(), "{sigma:?}");
        }
    }

    #[test]
    fn names_are_those_of_the_settings_file() {
        for sigma in Activation::ALL {
            assert_eq!(serde_json::to_value(sigma).unwrap(), sigma.name());
        }
    }
}
