//! The functions of a network: of its hidden units, of its outputs, and the cost it is trained for.
//!
//! An output function and a cost must fit each other: [`Functions::check`] checks this once, when they are set.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::network::activation::Activation;
use crate::network::cost::Cost;
use crate::network::output::Output;

/// What a network is made of besides its parameters. The default is the article's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Functions {
    /// σ of the hidden units.
    pub activation: Activation,
    /// Of the outputs.
    pub output: Output,
    /// What training minimises.
    pub cost: Cost,
}

impl Functions {
    /// Whether output and cost fit.
    ///
    /// # Errors
    /// [`Error::Option`] when they do not.
    pub fn check(self) -> Result<()> {
        match (self.output, self.cost) {
            (Output::Sigmoid, Cost::Quadratic | Cost::CrossEntropy)
            | (Output::Softmax, Cost::LogLikelihood) => Ok(()),
            (output, cost) => Err(Error::option(
                "cost",
                format!("{} with `output` {}", cost.name(), output.name()),
                "quadratic or cross-entropy with sigmoid outputs, or log-likelihood (which other \
                           libraries call cross-entropy, too) with softmax outputs",
            )),
        }
    }
}

impl fmt::Display for Functions {
    /// "sigmoid, quadratic cost", "relu, softmax outputs, log-likelihood cost"
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (activation, output) = (self.activation.name(), self.output.name());
        write!(formatter, "{activation}, ")?;
        if output != activation {
            write!(formatter, "{output} outputs, ")?;
        }
        write!(formatter, "{} cost", self.cost.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_and_costs_that_do_not_fit_are_refused() {
        let fits = |output, cost| {
            let activation = Activation::Relu;
            Functions {
                activation,
                output,
                cost,
            }
            .check()
        };
        for output in Output::ALL {
            assert!(fits(output, output.usual_cost()).is_ok());
        }
        assert!(fits(Output::Sigmoid, Cost::CrossEntropy).is_ok());
        let error = fits(Output::Softmax, Cost::Quadratic).unwrap_err();
        assert!(
            error.is_usage() && error.to_string().contains("`output` softmax"),
            "{error}"
        );
        assert!(fits(Output::Sigmoid, Cost::LogLikelihood).is_err());
    }
}
