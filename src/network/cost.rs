//! Cost functions: how far the outputs are from the desired ones, and the resulting error.
//!
//! The desired outputs `y` of a sample are not stored: they are the unit vector of its label, or a smoothed one.

use serde::{Deserialize, Serialize};

use crate::math::real::Real;

/// The cost of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cost {
    /// C = ½‖a − y‖², Nielsen's equation (26) of chapter 2. For sigmoid outputs.
    #[default]
    Quadratic,
    /// C = −Σⱼ [yⱼ ln aⱼ + (1 − yⱼ) ln (1 − aⱼ)], Nielsen's equation (63). For sigmoid outputs.
    CrossEntropy,
    /// C = −Σⱼ yⱼ ln aⱼ, Nielsen's equation (80); PyTorch's `CrossEntropyLoss`, scikit-learn's log loss. For
    /// softmax outputs.
    LogLikelihood,
}

/// The desired outputs of a sample: y is `own` at the label's output and `other` elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Desired {
    own: f64,
    other: f64,
}

impl Desired {
    /// The unit vector of the label.
    pub const UNIT: Self = Self { own: 1.0, other: 0.0 };

    /// Label smoothing: a part `smoothing` of the unit vector is spread evenly over all `classes`, the label's own
    /// included. Szegedy et al. 2015; PyTorch's `label_smoothing`.
    pub fn smoothed(smoothing: f64, classes: usize) -> Self {
        let other = smoothing / classes as f64;
        Self {
            own: 1.0 - smoothing + other,
            other,
        }
    }
}

/// The output of a label's own class. One output is that of label 0, and label 1 has none.
fn own_output(outputs: usize, label: u16) -> Option<usize> {
    (outputs != 1 || label != 1).then_some(usize::from(label))
}

impl Cost {
    /// All variants.
    pub const ALL: [Self; 3] = [Self::Quadratic, Self::CrossEntropy, Self::LogLikelihood];

    /// The name on the command line: `cross-entropy`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quadratic => "quadratic",
            Self::CrossEntropy => "cross-entropy",
            Self::LogLikelihood => "log-likelihood",
        }
    }

    /// C of one sample, from its outputs a (n_out). Logarithms are bounded as if no probability were below the
    /// precision's smallest normal number: an output that rounds to 0 or 1 has a large cost, not an infinite one.
    ///
    /// One sigmoid output distinguishes two classes: it is desired to be 1 for label 0, and 0 for label 1.
    ///
    /// # Panics
    /// When the label has no output.
    pub fn of<F: Real>(self, outputs: &[F], label: u16, desired: Desired) -> f64 {
        let Desired { own, other } = desired;
        let label = usize::from(label);
        let likelihoods = || outputs.iter().map(|a| a.as_f64());
        let smallest = F::min_positive_value().as_f64();
        match self {
            Self::Quadratic => {
                let desired = |unit| if unit == label { own } else { other };
                let differences = likelihoods().enumerate().map(|(unit, a)| a - desired(unit));
                let squares = differences.map(|difference| difference * difference);
                squares.sum::<f64>() / 2.0
            }
            Self::CrossEntropy if other == 0.0 => {
                let right = likelihoods().enumerate();
                let right = right.map(|(unit, a)| if unit == label { a } else { 1.0 - a });
                -sum_of_logarithms(right, smallest)
            }
            Self::CrossEntropy => {
                // All outputs as if y were `other` everywhere, and the difference at the label's own output.
                let on = sum_of_logarithms(likelihoods(), smallest);
                let off = sum_of_logarithms(likelihoods().map(|a| 1.0 - a), smallest);
                let own = own_output(outputs.len(), label as u16).map(|own| outputs[own].as_f64());
                let own_on = sum_of_logarithms(own.into_iter(), smallest);
                let own_off = sum_of_logarithms(own.into_iter().map(|a| 1.0 - a), smallest);
                -(other * on + (1.0 - other) * off + (desired.own - other) * (own_on - own_off))
            }
            Self::LogLikelihood => {
                let own_on = sum_of_logarithms([outputs[label].as_f64()].into_iter(), smallest);
                let all = if other == 0.0 {
                    0.0
                } else {
                    other * sum_of_logarithms(likelihoods(), smallest)
                };
                -((own - other) * own_on + all)
            }
        }
    }

    /// Replaces the outputs a (n_out) of one sample by a − y. This is ∇ₐC of the quadratic cost. With
    /// cross-entropy and sigmoid, and with log-likelihood and softmax, it is the whole error δᴸ = ∂C/∂zᴸ:
    /// Nielsen's equations (66) and (84), where the slope of the outputs cancels out.
    ///
    /// # Panics
    /// As [`Self::of`].
    pub fn subtract_desired<F: Real>(self, outputs: &mut [F], label: u16, desired: Desired) {
        if desired.other != 0.0 {
            let other = F::of(desired.other);
            outputs.iter_mut().for_each(|a| *a -= other);
        }
        if let Some(own) = own_output(outputs.len(), label) {
            outputs[own] -= F::of(desired.own - desired.other);
        }
    }

    /// Whether δᴸ is a − y times the slope of the outputs, σ′(zᴸ), and not a − y alone.
    pub fn keeps_slope(self) -> bool {
        self == Self::Quadratic
    }
}

