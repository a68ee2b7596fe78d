//! The compiled part of the Python package: NumPy arrays in, the library's work, NumPy arrays out.
//!
//! It holds no policy: which defaults, which random numbers and when training ends is decided in `python/batchprop`.
//! Weights have scikit-learn's shape here, (n_in × n_out).

mod convention;
mod data;
mod errors;
mod models;
mod parameters;
mod pool;
mod table;
mod trainer;

use pyo3::prelude::*;

#[pymodule]
fn _batchprop(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<trainer::Trainer>()?;
    module.add_class::<data::Shuffle>()?;
    module.add_function(wrap_pyfunction!(parameters::initial, module)?)?;
    module.add_function(wrap_pyfunction!(parameters::outputs, module)?)?;
    module.add_function(wrap_pyfunction!(parameters::sha256, module)?)?;
    module.add_function(wrap_pyfunction!(models::save, module)?)?;
    module.add_function(wrap_pyfunction!(models::load, module)?)?;
    module.add_function(wrap_pyfunction!(data::digits, module)?)?;
    module.add_function(wrap_pyfunction!(data::read, module)?)?;
    module.add_function(wrap_pyfunction!(data::preset, module)?)?;
    module.add_function(wrap_pyfunction!(data::augment, module)?)?;
    Ok(())
}
