//! The options of `train` that choose what the network and its training are made of, in the field's words.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use batchprop::gradient::Regularisers;
use batchprop::{Activation, Cost, Error, Functions, Initialisation, Network, Output, Real};

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

/// What the network is made of.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkOptions {
    /// Activation function of the hidden units.
    #[arg(long, value_parser = choice(Activation::ALL, Activation::name), default_value = "sigmoid", value_name = "NAME")]
    activation: Activation,
    /// What the outputs are [default: softmax with --cost log-likelihood, else sigmoid].
    #[arg(long, value_parser = choice(Output::ALL, Output::name), value_name = "NAME")]
    output: Option<Output>,
    /// What training makes small [default: log-likelihood with --output softmax, else quadratic].
    #[arg(long, value_parser = choice(Cost::ALL, Cost::name), value_name = "NAME")]
    cost: Option<Cost>,
    /// How weights and biases start.
    #[arg(long, value_parser = choice(Initialisation::ALL, Initialisation::name), default_value = "normal", value_name = "NAME")]
    init: Initialisation,
}

impl NetworkOptions {
    /// The network at the start of training.
    pub fn network<F: Real>(&self, sizes: &[usize], seed: u64) -> Result<Network<F>, Error> {
        Network::zeros(sizes)?
            .with_functions(self.functions())?
            .initialised(self.init, seed)
    }

    /// Whether the options fit each other.
    pub fn check(&self) -> Result<(), Error> {
        self.network::<f32>(&[1, 1], 0).map(|_| ())
    }

    fn functions(&self) -> Functions {
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
