//! The images of a run.

use crate::data::{Dataset, Digits};
use crate::error::{Error, Result};
use crate::math::real::Real;
use crate::network::Network;

/// The images of a run.
#[derive(Debug, Clone, Copy)]
pub struct TrainingData<'a> {
    /// To learn from.
    pub training: &'a Dataset,
    /// To choose by: early stopping, the best epoch, plateaus. Evaluated after each epoch where given.
    pub validation: Option<&'a Dataset>,
    /// Evaluated after each epoch where given; nothing depends on it.
    pub test: Option<&'a Dataset>,
}

/// Its training images to learn from, its validation images to choose by, and its test images.
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
    /// Only images to learn from.
    pub fn new(training: &'a Dataset) -> Self {
        Self {
            training,
            validation: None,
            test: None,
        }
    }

    /// With images to choose by.
    pub fn with_validation(self, validation: &'a Dataset) -> Self {
        Self {
            validation: Some(validation),
            ..self
        }
    }

    /// With images to be evaluated.
    pub fn with_test(self, test: &'a Dataset) -> Self {
        Self {
            test: Some(test),
            ..self
        }
    }

    /// Whether the data can be fed to the network, and every label has an output.
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
