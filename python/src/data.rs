//! Digits, orders and distortions, as NumPy arrays.

use std::path::PathBuf;

use batchprop::data::augment::{Augmentation, Augmenter, Elastic};
use batchprop::data::{Dataset, Digits, TrainOn, synthetic};
use batchprop::images::pixels::{ImageShape, PixelSlice, Pixels};
use batchprop::math::random::{Stream, stream};
use batchprop::training::rows::Numbers;
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::exception;
use crate::pool;
use crate::table::Table;

/// Images and labels.
type Labelled<'py> = (Bound<'py, PyAny>, Bound<'py, PyArray1<u16>>);

/// Training, validation and test images, the shape of one, and what the classes are called.
type Parts<'py> = (
    Labelled<'py>,
    Labelled<'py>,
    Labelled<'py>,
    (usize, usize),
    Option<Vec<String>>,
);

fn labelled<'py>(py: Python<'py>, images: &Dataset) -> PyResult<Labelled<'py>> {
    let shape = [images.len(), images.inputs()];
    let pixels = match images.pixels() {
        PixelSlice::Bytes(pixels) => PyArray1::from_slice(py, pixels).reshape(shape)?.into_any(),
        PixelSlice::Floats(pixels) => PyArray1::from_slice(py, pixels).reshape(shape)?.into_any(),
    };
    Ok((pixels, PyArray1::from_slice(py, images.labels())))
}

fn parts<'py>(py: Python<'py>, digits: &Digits) -> PyResult<Parts<'py>> {
    let shape = digits.test().shape();
    Ok((
        labelled(py, &digits.training(TrainOn::Train))?,
        labelled(py, &digits.validation())?,
        labelled(py, digits.test())?,
        (shape.rows, shape.columns),
        digits.class_names().map(<[String]>::to_vec),
    ))
}

/// Synthetic digits.
#[pyfunction]
pub fn digits(
    py: Python<'_>,
    seed: u64,
    training: usize,
    test: usize,
    threads: usize,
) -> PyResult<Labelled<'_>> {
    let images = training + test;
    let digits = pool::run(py, threads, |_| synthetic::digits(seed, images.max(2), 1))?;
    labelled(py, &digits.training(TrainOn::All).slice(0..images))
}

