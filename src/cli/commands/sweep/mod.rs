//! `batchprop sweep`: many settings, compared on the validation images.
//!
//! A point of the sweep is a command line of `train`: each of its options that takes a value takes a list here, and
//! every combination is a point. [`lists`] reads them, [`points`] combines them, [`search`] trains them, or a part of them, [`file`]
//! keeps finished runs.

mod choice;
mod command;
mod figures;
mod file;
mod halving;
mod incomplete;
mod lists;
mod points;
mod report;
mod search;
mod setup;
mod standing;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgMatches;
use clap::builder::RangedU64ValueParser;

use super::train;
use crate::cli::options::data::DataOptions;
use crate::cli::options::recipe::Recipe;
use crate::cli::options::run::note_small_data;
use crate::cli::options::run_files::{Csv, RunFileArgs, RunFiles};
use crate::cli::options::seeds::{MOST_RUNS, check_seeds};
use crate::cli::output::format::OutputFormat;
use crate::cli::output::outputs::check_ending;
use crate::cli::records::runs;
use crate::cli::records::runs::Opened;
use crate::cli::signals;
use crate::cli::stop::Stop;
use crate::cli::threads::check_threads;
use crate::cli::threads::on_threads;
use batchprop::storage::model;
use batchprop::storage::model::Format;
use batchprop::{Digits, Error, Precision, Real, TrainOn, TrainingData, files};
use file::Expected;
use halving::{Rung, rungs};
use lists::Lists;
use points::{Point, points};
use report::{SavedBest, SweepReport};
use search::{Search, Work};
use setup::{Setup, varied};

const EXAMPLES: &str = "\
Examples:
  batchprop sweep --hidden 30,100,100-30 --learning-rate 0.1,0.3,1 --batch-size 10,64
                            all 18 combinations; 100-30 is a network of two hidden layers
  batchprop sweep --learning-rate 0.3,1,3 --runs 5
                            mean and standard deviation over five seeds
  batchprop sweep --optimizer adam --output softmax --init he --activation relu,silu \\
    --hidden 30..300 --learning-rate 1e-4..1e-1 --dropout 0..0.5 --samples 40 --halving
                            40 points drawn from ranges, of which the best third goes on from
                            rung to rung
  batchprop sweep --l2 0,1,5,10 --csv l2.csv
                            one line per run; the same command goes on where it was stopped
  batchprop sweep --l2 0,1,5,10 --part 2/4 --csv 'l2-{part}.csv'
                            a quarter of the runs; --part auto in a job array or under mpirun
  batchprop sweep --l2 0,1,5,10 --csv 'l2-*.csv' --merged l2.csv
                            compares the runs of all parts and names those that are missing
  batchprop sweep --hidden 30,100 --learning-rate 1,3 --save best.safetensors
                            also trains the best on the training and validation images and keeps it

Points are compared by the validation images, never by the test images. With --halving, points are
trained for epochs/FACTOR^k epochs first, as small a part as points and epochs allow, and the best
1/FACTOR of them FACTOR times as long, until the last are trained for all --epochs; each rung starts
its points from scratch. (Jamieson and Talwalkar 2016; Li et al. 2018.)

Ctrl-C and SIGTERM end the runs and print what is done.

Exit code: 0 success, 1 failure, 2 bad usage; 130 after Ctrl-C, 143 after SIGTERM.";

