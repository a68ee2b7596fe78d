//! `batchprop data`: which data would be used, where they are, and what is in them.

mod report;

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use self::report::{Checksum, DataReport, Downloaded};
use crate::cli::options::data::DataOptions;
use crate::cli::output::download_bar::DownloadBar;
use crate::cli::stop::Stop;
use batchprop::Error;
use batchprop::data::find::download::{Remote, download as fetch};
use batchprop::data::find::locate::Places;
use batchprop::data::find::resolve::Wanted;

const EXAMPLES: &str = "\
Examples:
  batchprop data                               what `batchprop train` would use
  batchprop data --download                    fetch MNIST, and nothing else
  batchprop data --download --data ~/mnist     into another directory
  batchprop data --data mnist.pkl.gz --json    what is in a file, for programs

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Show which data would be used, where they are, their sizes, classes and checksums
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub options: DataOptions,

    /// Only download MNIST: into the directory of --data, by default ./data if it exists, else the cache
    #[arg(long, conflicts_with = "offline")]
    pub download: bool,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<(), Stop> {
    if args.download {
        return print(args.json, &download(args)?);
    }
    describe(&args.options, args.json)
}

/// Reads the data and prints what is in them.
pub fn describe(options: &DataOptions, json: bool) -> Result<(), Stop> {
    let resolved = options.resolve()?;
    let splits = options.splits.splits()?;
    let digits = options.read(&resolved.source)?;
    let checksums = Checksum::of(&digits);
    print(
        json,
        &DataReport::new(&resolved, &digits.divided(splits)?, checksums)?,
    )
}

/// Downloads the missing files.
fn download(args: &Args) -> Result<Downloaded, Error> {
    let places = Places::standard();
    let directory = match &args.options.data {
        Wanted::Auto => places.download_directory().to_owned(),
        Wanted::Path(path) if path.is_dir() || !path.exists() => path.clone(),
        Wanted::Path(path) => return Err(no_directory(path.display().to_string())),
        Wanted::Synthetic => return Err(no_directory("synthetic".to_owned())),
    };
    let mut bar = DownloadBar::default();
    let fetched = fetch(&Remote::mnist(), &directory, &mut |progress| bar.show(progress))?;
    Downloaded::new(directory, fetched)
}

fn no_directory(given: String) -> Error {
    Error::option("--data", given, "a directory to download into, with --download")
}

fn print<T: fmt::Display + Serialize>(json: bool, report: &T) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(out.flush()?)
}
