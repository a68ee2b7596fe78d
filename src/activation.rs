//! Activation functions: what a unit makes of its weighted input.

use crate::kernel::vectorized;
use crate::real::Real;

/// A unit's activation function σ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activation {
    /// σ(z) = 1 / (1 + e⁻ᶻ), Nielsen's equation (3).
    #[default]
    Sigmoid,
}

impl Activation {
    /// σ(z) of one unit, by the textbook's formula.
    pub fn of<F: Real>(self, z: F) -> F {
        match self {
            Self::Sigmoid => (F::one() + (-z).exp()).recip(),
        }
    }

    /// σ′(z) of one unit, where a = σ(z). For the sigmoid σ′ = σ (1 − σ).
    #[inline(always)]
    pub fn derivative<F: Real>(self, a: F) -> F {
        match self {
            Self::Sigmoid => a * (F::one() - a),
        }
    }

    /// Replaces weighted inputs by activations, z ← σ(z), many at a time.
    pub fn apply<F: Real>(self, weighted_inputs: &mut [F]) {
        match self {
            Self::Sigmoid => vectorized(
                #[inline(always)]
                || {
                    for z in weighted_inputs {
                        *z = F::one() / (F::one() + (-*z).fast_exp());
                    }
                },
            ),
        }
    }

    /// Multiplies by the derivative: δ ← δ ⊙ σ′(z), where `activations` holds σ(z), many at a time.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn multiply_by_derivative<F: Real>(self, activations: &[F], deltas: &mut [F]) {
        assert_eq!(activations.len(), deltas.len());
        vectorized(
            #[inline(always)]
            || {
                for (delta, &a) in deltas.iter_mut().zip(activations) {
                    *delta *= self.derivative(a);
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn largest_relative_error<F: Real>() -> f64 {
        let zs: Vec<F> = (-4000..=4000).map(|k| F::of(f64::from(k) * 0.0201)).collect();
        let mut fast = zs.clone();
        Activation::Sigmoid.apply(&mut fast);
        let error = |(&z, &a): (&F, &F)| {
            let exact = Activation::Sigmoid.of(z.as_f64());
            ((a.as_f64() - exact) / exact).abs()
        };
        zs.iter().zip(&fast).map(error).fold(0.0, f64::max)
    }

    #[test]
    fn many_sigmoids_at_a_time_equal_the_textbooks() {
        assert!(
            largest_relative_error::<f32>() < 3e-7,
            "{:e}",
            largest_relative_error::<f32>()
        );
        assert!(
            largest_relative_error::<f64>() < 1e-15,
            "{:e}",
            largest_relative_error::<f64>()
        );
    }

    #[test]
    fn sigmoids_saturate_and_pass_nan_on() {
        let mut values = [f32::NEG_INFINITY, -1e30, 0.0, 1e30, f32::INFINITY, f32::NAN];
        Activation::Sigmoid.apply(&mut values);
        assert!(
            values[..2].iter().all(|&a| (0.0..1e-30).contains(&a)),
            "{values:?}"
        );
        assert_eq!(values[2..5], [0.5, 1.0, 1.0]);
        assert!(values[5].is_nan());
    }
}