/// Compare settings of `train`: every option that takes a value takes a list of values, and all combinations are trained,
/// each on its own core.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    data: DataOptions,
    /// A named set of options; other options override it. The validation images do not train, even if the recipe
    /// says so.
    #[arg(long, short, value_enum, value_name = "NAME")]
    recipe: Option<Recipe>,
    #[command(flatten)]
    lists: Lists,
    /// Give each column mean 0 and variance 1 over the training images: for tables whose columns have different units.
    #[arg(long, alias = "standardize")]
    standardise: bool,
    /// Train every point with this many seeds, from --seed on.
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        help_heading = "Sweep",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_RUNS)
    )]
    runs: Option<usize>,
    /// Draw this many points at random instead of all combinations. Lists may then have ranges LOW..HIGH, drawn
    /// log-uniformly if LOW is above 0. The first seed determines the points.
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        help_heading = "Sweep",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000)
    )]
    samples: Option<usize>,
    /// Stop poor points early by successive halving [default FACTOR: 3].
    #[arg(
        long,
        value_name = "FACTOR",
        help_heading = "Sweep",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "3",
        value_parser = RangedU64ValueParser::<usize>::new().range(2..=1000)
    )]
    halving: Option<usize>,
    /// Train the best point once more, from the first seed and on the validation images as well, and write the network to FILE in
    /// the format of its ending. Only then the test images are evaluated.
    #[arg(
        long,
        short = 'o',
        value_name = "FILE",
        help_heading = "Sweep",
        conflicts_with = "part"
    )]
    save: Option<PathBuf>,
    /// Threads, each for one run at a time, at most one per core [default: one per core].
    #[arg(long, short = 'j', allow_negative_numbers = true)]
    threads: Option<usize>,
    /// Print the best point only.
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object per line.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    #[command(flatten)]
    files: RunFileArgs,
}

/// Reads the data, trains all points, prints which is best. `given` is what clap made of the whole command line.
pub fn run(args: &Args, given: &ArgMatches) -> Result<(), Stop> {
    let started = Instant::now();
    check_threads(args.threads)?;
    signals::survive_file_limits();
    let files = args.files.check()?;
    check_files(args, &files)?;
    let seeds = seeds(args)?;
    let points = points(&args.lists, args.samples)?;
    let rungs = ladder(args, &points)?;
    if let Some(path) = &args.save {
        check_save(path, &points)?;
    }
    let shared = given
        .subcommand()
        .map(|(_, given)| command::shared(given))
        .unwrap_or_default();
    on_threads(args.threads, || {
        let splits = args.data.splits.splits()?;
        let as_read = args.data.load_undivided()?;
        let mut digits = as_read.clone().divided(splits)?;
        let as_read = args.save.is_some().then_some(as_read);
        if args.standardise {
            digits = digits.standardised(TrainOn::Train)?;
        }
        let training_images = digits.training(TrainOn::Train).len();
        let sizes: BTreeSet<usize> = points.iter().map(|point| point.options.batch_size).collect();
        sizes
            .into_iter()
            .for_each(|size| note_small_data(size, training_images));
        let setup = Setup {
            varied: varied(&args.lists, &points),
            lists: &args.lists,
            points: &points,
            seeds: &seeds,
            rungs: &rungs,
            recipe: args.recipe,
            shared: &shared,
            digits: &digits,
            threads_asked: args.threads,
            started,
        };
        match points.first().map(|point| point.options.precision) {
            Some(Precision::F64) => run_in::<f64>(args, &files, &setup, as_read),
            _ => run_in::<f32>(args, &files, &setup, as_read),
        }
    })?
}

/// Checks that a part is kept, and that the next rung's parts can know its points.
fn check_files(args: &Args, files: &RunFiles) -> Result<(), Error> {
    if let (Some(share), Csv::None) = (files.share(), &files.csv) {
        return Err(Error::option(
            "--part",
            share,
            "--csv FILE with it, which keeps the runs of the part",
        ));
    }
    let is_part = files.share().is_some() || files.merges();
    if args.halving.is_some() && is_part && files.merged.is_none() {
        let expected = "it with --halving and parts, which read there what points are on the next rung";
        return Err(Error::option("--merged", "not given", expected));
    }
    Ok(())
}

/// Checks before training that the network of the best point, whichever it is, can be written.
fn check_save(path: &Path, points: &[Point]) -> Result<(), Error> {
    // Without an ending it is safetensors.
    if path.extension().is_some() {
        check_ending("--save", path, &Format::ENDINGS)?;
    }
    files::check_writable(path)?;
    points.iter().try_for_each(|point| {
        let options = &point.options;
        model::check_format(path, options.network.functions(), options.hidden.0.len() + 1)
    })
}

