//! `batchprop data`: which data would be used, from where, and what is in them.

mod report;

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use clap::builder::{OsStringValueParser, RangedU64ValueParser, StringValueParser, TypedValueParser};
use indicatif::ProgressBar;
use serde::Serialize;

use self::report::{Downloaded, Report};
use crate::cli::Stop;
use crate::cli::output::download_bar::DownloadBar;
use batchprop::data::find::download::Remote;
use batchprop::data::find::locate::{DataSource, Places};
use batchprop::data::find::resolve;
use batchprop::data::find::resolve::{DataArg, Resolved};
use batchprop::data::read::Reading;
use batchprop::data::read::csv::LabelColumn;
use batchprop::data::read::scale::PixelRange;
use batchprop::storage::model::Metadata;
use batchprop::{Digits, Error};

/// How often what waits shows that it does.
const TICK: Duration = Duration::from_millis(100);

/// Which data: shared by all subcommands that use some.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DataOptions {
    /// A directory or file: MNIST as IDX files or mnist.pkl.gz; CSV, .npz or .npy files; pictures in a folder for each
    /// class. Or "synthetic" for digits drawn by the program; "auto" for MNIST from ./data, else the user's cache
    /// directory, else a download, else synthetic
    #[arg(
        long,
        value_name = "PATH|auto|synthetic",
        default_value = "auto",
        value_parser = OsStringValueParser::new().map(DataArg::from)
    )]
    pub data: DataArg,

    /// Never download
    #[arg(long)]
    pub offline: bool,

    /// Number of classes: labels are 0 to one less [default: 10 for MNIST's own files, else as many as there are]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_parser = RangedU64ValueParser::<usize>::new().range(2..=256)
    )]
    pub classes: Option<usize>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub numbers: NumberOptions,

    /// Of the model at hand; see [`Self::for_model`].
    #[arg(skip)]
    pub outputs: Option<usize>,
}

/// What the columns and numbers of a file mean: shared by all that read images, with labels or without.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct NumberOptions {
    /// Where a CSV file has its labels: first, last, or a name in its header [default: the column that is called label,
    /// target, class, digit or y, else the first, unless only the last can be it]
    #[arg(
        long,
        value_name = "first|last|NAME",
        value_parser = StringValueParser::new().map(|given| LabelColumn::from(&*given))
    )]
    pub label_column: Option<LabelColumn>,

    /// Largest number that a pixel of a CSV, .npz or .npy file can be: 255 for bytes, 1 for numbers to be taken as they are
    /// [default: told by the numbers, or by the model]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = pixel_max)]
    pub pixel_max: Option<f64>,

    /// What the model at hand was trained on; see [`Self::for_model`].
    #[arg(skip)]
    pub trained_on: Option<f64>,
}

impl NumberOptions {
    /// For a command that shows numbers to a trained network: what the user leaves open is as it was in training. Pixels of
    /// CSV and NumPy files mean what they meant then (see [`scale`](batchprop::data::read::scale)).
    pub fn for_model(self, metadata: Option<&Metadata>) -> Self {
        let trained_on = metadata.and_then(|metadata| metadata.pixel_max);
        Self { trained_on, ..self }
    }

    /// What the numbers of CSV and NumPy files mean.
    pub fn pixel_range(&self) -> PixelRange {
        match (self.pixel_max, self.trained_on) {
            (Some(given), _) => PixelRange::UpTo(given),
            (None, Some(trained)) => PixelRange::AsTrained(trained),
            (None, None) => PixelRange::Guess,
        }
    }
}

impl DataOptions {
    /// As [`NumberOptions::for_model`]; and labels may be as many as the network has outputs.
    pub fn for_model(self, metadata: Option<&Metadata>, outputs: usize) -> Self {
        Self {
            numbers: self.numbers.for_model(metadata),
            outputs: Some(outputs),
            ..self
        }
    }

    fn reading(&self) -> Reading {
        Reading {
            classes: self.classes.or(self.outputs),
            label_column: self.numbers.label_column.clone(),
            pixel_range: self.numbers.pixel_range(),
        }
    }

    /// Finds and reads the data asked for, and tells on stderr what was unexpected on the way.
    pub fn load(&self) -> Result<Digits, Error> {
        let resolved = self.resolve()?;
        for note in &resolved.notes {
            crate::cli::note(&note.to_string());
        }
        self.read(&resolved.source)
    }

    /// Reads the data; on stderr, where that is a terminal, something moves meanwhile.
    fn read(&self, source: &DataSource) -> Result<Digits, Error> {
        let waiting = ProgressBar::new_spinner().with_message(format!("reading {source}"));
        waiting.enable_steady_tick(TICK);
        let digits = self.read_all(source);
        waiting.finish_and_clear();
        digits
    }

    fn read_all(&self, source: &DataSource) -> Result<Digits, Error> {
        resolve::load(source, &self.reading()).map_err(|error| match (error, self.classes) {
            // A number of classes that the user chose is the user's to mend.
            (Error::LabelOutOfRange { label, .. }, Some(classes)) => {
                Error::option("--classes", classes, format!("more: the data have label {label}"))
            }
            (error, _) => error,
        })
    }

    /// The data asked for; a bar on stderr shows a download.
    ///
    /// # Errors
    /// Those of [`resolve::resolve`].
    pub fn resolve(&self) -> Result<Resolved, Error> {
        let remote = (!self.offline).then(Remote::mnist);
        let mut bar = DownloadBar::default();
        resolve::resolve(
            &self.data,
            &Places::standard(),
            remote.as_ref(),
            &mut |progress| {
                bar.show(progress);
            },
        )
    }
}

/// A number that others can be divided by.
fn pixel_max(given: &str) -> Result<f64, String> {
    match given.parse() {
        Ok(number) if f64::is_normal(number) && number > 0.0 && (number as f32).is_normal() => Ok(number),
        _ => Err("expected a number above 0, such as 255, 16 or 1".to_owned()),
    }
}

const EXAMPLES: &str = "\
Examples:
  batchprop data                               what `batchprop train` would use
  batchprop data --download                    fetch MNIST, and nothing else
  batchprop data --download --data ~/mnist     to a directory of your own
  batchprop data --data mnist.pkl.gz --json    what is in a file, for programs

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Show which data would be used, from where, their sizes, classes and checksums
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
    let resolved = args.options.resolve()?;
    let digits = args.options.read(&resolved.source)?;
    print(args.json, &Report::new(&resolved, &digits)?)
}

/// Fetches what is not there yet.
fn download(args: &Args) -> Result<Downloaded, Error> {
    let places = Places::standard();
    let directory = match &args.options.data {
        DataArg::Auto => places.download_directory().to_owned(),
        DataArg::Path(path) if path.is_dir() || !path.exists() => path.clone(),
        DataArg::Path(path) => return Err(no_directory(path.display().to_string())),
        DataArg::Synthetic => return Err(no_directory("synthetic".to_owned())),
    };
    let mut bar = DownloadBar::default();
    let fetched = batchprop::data::find::download::download(&Remote::mnist(), &directory, &mut |progress| {
        bar.show(progress)
    })?;
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
