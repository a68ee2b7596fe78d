//! OpenBLAS: its version, its kernels and its threads.
//!
//! Declared here rather than taken from a bindings crate: four functions, stable since OpenBLAS 0.2 (its `cblas.h`).

use std::ffi::{CStr, c_char, c_int};

unsafe extern "C" {
    fn openblas_get_config() -> *const c_char;
    fn openblas_get_corename() -> *const c_char;
    fn openblas_get_num_threads() -> c_int;
    fn openblas_set_num_threads(threads: c_int);
}

/// `OpenBLAS 0.3.21 (Cooperlake kernels, 1 thread per call)`.
pub(super) fn name() -> String {
    // SAFETY: no arguments; OpenBLAS answers with C strings in static memory, which it writes while it is loaded.
    let (config, kernels) = unsafe {
        (
            CStr::from_ptr(openblas_get_config()),
            CStr::from_ptr(openblas_get_corename()),
        )
    };
    // SAFETY: no arguments; reads one integer.
    let threads = unsafe { openblas_get_num_threads() };
    // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …": the first two words.
    let config = config.to_string_lossy();
    let version = config.split_whitespace().nth(1).unwrap_or("of unknown version");
    let kernels = kernels.to_string_lossy();
    let plural = if threads == 1 { "" } else { "s" };
    format!("OpenBLAS {version} ({kernels} kernels, {threads} thread{plural} per call)")
}

/// Sets how many threads each later call may use.
pub(super) fn set_threads(threads: c_int) {
    // SAFETY: takes any number; OpenBLAS guards its pool of threads itself.
    unsafe { openblas_set_num_threads(threads) }
}
