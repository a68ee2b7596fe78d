//! `batchprop show`: digits, weights and learning curves, in the terminal or as a picture.

mod curves;
mod digits;
mod gallery;
mod weights;

use clap::Subcommand;

use crate::cli::stop::Stop;
use batchprop::Error;

const EXAMPLES: &str = "\
Examples:
  batchprop show digits --count 20                  the first training digits
  batchprop show digits --augment all --epochs 5    distorted as in five epochs of training
  batchprop show weights model.safetensors --out weights.png
  batchprop show curves run.csv                     what `train --log run.csv` wrote
  batchprop show curves run-*.csv --out curves.svg

`batchprop help show COMMAND` lists all options.";

/// Show digits, weights or learning curves, in the terminal or as a picture.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Digits(Box<digits::Args>),
    Weights(weights::Args),
    Curves(curves::Args),
}

pub fn run(args: &Args) -> Result<(), Stop> {
    match &args.what {
        What::Digits(args) => digits::run(args),
        What::Weights(args) => weights::run(args),
        What::Curves(args) => curves::run(args),
    }
}

/// A range of many items.
#[derive(Debug, clap::Args)]
struct Which {
    /// Begin with this one, counting from 0.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    first: usize,
    /// Show at most this many.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    count: Option<usize>,
}

impl Which {
    /// Refuses to begin after the last of `all`, and to show none.
    fn check(&self, all: usize, what: &str) -> Result<(), Error> {
        if self.first >= all {
            let expected = format!("less than {all}, the number of {what}");
            return Err(Error::option("--first", self.first, expected));
        }
        match self.count {
            Some(0) => Err(Error::option("--count", 0, "1 or more")),
            _ => Ok(()),
        }
    }
}
