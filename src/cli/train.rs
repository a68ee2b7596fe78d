//! `batchprop train`: the main job.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use clap::{ArgMatches, ValueEnum};
use serde::{Deserialize, Serialize};

use super::augment::AugmentationArgs;
use super::checkpoint::{self, Checkpoints, FileArgs};
use super::control::{self, ControlArgs};
use super::data::DataOptions;
use super::log::Log;
use super::parts::{NetworkOptions, OptimizerArgs, RegularisationArgs};
use super::plan::{Plan, check_data};
use super::recipe::Recipe;
use super::report::{Format, Header, Reporter};
use super::{Stop, on_threads};
use batchprop::training::{CheckedOptions, Snapshot};
use batchprop::{
    Digits, EngineKind, Error, Network, Real, TrainOn, TrainingData, TrainingEvent, TrainingOptions, memory,
    resume, train,
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
  batchprop train --checkpoint run --save model.safetensors
  batchprop train --resume run                     go on with it, whatever stopped it

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Train a network on handwritten digits.
///
/// Without options this is the article's run: 784-30-10, sigmoid, quadratic cost, plain stochastic gradient
/// descent, mini-batches of 10, learning rate 3.0, 30 epochs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub data: DataOptions,
    /// Options under a name, of which any that is given as well overrides its part.
    #[arg(long, value_enum, value_name = "NAME")]
    recipe: Option<Recipe>,
    /// Print the command line that the recipe and all other options stand for, and end.
    #[arg(long, requires = "recipe")]
    print: bool,
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
    pub precision: Precision,
    /// Which images train: the first 50,000 of MNIST's 60,000 as in the article, or all.
    #[arg(long, value_enum, default_value_t)]
    pub train_on: On,
    /// Do not count correct test images after each epoch.
    #[arg(long)]
    pub no_eval: bool,
    /// Print the summary only.
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object a line.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    #[command(flatten)]
    pub network: NetworkOptions,
    #[command(flatten)]
    optimizer: OptimizerArgs,
    #[command(flatten)]
    regularisation: RegularisationArgs,
    #[command(flatten)]
    augmentation: AugmentationArgs,
    #[command(flatten)]
    pub control: ControlArgs,
    #[command(flatten)]
    pub files: FileArgs,
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

#[derive(Debug, Clone, Copy, Default, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// Without the validation images.
    #[default]
    Train,
    /// Training and validation images.
    All,
}

impl From<On> for TrainOn {
    fn from(on: On) -> Self {
        match on {
            On::Train => Self::Train,
            On::All => Self::All,
        }
    }
}

impl From<batchprop::Precision> for Precision {
    fn from(precision: batchprop::Precision) -> Self {
        match precision {
            batchprop::Precision::F32 => Self::F32,
            batchprop::Precision::F64 => Self::F64,
        }
    }
}

