//! `batchprop train`: the main job.

pub(crate) mod checkpoints;
pub(crate) mod many;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod settings;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use clap::builder::RangedU64ValueParser;
use clap::{ArgMatches, ValueEnum};
use serde::{Deserialize, Serialize};

use self::checkpoints::{Checkpoints, FileArgs};
use self::many::MOST_RUNS;
use self::plan::{Plan, check_data};
use self::report::{Format, Header, Reporter};
use super::data::DataOptions;
use crate::cli::options::recipe::Recipe;
use crate::cli::options::run::{Precision, RunOptions};
use crate::cli::records::log::Log;
use crate::cli::signals;
use crate::cli::{Stop, check_threads, complain, on_threads};
use batchprop::storage::model;
use batchprop::training::many::Run;
use batchprop::training::{CheckedOptions, Snapshot, check_run};
use batchprop::{Dataset, Digits, Error, Network, Real, TrainOn, TrainingData, TrainingEvent, resume, train};

const EXAMPLES: &str = "\
Examples:
  batchprop train                                  the article's run, on MNIST
  batchprop train --hidden 100,30 --epochs 10      two hidden layers, ten epochs
  batchprop train --hidden 100 --activation relu --output softmax --init he --optimizer adam \
    --learning-rate 0.001 --batch-size 64 --dropout 0.2 --patience 5 --keep-best
                                                   what other libraries train by default
  batchprop train --runs 5                         five seeds, side by side: mean and standard deviation
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
    #[command(flatten)]
    pub run: RunOptions,
    /// Train so many runs, with seeds from --seed on, each on a core of its own, and tell mean and standard deviation
    /// of their accuracies. In the names of --log and --save, {seed} is each run's seed.
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        conflicts_with_all = ["checkpoint", "checkpoint_every"],
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_RUNS)
    )]
    pub runs: Option<usize>,
    /// Threads to compute with, at most one a core; the result does not depend on it [default: one a core].
    #[arg(long, allow_negative_numbers = true)]
    threads: Option<usize>,
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
    /// Write a line an epoch with costs, accuracies, learning rate, gradient norm and speed to FILE: .csv, or .jsonl
    /// for JSON Lines. Also evaluates the training images.
    #[arg(long, value_name = "FILE", help_heading = "Control")]
    pub log: Option<PathBuf>,
    #[command(flatten)]
    pub files: FileArgs,
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

impl Args {
    /// For the library.
    pub fn options(&self) -> Result<CheckedOptions, Error> {
        let has_validation = matches!(self.train_on, On::Train);
        self.run.check(has_validation, self.log.is_some())
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
    check_threads(args.threads)?;
    if let Some(recipe) = args.recipe.filter(|_| args.print) {
        args.options()?;
        return recipe.print(std::env::args_os().collect());
    }
    signals::survive_file_limits();
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

fn train_in<F: Real>(args: &Args, plan: Plan, digits: &Digits, started: Instant) -> Result<(), Stop> {
    let settings = &plan.settings;
    let training = digits.training(settings.train_on.into());
    let validation = settings.evaluates_validation.then(|| digits.validation());
    let data = TrainingData {
        training: &training,
        validation: validation.as_ref(),
        test: settings.evaluates_test.then(|| digits.test()),
    };
    let snapshot = match &plan.checkpoint {
        None => None,
        Some(checkpoint) => {
            let snapshot = checkpoint.snapshot::<F>()?;
            check_data(checkpoint, digits)?;
            Some(snapshot)
        }
    };
    let run = match &snapshot {
        None => {
            let run = args.run.run(&plan.options, training.inputs(), digits.classes());
            check_run::<F>(&run.sizes, run.functions, &plan.options, data)?;
            run
        }
        Some(Snapshot { network, .. }) => Run {
            sizes: network.sizes(),
            functions: network.functions(),
            initialisation: settings.init,
            options: plan.options.clone(),
        },
    };
    if let Some(save) = settings.save.as_ref().filter(|_| plan.checkpoint.is_some()) {
        model::check_format(&save.path(), run.functions, run.sizes.len() - 1)?;
    }
    let header = Header {
        digits,
        training: training.len(),
        test: data.test.map_or(0, Dataset::len),
        run: &run,
        runs: args.runs,
        precision: F::NAME,
        threads_asked: args.threads,
        load_seconds: started.elapsed().as_secs_f64(),
    };
    match args.runs {
        None => {
            let start = match snapshot {
                None => Start::Anew(run.network()?),
                Some(snapshot) => Start::Resumed(Box::new(snapshot)),
            };
            train_one(args.format(), plan, start, data, &header, started)
        }
        Some(count) => many::train::<F>(count, data, &header, settings, args.format(), started),
    }
}

fn train_one<F: Real>(
    format: Format,
    plan: Plan,
    start: Start<F>,
    data: TrainingData,
    header: &Header,
    started: Instant,
) -> Result<(), Stop> {
    let Plan {
        options,
        settings,
        folder,
        checkpoint,
        ..
    } = plan;
    let digits = header.digits;
    let mut reporter = Reporter::new(format, header, started);
    reporter.start(header)?;
    if let Some(checkpoint) = &checkpoint {
        reporter.resumed(checkpoint.path(), checkpoint.position())?;
    }
    drop(checkpoint);
    let log = settings.log.as_ref().map(|path| Log::create(&path.path()));
    let mut log = log.transpose()?;
    if let (Some(log), Start::Resumed(snapshot)) = (&mut log, &start) {
        snapshot.reports.iter().try_for_each(|report| log.epoch(report))?;
    }
    let mut log_is_failing = false;
    let checkpoints = folder.map(|folder| Checkpoints::start(folder, &options, &settings, digits));
    let mut checkpoints = checkpoints.transpose()?;
    signals::listen_to_ctrl_c();
    let listener = |event: TrainingEvent<F>| {
        reporter.event(&event)?;
        let is_interrupted = signals::is_interrupted();
        if let (Some(log), TrainingEvent::Epoch(report)) = (&mut log, &event) {
            let written = log.epoch(report);
            let was_failing = std::mem::replace(&mut log_is_failing, written.is_err());
            if let (Err(failure), false) = (written, was_failing) {
                reporter.warn(&format!(
                    "no log: {failure}. Training goes on; the line waits for the next"
                ));
            }
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
        .map(|path| checkpoints::save(&path.path(), &network, &outcome, &options, &settings, digits));
    let (failure, checkpoints) = checkpoints.map_or((None, None), Checkpoints::finish);
    if let Some(failure) = failure {
        reporter.warn(&no_checkpoint(&failure));
    }
    let shown = reporter.summary(&outcome, options.get().control.keep_best, &network);
    let failures = [
        checkpoints,
        saved.and_then(Result::err).map(|error| error.to_string()),
        log.and_then(|mut log| log.finish().err())
            .map(|error| error.to_string()),
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
        complain(&failure);
        end = Err(Stop::Failed);
    }
    end
}
