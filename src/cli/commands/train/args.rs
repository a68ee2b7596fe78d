//! The options of `train`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{RangedU64ValueParser, TypedValueParser};
use clap::{Args as _, Command, FromArgMatches};

use crate::cli::options::choice::described;
use crate::cli::options::data::DataOptions;
use crate::cli::options::defaults::TABLE;
use crate::cli::options::recipe;
use crate::cli::options::recipe::Recipe;
use crate::cli::options::run::RunOptions;
use crate::cli::options::run_files::RunFileArgs;
use crate::cli::options::seeds::MOST_RUNS;
use crate::cli::output::format::OutputFormat;
use crate::cli::page::server::Server;
use crate::cli::page::{USUAL_HOST, USUAL_PORT};
use crate::cli::stop::Stop;
use batchprop::training::CheckedOptions;
use batchprop::{Error, TrainOn};

const EXAMPLES: &str = "\
Examples:
  batchprop train                                  the article's run, on MNIST
  batchprop train --hidden 100-30 --epochs 10      two hidden layers, ten epochs
  batchprop train --hidden 100 --activation relu --output-activation softmax --optimizer adam \
    --batch-size 64 --dropout 0.2 --patience 5 --keep-best
                                                   what other libraries train by default
  batchprop train --runs 5                         five seeds in parallel: mean and standard deviation
  batchprop train --runs 100 --part auto --csv 'runs-{part}.csv'
                                                   a share of 100 seeds, in a job array or under mpirun
  batchprop train --runs 100 --csv 'runs-*.csv'    all shares together
  batchprop train --data ~/mnist --threads 1       IDX files or mnist.pkl.gz from a directory
  batchprop train --data synthetic --quiet         no files, no network, one line
  batchprop train --json | jq 'select(.event == \"epoch\").correct'
                                                   for programs
  batchprop train --serve                          watch it in a browser, and draw digits meanwhile
  batchprop train --checkpoint run --save model.safetensors
  batchprop train --resume run                     resume it, whatever stopped it
  batchprop train --resume run --epochs 60         lengthen it
  batchprop train --init-from model.safetensors --data letters --learning-rate 0.01
                                                   go on from a saved network, on other data

Ctrl-C and SIGTERM end training after the mini-batch; the results are saved and printed as usual.
With --serve the page stays after the last epoch; Ctrl-C then ends the program with exit code 0.

Exit code: 0 success, 1 failure, 2 bad usage; 130 after Ctrl-C, 143 after SIGTERM.";

/// Train a network on handwritten digits.
///
/// Without options this is the article's run: 784-30-10, sigmoid, quadratic cost, plain stochastic gradient
/// descent, mini-batches of 10, learning rate 3.0, 30 epochs.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = format!("{TABLE}\n\n{EXAMPLES}"))]
pub struct Args {
    #[command(flatten)]
    pub data: DataOptions,
    /// A named set of options; other options override it.
    #[arg(long, short, value_enum, value_name = "NAME")]
    pub recipe: Option<Recipe>,
    /// Print the command line without the recipe that does the same, and exit.
    #[arg(long, requires = "recipe")]
    pub print: bool,
    #[command(flatten)]
    pub run: RunOptions,
    /// Train this many runs, with seeds from --seed on, each on its own core, and print mean and standard deviation of
    /// their accuracies. In the names of --log and --save, {seed} stands for each run's seed.
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        conflicts_with_all = ["checkpoint", "checkpoint_every"],
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_RUNS)
    )]
    pub runs: Option<usize>,
    /// Threads to compute with, at most one per core; the result does not depend on it [default: one per core].
    #[arg(long, short = 'j', allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Images to train on: the first 50,000 of MNIST's 60,000 as in the article, or more.
    #[arg(long, value_parser = train_on(), default_value = "train")]
    pub train_on: TrainOn,
    /// Give each column mean 0 and variance 1 over the training images: for tables whose columns have different units. The saved
    /// network takes the columns as they are.
    #[arg(long, alias = "standardize")]
    pub standardise: bool,
    /// Do not evaluate the test images after each epoch.
    #[arg(long)]
    pub no_eval: bool,
    /// Print the summary only.
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object per line.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Write one line per epoch with costs, accuracies, learning rate, gradient norm, speed and seed to FILE: .csv, or .jsonl
    /// for JSON Lines. Also evaluates the training images.
    #[arg(long, value_name = "FILE", help_heading = "Control")]
    pub log: Option<PathBuf>,
    #[command(flatten)]
    pub run_files: RunFileArgs,
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub page: PageArgs,
}

