//! Networks as NumPy's arrays: `0.weight` (n_out × n_in), `0.bias` (n_out), `2.weight`, …, and a string `metadata` with
//! what there is to say about them as JSON, so that nothing is lost on the way back.
//!
//! ```python
//! model = np.load("model.npz")
//! hidden = sigmoid(images @ model["0.weight"].T + model["0.bias"])
//! about = json.loads(str(model["metadata"]))
//! ```
//!
//! Arrays of other programs are read by such names, or as `w1`, `b1`, `w2`, `b2` and the like; where weights fit only as
//! n_in × n_out, as Keras has them, they are turned.

use std::collections::BTreeMap;
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

/// The array with what there is to say.
const METADATA: &str = "metadata";

/// Counts the changes after which older programs could misread a file.
const FORMAT: u32 = 1;

/// What weights and biases are called before their number, the longest first.
const STEMS: [(&str, &str); 3] = [("weights", "biases"), ("weight", "bias"), ("w", "b")];

#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    format: u32,
    /// Of the program that wrote it.
    version: String,
    about: About,
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
    match F::PRECISION {
        Precision::F32 => write_numbers(array, "<f4", shape, numbers.map(|number| number.as_f64() as f32)),
        Precision::F64 => write_numbers(array, "<f8", shape, numbers.map(|number| number.as_f64())),
    }
}

/// An array of numbers.
struct Array {
    shape: Vec<usize>,
    /// The last index fastest.
    numbers: Vec<f64>,
    precision: Precision,
}

/// Reads parameters, what the file says about them, and their precision.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io); [`Error::Format`](crate::Error::Format) when these are not the layers of one network.
pub(super) fn read(path: &Path) -> Result<(Parameters, Option<About>, Precision)> {
    parameters(Npz::open(path, super::WAY_OUT)?, path)
}

/// As [`read`], of a file's bytes.
///
/// # Errors
/// Those of [`read`].
pub(super) fn decode(bytes: Vec<u8>, path: &Path) -> Result<(Parameters, Option<About>, Precision)> {
    parameters(Npz::new(path, io::Cursor::new(bytes), super::WAY_OUT)?, path)
}

fn parameters(
    mut archive: Npz<impl Read + Seek>,
    path: &Path,
) -> Result<(Parameters, Option<About>, Precision)> {
    let names = archive.names();
    let about = match names.iter().any(|name| name == METADATA) {
        true => Some(about(&mut archive)?),
        false => None,
    };
    let mut layers: BTreeMap<u64, (Option<String>, Option<String>)> = BTreeMap::new();
    for name in names.into_iter().filter(|name| name != METADATA) {
        let Some((number, is_weight)) = role(&name) else {
            let expected = "names as 0.weight and 0.bias, or w1 and b1";
            return Err(archive.error(&name, expected, "another name"));
        };
        let layer = layers.entry(number).or_default();
        let place = if is_weight { &mut layer.0 } else { &mut layer.1 };
        if let Some(other) = place.replace(name.clone()) {
            return Err(archive.error(&name, "one of this number", format!("{other}, too")));
        }
    }
    let (mut read, mut taken) = (Vec::new(), 0);
    let mut array = |header: &Header, source: &mut Source| array(header, source, &mut taken);
    let mut precision = Precision::F32;
    for (weight, bias) in layers.into_values() {
        let Some(weight) = weight else {
            let bias = bias.unwrap_or_default();
            return Err(archive.error(&bias, "weights beside it", "none"));
        };
        let weights = archive.array(&weight, &mut array)?;
        let &[rows, columns] = &*weights.shape else {
            return Err(archive.error(&weight, "outputs × inputs", format!("shape {:?}", weights.shape)));
        };
        let biases = match &bias {
            None => None,
            Some(bias) => {
                let biases = archive.array(bias, &mut array)?;
                match *biases.shape {
                    [_] | [_, 1] | [1, _] => Some(biases),
                    _ => {
                        return Err(archive.error(
                            bias,
                            "as many as outputs",
                            format!("shape {:?}", biases.shape),
                        ));
                    }
                }
            }
        };
        for array in std::iter::once(&weights).chain(&biases) {
            if array.precision == Precision::F64 {
                precision = Precision::F64;
            }
        }
        read.push(RawLayer {
            n_out: rows,
            n_in: columns,
            weights: weights.numbers,
            biases: biases.map(|biases| biases.numbers).unwrap_or_default(),
        });
    }
    if !fit(&read) {
        let turned: Vec<RawLayer> = read.iter().map(turned).collect();
        if fit(&turned) {
            read = turned;
        }
    }
    for layer in &mut read {
        if layer.biases.is_empty() {
            layer.biases = vec![0.0; layer.n_out];
        }
    }
    Ok((Parameters::new(path, read)?, about, precision))
}

fn about(archive: &mut Npz<impl Read + Seek>) -> Result<About> {
    let text = archive.array(METADATA, |header, source| header.text(source))?;
    let envelope: std::result::Result<Envelope, _> = serde_json::from_str(&text);
    match envelope {
        Ok(envelope) if envelope.format == FORMAT => Ok(envelope.about),
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

/// Reads an array. `taken` counts the numbers of all: an archive of a megabyte can unpack to any number of gigabytes, and
/// its arrays can be the same bytes many times.
fn array(header: &Header, source: &mut Source, taken: &mut usize) -> Result<Array> {
    if header.count() == 0 {
        return Err(source.error("header".to_owned(), "at least one number", header.in_words()));
    }
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
        shape: header.shape.clone(),
        numbers,
        precision: match header.elements {
            Elements::Float(4) => Precision::F32,
            _ => Precision::F64,
        },
    })
}

/// The number in a name, and whether it is of weights: `0.weight`, `net.2.bias`, `w1`, `bias_3`.
fn role(name: &str) -> Option<(u64, bool)> {
    let name = name.to_lowercase();
    if let Some((module, part)) = name.rsplit_once('.') {
        let start = module
            .trim_end_matches(|digit: char| digit.is_ascii_digit())
            .len();
        let number = module[start..].parse().ok()?;
        return match part {
            "weight" => Some((number, true)),
            "bias" => Some((number, false)),
            _ => None,
        };
    }
    let numbered = |stem: &str| -> Option<u64> {
        name.strip_prefix(stem)?
            .trim_start_matches(['_', '-'])
            .parse()
            .ok()
    };
    STEMS.iter().find_map(|(weight, bias)| {
        let weight = numbered(weight).map(|number| (number, true));
        weight.or_else(|| numbered(bias).map(|number| (number, false)))
    })
}

/// Whether each layer has as many inputs as the one below has outputs, and as many biases as outputs.
fn fit(layers: &[RawLayer]) -> bool {
    let biases_fit = |layer: &RawLayer| layer.biases.is_empty() || layer.biases.len() == layer.n_out;
    layers.windows(2).all(|pair| pair[0].n_out == pair[1].n_in) && layers.iter().all(biases_fit)
}

/// Weights of n_in × n_out as n_out × n_in.
fn turned(layer: &RawLayer) -> RawLayer {
    let (n_out, n_in) = (layer.n_in, layer.n_out);
    let weights = (0..n_out)
        .flat_map(|output| (0..n_in).map(move |input| layer.weights[input * n_out + output]))
        .collect();
    RawLayer {
        n_out,
        n_in,
        weights,
        biases: layer.biases.clone(),
    }
}
