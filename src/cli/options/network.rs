//! What a network is made of.

use super::choice::choice;
use batchprop::{Activation, Cost, Error, Functions, Initialisation, Network, Output};

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
    /// What the outputs are [default: softmax with --cost log-likelihood, else sigmoid].
    #[arg(long, value_parser = choice(Output::ALL, Output::name), value_name = "NAME")]
    output: Option<Output>,
    /// What training makes small [default: log-likelihood with --output softmax, else quadratic].
    #[arg(long, value_parser = choice(Cost::ALL, Cost::name), value_name = "NAME")]
    cost: Option<Cost>,
    /// How weights and biases start.
    #[arg(
        long,
        value_parser = choice(Initialisation::ALL, Initialisation::name),
        default_value = "normal",
        value_name = "NAME"
    )]
    pub init: Initialisation,
}

impl NetworkOptions {
    /// Whether the options fit each other.
    pub fn check(&self) -> Result<(), Error> {
        let network = Network::<f32>::zeros(&[1, 1])?.with_functions(self.functions())?;
        network.initialised(self.init, 0).map(|_| ())
    }

    /// The functions, not yet checked.
    pub fn functions(&self) -> Functions {
        let output = self.output.unwrap_or(match self.cost {
            Some(Cost::LogLikelihood) => Output::Softmax,
            _ => Output::Sigmoid,
        });
        Functions {
            activation: self.activation,
            output,
            cost: self.cost.unwrap_or(output.usual_cost()),
        }
    }
}

/// The functions of a network that is there already, where its file does not say them.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct FunctionOptions {
    /// Activation function of the hidden units [default: what the file says, else sigmoid].
    #[arg(long, value_parser = choice(Activation::ALL, Activation::name), value_name = "NAME")]
    activation: Option<Activation>,
    /// What the outputs are [default: what the file says, else sigmoid].
    #[arg(long, value_parser = choice(Output::ALL, Output::name), value_name = "NAME")]
    output: Option<Output>,
    /// What training made small [default: what the file says, or what goes with --output].
    #[arg(long, value_parser = choice(Cost::ALL, Cost::name), value_name = "NAME")]
    cost: Option<Cost>,
}

impl FunctionOptions {
    /// Whether none is given.
    pub fn is_empty(&self) -> bool {
        self.activation.is_none() && self.output.is_none() && self.cost.is_none()
    }

    /// Those that are given, and otherwise those of `file`; not yet checked.
    pub fn over(&self, file: Functions) -> Functions {
        let output = self.output.unwrap_or(file.output);
        let cost = match output == file.output {
            true => file.cost,
            false => output.usual_cost(),
        };
        Functions {
            activation: self.activation.unwrap_or(file.activation),
            output,
            cost: self.cost.unwrap_or(cost),
        }
    }
}
