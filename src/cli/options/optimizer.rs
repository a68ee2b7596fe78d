//! How gradients become steps.

use clap::builder::TypedValueParser;

use super::choice::described;
use super::regularisation::RegularisationArgs;
use batchprop::training::optimizer::{Moments, Penalties};
use batchprop::{Error, OptimizerOptions, Rule, Schedule, TrainingOptions};

/// PyTorch's default for AdamW.
const ADAMW_DECAY: f64 = 0.01;

/// The usual momentum.
const MOMENTUM: f64 = 0.9;

/// The usual epochs between two changes of the learning rate, and without an improvement before one.
const EPOCHS: usize = 10;

/// The usual factor of a step.
const FACTOR: f64 = 0.1;

/// By name, with their defaults.
fn rules() -> impl TypedValueParser<Value = Rule> {
    let momentum = MOMENTUM;
    described([
        ("sgd", "", Rule::Sgd),
        ("momentum", "", Rule::Momentum { momentum }),
        ("nesterov", "", Rule::Nesterov { momentum }),
        ("adam", "", Rule::Adam(Moments::default())),
        ("adamw", "", Rule::AdamW(Moments::default())),
    ])
}

/// By name, with their defaults.
fn schedules() -> impl TypedValueParser<Value = Schedule> {
    let step = Schedule::Step {
        every: EPOCHS,
        factor: FACTOR,
    };
    let plateau = Schedule::HalveOnPlateau { patience: EPOCHS };
    described([
        ("constant", "", Schedule::Constant),
        ("step", "Times --step-factor every --step-every epochs", step),
        ("cosine", "Down to 0 along half a cosine", Schedule::Cosine),
        (
            "one-cycle",
            "Up to --learning-rate, then down to nearly 0",
            Schedule::OneCycle,
        ),
        (
            "halve-on-plateau",
            "Halved after --plateau-patience epochs without a better validation accuracy",
            plateau,
        ),
    ])
}

/// How gradients become steps.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Optimizer")]
pub struct OptimizerArgs {
    /// Rule that turns gradients into steps.
    #[arg(long, value_parser = rules(), default_value = "sgd", value_name = "NAME")]
    optimizer: Rule,
    /// Decay of the velocity of momentum and nesterov, μ [default: 0.9].
    #[arg(long, allow_negative_numbers = true, value_name = "μ")]
    momentum: Option<f64>,
    /// Decay of adam's mean, β₁ [default: 0.9].
    #[arg(long, allow_negative_numbers = true, value_name = "β")]
    beta1: Option<f64>,
    /// Decay of adam's variance, β₂ [default: 0.999].
    #[arg(long, allow_negative_numbers = true, value_name = "β")]
    beta2: Option<f64>,
    /// Added to adam's standard deviation, ε [default: 1e-8].
    #[arg(long, allow_negative_numbers = true, value_name = "ε")]
    epsilon: Option<f64>,
    /// How the learning rate changes.
    #[arg(long, value_parser = schedules(), default_value = "constant", value_name = "NAME")]
    schedule: Schedule,
    /// Epochs between two changes of --schedule step [default: 10].
    #[arg(long, allow_negative_numbers = true, value_name = "EPOCHS")]
    step_every: Option<usize>,
    /// Factor of --schedule step [default: 0.1].
    #[arg(long, allow_negative_numbers = true, value_name = "FACTOR")]
    step_factor: Option<f64>,
    /// Epochs without improvement of --schedule halve-on-plateau [default: 10].
    #[arg(long, allow_negative_numbers = true, value_name = "EPOCHS")]
    plateau_patience: Option<usize>,
    /// Epochs, or a fraction of one, in which the learning rate grows linearly to where the schedule starts.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "EPOCHS"
    )]
    warmup: f64,
    /// Scale longer gradients down to this norm [default: no limit].
    #[arg(long, allow_negative_numbers = true, value_name = "NORM")]
    clip_norm: Option<f64>,
}

impl OptimizerArgs {
    /// Sets the options of both groups.
    pub fn set(
        &self,
        regularisation: &RegularisationArgs,
        options: &mut TrainingOptions,
    ) -> Result<(), Error> {
        let rule = self.rule()?;
        let usual_decay = match rule {
            Rule::AdamW(_) => ADAMW_DECAY,
            _ => 0.0,
        };
        options.optimizer = OptimizerOptions {
            rule,
            penalties: Penalties {
                l1: regularisation.l1,
                l2: regularisation.l2,
                weight_decay: regularisation.weight_decay.unwrap_or(usual_decay),
            },
            clip_norm: self.clip_norm,
        };
        options.schedule = self.schedule()?;
        options.warmup_epochs = self.warmup;
        options.dropout = regularisation.dropout;
        options.label_smoothing = regularisation.label_smoothing;
        Ok(())
    }

    /// The rule, with its usual numbers.
    pub fn usual_rule(&self) -> Rule {
        self.optimizer
    }

    /// The rule, with the numbers that are given.
    fn rule(&self) -> Result<Rule, Error> {
        let has_momentum = matches!(self.optimizer, Rule::Momentum { .. } | Rule::Nesterov { .. });
        let has_moments = matches!(self.optimizer, Rule::Adam(_) | Rule::AdamW(_));
        let (with_momentum, with_moments) = ("--optimizer momentum or nesterov", "--optimizer adam or adamw");
        belongs("--momentum", self.momentum, has_momentum, with_momentum)?;
        belongs("--beta1", self.beta1, has_moments, with_moments)?;
        belongs("--beta2", self.beta2, has_moments, with_moments)?;
        belongs("--epsilon", self.epsilon, has_moments, with_moments)?;
        let mut rule = self.optimizer;
        match &mut rule {
            Rule::Sgd => {}
            Rule::Momentum { momentum } | Rule::Nesterov { momentum } => set(momentum, self.momentum),
            Rule::Adam(moments) | Rule::AdamW(moments) => {
                set(&mut moments.beta1, self.beta1);
                set(&mut moments.beta2, self.beta2);
                set(&mut moments.epsilon, self.epsilon);
            }
        }
        Ok(rule)
    }

    /// The schedule, with the numbers that are given.
    fn schedule(&self) -> Result<Schedule, Error> {
        let has_steps = matches!(self.schedule, Schedule::Step { .. });
        let has_plateau = matches!(self.schedule, Schedule::HalveOnPlateau { .. });
        let (with_steps, with_plateau) = ("--schedule step", "--schedule halve-on-plateau");
        belongs("--step-every", self.step_every, has_steps, with_steps)?;
        belongs("--step-factor", self.step_factor, has_steps, with_steps)?;
        belongs(
            "--plateau-patience",
            self.plateau_patience,
            has_plateau,
            with_plateau,
        )?;
        let mut schedule = self.schedule;
        match &mut schedule {
            Schedule::Step { every, factor } => {
                set(every, self.step_every);
                set(factor, self.step_factor);
            }
            Schedule::HalveOnPlateau { patience } => set(patience, self.plateau_patience),
            _ => {}
        }
        Ok(schedule)
    }
}

/// Replaces a default where a value is given.
fn set<T: Copy>(value: &mut T, given: Option<T>) {
    *value = given.unwrap_or(*value);
}

/// Refuses an option that would have no effect.
fn belongs<T: ToString>(option: &'static str, given: Option<T>, does: bool, with: &str) -> Result<(), Error> {
    match given {
        Some(given) if !does => Err(Error::option(option, given, format!("{with} with it"))),
        _ => Ok(()),
    }
}
