//! Cost functions: how far the outputs are from the labels.
//!
//! The desired output `y` of a sample is the unit vector of its label; it is never stored.

use crate::real::Real;

/// The cost of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cost {
    /// C = ½‖a − y‖², Nielsen's equation (26) of chapter 2.
    #[default]
    Quadratic,
}

impl Cost {
    /// C of one sample, from its outputs a (n_out).
    pub fn of<F: Real>(self, outputs: &[F], label: u8) -> f64 {
        match self {
            Self::Quadratic => {
                let desired = |unit| if unit == usize::from(label) { 1.0 } else { 0.0 };
                let squares = outputs
                    .iter()
                    .enumerate()
                    .map(|(unit, a)| (a.as_f64() - desired(unit)).powi(2));
                squares.sum::<f64>() / 2.0
            }
        }
    }

    /// Replaces the outputs a (n_out) of one sample by ∇ₐC: for the quadratic cost, a ← a − y.
    ///
    /// # Panics
    /// When the label has no output.
    pub fn derivative_in_place<F: Real>(self, outputs: &mut [F], label: u8) {
        match self {
            Self::Quadratic => outputs[usize::from(label)] -= F::one(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quadratic_cost_is_half_the_squared_distance() {
        let mut outputs = [0.25, 0.5];
        assert_eq!(Cost::Quadratic.of(&outputs, 1), (0.25f64.powi(2) + 0.25) / 2.0);
        Cost::Quadratic.derivative_in_place(&mut outputs, 1);
        assert_eq!(outputs, [0.25, -0.5]);
    }
}
