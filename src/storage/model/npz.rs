//! Networks as NumPy's arrays: `0.weight` (n_out × n_in), `0.bias` (n_out), `2.weight`, …, and a string `metadata`
//! with JSON, so that nothing is lost in a round trip.
//!
//! ```python
//! model = np.load("model.npz")
//! hidden = sigmoid(images @ model["0.weight"].T + model["0.bias"])
//! about = json.loads(str(model["metadata"]))
//! ```
//!
//! Arrays of other programs are recognised by these names and others ([`named`](crate::storage::named)). Weights
//! that fit only as n_in × n_out, as those of Keras, are transposed.

use std::io::{self, Read, Seek};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::about::About;
use super::parameters::{Parameters, RawLayer};
use crate::error::{Error, Result};
use crate::files::numpy::npy::{write_numbers, write_text};
use crate::files::numpy::npz::{Npz, NpzWriter};
use crate::files::numpy::{Elements, Header};
use crate::files::room;
use crate::files::source::Source;
use crate::math::real::{Precision, Real};
use crate::network::Network;
use crate::storage::named;
use crate::storage::named::Named;

/// The array of the metadata.
const METADATA: &str = "metadata";

/// Version of the format; increased when older programs would misread a file.
const FORMAT: u32 = 1;

/// What the array of the metadata holds, as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope {
    format: u32,
    /// Of the program that wrote it.
    pub version: String,
    pub about: About,
}

/// The file's bytes. The same arguments give the same bytes.
pub(super) fn encode<F: Real>(network: &Network<F>, about: About) -> io::Result<Vec<u8>> {
    let mut archive = NpzWriter::new();
    for (index, layer) in network.layers().iter().enumerate() {
        let (weights, biases) = (layer.weights(), layer.biases());
        let name = 2 * index;
        write(
            &mut archive,
            &format!("{name}.weight"),
            weights.shape(),
            weights.iter(),
        )?;
        write(
            &mut archive,
            &format!("{name}.bias"),
            biases.shape(),
            biases.iter(),
        )?;
    }
    let envelope = Envelope {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        about,
    };
    let text = serde_json::to_string(&envelope)?;
    write_text(archive.start(METADATA)?, &text)?;
    archive.finish()
}

fn write<'a, F: Real>(
    archive: &mut NpzWriter,
    name: &str,
    shape: &[usize],
    numbers: impl Iterator<Item = &'a F>,
) -> io::Result<()> {
    let array = archive.start(name)?;
    let descr = match F::PRECISION {
        Precision::F32 => "<f4",
        Precision::F64 => "<f8",
    };
    write_numbers(array, descr, shape, numbers.map(|number| number.little_endian()))
}

/// An array of numbers.
struct Array {
    /// The last index fastest.
    numbers: Vec<f64>,
    precision: Precision,
}

/// Reads parameters, metadata and precision.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when these are not the layers of one network.
pub(super) fn read(path: &Path) -> Result<(Parameters, Option<Envelope>, Precision)> {
    parameters(Npz::open(path, super::HINT)?, path)
}

/// As [`read`], of a file's bytes.
///
/// # Errors
/// Those of [`read`].
pub(super) fn decode(bytes: Vec<u8>, path: &Path) -> Result<(Parameters, Option<Envelope>, Precision)> {
    parameters(Npz::new(path, io::Cursor::new(bytes), super::HINT)?, path)
}

fn parameters(
    mut archive: Npz<impl Read + Seek>,
    path: &Path,
) -> Result<(Parameters, Option<Envelope>, Precision)> {
    let names = archive.names();
    let envelope = match names.iter().any(|name| name == METADATA) {
        true => Some(envelope(&mut archive)?),
        false => None,
    };
    let mut arrays = Vec::new();
    for name in names.into_iter().filter(|name| name != METADATA) {
        let shape = archive.array(&name, |header, source| match header.count() {
            0 => Err(source.error("header".to_owned(), "at least one number", header.in_words())),
            _ => Ok(header.shape.clone()),
        })?;
        arrays.push(Named { name, shape });
    }
    let layers = named::layers(&arrays, true).map_err(|unfit| Error::Format {
        path: path.to_owned(),
        place: unfit.place,
        expected: unfit.expected,
        found: unfit.found,
        hint: super::HINT.to_owned(),
    })?;
    let (mut read, mut taken) = (Vec::new(), 0);
    let mut array = |header: &Header, source: &mut Source| array(header, source, &mut taken);
    let mut precision = Precision::F32;
    for names in layers {
        let weights = archive.array(&names.weight, &mut array)?;
        let biases = names
            .bias
            .as_ref()
            .map(|bias| archive.array(bias, &mut array))
            .transpose()?;
        if std::iter::once(&weights)
            .chain(&biases)
            .any(|array| array.precision == Precision::F64)
        {
            precision = Precision::F64;
        }
        let (n_out, n_in) = (names.n_out, names.n_in);
        read.push(RawLayer {
            n_out,
            n_in,
            weights: match names.is_turned {
                false => weights.numbers,
                true => turned(&weights.numbers, n_out, n_in),
            },
            biases: biases.map_or_else(|| vec![0.0; n_out], |biases| biases.numbers),
        });
    }
    Ok((Parameters::new(path, read)?, envelope, precision))
}

fn envelope(archive: &mut Npz<impl Read + Seek>) -> Result<Envelope> {
    let text = archive.array(METADATA, |header, source| header.text(source))?;
    let envelope: std::result::Result<Envelope, _> = serde_json::from_str(&text);
    match envelope {
        Ok(envelope) if envelope.format == FORMAT => Ok(envelope),
        Ok(envelope) => {
            let found = format!("{}, of batchprop {}", envelope.format, envelope.version);
            Err(archive.error(METADATA, format!("format {FORMAT}"), found))
        }
        Err(error) => Err(archive.error(
            METADATA,
            "settings that this version knows, as JSON",
            error.to_string(),
        )),
    }
}

/// Reads an array. `taken` counts the numbers of all arrays: an archive of a megabyte can unpack to many gigabytes,
/// and its arrays can share their bytes.
fn array(header: &Header, source: &mut Source, taken: &mut usize) -> Result<Array> {
    *taken = taken.saturating_add(header.count());
    let path = source.path().to_owned();
    room::check_file(&path, (*taken as u64).saturating_mul(size_of::<f64>() as u64))?;
    let mut numbers: Vec<f64> = Vec::new();
    header.numbers(source, |number| {
        if numbers.try_reserve(1).is_err() {
            return Err(Error::io(&path, "read")(io::ErrorKind::OutOfMemory.into()));
        }
        numbers.push(number);
        Ok(())
    })?;
    if let (true, &[rows, columns]) = (header.is_fortran, &*header.shape) {
        let in_file = numbers;
        numbers = Vec::with_capacity(in_file.len());
        for row in 0..rows {
            numbers.extend((0..columns).map(|column| in_file[row + rows * column]));
        }
    }
    Ok(Array {
        numbers,
        precision: match header.elements {
            Elements::Float(2 | 4) => Precision::F32,
            _ => Precision::F64,
        },
    })
}

/// Weights of n_in × n_out as n_out × n_in.
fn turned(weights: &[f64], n_out: usize, n_in: usize) -> Vec<f64> {
    let outputs = 0..n_out;
    outputs
        .flat_map(|output| (0..n_in).map(move |input| weights[input * n_out + output]))
        .collect()
}
