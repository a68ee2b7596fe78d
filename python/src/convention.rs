//! How an epoch takes its steps: by the library's conventions, or by scikit-learn's.
//!
//! With W the sum of a mini-batch's sample weights (its size, without weights), scikit-learn's
//! `_multilayer_perceptron.py` and `_stochastic_optimizers.py` say:
//!
//! | | scikit-learn | the library |
//! |---|---|---|
//! | L2 penalty | α/2W Σw² | λ/2n Σw² |
//! | loss | with the penalty | without |
//! | Adam's ε | added to √v before its correction | added to √v̂ |

use batchprop::training::optimizer::{Moments, OptimizerOptions, Rule};

/// What the steps of an epoch follow.
#[derive(Clone, Copy)]
pub struct Convention {
    pub options: OptimizerOptions,
    /// scikit-learn's `alpha`; `None` for the library's conventions.
    pub alpha: Option<f64>,
}

impl Convention {
    /// The optimizer's options of step `step`, counted from 0, on a mini-batch of this total weight.
    pub fn at(&self, step: u64, weight: f64) -> OptimizerOptions {
        let Some(alpha) = self.alpha else {
            return self.options;
        };
        let mut options = self.options;
        options.penalties.l2 = alpha / weight;
        if let Rule::Adam(Moments { beta2, epsilon, .. }) = &mut options.rule {
            // √v + ε = √(1 − β₂ᵗ) (√v̂ + ε / √(1 − β₂ᵗ))
            let started = 1.0 - beta2.powi(i32::try_from(step + 1).unwrap_or(i32::MAX));
            *epsilon /= started.sqrt();
        }
        options
    }

    /// What the penalty adds to the mean cost of a mini-batch.
    pub fn penalty(&self, weights_squared: impl FnOnce() -> f64, weight: f64) -> f64 {
        match self.alpha {
            Some(alpha) if alpha > 0.0 => 0.5 * alpha * weights_squared() / weight,
            _ => 0.0,
        }
    }
}
