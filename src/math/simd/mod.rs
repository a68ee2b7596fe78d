//! Vectors of numbers, for every instruction set. They come from the `pulp` crate, which picks AVX-512, AVX2, NEON or
//! scalar code when the program runs.

#[cfg(test)]
pub(crate) mod instruction_sets;
mod prefetch;
mod vectors;

use std::sync::LazyLock;

use pulp::{Arch, WithSimd};

pub(crate) use prefetch::prefetch;
pub use vectors::Vectors;

/// The best instruction set of this machine, looked up once.
static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Does `work` with this machine's vectors.
#[inline(always)]
pub(crate) fn dispatch<W: WithSimd>(work: W) -> W::Output {
    #[cfg(test)]
    return instruction_sets::dispatch(work);
    #[cfg(not(test))]
    ARCH.dispatch(work)
}

/// Runs a loop over plain numbers, compiled for this machine's vectors.
#[inline(always)]
pub(crate) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    dispatch(work)
}
