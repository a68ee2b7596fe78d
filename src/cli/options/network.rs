//! What a network is made of.

use super::choice::choice;
use crate::cli::output::messages::note;
use batchprop::storage::model::GivenFunctions;
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
    /// Those that are given, by `is_given` of clap's names.
    pub fn given(&self, is_given: impl Fn(&str) -> bool) -> GivenFunctions {
        let functions = self.functions();
        GivenFunctions {
            activation: is_given("activation").then_some(functions.activation),
            output: self.output,
            cost: self.cost.map(|_| functions.cost),
        }
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
            cost: meant(self.cost.unwrap_or(output.usual_cost()), output),
        }
    }
}

impl From<Functions> for NetworkOptions {
    fn from(functions: Functions) -> Self {
        Self {
            activation: functions.activation,
            output: Some(functions.output),
            cost: Some(functions.cost),
            init: None,
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

    /// For the library; `file` are those that the network's file names. Notes where others are given.
    pub fn given(&self, file: Option<Functions>) -> GivenFunctions {
        let output = self.output.or(file.map(|file| file.output)).unwrap_or_default();
        let given = GivenFunctions {
            activation: self.activation,
            output: self.output,
            cost: self.cost.map(|cost| meant(cost, output)),
        };
        if let Some(file) = file.filter(|&file| given.over(file) != file) {
            note(&format!(
                "the file says {file}; used as {}, as given",
                given.over(file)
            ));
        }
        given
    }
}
