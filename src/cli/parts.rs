//! The options of `train` that choose what the network and its training are made of, in the field's words.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use batchprop::gradient::Regularisers;
use batchprop::{Activation, Cost, Functions, Output};

/// A parser of one of `all`, by name.
fn choice<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.map(name)).map(move |given| {
        let chosen = all.into_iter().find(|&it| name(it) == given);
        chosen.expect("clap lets only these names through")
    })
}

/// Activation, outputs and cost.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct FunctionOptions {
    /// Activation function of the hidden units.
    #[arg(long, value_parser = choice(Activation::ALL, Activation::name), default_value = "sigmoid", value_name = "NAME")]
    activation: Activation,
    /// What the outputs are [default: softmax with --cost log-likelihood, else sigmoid].
    #[arg(long, value_parser = choice(Output::ALL, Output::name), value_name = "NAME")]
    output: Option<Output>,
    /// What training makes small [default: log-likelihood with --output softmax, else quadratic].
    #[arg(long, value_parser = choice(Cost::ALL, Cost::name), value_name = "NAME")]
    cost: Option<Cost>,
}

impl FunctionOptions {
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

/// What keeps the network from learning by heart.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Regularisation")]
pub struct RegularisationOptions {
    /// Part of each label that is spread over all classes.
    #[arg(long, default_value_t = 0.0, value_name = "PART")]
    label_smoothing: f64,
}

impl RegularisationOptions {
    /// Those of the pass through the network.
    pub fn regularisers(&self) -> Regularisers {
        Regularisers {
            label_smoothing: self.label_smoothing,
        }
    }
}
