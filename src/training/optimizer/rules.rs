//! The rules' inner loops: from gradients to steps, many parameters at a time.

use super::Moments;
use crate::math::real::Real;
use crate::math::simd::vectorized;

/// What all rules share, ready for the inner loops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sgd<F> {
    pub learning_rate: F,
    pub clip: F,
    pub l1: F,
    pub l2: F,
    /// 1 − η · decay
    pub keep: F,
}

impl<F: Real> Sgd<F> {
    /// The gradient of a weight, with its penalties.
    #[inline(always)]
    fn penalised(self, w: F, g: F) -> F {
        let sign = if w > F::zero() {
            self.l1
        } else if w < F::zero() {
            -self.l1
        } else {
            F::zero()
        };
        self.clip * g + self.l2 * w + sign
    }

    /// A weight after a step against `g`.
    #[inline(always)]
    pub fn step(self, w: F, g: F) -> F {
        self.keep * w - self.learning_rate * self.penalised(w, g)
    }

    pub fn update(self, w: &mut [F], g: &mut [F]) {
        vectorized(
            #[inline(always)]
            move || {
                for (w, g) in w.iter_mut().zip(g) {
                    *w = self.step(*w, *g);
                    *g = F::zero();
                }
            },
        );
    }

    pub fn update_with_momentum(
        self,
        momentum: f64,
        looks_ahead: bool,
        w: &mut [F],
        g: &mut [F],
        m: &mut [F],
    ) {
        let momentum = F::of(momentum);
        // w ← w − η (a g + b m)
        let (a, b) = if looks_ahead {
            (F::one(), momentum)
        } else {
            (F::zero(), F::one())
        };
        vectorized(
            #[inline(always)]
            move || {
                for ((w, g), m) in w.iter_mut().zip(g).zip(m) {
                    let gradient = self.penalised(*w, *g);
                    *m = no_subnormal(momentum * *m + gradient);
                    *w = self.keep * *w - self.learning_rate * (a * gradient + b * *m);
                    *g = F::zero();
                }
            },
        );
    }

    pub fn update_with_moments(
        self,
        moments: Moments,
        steps: u64,
        w: &mut [F],
        g: &mut [F],
        m: &mut [F],
        v: &mut [F],
    ) {
        // Corrects means that started from 0: m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
        let started = |beta: f64| 1.0 - libm::pow(beta, steps as f64);
        let rate = F::of(self.learning_rate.as_f64() / started(moments.beta1));
        let deviation = F::of(started(moments.beta2).sqrt().recip());
        let [beta1, beta2, epsilon] = [moments.beta1, moments.beta2, moments.epsilon].map(F::of);
        let [rest1, rest2] = [1.0 - moments.beta1, 1.0 - moments.beta2].map(F::of);
        vectorized(
            #[inline(always)]
            move || {
                for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
                    let gradient = self.penalised(*w, *g);
                    *m = no_subnormal(beta1 * *m + rest1 * gradient);
                    *v = no_subnormal(beta2 * *v + rest2 * gradient * gradient);
                    *w = self.keep * *w - rate * *m / (v.sqrt() * deviation + epsilon);
                    *g = F::zero();
                }
            },
        );
    }
}

/// Replaces subnormal numbers by zero. The state of a weight without gradient shrinks to the smallest subnormal
/// numbers and, by rounding, stays there. Processors are slow with them, and no step depends on them.
#[inline(always)]
pub(super) fn no_subnormal<F: Real>(value: F) -> F {
    // NaN stays NaN.
    if value.abs() < F::min_positive_value() {
        F::zero()
    } else {
        value
    }
}
