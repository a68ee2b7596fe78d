//! The options that define a run: `train` takes one value of each, `sweep` lists of values.

use std::fmt;
use std::str::FromStr;

use clap::builder::TypedValueParser;

use super::augmentation::AugmentationArgs;
use super::choice::{described, precision};
use super::control::ControlArgs;
use super::defaults::Given;
use super::network::NetworkOptions;
use super::optimizer::OptimizerArgs;
use super::regularisation::RegularisationArgs;
use crate::cli::output::messages::note;
use crate::cli::output::words::dashed;
use batchprop::training::CheckedOptions;
use batchprop::training::many::Run;
use batchprop::{EngineKind, Error, Initialisation, Network, Precision, TrainingOptions};

/// Network, training, and the seed of both.
#[derive(Debug, Clone, clap::Args)]
pub struct RunOptions {
    /// Units of each hidden layer, from the inputs on; 100-30 is two layers.
    #[arg(
        long,
        default_value = "30",
        value_name = "UNITS-…",
        allow_negative_numbers = true
    )]
    pub hidden: Layers,
    /// Passes over the training images.
    #[arg(long, short, default_value_t = 30, allow_negative_numbers = true)]
    pub epochs: usize,
    /// Images in a mini-batch.
    #[arg(long, short, default_value_t = 10, allow_negative_numbers = true)]
    pub batch_size: usize,
    /// Step size η [default: follows the other options; 3 in the article].
    #[arg(long, short, visible_aliases = ["eta", "lr"], allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Seed of all random numbers: initial weights, order of the images, dropout, distortions.
    #[arg(long, short, default_value_t = 0, allow_negative_numbers = true)]
    pub seed: u64,
    /// Engine that computes the gradient.
    #[arg(long, value_parser = engines(), default_value = "batched")]
    pub engine: EngineKind,
    /// Precision of the arithmetic.
    #[arg(long, value_parser = precision(), default_value = "f32")]
    pub precision: Precision,
    #[command(flatten)]
    pub network: NetworkOptions,
    #[command(flatten)]
    pub optimizer: OptimizerArgs,
    #[command(flatten)]
    pub regularisation: RegularisationArgs,
    #[command(flatten)]
    pub augmentation: AugmentationArgs,
    /// Strength of the distortions in the last epoch, 0 to 1; they start at 1 and weaken linearly.
    #[arg(
        long,
        default_value_t = 1.0,
        value_name = "STRENGTH",
        help_heading = "Augmentation",
        allow_negative_numbers = true
    )]
    pub augment_end: f64,
    #[command(flatten)]
    pub control: ControlArgs,
}

/// Notes that mini-batches are smaller than asked for, where there are fewer training images.
pub fn note_small_data(batch_size: usize, training_images: usize) {
    if batch_size > training_images {
        note(&format!(
            "--batch-size {batch_size}: mini-batches have {training_images} images, because there are no more to train on"
        ));
    }
}

/// Units of each hidden layer, at least one in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers(pub Vec<usize>);

impl FromStr for Layers {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let layers = given.split([',', '-']).map(usize::from_str);
        match layers.collect::<Result<Vec<_>, _>>() {
            Ok(layers) if !layers.contains(&0) => Ok(Self(layers)),
            _ => Err("expected one unit or more in each layer, such as 30 or 100-30".to_owned()),
        }
    }
}

/// As network sizes are printed: 100-30.
impl fmt::Display for Layers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&dashed(&self.0))
    }
}

/// By name.
fn engines() -> impl TypedValueParser<Value = EngineKind> {
    described([
        ("batched", "Whole mini-batches as matrices", EngineKind::Batched),
        (
            "reference",
            "One image at a time, as the textbook writes it",
            EngineKind::Reference,
        ),
    ])
}

impl RunOptions {
    /// The options of training, checked, also against each other, with validation images or without.
    pub fn check(&self, has_validation: bool, evaluate_training: bool) -> Result<CheckedOptions, Error> {
        let mut options = TrainingOptions {
            epochs: self.epochs,
            batch_size: self.batch_size,
            learning_rate: self.learning_rate.unwrap_or_else(|| self.given().learning_rate()),
            seed: self.seed,
            augmentation: self.augmentation.augmentation(),
            augment_end: self.augment_end,
            control: self.control.control()?,
            engine: self.engine,
            ..TrainingOptions::default()
        };
        options.control.evaluate_training = evaluate_training;
        self.optimizer.set(&self.regularisation, &mut options)?;
        let options = options.check()?;
        options.check_validation(has_validation)?;
        let network = Network::<f32>::zeros(&[1, 1])?.with_functions(self.network.functions())?;
        network.initialised(self.initialisation(), 0)?;
        Ok(options)
    }

    /// What the defaults of other options depend on.
    fn given(&self) -> Given<'_> {
        Given {
            functions: self.network.functions(),
            rule: self.optimizer.usual_rule(),
            hidden: &self.hidden.0,
            batch_size: self.batch_size,
        }
    }

    /// The initialisation: as given, else the default for the other options.
    pub fn initialisation(&self) -> Initialisation {
        self.network.init.unwrap_or_else(|| self.given().initialisation())
    }

    /// The run, on images with this many pixels and classes.
    pub fn run(&self, options: &CheckedOptions, inputs: usize, classes: usize) -> Run {
        let mut sizes = vec![inputs];
        sizes.extend(&self.hidden.0);
        sizes.push(classes);
        Run {
            sizes,
            functions: self.network.functions(),
            initialisation: self.initialisation(),
            start: None,
            options: options.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_written_with_commas_or_dashes_and_shown_with_dashes() {
        for given in ["100,30", "100-30"] {
            let layers: Layers = given.parse().unwrap();
            assert_eq!(layers, Layers(vec![100, 30]));
            assert_eq!(layers.to_string(), "100-30");
        }
        for given in ["", "0", "30,", "-5", "30-0", "abc", "99999999999999999999"] {
            assert!(given.parse::<Layers>().is_err(), "{given}");
        }
    }
}
