//! Tensors on disk, with metadata as JSON and a checksum over every byte.
//!
//! The format is [safetensors](https://github.com/huggingface/safetensors): eight bytes with the length of the header
//! (little-endian), the header, which is JSON and has each tensor's type, shape and place, then the tensors. What this
//! crate writes has one string in the header's `__metadata__`: under `batchprop`, JSON with a checksum, the kind of
//! file, and its metadata. The checksum is SHA-256 of the file with 64 zeros in its place, so that it covers the
//! header, too.
//!
//! Nothing in a file is trusted: no more than its real length is read, and a shape is accepted only if the bytes are
//! there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Metadata, TensorInfo, TensorView};
use safetensors::{Dtype, SafeTensors};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::files::checksum::hexadecimal;
use crate::files::room;

/// The key of this crate's string in `__metadata__`.
const KEY: &str = "batchprop";

/// Version of the format; increased when older programs would misread a file.
const FORMAT: u32 = 1;

/// In place of the checksum while it is computed.
const NO_SUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Bytes of the header's length.
const LENGTH: usize = size_of::<u64>();

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Model,
    Checkpoint,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Model => "a network that was saved",
            Self::Checkpoint => "a checkpoint of a training run",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Model => "Give a network that batchprop saved, or a file of PyTorch's safetensors.",
            Self::Checkpoint => "Remove it to continue from an older one, or start the run anew.",
        }
    }
}

/// The metadata of this crate.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope<T> {
    /// First, so that nothing before it in the file can look like it.
    sha256: String,
    kind: Kind,
    format: u32,
    /// Of the program that wrote it.
    version: String,
    about: T,
}

/// An array to be written.
#[derive(Debug)]
pub(crate) struct Tensor {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// Little-endian, in row-major order.
    pub bytes: Vec<u8>,
}

/// The bytes of a file. The same arguments give the same bytes.
///
/// # Errors
/// [`Error::Io`] at `path` when the metadata are too long for a header.
pub(crate) fn encode<T: Serialize>(path: &Path, kind: Kind, about: T, tensors: &[Tensor]) -> Result<Vec<u8>> {
    let failed = |why: String| Error::io(path, "write")(std::io::Error::new(ErrorKind::InvalidData, why));
    let envelope = Envelope {
        sha256: NO_SUM.to_owned(),
        kind,
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        about,
    };
    let envelope = serde_json::to_string(&envelope).map_err(|error| failed(error.to_string()))?;
    let metadata = HashMap::from([(KEY.to_owned(), envelope)]);
    let views = tensors.iter().map(|tensor| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
        (
            tensor.name.as_str(),
            view.expect("as many bytes as the shape says"),
        )
    });
    let mut bytes =
        safetensors::serialize(views, Some(metadata)).map_err(|error| failed(error.to_string()))?;
    let place = find(&bytes, NO_SUM).expect("the envelope begins with it");
    let sum = sum_with_zeros_at(&bytes, place);
    bytes[place..place + sum.len()].copy_from_slice(sum.as_bytes());
    Ok(bytes)
}

/// A file that was read: its header is valid, every tensor is there, and the checksum, if there is one, is right.
#[derive(Debug)]
pub(crate) struct TensorFile {
    path: PathBuf,
    kind: Kind,
    bytes: Vec<u8>,
    header: Metadata,
    /// Where the tensors start.
    start: usize,
    envelope: Option<Envelope<serde_json::Value>>,
}

impl TensorFile {
    /// Reads a file of this kind, or of another program.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::OutOfMemory`] before a file is read that does not fit; [`Error::Format`] when it is damaged,
    /// of another kind, or no safetensors file.
    pub fn read(path: &Path, kind: Kind) -> Result<Self> {
        Self::decode(read_bytes(path, kind)?, path, kind)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As [`Self::read`], of a file's bytes. Errors call it `path`.
    ///
    /// # Errors
    /// [`Error::Format`]; [`Error::OutOfMemory`].
    pub fn decode(bytes: Vec<u8>, path: &Path, kind: Kind) -> Result<Self> {
        let read = SafeTensors::read_metadata(&bytes);
        let (length, header) = read.map_err(|error| {
            let found = format!("damage ({error})");
            format_error(path, kind, "header", "one that describes the whole file", found)
        })?;
        let mut file = Self {
            path: path.to_owned(),
            kind,
            bytes,
            header,
            start: LENGTH + length,
            envelope: None,
        };
        let own = file
            .header
            .metadata()
            .as_ref()
            .and_then(|strings| strings.get(KEY));
        if let Some(own) = own {
            file.envelope = Some(file.open(own)?);
        }
        Ok(file)
    }

    /// Checks what all files of this crate have.
    fn open(&self, envelope: &str) -> Result<Envelope<serde_json::Value>> {
        // A value of an object, with its key.
        room::check_json(&self.path, envelope.as_bytes(), 256)?;
        let envelope: Envelope<serde_json::Value> = serde_json::from_str(envelope)
            .map_err(|error| self.error("metadata", "JSON of this program", format!("damage ({error})")))?;
        let header = &self.bytes[..self.start];
        // Searching a long text could be made to take very long.
        let is_sum = envelope.sha256.len() == NO_SUM.len();
        let place = is_sum.then(|| find(header, &envelope.sha256)).flatten();
        let sum = place.map(|place| sum_with_zeros_at(&self.bytes, place));
        if sum.as_ref() != Some(&envelope.sha256) {
            let found = "another one: bytes have changed since it was written";
            let expected = match is_sum {
                true => format!("the sha256 {}", envelope.sha256.escape_debug()),
                false => "a sha256 of 64 digits".to_owned(),
            };
            return Err(self.error("checksum", expected, found));
        }
        if envelope.format != FORMAT {
            let found = format!("{}, of batchprop {}", envelope.format, envelope.version);
            return Err(self.error("format", FORMAT.to_string(), found));
        }
        if envelope.kind != self.kind {
            return Err(self.error("metadata", self.kind.name(), envelope.kind.name()));
        }
        Ok(envelope)
    }

    /// The metadata of the file; `None` for a file of another program.
    ///
    /// # Errors
    /// [`Error::Format`] when they are malformed.
    pub fn about<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let about = self
            .envelope
            .as_ref()
            .map(|envelope| T::deserialize(&envelope.about));
        about.transpose().map_err(|error| {
            let version = self.version().unwrap_or_default();
            let found = format!("what batchprop {version} wrote ({error})");
            self.error("metadata", "settings that this version knows", found)
        })
    }

