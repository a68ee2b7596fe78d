//! Which data, and what the numbers of its files mean.

use std::time::Duration;

use clap::builder::{OsStringValueParser, RangedU64ValueParser, StringValueParser, TypedValueParser};
use indicatif::ProgressBar;

use crate::cli::output::download_bar::DownloadBar;
use crate::cli::output::messages::note;
use batchprop::data::find::download::Remote;
use batchprop::data::find::locate::{DataSource, Places};
use batchprop::data::find::resolve;
use batchprop::data::find::resolve::{DataArg, Resolved};
use batchprop::data::read::Reading;
use batchprop::data::read::csv::LabelColumn;
use batchprop::data::read::scale::PixelRange;
use batchprop::storage::model::Metadata;
use batchprop::{Digits, Error};

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// Which data: shared by all subcommands that read any.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DataOptions {
    /// A directory or file: MNIST as IDX files or mnist.pkl.gz; CSV, .npz or .npy files; one folder of pictures per
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

    /// Number of classes; labels are 0 to one less [default: 10 for MNIST's own files, else as many as the labels have]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_parser = RangedU64ValueParser::<usize>::new().range(2..=256)
    )]
    pub classes: Option<usize>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub numbers: NumberOptions,

    /// Outputs of the model; see [`Self::for_model`].
    #[arg(skip)]
    pub outputs: Option<usize>,
}

/// What the columns and numbers of a file mean: shared by all subcommands that read images.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct NumberOptions {
    /// Where a CSV file has its labels: first, last, or a name in its header [default: the column named label,
    /// target, class, digit or y, else the first, unless only the last can hold labels]
    #[arg(
        long,
        value_name = "first|last|NAME",
        value_parser = StringValueParser::new().map(|given| LabelColumn::from(&*given))
    )]
    pub label_column: Option<LabelColumn>,

    /// Largest possible pixel of a CSV, .npz or .npy file: 255 for bytes, 1 for numbers that are used as they are
    /// [default: from the numbers, or from the model]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = pixel_max)]
    pub pixel_max: Option<f64>,

    /// The `pixel_max` of the model's training data; see [`Self::for_model`].
    #[arg(skip)]
    pub trained_on: Option<f64>,
}

impl NumberOptions {
    /// For a command that feeds a trained network: pixels of CSV and NumPy files mean what they meant in its training, unless
    /// the user says otherwise (see [`scale`](batchprop::data::read::scale)).
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
    /// As [`NumberOptions::for_model`]; and there are as many classes as the network has outputs.
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

    /// Finds and reads the data, and prints to stderr what was unexpected on the way.
    pub fn load(&self) -> Result<Digits, Error> {
        let resolved = self.resolve()?;
        for found in &resolved.notes {
            note(&found.to_string());
        }
        self.read(&resolved.source)
    }

    /// Reads the data, with a spinner on stderr where that is a terminal.
    pub fn read(&self, source: &DataSource) -> Result<Digits, Error> {
        let waiting = ProgressBar::new_spinner().with_message(format!("reading {source}"));
        waiting.enable_steady_tick(TICK);
        let digits = self.read_all(source);
        waiting.finish_and_clear();
        digits
    }

    fn read_all(&self, source: &DataSource) -> Result<Digits, Error> {
        resolve::load(source, &self.reading()).map_err(|error| match (error, self.classes) {
            // The user chose the number of classes, and can change it.
            (Error::LabelOutOfRange { label, .. }, Some(classes)) => {
                Error::option("--classes", classes, format!("more: the data have label {label}"))
            }
            (error, _) => error,
        })
    }

    /// Finds the data; a bar on stderr shows a download.
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

/// A number that pixels can be divided by.
fn pixel_max(given: &str) -> Result<f64, String> {
    match given.parse() {
        Ok(number) if f64::is_normal(number) && number > 0.0 && (number as f32).is_normal() => Ok(number),
        _ => Err("expected a number above 0, such as 255, 16 or 1".to_owned()),
    }
}
