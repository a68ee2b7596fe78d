//! Networks on disk, for this program and for others. The ending of a file's name is its [`Format`].
//!
//! | ending | what it is | reads | writes |
//! |---|---|---|---|
//! | `.safetensors`, or none | tensors named as in PyTorch, and metadata | yes | yes |
//! | `.npz` | NumPy arrays of the same names, and the same metadata as a string | yes | yes |
//! | `.json` | Nielsen's `network2.py`; functions and parameters only | yes | sigmoid only |
//! | `.onnx` | a graph for onnxruntime and others, in single precision | no | yes |
//!
//! [`load`] returns what [`save`] wrote, bit for bit.
//!
//! A model of safetensors is a [safetensors](https://github.com/huggingface/safetensors) file whose tensors have the names, shapes and
//! order that PyTorch gives those of an `nn.Sequential` of `Linear` modules with activations between: `0.weight`
//! (n_out × n_in), `0.bias` (n_out), `2.weight`, …, in the precision of the training. Its metadata describe the
//! training and have a checksum of the whole file.
//!
//! Files of other programs are read, too: state dicts of PyTorch, kernels of flax and Keras, and others. Names and
//! shapes give the order of the layers (`storage::named`), but not the network's functions: see
//! [`ModelFile::network_with`].
//!
//! ```python
//! from safetensors.torch import load_file, save_file
//! model = nn.Sequential(nn.Linear(784, 30), nn.Sigmoid(), nn.Linear(30, 10), nn.Sigmoid())
//! model.load_state_dict(load_file("model.safetensors"))
//! save_file(model.state_dict(), "model.safetensors")
//! ```

mod about;
mod foreign;
mod format;
mod given;
mod nielsen;
mod npz;
mod onnx;
mod parameters;

use std::io;
use std::path::Path;

use self::about::{About, Architecture};
pub use self::about::{Accuracy, Metadata, StartedFrom};
pub use self::format::{Format, check_format, is_network};
pub use self::given::GivenFunctions;
use self::npz::Envelope;
use self::parameters::Parameters;
use crate::error::{Error, Result};
use crate::files;
use crate::files::tensors;
use crate::files::tensors::{Kind, TensorFile};
use crate::math::real::{Precision, Real};
use crate::network::Network;
use crate::network::committee::{AnyNetwork, Committee, Member, with_network};
use crate::network::functions::Functions;
use crate::storage::layers;

const HINT: &str = "Give a network that batchprop, PyTorch, NumPy or Nielsen's network2 saved.";

/// Writes `network` to `path`, whole or not at all, in the format of its ending. The same arguments give the same
/// bytes.
///
/// # Errors
/// [`Error::Io`]; those of [`check_format`], before anything is written.
pub fn save<F: Real>(network: &Network<F>, metadata: &Metadata, path: &Path) -> Result<()> {
    let bytes = encode(network, metadata, Format::of(path)?, path)?;
    files::write_whole(path, &bytes)
}

/// The bytes of a file of `format`, which [`ModelFile::decode`] reads. Errors call it `name`.
///
/// # Errors
/// Those of [`save`], except for those of writing.
///
/// ```
/// use std::path::Path;
/// use batchprop::Network;
/// use batchprop::storage::model::{Format, Metadata, ModelFile, encode};
///
/// let network = Network::<f32>::new(&[784, 30, 10], 0)?;
/// let bytes = encode(&network, &Metadata::default(), Format::Npz, Path::new("network"))?;
/// let read = ModelFile::decode(bytes, Format::Npz, Path::new("network"))?;
/// assert_eq!(read.network::<f32>()?, network);
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn encode<F: Real>(
    network: &Network<F>,
    metadata: &Metadata,
    format: Format,
    name: &Path,
) -> Result<Vec<u8>> {
    let about = About::new(network, metadata);
    format.check(network.functions(), network.layers().len())?;
    match format {
        Format::Safetensors => {
            let tensors = layers::tensors("", network.layers());
            tensors::encode(name, Kind::Model, about, &tensors)
        }
        Format::Npz => npz::encode(network, about).map_err(Error::io(name, "write")),
        Format::Nielsen => {
            let encoded = nielsen::encode(network).map_err(io::Error::from);
            encoded.map_err(Error::io(name, "write"))
        }
        Format::Onnx => onnx::encode(network, &about).map_err(Error::io(name, "write")),
    }
}