    /// As [`Self::about`], for a file that must be this program's.
    ///
    /// # Errors
    /// [`Error::Format`], also when it is not.
    pub fn own_about<T: DeserializeOwned>(&self) -> Result<T> {
        let about = self.about()?;
        about.ok_or_else(|| self.error("metadata", self.kind.name(), "a file of another program"))
    }

    /// The version of the program that wrote the file, if it was this one.
    pub fn version(&self) -> Option<&str> {
        self.envelope.as_ref().map(|envelope| envelope.version.as_str())
    }

    /// The names of all tensors, in their order in the file.
    pub fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// A tensor's type and shape, and its bytes.
    ///
    /// # Errors
    /// [`Error::Format`] when there is none of that name.
    pub fn tensor(&self, name: &str) -> Result<(&TensorInfo, &[u8])> {
        let info = self
            .header
            .info(name)
            .ok_or_else(|| self.error(format!("tensor {name}"), "a tensor of that name", "none"))?;
        let (start, end) = info.data_offsets;
        Ok((info, &self.bytes[self.start + start..self.start + end]))
    }

    /// An [`Error::Format`] of this file.
    pub fn error(
        &self,
        place: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Error {
        format_error(&self.path, self.kind, place, expected, found)
    }
}

fn format_error(
    path: &Path,
    kind: Kind,
    place: impl Into<String>,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> Error {
    Error::Format {
        path: path.to_owned(),
        place: place.into(),
        expected: expected.into(),
        found: found.into(),
        hint: kind.hint().to_owned(),
    }
}

/// All bytes of a file that begins like safetensors and fits into memory.
fn read_bytes(path: &Path, kind: Kind) -> Result<Vec<u8>> {
    let mut file = File::open(path).map_err(Error::io(path, "open"))?;
    let metadata = file.metadata().map_err(Error::io(path, "read"))?;
    if !metadata.is_file() {
        // A pipe or a device may never end.
        return Err(format_error(
            path,
            kind,
            "path",
            "a file",
            "a folder, pipe or device",
        ));
    }
    let length = metadata.len();
    let mut bytes = Vec::new();
    let beginning = Read::by_ref(&mut file)
        .take(LENGTH as u64 + 1)
        .read_to_end(&mut bytes);
    beginning.map_err(Error::io(path, "read"))?;
    let begins_well = bytes.split_first_chunk().is_some_and(|(header, rest)| {
        rest == b"{" && u64::from_le_bytes(*header) <= length.saturating_sub(LENGTH as u64)
    });
    if !begins_well {
        let found = format!("{length} bytes that begin with {}", bytes.escape_ascii());
        let expected = "a safetensors file, which begins with the length of its header, and the header";
        return Err(format_error(path, kind, "byte 0", expected, found));
    }
    room::check_file(path, length)?;
    let more = usize::try_from(length).unwrap_or(usize::MAX);
    let reserved = bytes.try_reserve_exact(more.saturating_sub(bytes.len()));
    reserved.map_err(|_| Error::io(path, "read")(ErrorKind::OutOfMemory.into()))?;
    let read = file.take(length - bytes.len() as u64).read_to_end(&mut bytes);
    read.map_err(Error::io(path, "read"))?;
    Ok(bytes)
}

/// Where `text` begins in `bytes` for the first time.
fn find(bytes: &[u8], text: &str) -> Option<usize> {
    let mut windows = bytes.windows(text.len().max(1));
    windows.position(|window| window == text.as_bytes())
}

/// SHA-256 of `bytes` with zeros in place of the digits at `place`.
fn sum_with_zeros_at(bytes: &[u8], place: usize) -> String {
    let mut hasher = Sha256::new();
    hasher.update(&bytes[..place]);
    hasher.update(NO_SUM);
    hasher.update(&bytes[place + NO_SUM.len()..]);
    hexadecimal(hasher)
}
