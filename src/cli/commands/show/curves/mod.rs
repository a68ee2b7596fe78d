//! `batchprop show curves`: costs and accuracies over the epochs, as `train --log` wrote them.

mod canvas;
mod figure;
mod follow;
mod plot;
#[cfg(test)]
mod tests;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use self::figure::Figure;
use crate::cli::output::outputs::check_output;
use crate::cli::output::terminal::Terminal;
use crate::cli::records::log;
use crate::cli::records::log::Logged;
use crate::cli::stop::Stop;
use batchprop::{Error, files};

const EXAMPLES: &str = "\
Examples:
  batchprop train --log run.csv
  batchprop show curves run.csv                          in the terminal
  batchprop show curves --follow run.csv                 while the run goes on
  batchprop show curves run.csv --out curves.svg         as a picture

  batchprop train --runs 5 --log 'run-{seed}.csv'
  batchprop show curves run-*.csv --out curves.png       mean and standard deviation of five runs
  batchprop show curves run-*.csv --each                 one line per run

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Most logs: more would not fit into a legend, or into memory.
const MOST_LOGS: usize = 200;

/// Draw learning curves: accuracy and cost over the epochs.
///
/// For one run, training, validation and test images share a plot, as far as they are in its log. For several runs, each
/// kind of images has its own plots, with one line per run. Runs that differ only in their seed are one line: their mean, in a band
/// of one standard deviation.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What `batchprop train --log` wrote, .csv or .jsonl: one or more.
    #[arg(value_name = "LOG", num_args = 1..=MOST_LOGS, required = true)]
    logs: Vec<PathBuf>,
    /// Write a picture instead, .png or .svg.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Draw every run, not the mean of runs that differ only in their seed.
    #[arg(long)]
    each: bool,
    /// Draw again whenever a log grows, until its run ends or Ctrl-C; wait for logs that do not exist yet. Needs a terminal.
    #[arg(long, short, conflicts_with = "out")]
    follow: bool,
}

pub fn run(args: &Args) -> Result<(), Stop> {
    let ending = match &args.out {
        None => None,
        Some(out) => Some((out, check_output("--out", out, &["png", "svg"])?)),
    };
    let figure: fn(&[PathBuf], &[Logged]) -> Figure = match args.each {
        true => Figure::each,
        false => Figure::new,
    };
    if args.follow {
        return follow::run(&args.logs, figure);
    }
    let figure = figure(&args.logs, &log::read(&args.logs)?);
    let Some((out, ending)) = ending else {
        let text = text::draw(&figure, Terminal::of_stdout());
        return Ok(io::stdout().lock().write_all(text.as_bytes())?);
    };
    let picture = match ending {
        "svg" => plot::svg(&figure).map(String::into_bytes),
        _ => plot::png(&figure),
    };
    let picture = picture.map_err(Error::io(out, "draw"))?;
    Ok(files::write_whole(out, &picture)?)
}
