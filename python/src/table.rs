//! The samples that Python passes: a dense array, or the three arrays of a compressed one. Borrowed, never copied.

use batchprop::training::rows::{Compressed, Numbers, Rows};
use numpy::{Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::errors::exception;

/// Samples, one per row.
pub enum Table {
    Bytes(Py<PyArray2<u8>>),
    Singles(Py<PyArray2<f32>>),
    Doubles(Py<PyArray2<f64>>),
    Sparse(Indices, Py<PyArray1<f32>>),
    SparseDoubles(Indices, Py<PyArray1<f64>>),
}

/// Where a compressed array's numbers belong.
pub struct Indices {
    starts: Py<PyArray1<u64>>,
    columns: Py<PyArray1<u32>>,
    n_in: usize,
}

impl Table {
    /// `samples` is an array, or a tuple of row starts, columns, values and the number of columns.
    pub fn new(samples: &Bound<PyAny>) -> PyResult<Self> {
        type Given<'py> = (Py<PyArray1<u64>>, Py<PyArray1<u32>>, Bound<'py, PyAny>, usize);
        if let Ok(array) = samples.cast::<PyArray2<u8>>() {
            return Ok(Self::Bytes(array.clone().unbind()));
        }
        if let Ok(array) = samples.cast::<PyArray2<f32>>() {
            return Ok(Self::Singles(array.clone().unbind()));
        }
        if let Ok(array) = samples.cast::<PyArray2<f64>>() {
            return Ok(Self::Doubles(array.clone().unbind()));
        }
        let (starts, columns, values, n_in): Given = samples.extract().map_err(|_| {
            PyTypeError::new_err(
                "expected a 2-dimensional array of uint8, float32 or float64, or a compressed one",
            )
        })?;
        let indices = Indices {
            starts,
            columns,
            n_in,
        };
        match values.cast::<PyArray1<f32>>() {
            Ok(values) => Ok(Self::Sparse(indices, values.clone().unbind())),
            Err(_) => Ok(Self::SparseDoubles(indices, values.extract()?)),
        }
    }

    /// Calls `work` with the rows. A byte k means `k × byte_scale`.
    pub fn with_rows<T>(
        &self,
        py: Python,
        byte_scale: f64,
        work: impl FnOnce(Rows) -> PyResult<T>,
    ) -> PyResult<T> {
        match self {
            Self::Bytes(array) => {
                let array = array.bind(py).try_readonly()?;
                let (numbers, scale) = (array.as_slice()?, byte_scale);
                work(rows(Numbers::Bytes { numbers, scale }, array.shape()[1])?)
            }
            Self::Singles(array) => {
                let array = array.bind(py).try_readonly()?;
                work(rows(Numbers::Singles(array.as_slice()?), array.shape()[1])?)
            }
            Self::Doubles(array) => {
                let array = array.bind(py).try_readonly()?;
                work(rows(Numbers::Doubles(array.as_slice()?), array.shape()[1])?)
            }
            Self::Sparse(indices, values) => {
                let parts = indices.with_values(py, values)?;
                work(rows(Numbers::Sparse(parts.compressed()?), indices.n_in)?)
            }
            Self::SparseDoubles(indices, values) => {
                let parts = indices.with_values(py, values)?;
                work(rows(Numbers::SparseDoubles(parts.compressed()?), indices.n_in)?)
            }
        }
    }
}

/// The arrays of a compressed array, locked for reading.
struct Parts<'py, V: Element> {
    starts: PyReadonlyArray1<'py, u64>,
    columns: PyReadonlyArray1<'py, u32>,
    values: PyReadonlyArray1<'py, V>,
}

impl Indices {
    fn with_values<'py, V: Element>(
        &self,
        py: Python<'py>,
        values: &Py<PyArray1<V>>,
    ) -> PyResult<Parts<'py, V>> {
        Ok(Parts {
            starts: self.starts.bind(py).try_readonly()?,
            columns: self.columns.bind(py).try_readonly()?,
            values: values.bind(py).try_readonly()?,
        })
    }
}

impl<V: Element> Parts<'_, V> {
    fn compressed(&self) -> PyResult<Compressed<'_, V>> {
        Ok(Compressed {
            starts: self.starts.as_slice()?,
            columns: self.columns.as_slice()?,
            values: self.values.as_slice()?,
        })
    }
}

fn rows(numbers: Numbers, n_in: usize) -> PyResult<Rows> {
    Rows::new(numbers, n_in).map_err(exception)
}
