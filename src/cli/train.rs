//! `batchprop train`: the main job.

use std::time::Instant;

use clap::ValueEnum;

use super::data::DataOptions;
use super::parts::{NetworkOptions, RegularisationOptions};
use super::report::{Format, Header, Reporter};
use super::{Stop, on_threads};
use batchprop::{Digits, EngineKind, Error, Real, TrainOn, TrainingOptions, memory, train};

const EXAMPLES: &str = "\
Examples:
  batchprop train                                  the article's run, on MNIST
  batchprop train --hidden 100,30 --epochs 10      two hidden layers, ten epochs
  batchprop train --data ~/mnist --threads 1       IDX files or mnist.pkl.gz from a directory
  batchprop train --data synthetic --quiet         no files, no network, one line
  batchprop train --json | jq .correct             for programs

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Train a network on handwritten digits.
///
/// Without options this is the article's run: 784-30-10, sigmoid, quadratic cost, plain stochastic gradient
/// descent, mini-batches of 10, learning rate 3.0, 30 epochs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    data: DataOptions,
    /// Units of each hidden layer, from the inputs on.
    #[arg(
        long,
        default_value = "30",
        value_delimiter = ',',
        value_name = "UNITS,…",
        allow_negative_numbers = true
    )]
    hidden: Vec<usize>,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    regularisation: RegularisationOptions,
    /// Passes over the training images.
    #[arg(long, default_value_t = 30, allow_negative_numbers = true)]
    epochs: usize,
    /// Images in a mini-batch.
    #[arg(long, default_value_t = 10, allow_negative_numbers = true)]
    batch_size: usize,
    /// Step size η.
    #[arg(long, visible_aliases = ["eta", "lr"], default_value_t = 3.0, allow_negative_numbers = true)]
    learning_rate: f64,
    /// Threads to compute with, at most one a core; the result does not depend on it [default: one a core].
    #[arg(long, allow_negative_numbers = true)]
    threads: Option<usize>,
    /// Start of all random numbers: initial weights, order of the images.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// What computes the gradient.
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
    /// Precision of the arithmetic.
    #[arg(long, value_enum, default_value_t)]
    precision: Precision,
    /// Which images train: the first 50,000 of MNIST's 60,000 as in the article, or all.
    #[arg(long, value_enum, default_value_t)]
    train_on: On,
    /// Do not count correct test images after each epoch.
    #[arg(long)]
    no_eval: bool,
    /// Print the summary only.
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object a line.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Engine {
    /// Whole mini-batches as matrices.
    #[default]
    Batched,
    /// One image at a time, as the textbook writes it.
    Reference,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Double precision.
    F64,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum On {
    /// Without the validation images.
    #[default]
    Train,
    /// Training and validation images.
    All,
}

impl Args {
    fn options(&self) -> TrainingOptions {
        TrainingOptions {
            epochs: self.epochs,
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            seed: self.seed,
            regularisers: self.regularisation.regularisers(),
            inputs: batchprop::minibatch::InputForm::Auto,
            engine: match self.engine {
                Engine::Batched => EngineKind::Batched,
                Engine::Reference => EngineKind::Reference,
            },
        }
    }

    fn format(&self) -> Format {
        match (self.json, self.quiet) {
            (true, _) => Format::Json,
            (_, true) => Format::Quiet,
            _ => Format::Text,
        }
    }
}

/// Reads the data, trains, reports.
pub fn run(args: &Args) -> Result<(), Stop> {
    let started = Instant::now();
    check_sizes(args)?;
    args.options().check()?;
    args.network.check()?;
    on_threads(args.threads, || {
        let digits = args.data.load()?;
        match args.precision {
            Precision::F32 => train_in::<f32>(args, &digits, started),
            Precision::F64 => train_in::<f64>(args, &digits, started),
        }
    })?
}

fn train_in<F: Real>(args: &Args, digits: &Digits, started: Instant) -> Result<(), Stop> {
    let options = args.options().check()?;
    let training = digits.training(match args.train_on {
        On::Train => TrainOn::Train,
        On::All => TrainOn::All,
    });
    let test = (!args.no_eval).then(|| digits.test());
    let mut sizes = vec![training.inputs()];
    sizes.extend(&args.hidden);
    sizes.push(args.data.classes());
    memory::check_run::<F>(&sizes, options.get(), &training, test)?;
    let network = args.network.network::<F>(&sizes, args.seed);
    let mut network = network.map_err(|error| as_option("--hidden", join(&args.hidden), error))?;

    let mut reporter = Reporter::new(args.format(), digits, training.len(), started);
    reporter.start(&Header {
        digits,
        training: training.len(),
        test: test.map_or(0, batchprop::Dataset::len),
        sizes: &sizes,
        functions: network.functions(),
        precision: F::NAME,
        options: options.get(),
        threads_asked: args.threads,
        load_seconds: started.elapsed().as_secs_f64(),
    })?;
    let reports = train(&mut network, &training, test, &options, |event| {
        reporter.event(&event)
    });
    reporter.summary(&reports?, &network)
}

/// What clap's types let through.
fn check_sizes(args: &Args) -> Result<(), Error> {
    let option = |option, given: String, expected: &str| Error::Option {
        option,
        given,
        expected: expected.to_owned(),
    };
    if args.hidden.contains(&0) {
        return Err(option(
            "--hidden",
            join(&args.hidden),
            "one unit or more in each layer",
        ));
    }
    if args.threads == Some(0) {
        return Err(option("--threads", "0".to_owned(), "1 or more"));
    }
    Ok(())
}

/// A library's complaint about a value, in the words of the command line.
fn as_option(option: &'static str, given: String, error: Error) -> Error {
    match error {
        Error::Option { expected, .. } => Error::Option {
            option,
            given,
            expected,
        },
        error => error,
    }
}

fn join(numbers: &[usize]) -> String {
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    numbers.join(",")
}