/// Writes a committee to `path`, whole or not at all: a single member as [`save`] does, several as one graph of ONNX, which
/// computes the mean of their probabilities. `metadata` are those of the members, in their order.
///
/// # Errors
/// Those of [`save`]; [`Error::Option`] for several networks in another format than ONNX.
///
/// # Panics
/// When there are not as many metadata as members.
pub fn save_committee(committee: &Committee, metadata: &[Metadata], path: &Path) -> Result<()> {
    let members = committee.members();
    assert_eq!(members.len(), metadata.len(), "metadata of each member");
    if let Some(only) = committee.only() {
        return with_network!(only, network => save(network, &metadata[0], path));
    }
    if Format::of(path)? != Format::Onnx {
        return Err(Error::option(
            "model file",
            format!("{} for {} networks", path.display(), members.len()),
            "a name that ends with .onnx: the other formats hold one network",
        ));
    }
    let about = members.iter().zip(metadata);
    let about: Vec<About> = about
        .map(|(member, metadata)| with_network!(&member.network, network => About::new(network, metadata)))
        .collect();
    let bytes = onnx::encode_committee(committee, &about).map_err(Error::io(path, "write"))?;
    files::write_whole(path, &bytes)
}

/// Reads a network and its metadata. Parameters of the other precision are rounded to the nearest `F`; [`ModelFile`]
/// gives the precision before.
///
/// # Errors
/// Those of [`ModelFile::read`] and [`ModelFile::network`].
///
/// ```
/// use batchprop::Network;
/// use batchprop::storage::model::{self, Metadata};
///
/// let directory = tempfile::tempdir().unwrap();
/// let path = directory.path().join("model.safetensors");
/// let network = Network::<f32>::new(&[784, 30, 10], 0)?;
/// model::save(&network, &Metadata::default(), &path)?;
/// let (loaded, metadata) = model::load::<f32>(&path)?;
/// assert_eq!(loaded, network);
/// assert_eq!(metadata, Some(Metadata::default()));
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn load<F: Real>(path: &Path) -> Result<(Network<F>, Option<Metadata>)> {
    let file = ModelFile::read(path)?;
    Ok((file.network()?, file.metadata().cloned()))
}

/// A model file that was read. Its precision is known before the network's type must be chosen.
#[derive(Debug)]
pub struct ModelFile {
    content: Content,
    about: Option<About>,
    functions: Option<Functions>,
    precision: Precision,
    /// Of the program that wrote it, if it was this one.
    version: Option<String>,
}

#[derive(Debug)]
enum Content {
    Safetensors(Box<TensorFile>),
    Parameters(Parameters),
}

impl ModelFile {
    /// Reads a model, in the format of its ending; with any other ending, as safetensors.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::OutOfMemory`] for what is too large; [`Error::Format`] for a damaged file, another
    /// kind of file, and ONNX.
    pub fn read(path: &Path) -> Result<Self> {
        match Format::of(path) {
            Ok(Format::Npz) => Ok(Self::of_npz(npz::read(path)?)),
            Ok(Format::Nielsen) => Ok(Self::of_nielsen(nielsen::read(path)?)),
            Ok(Format::Onnx) => Err(onnx_is_not_read(path)),
            Ok(Format::Safetensors) => Self::of_tensors(TensorFile::read(path, Kind::Model)?),
            Err(_) => match foreign::refusal(path) {
                Some(error) => Err(error),
                None => Self::of_tensors(TensorFile::read(path, Kind::Model)?),
            },
        }
    }

    /// Reads a model in this format from its bytes. Errors call it `name`.
    ///
    /// # Errors
    /// [`Error::Format`] as from [`Self::read`].
    pub fn decode(bytes: Vec<u8>, format: Format, name: &Path) -> Result<Self> {
        match format {
            Format::Npz => Ok(Self::of_npz(npz::decode(bytes, name)?)),
            Format::Nielsen => Ok(Self::of_nielsen(nielsen::decode(bytes, name)?)),
            Format::Onnx => Err(onnx_is_not_read(name)),
            Format::Safetensors => Self::of_tensors(TensorFile::decode(bytes, name, Kind::Model)?),
        }
    }

    fn of_npz((parameters, envelope, precision): (Parameters, Option<Envelope>, Precision)) -> Self {
        let (about, version) = envelope.map(|it| (it.about, it.version)).unzip();
        Self {
            content: Content::Parameters(parameters),
            version,
            functions: about.as_ref().map(|about| about.network.functions),
            about,
            precision,
        }
    }

    fn of_nielsen((parameters, functions): (Parameters, Functions)) -> Self {
        Self {
            precision: parameters.precision(),
            content: Content::Parameters(parameters),
            about: None,
            functions: Some(functions),
            version: None,
        }
    }

    fn of_tensors(file: TensorFile) -> Result<Self> {
        let about: Option<About> = file.about()?;
        Ok(Self {
            precision: layers::precision(&file),
            version: file.version().map(str::to_owned),
            content: Content::Safetensors(Box::new(file)),
            functions: about.as_ref().map(|about| about.network.functions),
            about,
        })
    }

    /// The precision of the file. JSON has none: it is single if all numbers are exact in single precision.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// What the file says about the network; `None` for a file of another program.
    pub fn metadata(&self) -> Option<&Metadata> {
        self.about.as_ref().map(|about| &about.training)
    }

