//! Vectors of numbers, for every instruction set. They come from the `pulp` crate, which picks AVX-512, AVX2, NEON or
//! scalar code when the program runs.

mod prefetch;
mod vectors;

use std::sync::LazyLock;

use pulp::Arch;

pub(crate) use prefetch::prefetch;
pub use vectors::Vectors;

/// The best instruction set of this machine, looked up once.
pub(crate) static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Runs a loop over plain numbers, compiled for this machine's vectors.
#[inline(always)]
pub(crate) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    ARCH.dispatch(work)
}
