//! The settings that checkpoints keep besides the options of the library.

use std::ffi::OsString;
use std::path::{self, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::args::Args;
use super::many::names::check_names;
use crate::cli::options::data::{DataOptions, NumberOptions, wanted};
use crate::cli::options::seeds::check_seeds;
use crate::cli::output::messages::leads;
use crate::cli::output::outputs::check_ending;
use crate::cli::records::log::Log;
use batchprop::data::find::resolve::Wanted;
use batchprop::data::read::csv::LabelColumn;
use batchprop::data::splits::Splits;
use batchprop::math::blas;
use batchprop::storage::checkpoint;
use batchprop::storage::model;
use batchprop::storage::model::{Format, StartedFrom};
use batchprop::training::CheckedOptions;
use batchprop::{Error, Functions, Initialisation, TrainOn, files};

/// A checkpoint of `train`.
pub type Checkpoint = checkpoint::Checkpoint<Settings>;

/// The settings of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `--data`, `--offline` and how files are read
    pub data: DataChoice,
    /// Of all images and labels; empty until they are read.
    pub data_sha256: String,
    pub train_on: TrainOn,
    /// `--standardise`
    #[serde(default)]
    pub standardise: bool,
    pub evaluates_test: bool,
    pub evaluates_validation: bool,
    /// Of parameters that are drawn.
    pub init: Initialisation,
    /// `--init-from`
    #[serde(default)]
    pub started_from: Option<StartedFrom>,
    /// `--checkpoint-every`
    pub checkpoint_every: Option<u64>,
    /// `--log`
    pub log: Option<AnyPath>,
    /// `--save`
    pub save: Option<AnyPath>,
    /// The BLAS: another one rounds differently.
    pub blas: String,
}

impl Settings {
    /// The options and settings of a new run.
    ///
    /// # Errors
    /// Options that are out of range or do not fit each other.
    pub fn new(args: &Args) -> Result<(CheckedOptions, Self), Error> {
        let options = args.options()?;
        if let (Some(every), None) = (args.files.checkpoint_every, &args.files.checkpoint) {
            return Err(Error::option(
                "--checkpoint-every",
                every,
                "--checkpoint DIR with it",
            ));
        }
        let (log, save) = (args.log.as_deref(), args.files.save.as_deref());
        let settings = Self {
            data: DataChoice::new(&args.data)?,
            data_sha256: String::new(),
            train_on: args.train_on,
            standardise: args.standardise,
            evaluates_test: !args.no_eval,
            // Only where something depends on it: evaluating takes time.
            evaluates_validation: args.train_on == TrainOn::Train
                && (options.needs_validation() || args.evaluates_all()),
            init: args.run.initialisation(),
            started_from: None,
            checkpoint_every: args.files.checkpoint_every,
            log: log.map(Into::into),
            save: save.map(Into::into),
            blas: blas::name(),
        };
        settings.check_outputs(args.run.network.functions(), args.run.hidden.0.len() + 1)?;
        check_seeds(args.run.seed, args.runs.unwrap_or(1))?;
        check_names(log, save, args.runs)?;
        Ok((options, settings))
    }

    /// Checks before training that results can be written, with a network of these functions and this many layers.
    pub fn check_outputs(&self, functions: Functions, layers: usize) -> Result<(), Error> {
        if let Some(log) = &self.log {
            Log::check(&log.path())?;
        }
        if let Some(save) = &self.save {
            let path = save.path();
            // Without an ending it is safetensors, which the last lines say.
            if path.extension().is_some() {
                check_ending("--save", &path, &Format::ENDINGS)?;
            }
            if leads() {
                files::check_writable(&path)?;
            }
            model::check_format(&path, functions, layers)?;
        }
        Ok(())
    }
}

/// The data, independent of the working directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataChoice {
    data: AnyPath,
    pub offline: bool,
    classes: Option<usize>,
    #[serde(default)]
    label_column: Option<String>,
    #[serde(default)]
    pixel_max: Option<f64>,
    /// Of the network that the run started from: see [`DataOptions::for_model`].
    #[serde(default)]
    trained_on: Option<f64>,
    #[serde(default)]
    class_names: Option<Vec<String>>,
    #[serde(default)]
    outputs: Option<usize>,
    /// `--test-split`, `--validation-split` and `--split-seed`
    #[serde(default)]
    pub splits: Splits,
}

impl DataChoice {
    /// As given.
    ///
    /// # Errors
    /// Those of [`SplitOptions::splits`](crate::cli::options::data::SplitOptions::splits).
    fn new(options: &DataOptions) -> Result<Self, Error> {
        Ok(Self {
            data: place(&options.data),
            offline: options.offline,
            classes: options.classes,
            label_column: options.numbers.label_column.as_ref().map(ToString::to_string),
            pixel_max: options.numbers.pixel_max,
            trained_on: options.numbers.trained_on,
            class_names: options.numbers.class_names.clone(),
            outputs: options.outputs,
            splits: options.splits.splits()?,
        })
    }

    /// As on the command line.
    pub fn options(&self) -> DataOptions {
        DataOptions {
            data: wanted(OsString::from(&self.data)),
            offline: self.offline,
            classes: self.classes,
            numbers: NumberOptions {
                label_column: self.label_column.as_deref().map(LabelColumn::from),
                pixel_max: self.pixel_max,
                trained_on: self.trained_on,
                class_names: self.class_names.clone(),
            },
            splits: self.splits.into(),
            outputs: self.outputs,
        }
    }

    /// The same choice, wherever the data are.
    pub fn anywhere(&self) -> Self {
        Self {
            data: AnyPath::Text(String::new()),
            offline: false,
            ..self.clone()
        }
    }

    /// The same data at another path.
    pub fn move_to(&mut self, options: &DataOptions) {
        self.data = place(&options.data);
        self.offline = options.offline;
    }
}

/// A value of `--data`, independent of the working directory.
fn place(data: &Wanted) -> AnyPath {
    match data {
        Wanted::Auto => AnyPath::Text("auto".to_owned()),
        Wanted::Synthetic => AnyPath::Text("synthetic".to_owned()),
        Wanted::Path(path) => path.as_path().into(),
    }
}

/// An absolute path, as text if it is valid Unicode.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AnyPath {
    Text(String),
    Other(OsString),
}

impl From<&Path> for AnyPath {
    fn from(path: &Path) -> Self {
        let absolute = path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let text = absolute.into_os_string().into_string();
        text.map_or_else(Self::Other, Self::Text)
    }
}

impl From<&AnyPath> for OsString {
    fn from(path: &AnyPath) -> Self {
        match path {
            AnyPath::Text(text) => text.into(),
            AnyPath::Other(path) => path.clone(),
        }
    }
}

impl AnyPath {
    /// The path.
    pub fn path(&self) -> PathBuf {
        OsString::from(self).into()
    }
}
