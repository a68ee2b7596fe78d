//! The MODEL argument: trained networks on disk, for all subcommands that use them.

use std::path::{Path, PathBuf};

use super::data::NumberOptions;
use super::network::FunctionOptions;
use crate::cli::output::messages::note;
use crate::cli::output::words::dashed;
use batchprop::data::read::first_names;
use batchprop::storage::model::{Metadata, ModelFile};
use batchprop::{Committee, Dataset, Error, files};

/// Names of classes in a note.
const MOST_NAMES: usize = 10;

/// The model.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelArgument {
    /// A trained network: a file of `batchprop train --save`, PyTorch's safetensors, NumPy's .npz, or Nielsen's network2 .json.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
}

/// Several models.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelArguments {
    /// Trained networks: files of `batchprop train --save`, PyTorch's safetensors, NumPy's .npz, or Nielsen's network2 .json. Several are
    /// a committee: the mean of their probabilities.
    #[arg(value_name = "MODEL", required = true)]
    pub models: Vec<PathBuf>,
}

/// Reads the model at `path`.
pub fn read(path: &Path) -> Result<ModelFile, Error> {
    files::check_exists(
        path,
        "a trained network",
        "`batchprop train --save model.safetensors` trains one.",
    )?;
    ModelFile::read(path)
}

/// Trained networks that answer together, or one alone.
#[derive(Debug)]
pub struct Models {
    pub committee: Committee,
    /// Of each member, if its file has any.
    pub metadata: Vec<Option<Metadata>>,
}

impl Models {
    /// Reads the models at `paths`. Notes on stderr say what was assumed about them.
    ///
    /// # Errors
    /// Those of [`read`]; when they do not fit each other.
    pub fn read(paths: &[PathBuf], functions: &FunctionOptions) -> Result<Self, Error> {
        let mut members = Vec::new();
        let mut metadata = Vec::new();
        for path in paths {
            let file = read(path)?;
            members.push(file.member(functions.given(file.functions()))?);
            metadata.push(file.metadata().cloned());
        }
        let committee = Committee::new(members)?;
        let models = Self { committee, metadata };
        models.note_unnamed_classes();
        models.note_repeated();
        Ok(models)
    }

    /// The files, and how their networks were trained where that is known.
    pub fn trainings(&self) -> impl Iterator<Item = (&Path, &Metadata)> {
        let names = self.committee.members().iter().map(|member| &*member.name);
        names
            .zip(&self.metadata)
            .filter_map(|(name, metadata)| Some((name, metadata.as_ref()?)))
    }

    /// How numbers are read for these networks, which are shown them as in their training.
    ///
    /// # Errors
    /// [`Error::Option`] when they were trained on numbers of different ranges, and `given` does not decide.
    pub fn numbers(&self, given: NumberOptions) -> Result<NumberOptions, Error> {
        let mut ranges = self
            .trainings()
            .filter_map(|(file, metadata)| Some((file, metadata.pixel_max?)));
        let first = ranges.next();
        if let (Some((file, range)), None) = (first, given.pixel_max)
            && let Some((other, another)) = ranges.find(|&(_, another)| another != range)
        {
            return Err(Error::option(
                "--pixel-max",
                format!(
                    "of {} is {range}, of {} {another}",
                    file.display(),
                    other.display()
                ),
                "the one to read this data with",
            ));
        }
        let committee = &self.committee;
        Ok(given.for_model(
            first.map(|(_, range)| range),
            committee.class_names(),
            committee.n_out(),
        ))
    }

    /// "a.safetensors", "5 networks"
    pub fn name(&self) -> String {
        match self.committee.members() {
            [only] => only.name.display().to_string(),
            members => format!("{} networks", members.len()),
        }
    }

    fn note_unnamed_classes(&self) {
        let members = self.committee.members().iter();
        let mut unnamed = members.filter(|member| member.class_names.is_none());
        if let (Some(names), Some(member)) = (self.committee.class_names(), unnamed.next()) {
            note(&format!(
                "{} has no names of classes: its classes are taken to be {}, in this order",
                member.name.display(),
                first_names(names, MOST_NAMES)
            ));
        }
    }

    fn note_repeated(&self) {
        let members = self.committee.members();
        for (index, member) in members.iter().enumerate() {
            let earlier = members[..index].iter().find(|it| it.network == member.network);
            if let Some(earlier) = earlier {
                note(&format!(
                    "{} is the same network as {}: it counts twice",
                    member.name.display(),
                    earlier.name.display()
                ));
            }
        }
    }
}

/// Checks that images fit the inputs and outputs of a network of `sizes` from `path`. `origin` is where the images
/// are from.
pub fn check_fits(path: &Path, sizes: &[usize], images: &Dataset, origin: &str) -> Result<(), Error> {
    let (inputs, classes) = (sizes[0], sizes[sizes.len() - 1]);
    let largest = images
        .labels()
        .iter()
        .max()
        .map_or(0, |&label| usize::from(label));
    if images.inputs() == inputs && largest < classes {
        return Ok(());
    }
    let shape = images.shape();
    Err(Error::Format {
        path: path.to_owned(),
        place: format!("network {}", dashed(sizes)),
        expected: format!(
            "one of {} inputs for the {}×{} pixels of {origin}, and more than {largest} outputs for its labels",
            images.inputs(),
            shape.rows,
            shape.columns
        ),
        found: format!("{inputs} inputs and {classes} outputs"),
        hint: "Give it data like its training data with --data.".to_owned(),
    })
}
