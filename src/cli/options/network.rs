//! What a network is made of.

use super::choice::choice;
use batchprop::{Activation, Cost, Functions, Initialisation, Output};

/// What the network is made of.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkOptions {
    /// Activation function of the hidden units.
    #[arg(
        long,
        value_parser = choice(Activation::ALL, Activation::name),
        default_value = "sigmoid",
        value_name = "NAME"
    )]
    activation: Activation,
    /// Activation function of the outputs [default: softmax with --cost log-likelihood, else sigmoid].
    #[arg(long = "output-activation", visible_alias = "output", value_parser = choice(Output::ALL, Output::name), value_name = "NAME")]
    output: Option<Output>,
    /// Cost that training minimises [default: log-likelihood with softmax outputs, else quadratic].
    #[arg(long, visible_alias = "loss", value_parser = choice(Cost::ALL, Cost::name), value_name = "NAME")]
    cost: Option<Cost>,
    /// Initialisation of weights and biases [default: follows the other options].
    #[arg(long, value_parser = choice(Initialisation::ALL, Initialisation::name), value_name = "NAME")]
    pub init: Option<Initialisation>,
}

impl NetworkOptions {
    /// The functions, not yet checked.
    pub fn functions(&self) -> Functions {
        let output = self.output.unwrap_or(match self.cost {
            Some(Cost::LogLikelihood) => Output::Softmax,
            _ => Output::Sigmoid,
        });
        Functions {
            activation: self.activation,
            output,
            cost: meant(self.cost.unwrap_or(output.usual_cost()), output),
        }
    }
}

/// The cost that the user means: other libraries call the log-likelihood of softmax outputs cross-entropy.
fn meant(cost: Cost, output: Output) -> Cost {
    match (cost, output) {
        (Cost::CrossEntropy, Output::Softmax) => Cost::LogLikelihood,
        (cost, _) => cost,
    }
}

/// The functions of a trained network, for files that do not have them.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct FunctionOptions {
    /// Activation function of the hidden units [default: what the file says].
    #[arg(long, value_parser = choice(Activation::ALL, Activation::name), value_name = "NAME")]
    activation: Option<Activation>,
    /// Activation function of the outputs [default: what the file says].
    #[arg(long = "output-activation", visible_alias = "output", value_parser = choice(Output::ALL, Output::name), value_name = "NAME")]
    output: Option<Output>,
    /// Cost that training minimised [default: what the file says, or what goes with the outputs].
    #[arg(long, visible_alias = "loss", value_parser = choice(Cost::ALL, Cost::name), value_name = "NAME")]
    cost: Option<Cost>,
}

impl FunctionOptions {
    /// Whether no option is given.
    pub fn is_empty(&self) -> bool {
        self.activation.is_none() && self.output.is_none() && self.cost.is_none()
    }

    /// The functions to use a network with. `None` if the file has its functions and none are given, and if the file
    /// has none and not all that are needed are given.
    pub fn to_use(&self, file: Option<Functions>) -> Option<Functions> {
        match file {
            Some(_) if self.is_empty() => None,
            Some(file) => Some(self.over(file)),
            None => {
                (self.activation.is_some() && self.output.is_some()).then(|| self.over(Functions::default()))
            }
        }
    }

    /// The given functions, else those of `file`; not yet checked.
    pub fn over(&self, file: Functions) -> Functions {
        let output = self.output.unwrap_or(file.output);
        let cost = match output == file.output {
            true => file.cost,
            false => output.usual_cost(),
        };
        Functions {
            activation: self.activation.unwrap_or(file.activation),
            output,
            cost: meant(self.cost.unwrap_or(cost), output),
        }
    }
}
