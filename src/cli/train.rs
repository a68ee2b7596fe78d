//! `batchprop train`: the main job.

use std::ops::ControlFlow;
use std::time::Instant;

use clap::ValueEnum;

use super::augment::AugmentationArgs;
use super::control::{self, ControlArgs};
use super::data::DataOptions;
use super::log::Log;
use super::parts::{NetworkOptions, OptimizerArgs, RegularisationArgs};
use super::report::{Format, Header, Reporter};
use super::{Stop, on_threads};
use batchprop::training::CheckedOptions;
use batchprop::{
    Digits, EngineKind, Error, Real, TrainOn, TrainingData, TrainingEvent, TrainingOptions, memory, train,
};

const EXAMPLES: &str = "\
Examples:
  batchprop train                                  the article's run, on MNIST
  batchprop train --hidden 100,30 --epochs 10      two hidden layers, ten epochs
  batchprop train --hidden 100 --activation relu --output softmax --init he --optimizer adam \
    --learning-rate 0.001 --batch-size 64 --dropout 0.2 --patience 5 --keep-best
                                                   what other libraries train by default
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
    /// Start of all random numbers: initial weights, order of the images, dropout, distortions.
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
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    optimizer: OptimizerArgs,
    #[command(flatten)]
    regularisation: RegularisationArgs,
    #[command(flatten)]
    augmentation: AugmentationArgs,
    #[command(flatten)]
    control: ControlArgs,
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
    fn options(&self) -> Result<CheckedOptions, Error> {
        let mut options = TrainingOptions {
            epochs: self.epochs,
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            seed: self.seed,
            augmentation: self.augmentation.augmentation(),
            control: self.control.control()?,
            engine: match self.engine {
                Engine::Batched => EngineKind::Batched,
                Engine::Reference => EngineKind::Reference,
            },
            ..TrainingOptions::default()
        };
        self.optimizer.set(&self.regularisation, &mut options)?;
        options.check()
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
    let options = args.options()?;
    options.check_validation(matches!(args.train_on, On::Train))?;
    args.network.check()?;
    args.control.log.as_deref().map_or(Ok(()), Log::check)?;
    on_threads(args.threads, || {
        let digits = args.data.load()?;
        match args.precision {
            Precision::F32 => train_in::<f32>(args, &options, &digits, started),
            Precision::F64 => train_in::<f64>(args, &options, &digits, started),
        }
    })?
}

fn train_in<F: Real>(
    args: &Args,
    options: &CheckedOptions,
    digits: &Digits,
    started: Instant,
) -> Result<(), Stop> {
    let training = digits.training(match args.train_on {
        On::Train => TrainOn::Train,
        On::All => TrainOn::All,
    });
    let test = (!args.no_eval).then(|| digits.test());
    let validation = match args.train_on {
        // Only where something depends on it: evaluating takes time.
        On::Train if options.needs_validation() || args.control.log.is_some() => Some(digits.validation()),
        _ => None,
    };
    let data = TrainingData {
        training: &training,
        validation: validation.as_ref(),
        test,
    };
    let mut sizes = vec![training.inputs()];
    sizes.extend(&args.hidden);
    sizes.push(args.data.classes());
    memory::check_run::<F>(&sizes, args.network.functions(), options.get(), data)?;
    let network = args.network.network::<F>(&sizes, args.seed);
    let mut network = network.map_err(|error| as_option("--hidden", join(&args.hidden), error))?;

    let mut reporter = Reporter::new(args.format(), digits, training.len(), started);
    reporter.start(&Header {
        digits,
        training: training.len(),
        test: test.map_or(0, batchprop::Dataset::len),
        sizes: &sizes,
        functions: network.functions(),
        init: args.network.init,
        precision: F::NAME,
        options: options.get(),
        threads_asked: args.threads,
        load_seconds: started.elapsed().as_secs_f64(),
    })?;
    let mut log = args.control.log.as_deref().map(Log::create).transpose()?;
    let mut log_failure = None;
    control::listen_to_ctrl_c();
    let outcome = train(&mut network, data, options, |event| {
        reporter.event(&event)?;
        if let (Some(log), TrainingEvent::Epoch(report)) = (&mut log, &event)
            && let Err(failure) = log.epoch(report)
        {
            log_failure = Some(failure);
            return ControlFlow::Break(());
        }
        if control::is_interrupted() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    reporter.summary(&outcome, options.get().control.keep_best, &network)?;
    log_failure.map_or(Ok(()), |failure| Err(failure.into()))
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
