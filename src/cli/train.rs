//! `batchprop train`: the main job.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;

use super::control;
use super::data::DataOptions;
use super::log::Log;
use super::report::{Format, Header, Reporter};
use super::run_options::{Precision, RunOptions};
use super::runs::{self, MOST_RUNS};
use super::{Stop, check_threads, on_threads};
use batchprop::runs::Run;
use batchprop::training::CheckedOptions;
use batchprop::{Dataset, Digits, Error, Real, TrainOn, TrainingData, TrainingEvent, memory, train};

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
    #[command(flatten)]
    run: RunOptions,
    /// Train so many runs, with seeds from --seed on, each on a core of its own, and tell mean and standard deviation
    /// of their accuracies.
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_RUNS)
    )]
    runs: Option<usize>,
    /// Threads to compute with, at most one a core; the result does not depend on it [default: one a core].
    #[arg(long, allow_negative_numbers = true)]
    threads: Option<usize>,
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
    /// Write a line an epoch with costs, accuracies, learning rate, gradient norm and speed to FILE: .csv, or .jsonl
    /// for JSON Lines. Also evaluates the training images. With --runs, {seed} in its name is each run's seed.
    #[arg(long, value_name = "FILE", help_heading = "Control")]
    log: Option<PathBuf>,
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

/// Reads the data, trains, reports.
pub fn run(args: &Args) -> Result<(), Stop> {
    let started = Instant::now();
    check_threads(args.threads)?;
    let options = args.options()?;
    args.log.as_deref().map_or(Ok(()), Log::check)?;
    if let Some(count) = args.runs {
        runs::check(args.run.seed, count, args.log.as_deref())?;
    }
    on_threads(args.threads, || {
        let digits = args.data.load()?;
        match args.run.precision {
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
    let validation = match args.train_on {
        // Only where something depends on it: evaluating takes time.
        On::Train if options.needs_validation() || args.log.is_some() => Some(digits.validation()),
        _ => None,
    };
    let data = TrainingData {
        training: &training,
        validation: validation.as_ref(),
        test: (!args.no_eval).then(|| digits.test()),
    };
    let run = args.run.run(options, training.inputs(), args.data.classes());
    memory::check_run::<F>(&run.sizes, run.functions, options.get(), data)?;
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
        None => train_one::<F>(args, &run, data, &header, started),
        Some(count) => runs::train::<F>(count, data, &header, args.format(), args.log.as_deref(), started),
    }
}

fn train_one<F: Real>(
    args: &Args,
    run: &Run,
    data: TrainingData,
    header: &Header,
    started: Instant,
) -> Result<(), Stop> {
    let mut network = run.network::<F>()?;
    let mut reporter = Reporter::new(args.format(), header, started);
    reporter.start(header)?;
    let mut log = args.log.as_deref().map(Log::create).transpose()?;
    let mut log_failure = None;
    control::listen_to_ctrl_c();
    let outcome = train(&mut network, data, &run.options, |event| {
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
    reporter.summary(&outcome, run.options.get().control.keep_best, &network)?;
    log_failure.map_or(Ok(()), |failure| Err(failure.into()))
}
