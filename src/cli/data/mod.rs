//! `batchprop data`: which data would be used, from where, and what is in them.

mod report;

use std::fmt;
use std::io::{self, Write};

use clap::builder::{OsStringValueParser, TypedValueParser};
use serde::Serialize;

use self::report::{Downloaded, Report};
use super::Stop;
use super::download_bar::DownloadBar;
use batchprop::Error;
use batchprop::dataset::download::Remote;
use batchprop::dataset::locate::Places;
use batchprop::dataset::resolve::{self, DataArg, Resolved};

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
}

impl DataOptions {
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

/// Show which data would be used, from where, their sizes, classes and checksums
#[derive(Debug, Clone, clap::Args)]
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
    let digits = resolve::load(&resolved.source)?;
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
    Error::Option {
        option: "--data",
        given,
        expected: "a directory to download into, with --download".to_owned(),
    }
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