/// By name.
fn train_on() -> impl TypedValueParser<Value = TrainOn> {
    described([
        ("train", "Without the validation images", TrainOn::Train),
        (
            "train-and-validation",
            "All except the images to test on",
            TrainOn::All,
        ),
        (
            "all",
            "All with labels: of data that come in one part also the images to test on",
            TrainOn::Whole,
        ),
    ])
}

impl Args {
    /// Parses arguments as `batchprop train` does, recipe included.
    ///
    /// # Errors
    /// Those of clap.
    pub fn parse(arguments: Vec<OsString>) -> Result<Self, clap::Error> {
        let command = Self::command().no_binary_name(true);
        let arguments = recipe::expand_own(&command, arguments);
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }

    /// The subcommand alone.
    pub fn command() -> Command {
        Self::augment_args(Command::new("batchprop train"))
    }

    /// The options of training, checked.
    pub fn options(&self) -> Result<CheckedOptions, Error> {
        let has_validation = self.train_on == TrainOn::Train;
        if let (Some(given), false) = (self.data.splits.validation_split, has_validation) {
            return Err(Error::option(
                "--validation-split",
                given,
                "--train-on train with it: otherwise the validation images train",
            ));
        }
        self.run.check(has_validation, self.evaluates_all())
    }

    /// Whether training and validation images are evaluated although no other option needs it.
    pub fn evaluates_all(&self) -> bool {
        self.log.is_some() || self.page.serve
    }

    /// The form of the results.
    pub fn format(&self) -> OutputFormat {
        match (self.json, self.quiet) {
            (true, _) => OutputFormat::Json,
            (_, true) => OutputFormat::Quiet,
            _ => OutputFormat::Text,
        }
    }
}

/// Files that a run writes, and may start from.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Files")]
pub struct FileArgs {
    /// Start from the saved network MODEL, in any format that is read, instead of random weights. Sizes, functions and precision are
    /// those of the file; options that contradict it are refused, except --cost. Labels and pixels are read as in its training.
    #[arg(long, value_name = "MODEL", conflicts_with = "init")]
    pub init_from: Option<PathBuf>,
    /// Write the trained network to FILE. Its ending chooses the format: .safetensors, which PyTorch reads as a state dict;
    /// .npz for NumPy; .json for Nielsen's network2; .onnx for onnxruntime and others.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Write a checkpoint into DIR after each epoch, on Ctrl-C and on SIGTERM. The newest two are kept.
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,
    /// Write a checkpoint also after every N mini-batches.
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = RangedU64ValueParser::<u64>::new().range(1..)
    )]
    pub checkpoint_every: Option<u64>,
    /// Resume the run whose checkpoints are in DIR; it ends with the same weights as if it had not been interrupted. All
    /// settings are in the checkpoint; only --data, --offline, --threads, --quiet, --json, --log, --save, --max-time,
    /// --checkpoint-every, --serve, --port and --host may be given again, and another number of --epochs, which lengthens the run.
    #[arg(long, value_name = "DIR")]
    pub resume: Option<PathBuf>,
}

/// The page of a run.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Page")]
pub struct PageArgs {
    /// Show the run on a page of this machine: costs, accuracies, learning rate and confusion matrix, and a sheet to draw
    /// digits on for the newest network. The page stays, with the trained network, until Ctrl-C. Also evaluates the training
    /// and validation images. The first line of stdout is the page's address.
    #[arg(long, conflicts_with_all = ["runs", "print"])]
    pub serve: bool,
    /// The port of the page; 0 picks a free one.
    #[arg(long, short, requires = "serve", default_value_t = USUAL_PORT)]
    port: u16,
    /// The address to listen on. Anybody in the network can reach addresses other than this machine's own.
    #[arg(long, requires = "serve", default_value = USUAL_HOST, value_name = "ADDRESS")]
    host: String,
    /// Open the page in the browser.
    #[arg(long, requires = "serve")]
    pub open: bool,
}

impl PageArgs {
    /// Listens, where the run is to be shown: so an address that cannot be had is known before work starts.
    pub fn listen(&self) -> Result<Option<Server>, Stop> {
        let listen = || Server::listen(&self.host, self.port);
        self.serve.then(listen).transpose()
    }
}
