//! The file of one checkpoint.

use std::path::{Path, PathBuf};

use safetensors::Dtype;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::files::tensors;
use crate::files::tensors::{Kind, Tensor, TensorFile};
use crate::math::real::{Precision, Real};
use crate::network::functions::Functions;
use crate::storage::layers;
use crate::training::{CheckedOptions, Position, Snapshot, TrainingOptions};

/// Prefixes of the tensors' names.
const NETWORK: &str = "network.";
const MEMORIES: [&str; 2] = ["first.", "second."];
const BEST: &str = "best.";

/// The tensor of the reports.
const REPORTS: &str = "reports";

/// Everything that is not in a tensor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About<S> {
    position: Position,
    functions: Functions,
    precision: Precision,
    has_best: bool,
    memories: usize,
    options: TrainingOptions,
    /// The program's own.
    settings: S,
}

/// The bytes of a checkpoint for `path`. The same arguments give the same bytes.
pub(super) fn encode<F: Real, S: Serialize>(
    path: &Path,
    snapshot: &Snapshot<F>,
    options: &CheckedOptions,
    settings: &S,
) -> Result<Vec<u8>> {
    let about = About {
        position: snapshot.position,
        functions: snapshot.network.functions(),
        precision: F::PRECISION,
        has_best: snapshot.best_network.is_some(),
        memories: snapshot.memories.len(),
        options: options.get().clone(),
        settings,
    };
    let mut tensors = layers::tensors(NETWORK, snapshot.network.layers());
    for (prefix, memory) in MEMORIES.iter().zip(&snapshot.memories) {
        tensors.extend(layers::tensors(prefix, memory));
    }
    if let Some(best) = &snapshot.best_network {
        tensors.extend(layers::tensors(BEST, best.layers()));
    }
    let reports = serde_json::to_vec(&snapshot.reports).expect("numbers and lists have a form in JSON");
    tensors.push(Tensor {
        name: REPORTS.to_owned(),
        dtype: Dtype::U8,
        shape: vec![reports.len()],
        bytes: reports,
    });
    tensors::encode(path, Kind::Checkpoint, about, &tensors)
}

/// A checkpoint that was read, with the program's own settings.
#[derive(Debug)]
pub struct Checkpoint<S> {
    path: PathBuf,
    file: TensorFile,
    about: About<S>,
    options: CheckedOptions,
}

impl<S: DeserializeOwned> Checkpoint<S> {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io); [`Error::OutOfMemory`](crate::Error::OutOfMemory) for what is too large;
    /// [`Error::Format`](crate::Error::Format) for a damaged file, or one that is not a checkpoint.
    pub fn read(path: &Path) -> Result<Self> {
        Self::of(TensorFile::read(path, Kind::Checkpoint)?, path)
    }

    /// Reads a checkpoint from its bytes. Errors call it `name`.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) as from [`Self::read`].
    pub fn decode(bytes: Vec<u8>, name: &Path) -> Result<Self> {
        Self::of(TensorFile::decode(bytes, name, Kind::Checkpoint)?, name)
    }

    fn of(file: TensorFile, path: &Path) -> Result<Self> {
        let about: About<S> = file.own_about()?;
        let options = about.options.clone().check();
        let options =
            options.map_err(|error| file.error("metadata", "options in their ranges", error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            about,
            options,
        })
    }
}

impl<S> Checkpoint<S> {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version of the program that wrote it.
    pub fn version(&self) -> &str {
        self.file.version().unwrap_or_default()
    }

    /// The position of the run.
    pub fn position(&self) -> &Position {
        &self.about.position
    }

    /// The precision of the run.
    pub fn precision(&self) -> Precision {
        self.about.precision
    }

    /// The sizes of the run's network: inputs, hidden layers, outputs.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) when its tensors are not those of one network.
    pub fn sizes(&self) -> Result<Vec<usize>> {
        Ok(layers::layers(&self.file, NETWORK)?.1)
    }

    /// The functions of the run's network.
    pub fn functions(&self) -> Functions {
        self.about.functions
    }

    /// The options of the run.
    pub fn options(&self) -> &CheckedOptions {
        &self.options
    }

    /// What the program needs to set up the run again.
    pub fn settings(&self) -> &S {
        &self.about.settings
    }

    /// The state of the run.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) when `F` is not [`Self::precision`], or tensors do not fit together;
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn snapshot<F: Real>(&self) -> Result<Snapshot<F>> {
        let Self { file, about, .. } = self;
        if (about.precision, layers::precision(file)) != (F::PRECISION, F::PRECISION) {
            let found = format!("{:?}", layers::precision(file));
            return Err(file.error("precision", format!("{:?}", F::PRECISION), found));
        }
        let network = |prefix| {
            let network = layers::network::<F>(file, prefix)?;
            layers::with_functions(file, network, about.functions)
        };
        let memories = MEMORIES.iter().take(about.memories);
        let memories = memories.map(|prefix| network(prefix).map(|memory| memory.layers().to_vec()));
        let (_, reports) = file.tensor(REPORTS)?;
        let reports = serde_json::from_slice(reports)
            .map_err(|error| file.error("reports", "one per epoch, as JSON", error.to_string()))?;
        Ok(Snapshot {
            network: network(NETWORK)?,
            memories: memories.collect::<Result<_>>()?,
            best_network: about.has_best.then(|| network(BEST)).transpose()?,
            reports,
            position: about.position,
        })
    }
}
