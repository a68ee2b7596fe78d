//! The options of `train` that choose what the network and its training are made of, in the field's words.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use batchprop::training::optimizer::{Moments, Penalties};
use batchprop::{
    Activation, Cost, Error, Functions, Initialisation, Network, OptimizerOptions, Output, Rule, Schedule,
    TrainingOptions,
};

/// PyTorch's default for AdamW.
const ADAMW_DECAY: f64 = 0.01;

/// The usual momentum.
const MOMENTUM: f64 = 0.9;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RuleName {
    Sgd,
    Momentum,
    Nesterov,
    Adam,
    Adamw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScheduleName {
    Constant,
    /// Times --step-factor every --step-every epochs.
    Step,
    /// Down to 0 along half a cosine.
    Cosine,
    /// Up to --learning-rate and far down.
    OneCycle,
    /// Half of it after --plateau-patience epochs without a better validation accuracy.
    HalveOnPlateau,
}

/// How gradients become steps.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Optimizer")]
pub struct OptimizerArgs {
    /// From gradient to step.
    #[arg(long, value_enum, default_value = "sgd", value_name = "NAME")]
    optimizer: RuleName,
    /// Memory of momentum and nesterov, μ [default: 0.9].
    #[arg(long, allow_negative_numbers = true, value_name = "μ")]
    momentum: Option<f64>,
    /// Memory of adam's mean, β₁ [default: 0.9].
    #[arg(long, allow_negative_numbers = true, value_name = "β")]
    beta1: Option<f64>,
    /// Memory of adam's variance, β₂ [default: 0.999].
    #[arg(long, allow_negative_numbers = true, value_name = "β")]
    beta2: Option<f64>,
    /// Added to adam's deviation, ε [default: 1e-8].
    #[arg(long, allow_negative_numbers = true, value_name = "ε")]
    epsilon: Option<f64>,
    /// How the learning rate changes.
    #[arg(long, value_enum, default_value = "constant", value_name = "NAME")]
    schedule: ScheduleName,
    /// Epochs between two changes of --schedule step [default: 10].
    #[arg(long, allow_negative_numbers = true, value_name = "EPOCHS")]
    step_every: Option<usize>,
    /// Factor of --schedule step [default: 0.1].
    #[arg(long, allow_negative_numbers = true, value_name = "FACTOR")]
    step_factor: Option<f64>,
    /// Epochs without improvement of --schedule halve-on-plateau [default: 10].
    #[arg(long, allow_negative_numbers = true, value_name = "EPOCHS")]
    plateau_patience: Option<usize>,
    /// Epochs, or parts of one, in which the learning rate grows linearly to where the schedule starts.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "EPOCHS"
    )]
    warmup: f64,
    /// Longer gradients are shortened to this norm [default: none are].
    #[arg(long, allow_negative_numbers = true, value_name = "NORM")]
    clip_norm: Option<f64>,
}

/// What keeps the network from learning by heart.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Regularisation")]
pub struct RegularisationArgs {
    /// λ of the cost λ/n Σ|w| over n training images.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "LAMBDA"
    )]
    l1: f64,
    /// λ of the cost λ/2n Σw² over n training images; PyTorch's weight_decay of SGD times n.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "LAMBDA"
    )]
    l2: f64,
    /// Weights also shrink by learning rate times this [default: 0.01 with --optimizer adamw, else 0].
    #[arg(long, allow_negative_numbers = true, value_name = "DECAY")]
    weight_decay: Option<f64>,
    /// Probability of each hidden unit to be silent for an image.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "PROBABILITY"
    )]
    dropout: f64,
    /// Part of each label that is spread over all classes.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "PART"
    )]
    label_smoothing: f64,
}

impl OptimizerArgs {
    /// Sets what both groups choose.
    pub fn set(
        &self,
        regularisation: &RegularisationArgs,
        options: &mut TrainingOptions,
    ) -> Result<(), Error> {
        let weight_decay = match (self.optimizer, regularisation.weight_decay) {
            (_, Some(decay)) => decay,
            (RuleName::Adamw, None) => ADAMW_DECAY,
            _ => 0.0,
        };
        options.optimizer = OptimizerOptions {
            rule: self.rule()?,
            penalties: Penalties {
                l1: regularisation.l1,
                l2: regularisation.l2,
                weight_decay,
            },
            clip_norm: self.clip_norm,
        };
        options.schedule = self.schedule()?;
        options.warmup_epochs = self.warmup;
        options.dropout = regularisation.dropout;
        options.label_smoothing = regularisation.label_smoothing;
        Ok(())
    }

    fn rule(&self) -> Result<Rule, Error> {
        let has_momentum = matches!(self.optimizer, RuleName::Momentum | RuleName::Nesterov);
        let has_moments = matches!(self.optimizer, RuleName::Adam | RuleName::Adamw);
        belongs(
            "--momentum",
            self.momentum,
            has_momentum,
            "--optimizer momentum or nesterov",
        )?;
        belongs("--beta1", self.beta1, has_moments, "--optimizer adam or adamw")?;
        belongs("--beta2", self.beta2, has_moments, "--optimizer adam or adamw")?;
        belongs(
            "--epsilon",
            self.epsilon,
            has_moments,
            "--optimizer adam or adamw",
        )?;
        let momentum = self.momentum.unwrap_or(MOMENTUM);
        let usual = Moments::default();
        let moments = Moments {
            beta1: self.beta1.unwrap_or(usual.beta1),
            beta2: self.beta2.unwrap_or(usual.beta2),
            epsilon: self.epsilon.unwrap_or(usual.epsilon),
        };
        Ok(match self.optimizer {
            RuleName::Sgd => Rule::Sgd,
            RuleName::Momentum => Rule::Momentum { momentum },
            RuleName::Nesterov => Rule::Nesterov { momentum },
            RuleName::Adam => Rule::Adam(moments),
            RuleName::Adamw => Rule::AdamW(moments),
        })
    }

    fn schedule(&self) -> Result<Schedule, Error> {
        let is = |name| self.schedule == name;
        belongs(
            "--step-every",
            self.step_every,
            is(ScheduleName::Step),
            "--schedule step",
        )?;
        belongs(
            "--step-factor",
            self.step_factor,
            is(ScheduleName::Step),
            "--schedule step",
        )?;
        belongs(
            "--plateau-patience",
            self.plateau_patience,
            is(ScheduleName::HalveOnPlateau),
            "--schedule halve-on-plateau",
        )?;
        Ok(match self.schedule {
            ScheduleName::Constant => Schedule::Constant,
            ScheduleName::Step => Schedule::Step {
                every: self.step_every.unwrap_or(10),
                factor: self.step_factor.unwrap_or(0.1),
            },
            ScheduleName::Cosine => Schedule::Cosine,
            ScheduleName::OneCycle => Schedule::OneCycle,
            ScheduleName::HalveOnPlateau => Schedule::HalveOnPlateau {
                patience: self.plateau_patience.unwrap_or(10),
            },
        })
    }
}

/// An option that would do nothing is a mistake.
fn belongs<T: ToString>(option: &'static str, given: Option<T>, does: bool, with: &str) -> Result<(), Error> {
    match given {
        Some(given) if !does => Err(Error::option(option, given, format!("{with} with it"))),
        _ => Ok(()),
    }
}
