//! The settings of a run that its checkpoints keep besides the library's options.

use std::ffi::OsString;
use std::path::{self, Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::{Deserialize, Serialize};

use crate::cli::options::data::{DataOptions, NumberOptions, wanted};
use batchprop::data::find::resolve::Wanted;
use batchprop::data::read::csv::LabelColumn;
use batchprop::{Initialisation, TrainOn};

/// The options of `train` that do not change a run's result, by clap's names: these may be given with --resume.
const WITH_RESUME: [&str; 10] = [
    "resume",
    "data",
    "offline",
    "threads",
    "quiet",
    "json",
    "log",
    "save",
    "max_time",
    "checkpoint_every",
];

/// Why the options given to `train` do not go with --resume, if they do not.
pub fn refused_with_resume(train: &clap::Command, given: &ArgMatches) -> Option<String> {
    given.get_one::<PathBuf>("resume")?;
    let refused = train.get_arguments().find(|argument| {
        let id = argument.get_id().as_str();
        is_given(given, id) && !WITH_RESUME.contains(&id)
    });
    let option = refused?.get_long()?;
    Some(format!(
        "the argument '--{option}' cannot be used with '--resume': the run's settings are in its checkpoint"
    ))
}

/// Whether the user gave an option, and not its default.
pub fn is_given(given: &ArgMatches, id: &str) -> bool {
    given.value_source(id) == Some(ValueSource::CommandLine)
}

/// Of one run.
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
    pub init: Initialisation,
    /// `--checkpoint-every`
    pub checkpoint_every: Option<u64>,
    /// `--log`
    pub log: Option<AnyPath>,
    /// `--save`
    pub save: Option<AnyPath>,
    /// The BLAS: another one rounds differently.
    pub blas: String,
}

/// Which data, from any working directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataChoice {
    data: AnyPath,
    offline: bool,
    classes: Option<usize>,
    #[serde(default)]
    label_column: Option<String>,
    #[serde(default)]
    pixel_max: Option<f64>,
}

impl From<&DataOptions> for DataChoice {
    fn from(options: &DataOptions) -> Self {
        let data = match &options.data {
            Wanted::Auto => AnyPath::Text("auto".to_owned()),
            Wanted::Synthetic => AnyPath::Text("synthetic".to_owned()),
            Wanted::Path(path) => path.as_path().into(),
        };
        Self {
            data,
            offline: options.offline,
            classes: options.classes,
            label_column: options.numbers.label_column.as_ref().map(ToString::to_string),
            pixel_max: options.numbers.pixel_max,
        }
    }
}

impl DataChoice {
    /// As on the command line.
    pub fn options(&self) -> DataOptions {
        DataOptions {
            data: wanted(OsString::from(&self.data)),
            offline: self.offline,
            classes: self.classes,
            numbers: NumberOptions {
                label_column: self.label_column.as_deref().map(LabelColumn::from),
                pixel_max: self.pixel_max,
                ..NumberOptions::default()
            },
            ..DataOptions::default()
        }
    }

    /// The same data in another place.
    pub fn move_to(&mut self, options: &DataOptions) {
        let Self { data, offline, .. } = Self::from(options);
        *self = Self {
            data,
            offline,
            ..self.clone()
        };
    }

    /// From now on nothing is downloaded.
    pub fn stay_offline(&mut self) {
        self.offline = true;
    }
}

/// An absolute path, as text where it is text.
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