/// Σ ln p, with few logarithms: factors are multiplied as long as the product is a normal number. NaN stays NaN.
fn sum_of_logarithms(probabilities: impl Iterator<Item = f64>, smallest: f64) -> f64 {
    /// Below this a probability takes its own logarithm, and below its square a product does: their product is
    /// still a normal number.
    const SMALL: f64 = 1e-100;
    let (mut sum, mut product) = (0.0, 1.0);
    for p in probabilities {
        let p = if p < smallest { smallest } else { p };
        if p < SMALL {
            sum += libm::log(p);
            continue;
        }
        product *= p;
        if product < SMALL * SMALL {
            sum += libm::log(product);
            product = 1.0;
        }
    }
    sum + libm::log(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quadratic_cost_is_half_the_squared_distance() {
        let mut outputs = [0.25, 0.5];
        assert_eq!(
            Cost::Quadratic.of(&outputs, 1, Desired::UNIT),
            (0.25f64.powi(2) + 0.25) / 2.0
        );
        Cost::Quadratic.subtract_desired(&mut outputs, 1, Desired::UNIT);
        assert_eq!(outputs, [0.25, -0.5]);
    }

    #[test]
    fn costs_are_the_books_formulas_with_and_without_smoothing() {
        let outputs: [f64; 4] = [0.1, 0.2, 0.6, 0.1];
        for smoothing in [0.0, 0.1] {
            let desired = Desired::smoothed(smoothing, 4);
            let y = |unit| smoothing / 4.0 + if unit == 2 { 1.0 - smoothing } else { 0.0 };
            let sum = |term: fn(f64, f64) -> f64| -> f64 {
                let terms = outputs.iter().enumerate().map(|(unit, &a)| term(a, y(unit)));
                terms.sum()
            };
            let quadratic = sum(|a, y| (a - y).powi(2) / 2.0);
            let cross_entropy = sum(|a, y| -y * a.ln() - (1.0 - y) * (1.0 - a).ln());
            let log_likelihood = sum(|a, y| -y * a.ln());
            for (cost, expected) in [
                (Cost::Quadratic, quadratic),
                (Cost::CrossEntropy, cross_entropy),
                (Cost::LogLikelihood, log_likelihood),
            ] {
                let error = (cost.of(&outputs, 2, desired) - expected).abs();
                assert!(error < 1e-14, "{cost:?}, {smoothing}: {error:e}");
            }
        }
    }

    #[test]
    fn certainty_of_the_wrong_costs_much_but_not_infinitely_much_and_nan_stays() {
        let smoothed = Desired::smoothed(0.1, 3);
        for cost in [Cost::CrossEntropy, Cost::LogLikelihood] {
            for desired in [Desired::UNIT, smoothed] {
                let of = cost.of(&[1.0f32, 0.0, 0.0], 1, desired);
                assert!(of.is_finite() && of > 70.0, "{cost:?}: {of}");
                assert!(cost.of(&[1.0f64, 0.0, 0.0], 1, desired) > 600.0);
                assert!(cost.of(&[f32::NAN; 3], 1, desired).is_nan());
            }
        }
    }

    #[test]
    fn many_small_probabilities_do_not_underflow() {
        let outputs = vec![1e-30f32; 200];
        let sum = sum_of_logarithms(outputs.iter().map(|&p| f64::from(p)), 1e-38);
        assert!((sum / (200.0 * 1e-30f64.ln()) - 1.0).abs() < 1e-6, "{sum}");
    }
}
