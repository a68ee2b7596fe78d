//! Networks as Python holds them: lists of weights (n_in × n_out) and of biases (n_out), and the names of functions.

use batchprop::training::rows;
use batchprop::{Activation, Cost, Functions, Initialisation, Network, Output, Real};
use numpy::{Element, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::exception;
use crate::pool;
use crate::table::Table;

/// Weights and biases as Python passes them, layer by layer.
pub type Given<'py> = (Vec<Bound<'py, PyAny>>, Vec<Bound<'py, PyAny>>);

/// Weights and biases as Python gets them, layer by layer.
pub type Arrays<'py, F> = (Vec<Bound<'py, PyArray2<F>>>, Vec<Bound<'py, PyArray1<F>>>);

/// The names of a network's functions: of its hidden units, of its outputs, of its cost.
pub type Names = (String, String, String);

/// The variant of this name, among `all`.
pub fn named<T: Copy>(what: &str, name: &str, all: &[T], name_of: impl Fn(T) -> &'static str) -> PyResult<T> {
    let found = all.iter().copied().find(|&it| name_of(it) == name);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|&it| name_of(it)).collect();
        PyValueError::new_err(format!("{what} {name:?}: expected one of {}", names.join(", ")))
    })
}

/// The functions of these names.
pub fn functions((activation, output, cost): &Names) -> PyResult<Functions> {
    Ok(Functions {
        activation: named("activation", activation, &Activation::ALL, Activation::name)?,
        output: named("output", output, &Output::ALL, Output::name)?,
        cost: named("cost", cost, &Cost::ALL, Cost::name)?,
    })
}

/// Whether parameters are of double precision.
pub fn is_double((coefs, _): &Given) -> bool {
    coefs
        .first()
        .is_some_and(|coef| coef.cast::<PyArray2<f64>>().is_ok())
}

/// A network of these parameters.
pub fn network<F: Real + Element>(parameters: &Given, functions: Functions) -> PyResult<Network<F>> {
    let (coefs, intercepts) = parameters;
    let rows = coefs.iter().take(1).map(|array| array.len());
    let sizes = rows.chain(intercepts.iter().map(|array| array.len()));
    let network = Network::zeros(&sizes.collect::<PyResult<Vec<_>>>()?).map_err(exception)?;
    let mut network = network.with_functions(functions).map_err(exception)?;
    assign(&mut network, parameters)?;
    Ok(network)
}

/// Replaces the parameters.
pub fn assign<F: Real + Element>(network: &mut Network<F>, (coefs, intercepts): &Given) -> PyResult<()> {
    let mismatch =
        || PyValueError::new_err("coefs_ and intercepts_ do not have the shapes of one network's layers");
    if coefs.len() != network.layers().len() || intercepts.len() != coefs.len() {
        return Err(mismatch());
    }
    for ((layer, coef), biases) in network.layers_mut().iter_mut().zip(coefs).zip(intercepts) {
        let coef: PyReadonlyArray2<F> = coef.extract()?;
        let biases: PyReadonlyArray1<F> = biases.extract()?;
        if coef.as_array().dim() != (layer.n_in(), layer.n_out()) || biases.len()? != layer.n_out() {
            return Err(mismatch());
        }
        layer.weights_mut().assign(&coef.as_array().t());
        layer.biases_mut().assign(&biases.as_array());
    }
    Ok(())
}

/// The parameters as arrays.
pub fn arrays<'py, F: Real + Element>(
    py: Python<'py>,
    layers: &[batchprop::network::layer::Layer<F>],
) -> Arrays<'py, F> {
    let coefs = layers
        .iter()
        .map(|layer| PyArray2::from_array(py, &layer.weights().t()));
    let intercepts = layers
        .iter()
        .map(|layer| PyArray1::from_array(py, &layer.biases()));
    (coefs.collect(), intercepts.collect())
}

/// Initial parameters of networks of `sizes`, as the library draws them from `seed`.
#[pyfunction]
pub fn initial<'py>(
    py: Python<'py>,
    sizes: Vec<usize>,
    initialisation: &str,
    seed: u64,
    double: bool,
) -> PyResult<Bound<'py, PyAny>> {
    fn drawn<F: Real>(sizes: &[usize], by: Initialisation, seed: u64) -> PyResult<Network<F>> {
        let network = Network::<F>::zeros(sizes).and_then(|network| network.initialised(by, seed));
        network.map_err(exception)
    }
    let by = named("init", initialisation, &Initialisation::ALL, Initialisation::name)?;
    if double {
        arrays(py, drawn::<f64>(&sizes, by, seed)?.layers())
            .into_pyobject(py)
            .map(Bound::into_any)
    } else {
        arrays(py, drawn::<f32>(&sizes, by, seed)?.layers())
            .into_pyobject(py)
            .map(Bound::into_any)
    }
}

/// The outputs for every row of `samples`: (rows × n_out).
#[pyfunction]
pub fn outputs<'py>(
    parameters: Given<'py>,
    names: Names,
    samples: &Bound<'py, PyAny>,
    byte_scale: f64,
    threads: usize,
) -> PyResult<Bound<'py, PyAny>> {
    fn of<'py, F: Real + Element>(
        py: Python<'py>,
        network: &Network<F>,
        table: &Table,
        byte_scale: f64,
        threads: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let outputs = table.with_rows(py, byte_scale, |rows| {
            if rows.n_in() != network.n_in() {
                let (found, expected) = (rows.n_in(), network.n_in());
                return Err(PyValueError::new_err(format!(
                    "X has {found} features, but {expected} are expected"
                )));
            }
            pool::run(py, threads, |_| rows::outputs(network, rows))?.map_err(exception)
        })?;
        Ok(PyArray2::from_owned_array(py, outputs).into_any())
    }
    let functions = functions(&names)?;
    let table = Table::new(samples)?;
    let py = samples.py();
    if is_double(&parameters) {
        of(
            py,
            &network::<f64>(&parameters, functions)?,
            &table,
            byte_scale,
            threads,
        )
    } else {
        of(
            py,
            &network::<f32>(&parameters, functions)?,
            &table,
            byte_scale,
            threads,
        )
    }
}

/// SHA-256 of the parameters, as the program prints it.
#[pyfunction]
pub fn sha256(parameters: Given) -> PyResult<String> {
    let functions = Functions::default();
    if is_double(&parameters) {
        Ok(network::<f64>(&parameters, functions)?.sha256())
    } else {
        Ok(network::<f32>(&parameters, functions)?.sha256())
    }
}
