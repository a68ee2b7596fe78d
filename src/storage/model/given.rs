//! Functions of a network that its file does not name.

use crate::network::activation::Activation;
use crate::network::cost::Cost;
use crate::network::functions::Functions;
use crate::network::output::Output;

/// Functions of a trained network as far as they are known besides its file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GivenFunctions {
    /// Of the hidden units.
    pub activation: Option<Activation>,
    /// Of the outputs.
    pub output: Option<Output>,
    /// What training minimised.
    pub cost: Option<Cost>,
}

impl GivenFunctions {
    /// These, and those of `file` where none is given; not yet checked. The cost follows from other outputs than the file's.
    pub fn over(self, file: Functions) -> Functions {
        let output = self.output.unwrap_or(file.output);
        let usual = match output == file.output {
            true => file.cost,
            false => output.usual_cost(),
        };
        Functions {
            activation: self.activation.unwrap_or(file.activation),
            output,
            cost: self.cost.unwrap_or(usual),
        }
    }
}

impl From<Functions> for GivenFunctions {
    fn from(all: Functions) -> Self {
        Self {
            activation: Some(all.activation),
            output: Some(all.output),
            cost: Some(all.cost),
        }
    }
}
