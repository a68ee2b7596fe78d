//! What decides the last bits of a run's weights, besides data, options and seed.
//!
//! The crate's own kernels add in one order on every machine (documented in `math/kernel`), and no
//! function of the platform's mathematical library decides a bit. BLAS and LAPACK have orders of their own, which depend on
//! the library, its version and the processor. docs/reproducibility.md is the promise.

use serde::Serialize;

use super::{TrainingData, TrainingOptions};
use crate::data::Dataset;
use crate::network::initialisation::Initialisation;
use crate::network::layer::is_for_kernels;
use crate::training::gradient::EngineKind;
use crate::training::minibatch::InputForm;

/// Where a run gives the same weights, bit for bit, from the same data, options and seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bits {
    /// On every machine: only the crate's own kernels compute.
    EveryMachine,
    /// With the same BLAS on the same kind of processor.
    ThisBlas,
}

impl Bits {
    /// Of a run of a network of `sizes` (inputs, hidden layers, outputs).
    ///
    /// ```
    /// use batchprop::training::bits::Bits;
    /// use batchprop::{Initialisation, TrainOn, TrainingData, TrainingOptions, data::synthetic};
    ///
    /// let digits = synthetic::digits(0, 120, 10);
    /// let training = digits.training(TrainOn::All);
    /// let (data, options) = (TrainingData::new(&training), TrainingOptions::default());
    /// let bits = |sizes: &[usize]| Bits::of(sizes, Initialisation::Normal, &options, data);
    /// assert_eq!(bits(&[784, 30, 10]), Bits::EveryMachine);
    /// assert_eq!(bits(&[784, 800, 800, 10]), Bits::ThisBlas);
    /// ```
    pub fn of(
        sizes: &[usize],
        initialisation: Initialisation,
        options: &TrainingOptions,
        data: TrainingData,
    ) -> Self {
        // Unless the validation images decide something, their evaluation changes no weight.
        let validation = data.validation.filter(|_| options.is_led_by_validation());
        let is_dense = |images: &Dataset| images.ink().is_none();
        let dense_inputs = options.inputs == InputForm::Dense
            || [Some(data.training), validation]
                .into_iter()
                .flatten()
                .any(is_dense);
        // The first layer skips blank pixels, which BLAS cannot.
        let mut dense_layers = sizes.windows(2).skip(usize::from(!dense_inputs));
        let is_for_blas = |pair: &[usize]| !is_for_kernels(pair[0], pair[1]);
        if options.engine == EngineKind::Reference
            || initialisation == Initialisation::Orthogonal
            || dense_layers.any(is_for_blas)
        {
            Self::ThisBlas
        } else {
            Self::EveryMachine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{TrainOn, synthetic};

    #[test]
    fn whatever_blas_lapack_or_the_textbook_s_formulas_compute_has_their_bits() {
        let digits = synthetic::digits(0, 120, 10);
        let training = digits.training(TrainOn::All);
        let bits = |sizes: &[usize], initialisation, change: fn(&mut TrainingOptions)| {
            let mut options = TrainingOptions::default();
            change(&mut options);
            Bits::of(sizes, initialisation, &options, TrainingData::new(&training))
        };
        let nothing = |_: &mut TrainingOptions| {};
        for hidden in [30, 100, 160] {
            let sizes = [784, hidden, 10];
            assert_eq!(bits(&sizes, Initialisation::He, nothing), Bits::EveryMachine);
            assert_eq!(bits(&sizes, Initialisation::Orthogonal, nothing), Bits::ThisBlas);
            let dense = |options: &mut TrainingOptions| options.inputs = InputForm::Dense;
            assert_eq!(bits(&sizes, Initialisation::He, dense), Bits::ThisBlas);
            let reference = |options: &mut TrainingOptions| options.engine = EngineKind::Reference;
            assert_eq!(bits(&sizes, Initialisation::He, reference), Bits::ThisBlas);
        }
        for sizes in [&[784, 300, 10][..], &[784, 100, 50, 10]] {
            assert_eq!(bits(sizes, Initialisation::He, nothing), Bits::ThisBlas);
        }
    }
}
