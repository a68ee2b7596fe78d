//! `batchprop bench`: the speed of this machine.
//!
//! The peak of the linked BLAS, the article's algorithm one image at a time, and the fast path on networks from
//! the article's to a large one. All are measured in turn, round by round, so that other load on the machine affects
//! them alike.

mod peak;
mod report;
mod rows;

use std::io::{self, IsTerminal};
use std::num::NonZero;

use indicatif::{ProgressBar, ProgressStyle};

use self::peak::{Multiply, Peak};
use self::report::BenchReport;
use self::rows::Jobs;
use crate::cli::options::choice::precision;
use crate::cli::options::data::DataOptions;
use crate::cli::stop::Stop;
use crate::cli::threads::on_threads;
use batchprop::math::blas::rust;
use batchprop::{Digits, Precision, Real, TrainOn};

const EXAMPLES: &str = "\
Examples:
  batchprop bench                          on MNIST if it is available, all cores, f32
  batchprop bench --threads 1 --rounds 9   one core, medians of nine
  batchprop bench --data synthetic         no files, no network
  batchprop bench --json | jq -c 'select(.event == \"row\")'

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Measure the speed of this machine: images/s, GFLOP/s and share of the peak of its BLAS.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    data: DataOptions,
    /// Threads to compute with, at most one per core [default: one per core].
    #[arg(long, short = 'j')]
    threads: Option<NonZero<usize>>,
    /// Precision of the arithmetic.
    #[arg(long, value_parser = precision(), default_value = "f32")]
    precision: Precision,
    /// Number of measurements of each row; the median is reported.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// Reads the data, measures, reports.
pub fn run(args: &Args) -> Result<(), Stop> {
    on_threads(args.threads.map(NonZero::get), || {
        let digits = args.data.load()?;
        match args.precision {
            Precision::F32 => run_in(args, &digits, rust::product_f32),
            Precision::F64 => run_in(args, &digits, rust::product_f64),
        }
    })?
}

fn run_in<F: Real>(args: &Args, digits: &Digits, rust_product: Multiply<F>) -> Result<(), Stop> {
    let training = digits.training(TrainOn::Train);
    let rows = rows::rows(training.inputs(), digits.classes());
    let mut networks = rows::networks::<F>(&rows)?;
    let mut jobs = Jobs::new(&rows, &mut networks, &training, digits.test())?;
    let mut peak = Peak::new(rust_product);
    let mut report = BenchReport::new(args.json, F::NAME, training.len());
    report.start(digits, args.rounds)?;

    let bar = progress_bar(u64::from(args.rounds) * rows.len() as u64);
    jobs.warm_up()?;
    for _ in 0..args.rounds {
        peak.measure();
        for (index, row) in rows.iter().enumerate() {
            bar.set_message(row.to_string());
            jobs.measure(index)?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    report.results(&peak.figures(), &jobs.measured())
}

/// On stderr, where that is a terminal.
fn progress_bar(length: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    ProgressBar::new(length).with_style(style.expect("the template is constant"))
}