impl Args {
    /// For the library.
    pub fn options(&self) -> Result<CheckedOptions, Error> {
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

/// Reads the data, trains, reports. `given` is what clap made of the whole command line.
pub fn run(args: &Args, given: &ArgMatches) -> Result<(), Stop> {
    let started = Instant::now();
    check_sizes(args)?;
    if let Some(recipe) = args.recipe.filter(|_| args.print) {
        args.options()?;
        return recipe.print(std::env::args_os().collect());
    }
    control::survive_file_limits();
    let plan = match (&args.files.resume, given.subcommand()) {
        (Some(directory), Some((_, given))) => Plan::resumed(args, directory, given)?,
        _ => Plan::new(args)?,
    };
    on_threads(args.threads, || {
        let digits = plan.settings.data.options().load()?;
        match plan.precision {
            Precision::F32 => train_in::<f32>(args, plan, &digits, started),
            Precision::F64 => train_in::<f64>(args, plan, &digits, started),
        }
    })?
}

/// Where a run starts.
enum Start<F: Real> {
    Anew(Network<F>),
    Resumed(Box<Snapshot<F>>),
}

impl<F: Real> Start<F> {
    fn network(&self) -> &Network<F> {
        match self {
            Self::Anew(network) => network,
            Self::Resumed(snapshot) => &snapshot.network,
        }
    }
}

fn train_in<F: Real>(args: &Args, plan: Plan, digits: &Digits, started: Instant) -> Result<(), Stop> {
    let Plan {
        options,
        settings,
        folder,
        checkpoint,
        ..
    } = plan;
    let training = digits.training(settings.train_on.into());
    let validation = settings.evaluates_validation.then(|| digits.validation());
    let data = TrainingData {
        training: &training,
        validation: validation.as_ref(),
        test: settings.evaluates_test.then(|| digits.test()),
    };
    let start = match &checkpoint {
        None => Start::Anew(new_network::<F>(args, &options, data)?),
        Some(checkpoint) => Start::Resumed(Box::new(checkpoint.snapshot()?)),
    };
    if let Some(checkpoint) = &checkpoint {
        check_data(checkpoint, digits)?;
    }
    let network = start.network();
    let mut reporter = Reporter::new(args.format(), digits, training.len(), started);
    reporter.start(&Header {
        digits,
        training: training.len(),
        test: data.test.map_or(0, batchprop::Dataset::len),
        sizes: &network.sizes(),
        functions: network.functions(),
        init: settings.init,
        precision: F::NAME,
        options: options.get(),
        threads_asked: args.threads,
        load_seconds: started.elapsed().as_secs_f64(),
    })?;
    if let Some(checkpoint) = &checkpoint {
        reporter.resumed(checkpoint.path(), checkpoint.position())?;
    }
    drop(checkpoint);
    let log = settings.log.as_ref().map(|path| Log::create(&path.path()));
    let mut log = log.transpose()?;
    if let (Some(log), Start::Resumed(snapshot)) = (&mut log, &start) {
        snapshot.reports.iter().try_for_each(|report| log.epoch(report))?;
    }
    let mut log_failure = None;
    let checkpoints = folder.map(|folder| Checkpoints::start(folder, &options, &settings, digits));
    let mut checkpoints = checkpoints.transpose()?;
    control::listen_to_ctrl_c();
    let listener = |event: TrainingEvent<F>| {
        reporter.event(&event)?;
        let is_interrupted = control::is_interrupted();
        if let (Some(log), TrainingEvent::Epoch(report)) = (&mut log, &event)
            && let Err(failure) = log.epoch(report)
        {
            log_failure = Some(failure);
            return ControlFlow::Break(());
        }
        if let (Some(checkpoints), TrainingEvent::Resumable(state)) = (&mut checkpoints, &event)
            && let Some(failure) = checkpoints.tell(state, is_interrupted)
        {
            reporter.warn(&no_checkpoint(&failure));
        }
        if is_interrupted {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let (network, outcome) = match start {
        Start::Anew(mut network) => {
            let outcome = train(&mut network, data, &options, listener)?;
            (network, outcome)
        }
        Start::Resumed(snapshot) => resume(*snapshot, data, &options, listener)?,
    };
    let saved = settings
        .save
        .as_ref()
        .map(|path| checkpoint::save(&path.path(), &network, &outcome, &options, &settings, digits));
    let (failure, checkpoints) = checkpoints.map_or((None, None), Checkpoints::finish);
    if let Some(failure) = failure {
        reporter.warn(&no_checkpoint(&failure));
    }
    let shown = reporter.summary(&outcome, options.get().control.keep_best, &network);
    let failures = [
        checkpoints,
        saved.and_then(Result::err).map(|error| error.to_string()),
        log_failure.map(|error| error.to_string()),
    ];
    end(failures.into_iter().flatten())?;
    shown
}

fn no_checkpoint(failure: &Error) -> String {
    format!("no checkpoint: {failure}. Training goes on; earlier checkpoints are as they were")
}

/// Says what went wrong beside the training.
fn end(failures: impl Iterator<Item = String>) -> Result<(), Stop> {
    let mut end = Ok(());
    for failure in failures {
        // Where stderr is closed there is nobody left to tell.
        let _ = writeln!(io::stderr(), "error: {failure}");
        end = Err(Stop::Failed);
    }
    end
}

/// The network of a run that begins.
fn new_network<F: Real>(
    args: &Args,
    options: &CheckedOptions,
    data: TrainingData,
) -> Result<Network<F>, Error> {
    let mut sizes = vec![data.training.inputs()];
    sizes.extend(&args.hidden);
    sizes.push(args.data.classes());
    memory::check_run::<F>(&sizes, args.network.functions(), options.get(), data)?;
    let network = args.network.network::<F>(&sizes, args.seed);
    network.map_err(|error| as_option("--hidden", join(&args.hidden), error))
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