/// The data set at `path`.
#[pyfunction]
pub fn read(py: Python<'_>, path: PathBuf) -> PyResult<Parts<'_>> {
    let digits = py.detach(|| batchprop::load(path)).map_err(exception)?;
    parts(py, &digits)
}

/// The order of the samples in each epoch, as the library draws it from a seed.
#[pyclass(module = "batchprop._batchprop")]
pub struct Shuffle {
    order: Vec<u32>,
    random: rand_xoshiro::Xoshiro256PlusPlus,
}

#[pymethods]
impl Shuffle {
    #[new]
    fn new(samples: u32, seed: u64) -> Self {
        Self {
            order: (0..samples).collect(),
            random: stream(seed, Stream::Shuffle),
        }
    }

    /// The order of the next epoch.
    fn next<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyArray1<u32>> {
        use rand::seq::SliceRandom;
        self.order.shuffle(&mut self.random);
        PyArray1::from_slice(py, &self.order)
    }
}

/// How far images are distorted, as Python says it.
#[derive(FromPyObject)]
pub struct Bounds {
    #[pyo3(item)]
    shift: u8,
    #[pyo3(item)]
    rotation: f64,
    #[pyo3(item)]
    scale: (f64, f64),
    #[pyo3(item)]
    shear: f64,
    #[pyo3(item)]
    translation: f64,
    /// α and σ.
    #[pyo3(item)]
    elastic: Option<(f64, f64)>,
}

/// The bounds of this name.
#[pyfunction]
pub fn preset<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyDict>> {
    let presets = [
        ("none", Augmentation::NONE),
        ("shift", Augmentation::SHIFT),
        ("affine", Augmentation::AFFINE),
        ("elastic", Augmentation::ELASTIC),
        ("all", Augmentation::ALL),
    ];
    let found = presets.iter().find(|(known, _)| *known == name);
    let (_, preset) = found.ok_or_else(|| {
        PyValueError::new_err(format!(
            "augment {name:?}: expected none, shift, affine, elastic or all"
        ))
    })?;
    let bounds = PyDict::new(py);
    bounds.set_item("shift", preset.shift)?;
    bounds.set_item("rotation", preset.rotation)?;
    bounds.set_item("scale", preset.scale)?;
    bounds.set_item("shear", preset.shear)?;
    bounds.set_item("translation", preset.translation)?;
    bounds.set_item(
        "elastic",
        preset.elastic.map(|elastic| (elastic.alpha, elastic.sigma)),
    )?;
    Ok(bounds)
}

impl From<Bounds> for Augmentation {
    fn from(bounds: Bounds) -> Self {
        Self {
            shift: bounds.shift,
            rotation: bounds.rotation,
            scale: bounds.scale,
            shear: bounds.shear,
            translation: bounds.translation,
            elastic: bounds.elastic.map(|(alpha, sigma)| Elastic { alpha, sigma }),
        }
    }
}

/// The images of a dense table. Double precision becomes single; bytes become floats if `bytes_are_numbers`, not pixels.
pub fn images(
    py: Python,
    table: &Table,
    labels: Vec<u16>,
    shape: Option<(usize, usize)>,
    bytes_are_numbers: bool,
) -> PyResult<Dataset> {
    let (pixels, n_in) = table.with_rows(py, 1.0, |rows| {
        let pixels = match rows.numbers() {
            Numbers::Bytes { numbers, .. } if bytes_are_numbers => {
                Pixels::Floats(numbers.iter().map(|&k| f32::from(k)).collect())
            }
            Numbers::Bytes { numbers, .. } => Pixels::Bytes(numbers.to_vec()),
            Numbers::Singles(numbers) => Pixels::Floats(numbers.to_vec()),
            Numbers::Doubles(numbers) => Pixels::Floats(numbers.iter().map(|&x| x as f32).collect()),
            Numbers::Sparse(_) | Numbers::SparseDoubles(_) => {
                return Err(PyValueError::new_err(
                    "augment: expected a dense array of images; X.toarray() makes one",
                ));
            }
        };
        Ok((pixels, rows.n_in()))
    })?;
    let shape = match shape {
        Some((rows, columns)) => Some(ImageShape { rows, columns }).filter(|shape| shape.pixels() == n_in),
        None => ImageShape::square(n_in),
    };
    let shape = shape.ok_or_else(|| {
        PyValueError::new_err(format!(
            "augment: {n_in} features are not a square image, or not one of this shape: give image_shape=(rows, columns)"
        ))
    })?;
    Dataset::new(pixels, labels, shape, "X").map_err(exception)
}

/// `samples` distorted as in `epoch`.
#[pyfunction]
pub fn augment<'py>(
    samples: &Bound<'py, PyAny>,
    bounds: Bounds,
    shape: Option<(usize, usize)>,
    seed: u64,
    epoch: usize,
    threads: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = samples.py();
    let table = Table::new(samples)?;
    let labels = table.with_rows(py, 1.0, |rows| Ok(vec![0; rows.len()]))?;
    let images = images(py, &table, labels, shape, false)?;
    let augmenter = Augmenter::new(bounds.into(), images.shape(), seed).map_err(exception)?;
    let (pixels, _) = labelled(
        py,
        &pool::run(py, threads, |_| augmenter.draw_all(&images, epoch))?,
    )?;
    match table {
        Table::Doubles(_) => {
            let singles: Bound<PyArray2<f32>> = pixels.extract()?;
            Ok(singles.cast_array::<f64>(false)?.into_any())
        }
        _ => Ok(pixels),
    }
}
