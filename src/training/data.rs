//! The images of a run.

use crate::data::{Dataset, Digits};
use crate::error::{Error, Result};
use crate::math::real::Real;
use crate::network::Network;

/// The images of a run.
#[derive(Debug, Clone, Copy)]
pub struct TrainingData<'a> {
    /// Images to train on.
    pub training: &'a Dataset,
    /// Images for early stopping, the best epoch and plateaus. Evaluated after each epoch, if given.
    pub validation: Option<&'a Dataset>,
    /// Evaluated after each epoch, if given; nothing depends on it.
    pub test: Option<&'a Dataset>,
}

/// Its training, validation and test images.
impl<'a> From<&'a Digits> for TrainingData<'a> {
    fn from(digits: &'a Digits) -> Self {
        let (training, validation) = digits.split();
        Self {
            training,
            validation: Some(validation),
            test: Some(digits.test()),
        }
    }
}

impl<'a> TrainingData<'a> {
    /// Training images only.
    pub fn new(training: &'a Dataset) -> Self {
        Self {
            training,
            validation: None,
            test: None,
        }
    }

    /// Adds validation images.
    pub fn with_validation(self, validation: &'a Dataset) -> Self {
        Self {
            validation: Some(validation),
            ..self
        }
    }

    /// Adds test images.
    pub fn with_test(self, test: &'a Dataset) -> Self {
        Self {
            test: Some(test),
            ..self
        }
    }

    /// Checks that images have as many pixels as the network has inputs, and that every label has an output.
    pub(super) fn check_fit<F: Real>(self, network: &Network<F>) -> Result<()> {
        let sets = [Some(self.training), self.validation, self.test];
        for dataset in sets.into_iter().flatten() {
            if dataset.inputs() != network.n_in() {
                return Err(Error::option(
                    "network inputs",
                    network.n_in(),
                    format!("{}, the pixels of an image of this data set", dataset.inputs()),
                ));
            }
            dataset.check_labels(network.n_out(), "data set")?;
        }
        Ok(())
    }
}
