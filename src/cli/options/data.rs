//! The data, and how their numbers are read.

use std::ffi::OsString;
use std::time::Duration;

use clap::builder::{OsStringValueParser, RangedU64ValueParser, StringValueParser, TypedValueParser};
use indicatif::ProgressBar;

use crate::cli::output::download_bar::DownloadBar;
use crate::cli::output::messages::note;
use batchprop::data::find::download::Remote;
use batchprop::data::find::load_source;
use batchprop::data::find::locate::{DataSource, Places};
use batchprop::data::find::resolve;
use batchprop::data::find::resolve::{Resolved, Wanted};
use batchprop::data::read::Reading;
use batchprop::data::read::csv::LabelColumn;
use batchprop::data::read::scale::PixelRange;
use batchprop::data::splits::{Amount, Splits};
use batchprop::{Digits, Error};

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// The data: shared by all subcommands that read any.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DataOptions {
    /// A directory or file: MNIST as IDX files or mnist.pkl.gz; CSV, .npz or .npy files; one folder of pictures per
    /// class. Or "synthetic" for digits drawn by the program; "auto" for MNIST from ./data, else the user's cache
    /// directory, else a download, else synthetic
    #[arg(
        long,
        short,
        value_name = "PATH|auto|synthetic",
        default_value = "auto",
        value_parser = OsStringValueParser::new().map(wanted)
    )]
    pub data: Wanted,

    /// Never download
    #[arg(long)]
    pub offline: bool,

    /// Number of classes, where there are more than the labels show [default: 10 for MNIST's own files, else as many as the
    /// labels have]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_parser = RangedU64ValueParser::<usize>::new().range(2..=65_536)
    )]
    pub classes: Option<usize>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub numbers: NumberOptions,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub splits: SplitOptions,

    /// Outputs of the model; see [`Self::for_model`].
    #[arg(skip)]
    pub outputs: Option<usize>,
}

/// Splits that the user chooses in place of those of the files.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SplitOptions {
    /// Test on this share (0.1) or number (5000) of all labelled images, drawn at random and stratified; those of a test file are
    /// among them [default: the files' own test images, else the last sixth]
    #[arg(long, value_name = "SHARE|NUMBER", allow_negative_numbers = true)]
    pub test_split: Option<Amount>,

    /// Validate on this share or number of the images that do not test, drawn at random and stratified [default: the files' own
    /// validation images, else a sixth]
    #[arg(long, value_name = "SHARE|NUMBER", allow_negative_numbers = true)]
    pub validation_split: Option<Amount>,

    /// Seed of these draws; --seed does not change them [default: 0]
    #[arg(long, value_name = "SEED", allow_negative_numbers = true)]
    pub split_seed: Option<u64>,
}

impl SplitOptions {
    /// As the library takes them.
    ///
    /// # Errors
    /// [`Error::Option`] for a seed without a split.
    pub fn splits(&self) -> Result<Splits, Error> {
        let splits = Splits {
            test: self.test_split,
            validation: self.validation_split,
            seed: self.split_seed.unwrap_or(0),
        };
        match self.split_seed {
            Some(seed) if splits.is_none() => Err(Error::option(
                "--split-seed",
                seed,
                "--test-split or --validation-split with it",
            )),
            _ => Ok(splits),
        }
    }
}

impl From<Splits> for SplitOptions {
    fn from(splits: Splits) -> Self {
        Self {
            test_split: splits.test,
            validation_split: splits.validation,
            split_seed: (!splits.is_none()).then_some(splits.seed),
        }
    }
}

/// How columns and numbers of files are read: shared by all subcommands that read images.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct NumberOptions {
    /// Where a CSV file has its labels: first, last, a name in its header, a column's number from 1, or the first and the
    /// last of one-hot columns (785-794) [default: found by the header's names and by what is in the columns]
    #[arg(
        long,
        value_name = "first|last|NAME|NUMBER",
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

    /// The classes of the model; see [`Self::for_model`].
    #[arg(skip)]
    pub class_names: Option<Vec<String>>,
}