    /// The version of the program that wrote the file, if it was this one and the format keeps it.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The network's functions, if the file has them.
    pub fn functions(&self) -> Option<Functions> {
        self.functions
    }

    /// The network, with rounded parameters if the file has another precision. Files of other programs do not say
    /// which functions a network was trained with: it then has the article's, and
    /// [`with_functions`](Network::with_functions) sets others.
    ///
    /// # Errors
    /// [`Error::Format`] when the tensors are not those of one network, or not finite; [`Error::OutOfMemory`] when it is
    /// too large.
    pub fn network<F: Real>(&self) -> Result<Network<F>> {
        let network = match &self.content {
            Content::Safetensors(file) => layers::network::<F>(file, "")?,
            Content::Parameters(parameters) => parameters.network()?,
        };
        for (index, layer) in network.layers().iter().enumerate() {
            let mut parameters = layer.weights().into_iter().chain(layer.biases());
            if let Some(parameter) = parameters.find(|parameter| !parameter.is_finite()) {
                let place = format!("parameters of layer {index}");
                let expected = format!("finite numbers of {}", F::NAME);
                return Err(self.error(place, expected, parameter.to_string()));
            }
        }
        if let Some(Architecture {
            sizes,
            precision,
            weights_sha256,
            ..
        }) = self.about.as_ref().map(|about| &about.network)
        {
            if *sizes != network.sizes() {
                let expected = format!("tensors of {sizes:?}");
                return Err(self.error("metadata", expected, format!("{:?}", network.sizes())));
            }
            if *precision == F::PRECISION && *weights_sha256 != network.sha256() {
                let expected = format!("the sha256 {}", weights_sha256.escape_debug());
                let found = "another one: numbers have changed since it was written";
                return Err(self.error("checksum of the parameters", expected, found));
            }
        }
        let Some(functions) = self.functions else {
            return Ok(network);
        };
        network
            .with_functions(functions)
            .map_err(|error| self.error("metadata", "functions that fit", error.to_string()))
    }

    /// As [`Self::network`], with the functions that are `given`, which a file without functions needs. A network without
    /// hidden layers needs no activation.
    ///
    /// # Errors
    /// Those of [`Self::network`]; [`Error::Option`] when neither the file nor the caller gives a function that is needed: with
    /// a wrong one, a network would silently give wrong answers.
    pub fn network_with<F: Real>(&self, given: GivenFunctions) -> Result<Network<F>> {
        let network = self.network()?;
        let needs_activation = self.functions.is_none() && network.layers().len() > 1;
        let needs_output = self.functions.is_none();
        let expected = match (
            needs_activation && given.activation.is_none(),
            needs_output && given.output.is_none(),
        ) {
            (false, false) => {
                let functions = given.over(self.functions.unwrap_or_default());
                return network.with_functions(functions);
            }
            (true, true) => {
                "`activation` (of its hidden units) and `output` (of its last layer), such as relu and softmax"
            }
            (true, false) => "`activation` (of its hidden units), such as relu",
            (false, true) => "`output` (of its last layer), sigmoid or softmax",
        };
        Err(Error::option(
            "the functions of",
            format!("{}, which does not name them", self.path().display()),
            expected,
        ))
    }

    /// The network in the file's precision, to be a member of a committee. `given` is as for [`Self::network_with`].
    ///
    /// # Errors
    /// Those of [`Self::network_with`].
    pub fn member(&self, given: GivenFunctions) -> Result<Member> {
        Ok(Member {
            name: self.path().to_owned(),
            network: match self.precision {
                Precision::F32 => AnyNetwork::F32(self.network_with(given)?),
                Precision::F64 => AnyNetwork::F64(self.network_with(given)?),
            },
            class_names: self.metadata().and_then(|metadata| metadata.class_names.clone()),
        })
    }

    fn path(&self) -> &Path {
        match &self.content {
            Content::Safetensors(file) => file.path(),
            Content::Parameters(parameters) => parameters.path(),
        }
    }

    fn error(
        &self,
        place: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Error {
        match &self.content {
            Content::Safetensors(file) => file.error(place, expected, found),
            Content::Parameters(parameters) => Error::Format {
                path: parameters.path().to_owned(),
                place: place.into(),
                expected: expected.into(),
                found: found.into(),
                hint: HINT.to_owned(),
            },
        }
    }
}

fn onnx_is_not_read(path: &Path) -> Error {
    Error::Format {
        path: path.to_owned(),
        place: "name".to_owned(),
        expected: "a network that can be read: .safetensors, .npz or .json".to_owned(),
        found: "ONNX, which is written for other programs only".to_owned(),
        hint: "Give the file that it was converted from.".to_owned(),
    }
}
