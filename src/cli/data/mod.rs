//! `batchprop data`: which data would be used, from where, and what is in them.

mod report;

use std::fmt;
use std::io::{self, Write};

use clap::builder::{OsStringValueParser, RangedU64ValueParser, TypedValueParser};
use serde::Serialize;

use self::report::{Downloaded, Report};
use super::Stop;
use super::download_bar::DownloadBar;
use batchprop::dataset::download::Remote;
use batchprop::dataset::locate::{DataSource, Places};
use batchprop::dataset::resolve::{self, DataArg, Resolved};
use batchprop::{Digits, Error};

/// Which data: shared by all subcommands that use some.
#[derive(Debug, Clone, clap::Args)]
pub struct DataOptions {
    /// MNIST as IDX files or mnist.pkl.gz, a directory or a file; "synthetic" for digits drawn by the program;
    /// "auto" for ./data, else the user's cache directory, else a download, else synthetic
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

    /// Number of classes: labels are 0 to one less [default: 10]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_parser = RangedU64ValueParser::<usize>::new().range(2..=256)
    )]
    pub classes: Option<usize>,
}

/// Classes where the user names none: the ten digits.
const DIGITS: usize = 10;

impl DataOptions {
    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes.unwrap_or(DIGITS)
    }

    /// Finds and reads the data asked for, and tells on stderr what was unexpected on the way.
    pub fn load(&self) -> Result<Digits, Error> {
        let resolved = self.resolve()?;
        for note in &resolved.notes {
            // Where stderr is closed there is nobody left to tell.
            let _ = writeln!(io::stderr(), "note: {note}");
        }
        self.read(&resolved.source)
    }

    /// Reads the data.
    fn read(&self, source: &DataSource) -> Result<Digits, Error> {
        resolve::load(source, self.classes()).map_err(|error| match (error, self.classes) {
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
    let fetched = batchprop::dataset::download::download(&Remote::mnist(), &directory, &mut |progress| {
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
