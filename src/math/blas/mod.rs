//! The linked BLAS. No other room knows which it is.
//!
//! The rest of the crate multiplies matrices through ndarray ([`ndarray::linalg::general_mat_mul`], `dot`), and ndarray calls
//! the C interface of BLAS. Which library implements it is decided when the crate is built (see `build.rs`):
//!
//! | `cfg(blas = …)` | implementation | threads per call |
//! |---|---|---|
//! | `"openblas"` | an OpenBLAS of this machine, or ndarray-linalg's (features `openblas-*`) | 1, set at the start |
//! | `"intel-mkl"` | Intel MKL (feature `intel-mkl-static`: its sequential variant) | 1 |
//! | `"rust"` | this crate (`provider.rs`) over pure-Rust kernels (`gemm.rs`) | 1 |
//!
//! Promises, whichever is linked: a call runs on the thread that makes it, and gives the same bits on every thread.
//!
//! ```
//! batchprop::math::blas::use_one_thread_per_call();
//! let weights = ndarray::Array2::<f32>::ones((30, 784));
//! let images = ndarray::Array2::<f32>::ones((784, 10));
//! assert_eq!(weights.dot(&images)[[29, 9]], 784.0);
//! ```
//!
//! This room needs `unsafe` code because it calls C functions and provides some.

#![allow(unsafe_code)]

// An unused crate is not linked: this line makes the backend of a feature part of every program. Of ndarray-linalg's
// functions, those that need LAPACK may only be called under `cfg(lapack)`: without a linked BLAS there is no
// LAPACK, and only unused calls are dropped by the linker.
use ndarray_linalg as _;

mod gemm;
#[cfg(blas = "openblas")]
mod openblas;
#[cfg(blas = "rust")]
mod provider;
pub mod rust;

/// Names the linked BLAS, its version and the kernels that it chose for this CPU, for the first lines of a report:
/// `OpenBLAS 0.3.21 (Cooperlake kernels, 1 thread per call)`.
pub fn name() -> String {
    #[cfg(blas = "openblas")]
    return openblas::name();
    #[cfg(blas = "intel-mkl")]
    return "Intel MKL (1 thread per call)".to_owned();
    #[cfg(blas = "rust")]
    return format!("pure-Rust kernels ({}, 1 thread per call)", rust::kernels());
}

/// How to get OpenBLAS, if no BLAS is linked; else `None`.
pub fn advice() -> Option<&'static str> {
    if cfg!(not(blas = "rust")) {
        None
    } else if option_env!("BATCHPROP_BLAS") == Some("rust") {
        Some(
            "this build was told not to look for OpenBLAS: unset BATCHPROP_BLAS and run the same command again",
        )
    } else {
        Some(
            "to use OpenBLAS, install its development package (Debian, Ubuntu: apt install libopenblas-dev; \
             Fedora: dnf install openblas-devel; Arch: pacman -S openblas; macOS: brew install openblas) \
             and run the same command again",
        )
    }
}

/// Makes every BLAS call stay on the thread that calls it. Call it once, before the first product.
///
/// Rayon distributes the work: each of its threads gets a piece of the mini-batch or of the test set. If BLAS started its own
/// threads for each call, there would be `cores²` threads, and sums would be cut at places that depend on the number of
/// cores.
pub fn use_one_thread_per_call() {
    // The others never use more than one.
    #[cfg(blas = "openblas")]
    openblas::set_threads(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_one_thread_once_it_is_set() {
        use_one_thread_per_call();
        assert!(name().ends_with("1 thread per call)"), "{}", name());
    }

    #[test]
    fn advice_is_given_exactly_where_no_blas_is_linked() {
        assert_eq!(advice().is_some(), name().starts_with("pure-Rust kernels"));
    }
}
