//! `batchprop sweep`: many settings, compared on the validation images.
//!
//! A point of the sweep is a command line of `train`: each of its options that takes a value takes a list here, and
//! every combination is a point. [`lists`] reads them, [`points`] combines them, [`search`] trains them, [`file`]
//! remembers what is done.

pub mod halving;

mod choice;
mod figures;
mod file;
mod lists;
mod points;
mod report;
mod search;
mod standing;
mod table;

use std::path::PathBuf;
use std::time::Instant;

use clap::builder::RangedU64ValueParser;

use crate::cli::commands::sweep::halving::{Rung, rungs};
use crate::cli::options::data::DataOptions;
use crate::cli::options::recipe::Recipe;
use crate::cli::options::seeds::{MOST_RUNS, check_seeds};
use crate::cli::output::format::Format;
use crate::cli::signals;
use crate::cli::stop::Stop;
use crate::cli::threads::check_threads;
use crate::cli::threads::on_threads;
use batchprop::data::checksum::digits_sha256;
use batchprop::{Digits, Error, Precision, Real, TrainOn, TrainingData};
use file::{Done, Expected, Record};
use lists::Lists;
use points::{Point, columns, points};
use report::{Header, Report};
use search::Search;

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
                            a line a run; the same command goes on where it was stopped

Points are compared by the validation images, never by the test images. With --halving, points are
trained for epochs/FACTOR^k epochs first, as small a part as points and epochs allow, and the best
1/FACTOR of them FACTOR times as long, until the last are trained for all --epochs; each rung starts
its points anew. (Jamieson and Talwalkar 2016; Li et al. 2018.)

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Compare settings of `train`: every option that takes a value takes a list of them, and all combinations are trained,
/// each on a core of its own.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    data: DataOptions,
    /// Options under a name, of which any that is given as well overrides its part; the validation images do not train,
    /// whatever the recipe says.
    #[arg(long, value_enum, value_name = "NAME")]
    recipe: Option<Recipe>,
    #[command(flatten)]
    lists: Lists,
    /// Train every point with so many seeds, from --seed on.
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        help_heading = "Sweep",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_RUNS)
    )]
    runs: Option<usize>,
    /// Draw so many points instead of all combinations. Lists may then have ranges LOW..HIGH: with even logarithms
    /// where LOW is above 0. The first seed decides what is drawn.
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        help_heading = "Sweep",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000)
    )]
    samples: Option<usize>,
    /// Stop hopeless points early: successive halving, by 3 unless --halving=FACTOR says otherwise.
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
    /// Add a line to FILE for every run that is done, and do not run again what is there.
    #[arg(long, value_name = "FILE", help_heading = "Sweep")]
    csv: Option<PathBuf>,
    /// Threads to compute with, at most one a core, and so runs at once [default: one a core].
    #[arg(long, allow_negative_numbers = true)]
    threads: Option<usize>,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Reads the data, trains all points, tells which is best.
pub fn run(args: &Args) -> Result<(), Stop> {
    let started = Instant::now();
    check_threads(args.threads)?;
    signals::survive_file_limits();
    let seeds = seeds(args)?;
    let points = points(&args.lists, args.samples)?;
    let rungs = ladder(args, &points)?;
    on_threads(args.threads, || {
        let digits = args.data.load()?;
        let sweep = Sweep {
            args,
            seeds: &seeds,
            points: &points,
            rungs: &rungs,
            digits: &digits,
            started,
        };
        match points.first().map(|point| point.options.precision) {
            Some(Precision::F64) => sweep.run::<f64>(),
            _ => sweep.run::<f32>(),
        }
    })?
}

/// What is settled before the first run.
struct Sweep<'a> {
    args: &'a Args,
    seeds: &'a [u64],
    points: &'a [Point],
    rungs: &'a [Rung],
    digits: &'a Digits,
    started: Instant,
}

impl Sweep<'_> {
    fn run<F: Real>(&self) -> Result<(), Stop> {
        let (args, digits) = (self.args, self.digits);
        let (training, validation) = (digits.training(TrainOn::Train), digits.validation());
        let data = TrainingData::new(&training).with_validation(&validation);
        let (record, done) = match &args.csv {
            Some(_) => self.open()?,
            None => (None, Done::new()),
        };
        let header = Header {
            digits,
            lists: &args.lists,
            points: self.points,
            seeds: self.seeds,
            rungs: self.rungs,
            precision: F::NAME,
            threads_asked: args.threads,
            done: done.len(),
            started: self.started,
        };
        let format = if args.json { Format::Json } else { Format::Text };
        let mut report = Report::new(format, header);
        signals::listen_to_ctrl_c();
        report.start()?;
        let mut search = Search {
            points: self.points,
            seeds: self.seeds,
            rungs: self.rungs,
            classes: digits.classes(),
            record,
            record_is_failing: false,
            done,
            failed: 0,
        };
        let outcome = search.run::<F>(data, &mut report);
        let standings = search.ranking();
        let is_one_good = standings.iter().any(|standing| standing.accuracy().is_some());
        report.summary(&standings, search.done.len(), args.csv.is_some())?;
        outcome?;
        match search.failed == 0 && (is_one_good || signals::is_interrupted()) {
            true => Ok(()),
            false => Err(Stop::Failed),
        }
    }

    /// The file of `--csv`, and what it says is done.
    fn open(&self) -> Result<(Option<Record>, Done), Error> {
        let Some(path) = &self.args.csv else {
            return Ok((None, Done::new()));
        };
        let is_compared = |point: &Point, epochs: usize| {
            let compared = self
                .rungs
                .iter()
                .map(|rung| rung.epochs.min(point.options.epochs));
            compared.into_iter().any(|compared| compared == epochs)
        };
        let expected = Expected {
            columns: &columns(),
            points: self.points,
            seeds: self.seeds,
            data: &digits_sha256(self.digits),
            is_compared: &is_compared,
        };
        Record::open(path, &expected).map(|(record, done)| (Some(record), done))
    }
}

/// Of every point.
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