impl NumberOptions {
    /// For a command that uses trained networks with this number of `outputs`: what is not given is as it was in training. Pixels
    /// of CSV and NumPy files are scaled as they were then (see [`scale`](batchprop::data::read::scale)).
    pub fn for_model(self, pixel_max: Option<f64>, class_names: Option<&[String]>, outputs: usize) -> Self {
        let numbered = || (0..outputs).map(|class| class.to_string()).collect();
        Self {
            trained_on: pixel_max,
            class_names: Some(class_names.map_or_else(numbered, <[String]>::to_vec)),
            ..self
        }
    }

    /// How files are to be read.
    pub fn reading(&self) -> Reading {
        Reading {
            classes: None,
            class_names: self.class_names.clone(),
            label_column: self.label_column.clone(),
            pixel_range: self.pixel_range(),
        }
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
    /// With `numbers` of [`NumberOptions::for_model`]; and there are as many classes as the network has outputs.
    pub fn for_model(self, numbers: NumberOptions, outputs: usize) -> Self {
        Self {
            numbers,
            outputs: Some(outputs),
            ..self
        }
    }

    fn reading(&self) -> Reading {
        Reading {
            classes: self.classes.or(self.outputs),
            ..self.numbers.reading()
        }
    }

    /// Finds, reads and divides the data.
    pub fn load(&self) -> Result<Digits, Error> {
        let splits = self.splits.splits()?;
        self.load_undivided()?.divided(splits)
    }

    /// Finds and reads the data, and prints notes to stderr, also of columns that were guessed to be labels and of files that
    /// are not used. [`Self::splits`] are not applied.
    pub fn load_undivided(&self) -> Result<Digits, Error> {
        let resolved = self.resolve()?;
        for found in &resolved.notes {
            note(&found.to_string());
        }
        let digits = self.read(&resolved.source)?;
        digits.notes().iter().for_each(|text| note(text));
        Ok(digits)
    }

    /// Reads the data, with a spinner on stderr where that is a terminal.
    pub fn read(&self, source: &DataSource) -> Result<Digits, Error> {
        let waiting = ProgressBar::new_spinner().with_message(format!("reading {source}"));
        waiting.enable_steady_tick(TICK);
        let digits = self.read_all(source);
        waiting.finish_and_clear();
        if let Ok(digits) = &digits {
            self.note_unused(source, digits);
        }
        digits
    }

    /// Prints notes about options that do not apply to these data.
    fn note_unused(&self, source: &DataSource, digits: &Digits) {
        if let (Some(column), false) = (&self.numbers.label_column, matches!(source, DataSource::Csv(_))) {
            note(&format!(
                "--label-column {column} is not used: the labels of {} are in no column",
                digits.origin()
            ));
        }
        if let Some(given) = self
            .numbers
            .pixel_max
            .filter(|&given| given != digits.pixel_max())
        {
            note(&format!(
                "--pixel-max {given} is not used: the pixels of {} go up to {}",
                digits.origin(),
                digits.pixel_max()
            ));
        }
    }

    fn read_all(&self, source: &DataSource) -> Result<Digits, Error> {
        load_source(source, &self.reading()).map_err(|error| match (error, self.classes) {
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

/// The data that a value of `--data` names: `auto`, `synthetic`, or else a path, which need not be UTF-8.
pub fn wanted(value: OsString) -> Wanted {
    match value.to_str() {
        Some("auto") => Wanted::Auto,
        Some("synthetic") => Wanted::Synthetic,
        _ => Wanted::Path(value.into()),
    }
}

/// A number that pixels can be divided by.
fn pixel_max(given: &str) -> Result<f64, String> {
    match given.parse() {
        Ok(number) if f64::is_normal(number) && number > 0.0 && (number as f32).is_normal() => Ok(number),
        _ => Err("expected a number above 0, such as 255, 16 or 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_data_are_auto_and_synthetic_and_all_else_is_a_path() {
        let parse = |value: &str| wanted(OsString::from(value));
        assert_eq!(parse("auto"), Wanted::Auto);
        assert_eq!(parse("synthetic"), Wanted::Synthetic);
        for path in ["./auto", "synthetic.pkl", "Auto", "data/mnist"] {
            assert_eq!(parse(path), Wanted::Path(path.into()));
        }
    }
}
