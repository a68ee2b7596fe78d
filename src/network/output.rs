//! The activation functions of the outputs: sigmoid or softmax.

use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::cost::Cost;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::vectorized;

/// From the weighted inputs z (n_out) of the outputs to their activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Each by itself: aⱼ = σ(zⱼ), [`Activation::Sigmoid`].
    #[default]
    Sigmoid,
    /// A probability of each class: aⱼ = exp zⱼ / Σₖ exp zₖ, Nielsen's equation (78).
    Softmax,
}

impl Output {
    /// All variants.
    pub const ALL: [Self; 2] = [Self::Sigmoid, Self::Softmax];

    /// The name on the command line: `softmax`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Softmax => "softmax",
        }
    }

    /// The usual cost for these outputs.
    pub fn usual_cost(self) -> Cost {
        match self {
            Self::Sigmoid => Cost::Quadratic,
            Self::Softmax => Cost::LogLikelihood,
        }
    }

    /// The outputs of one sample, by the textbook's formula: z ← a.
    pub fn of<F: Real>(self, weighted_inputs: &mut [F]) {
        match self {
            Self::Sigmoid => {
                for z in weighted_inputs {
                    *z = Activation::Sigmoid.of(*z);
                }
            }
            Self::Softmax => softmax(weighted_inputs, F::exp),
        }
    }

    /// Replaces weighted inputs by outputs in the first `len` columns of `weighted_inputs` (n_out × capacity).
    pub(crate) fn apply<F: Real>(self, weighted_inputs: &mut Matrix<F>, len: usize) {
        let (rows, stride) = (weighted_inputs.rows(), weighted_inputs.stride());
        let used = &mut weighted_inputs.elements_mut()[..len * stride];
        match self {
            Self::Sigmoid => Activation::Sigmoid.apply(used),
            Self::Softmax => vectorized(
                #[inline(always)]
                || {
                    for column in used.chunks_exact_mut(stride) {
                        softmax(&mut column[..rows], F::fast_exp);
                    }
                },
            ),
        }
    }
}

/// The largest z is subtracted from all, which keeps exponentials in range and changes nothing else.
#[inline(always)]
fn softmax<F: Real>(zs: &mut [F], exp: impl Fn(F) -> F) {
    let largest = zs.iter().fold(
        F::neg_infinity(),
        |largest, &z| if z > largest { z } else { largest },
    );
    for z in zs.iter_mut() {
        *z = exp(*z - largest);
    }
    let scale = zs.iter().copied().sum::<F>().recip();
    for z in zs {
        *z *= scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_is_a_distribution_that_survives_large_inputs() {
        let mut matrix = Matrix::<f32>::zeros(3, 2);
        matrix.column_mut(0).copy_from_slice(&[1000.0, 999.0, -1000.0]);
        matrix.column_mut(1).copy_from_slice(&[-1.0, 0.0, 2.0]);
        Output::Softmax.apply(&mut matrix, 2);
        for (k, zs) in [[1000.0f64, 999.0, -1000.0], [-1.0, 0.0, 2.0]]
            .iter_mut()
            .enumerate()
        {
            Output::Softmax.of(zs);
            assert!((zs.iter().sum::<f64>() - 1.0).abs() < 1e-15);
            for (fast, exact) in matrix.column(k).iter().zip(zs) {
                assert!((f64::from(*fast) - *exact).abs() < 1e-7, "{fast} {exact}");
            }
        }
    }
}
