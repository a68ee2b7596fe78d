//! Vectors of numbers for every instruction set. The `pulp` crate chooses AVX-512, AVX2, NEON or scalar code when the
//! program runs.
//!
//! Nothing that a kernel computes may depend on the choice: see the order of additions in `kernel`.

#[cfg(test)]
pub(crate) mod instruction_sets;
mod prefetch;
mod vectors;

use std::sync::LazyLock;

use pulp::Arch;

#[cfg(test)]
pub(crate) use instruction_sets::dispatch;
pub(crate) use prefetch::prefetch;
pub use vectors::Vectors;

/// The best instruction set of this machine, looked up once.
static ARCH: LazyLock<Arch> = LazyLock::new(|| {
    #[cfg(target_arch = "x86_64")]
    if *HELD_TO_AVX2 && let Some(avx2) = pulp::x86::V3::try_new() {
        return Arch::V3(avx2);
    }
    Arch::new()
});

/// For comparisons with machines that have no AVX-512: whether the environment says `BATCHPROP_MAX_ISA=avx2`. It changes the
/// time, and not what the kernels compute.
#[cfg(target_arch = "x86_64")]
pub(crate) static HELD_TO_AVX2: LazyLock<bool> =
    LazyLock::new(|| std::env::var_os("BATCHPROP_MAX_ISA").is_some_and(|isa| isa == "avx2"));

/// Whether this machine has an instruction for fused multiply-add. Without it, the kernels compute the same bits in
/// software.
pub fn has_fused_multiply_add() -> bool {
    // Other processors that the kernels have vectors for have it always; for x86-64, `pulp` looks for both together.
    !(cfg!(target_arch = "x86_64") && matches!(*ARCH, Arch::Scalar))
}

/// The instruction set that the kernels use, or the kind of processor where there is no choice.
pub fn instruction_set() -> &'static str {
    match *ARCH {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(_) => "AVX-512",
        #[cfg(target_arch = "x86_64")]
        Arch::V3(_) => "AVX2",
        _ => std::env::consts::ARCH,
    }
}

/// Runs `work` with this machine's vectors.
#[cfg(not(test))]
#[inline(always)]
pub(crate) fn dispatch<W: pulp::WithSimd>(work: W) -> W::Output {
    ARCH.dispatch(work)
}

/// Runs a loop over plain numbers that the compiler turns into this machine's vectors. Its elements must be independent of
/// each other: the compiler never reorders a sum.
#[inline(always)]
pub(crate) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    dispatch(work)
}
