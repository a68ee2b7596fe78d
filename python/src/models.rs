//! Networks as files, in all formats of the library.

use std::path::PathBuf;

use batchprop::storage::model::{self, GivenFunctions, Metadata, ModelFile};
use batchprop::{Activation, Functions, Output, Precision, Real};
use numpy::Element;
use pyo3::prelude::*;

use crate::errors::exception;
use crate::parameters::{Given, Names, arrays, functions, is_double, named, network};

/// Writes a network to `path`, in the format that its ending says.
#[pyfunction]
pub fn save(
    path: PathBuf,
    parameters: Given,
    names: Names,
    class_names: Option<Vec<String>>,
) -> PyResult<()> {
    let functions = functions(&names)?;
    let metadata = Metadata {
        class_names,
        ..Metadata::default()
    };
    let saved = if is_double(&parameters) {
        model::save(&network::<f64>(&parameters, functions)?, &metadata, &path)
    } else {
        model::save(&network::<f32>(&parameters, functions)?, &metadata, &path)
    };
    saved.map_err(exception)
}

/// A network's arrays, the names of its functions, and what its classes are called.
type Loaded<'py> = (
    Bound<'py, PyAny>,
    (&'static str, &'static str, &'static str),
    Option<Vec<String>>,
);

/// Reads the network at `path`. A file of another program does not name its functions: `activation` and `output` do.
#[pyfunction]
#[pyo3(signature = (path, activation=None, output=None))]
pub fn load<'py>(
    py: Python<'py>,
    path: PathBuf,
    activation: Option<&str>,
    output: Option<&str>,
) -> PyResult<Loaded<'py>> {
    fn read<'py, F: Real + Element>(
        py: Python<'py>,
        file: &ModelFile,
        given: GivenFunctions,
    ) -> PyResult<(Bound<'py, PyAny>, Functions)> {
        let network = file.network_with::<F>(given).map_err(exception)?;
        let arrays = arrays(py, network.layers()).into_pyobject(py)?.into_any();
        Ok((arrays, network.functions()))
    }
    let activation = activation.map(|name| named("activation", name, &Activation::ALL, Activation::name));
    let output = output.map(|name| named("output", name, &Output::ALL, Output::name));
    let given = GivenFunctions {
        activation: activation.transpose()?,
        output: output.transpose()?,
        cost: None,
    };
    let file = ModelFile::read(&path).map_err(exception)?;
    let (arrays, functions) = match file.precision() {
        Precision::F32 => read::<f32>(py, &file, given)?,
        Precision::F64 => read::<f64>(py, &file, given)?,
    };
    let names = (
        functions.activation.name(),
        functions.output.name(),
        functions.cost.name(),
    );
    let class_names = file.metadata().and_then(|metadata| metadata.class_names.clone());
    Ok((arrays, names, class_names))
}