/// Trains the points. `as_read` are the data before they were divided, where the best point is to be saved.
fn run_in<F: Real>(
    args: &Args,
    files: &RunFiles,
    setup: &Setup,
    as_read: Option<Digits>,
) -> Result<(), Stop> {
    let (training, validation) = (setup.digits.training(TrainOn::Train), setup.digits.validation());
    let data = TrainingData::new(&training).with_validation(&validation);
    let expected = Expected::of(setup);
    let Opened { record, done, parts } = runs::open(files, &expected)?;
    let format = match (args.json, args.quiet) {
        (true, _) => OutputFormat::Json,
        (_, true) => OutputFormat::Quiet,
        _ => OutputFormat::Text,
    };
    let mut report = SweepReport::new(format, setup, files, parts, F::NAME);
    signals::listen();
    report.start(done.len())?;
    let mut search = Search {
        setup,
        expected: &expected,
        work: match files.share() {
            Some(share) => Work::Part(share),
            None if files.merges() && !files.finish => Work::Nothing,
            None => Work::All,
        },
        record,
        done,
        failed: 0,
        incomplete: None,
    };
    let outcome = search.run::<F>(data, &mut report);
    if let Work::Part(share) = search.work {
        report.part(share, search.part(share))?;
        outcome?;
        return match search.failed {
            0 => signals::end(),
            _ => Err(Stop::Failed),
        };
    }
    let standings = search.ranking();
    let is_one_good = standings.iter().any(|standing| standing.accuracy().is_some());
    let is_complete = search.incomplete.is_none();
    let best = standings
        .first()
        .filter(|_| is_one_good && outcome.is_ok() && (is_complete || !files.merges()));
    let saved = match (&args.save, best, as_read) {
        (Some(path), Some(best), Some(digits)) if !signals::is_interrupted() => {
            save_best(setup, &setup.points[best.point], path, digits).transpose()
        }
        _ => None,
    };
    let (saved, failure) = match saved {
        Some(Err(error)) => (None, Some(error)),
        saved => (saved.and_then(Result::ok), None),
    };
    report.summary(
        &standings,
        search.done.len(),
        search.incomplete.as_ref(),
        saved.as_ref(),
    )?;
    outcome?;
    if let Some(failure) = failure {
        return Err(failure.into());
    }
    let is_missing = search.work == Work::Nothing && search.lacks_runs();
    match search.failed == 0 && !is_missing && (is_one_good || signals::is_interrupted()) {
        true => signals::end(),
        false => Err(Stop::Failed),
    }
}

/// Trains and saves the best point. `None` after a signal.
fn save_best(setup: &Setup, point: &Point, path: &Path, digits: Digits) -> Result<Option<SavedBest>, Error> {
    let words = command::saving(setup, point, path);
    let saved = train::train_and_save(&words, digits)?;
    Ok(saved.map(|saved| SavedBest {
        path: path.to_owned(),
        command: command::in_words(&words),
        saved,
    }))
}

/// The seeds of every point.
fn seeds(args: &Args) -> Result<Vec<u64>, Error> {
    match (&*args.lists.seeds, args.runs) {
        (&[first], Some(count)) => {
            check_seeds(first, count)?;
            Ok((0..count as u64).map(|index| first + index).collect())
        }
        (seeds, None) => Ok(seeds.to_vec()),
        (seeds, Some(count)) => Err(Error::option(
            "--runs",
            count,
            format!(
                "one --seed to start from, or without it the {} seeds given",
                seeds.len()
            ),
        )),
    }
}

/// One rung that ends with the last epoch, or those of `--halving`.
fn ladder(args: &Args, points: &[Point]) -> Result<Vec<Rung>, Error> {
    let Some(factor) = args.halving else {
        return Ok(vec![Rung {
            points: points.len(),
            epochs: usize::MAX,
        }]);
    };
    let epochs = points.first().map_or(1, |point| point.options.epochs);
    match points.iter().find(|point| point.options.epochs != epochs) {
        Some(other) => Err(Error::option(
            "--epochs",
            format!("{epochs},{}", other.options.epochs),
            "one number with --halving, which chooses the epochs itself",
        )),
        None => Ok(rungs(points.len(), epochs, factor)),
    }
}
