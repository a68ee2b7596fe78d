//! `C ← α·A·B + β·C` in pure Rust, on the calling thread, with the best kernels that this CPU can run.
//!
//! On x86-64 with AVX2 or AVX-512 these are faer's assembly kernels (private-gemm-x86); elsewhere matrixmultiply, on which
//! ndarray depends anyway. Measured in GFLOP/s on one core (Zen 4, AVX-512, about 115 at most), f32, columns stored contiguously:
//!
//! | product, (m × k) · (k × n)     | OpenBLAS 0.3.21 | private-gemm-x86 0.1.22 | its AVX2 kernels | gemm 0.19 | matrixmultiply 0.3.11 |
//! |---|---|---|---|---|---|
//! | `W·X`, 30 × 784 × 10           |  78 |  98 |  74 |  61 |  33 |
//! | `Δ·Xᵀ`, 30 × 10 × 784          |  96 |  76 |  45 |  53 |  53 |
//! | `W·X`, 100 × 784 × 64          |  94 | 102 |  99 |  96 |  80 |
//! | `Δ·Xᵀ`, 100 × 64 × 784         |  95 |  98 |  97 |  97 |  97 |
//! | `W·X`, 800 × 784 × 128         | 102 | 113 | 103 | 109 | 106 |
//! | `Δ·Xᵀ`, 800 × 128 × 784        | 104 | 113 | 108 | 110 | 113 |
//! | `W·X`, 10 × 800 × 128          |  49 |  71 |  64 |  62 |  28 |
//! | `W·X`, 30 × 784 × 1000         |  71 | 107 |  84 | 105 |  60 |
//!
//! The order of additions depends only on the shapes and the kernels, never on addresses or threads.

#[cfg(test)]
mod tests;

use num_traits::Float;

#[cfg(target_arch = "x86_64")]
use crate::math::simd::HELD_TO_AVX2;

/// A matrix in memory: element `(i, j)` lies `i·row_stride + j·column_stride` elements after `first`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strided<P> {
    pub first: P,
    pub row_stride: isize,
    pub column_stride: isize,
}

/// The sizes of a product: `A` is (rows × depth), `B` (depth × columns), `C` (rows × columns).
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
}

/// A family of kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernels {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Kernels {
    /// The fastest that this CPU can run. Cheap: the standard library caches what it asks the CPU.
    pub fn detect() -> Self {
        // For sanitizers: see the build script.
        if cfg!(portable_kernels) {
            return Self::Portable;
        }
        #[cfg(target_arch = "x86_64")]
        {
            // Beside the foundation (f), the kernels mask groups of 8 lanes (dq). Of all CPUs with f, only the Xeon Phi of 2016
            // lacks any of these four.
            if !*HELD_TO_AVX2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    /// The crate and the instructions, as the program prints them.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "private-gemm-x86, AVX-512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "private-gemm-x86, AVX2",
            Self::Portable => "matrixmultiply",
        }
    }
}

/// The element types that have kernels: `f32` and `f64`.
pub(super) trait Real: Float {
    #[cfg(target_arch = "x86_64")]
    const X86: private_gemm_x86::DType;

    /// [`gemm`] by matrixmultiply.
    ///
    /// # Safety
    /// As for [`gemm`].
    unsafe fn portable(
        sizes: Sizes,
        alpha: Self,
        a: Strided<*const Self>,
        b: Strided<*const Self>,
        beta: Self,
        c: Strided<*mut Self>,
    );
}

macro_rules! real {
    ($float:ty, $x86:ident, $matrixmultiply:path) => {
        impl Real for $float {
            #[cfg(target_arch = "x86_64")]
            const X86: private_gemm_x86::DType = private_gemm_x86::DType::$x86;

            unsafe fn portable(
                Sizes {
                    rows,
                    columns,
                    depth,
                }: Sizes,
                alpha: Self,
                a: Strided<*const Self>,
                b: Strided<*const Self>,
                beta: Self,
                c: Strided<*mut Self>,
            ) {
                // SAFETY: matrixmultiply asks for what `gemm` asks for.
                unsafe {
                    $matrixmultiply(
                        rows,
                        depth,
                        columns,
                        alpha,
                        a.first,
                        a.row_stride,
                        a.column_stride,
                        b.first,
                        b.row_stride,
                        b.column_stride,
                        beta,
                        c.first,
                        c.row_stride,
                        c.column_stride,
                    )
                }
            }
        }
    };
}
real!(f32, F32, matrixmultiply::sgemm);
real!(f64, F64, matrixmultiply::dgemm);

/// `C ← α·A·B + β·C`. With `β = 0`, `C` is only written, so that NaN or uninitialised memory in it does no harm; with `α = 0`,
/// `A` and `B` are not read. Both as BLAS requires.
///
/// # Safety
/// - `kernels` is [`Kernels::detect`]'s, or another that this CPU can run.
/// - Within `sizes`, every element of `a` and `b` may be read, and every element of `c` written and, unless `β = 0`, read.
/// - Elements of `c` are distinct, none lies within `a` or `b`, and no other thread touches them.
pub(super) unsafe fn gemm<F: Real>(
    kernels: Kernels,
    sizes: Sizes,
    alpha: F,
    a: Strided<*const F>,
    b: Strided<*const F>,
    beta: F,
    c: Strided<*mut F>,
) {
    if sizes.depth == 0 || alpha.is_zero() {
        // SAFETY: the caller's promise about `c`.
        unsafe { scale(sizes, beta, c) };
        return;
    }
    match kernels {
        // SAFETY: the caller's promises.
        Kernels::Portable => unsafe { F::portable(sizes, alpha, a, b, beta, c) },
        #[cfg(target_arch = "x86_64")]
        Kernels::Avx512 => unsafe { x86(private_gemm_x86::InstrSet::Avx512, sizes, alpha, a, b, beta, c) },
        #[cfg(target_arch = "x86_64")]
        Kernels::Avx2 => unsafe { x86(private_gemm_x86::InstrSet::Avx256, sizes, alpha, a, b, beta, c) },
    }
}

/// [`gemm`] by faer's kernels, for a depth of at least 1.
///
/// # Safety
/// As for [`gemm`]; the CPU can run `instructions`.
#[cfg(target_arch = "x86_64")]
unsafe fn x86<F: Real>(
    instructions: private_gemm_x86::InstrSet,
    sizes: Sizes,
    alpha: F,
    a: Strided<*const F>,
    b: Strided<*const F>,
    beta: F,
    c: Strided<*mut F>,
) {
    use private_gemm_x86::{Accum, DstKind, IType};
    use std::ptr::null;

    // The kernels either replace `C` or add to it.
    let accumulate = if beta.is_zero() {
        Accum::Replace
    } else {
        Accum::Add
    };
    if !beta.is_zero() && !beta.is_one() {
        // SAFETY: the caller's promise about `c`.
        unsafe { scale(sizes, beta, c) };
    }
    // SAFETY: `F::X86` is the type behind all pointers; null index lists with `Full` mean the whole matrix, a null diagonal
    // means none; the rest is the caller's promise.
    unsafe {
        private_gemm_x86::gemm(
            F::X86,
            IType::U64,
            instructions,
            sizes.rows,
            sizes.columns,
            sizes.depth,
            c.first.cast(),
            c.row_stride,
            c.column_stride,
            null(),
            null(),
            DstKind::Full,
            accumulate,
            a.first.cast(),
            a.row_stride,
            a.column_stride,
            false,
            null(),
            0,
            b.first.cast(),
            b.row_stride,
            b.column_stride,
            false,
            (&raw const alpha).cast(),
            1,
        );
    }
}

/// `C ← β·C`; with `β = 0`, `C` is only written.
///
/// # Safety
/// Every element of `c` within `sizes` may be written and, unless `β = 0`, read.
unsafe fn scale<F: Float>(sizes: Sizes, beta: F, c: Strided<*mut F>) {
    if beta.is_one() {
        return;
    }
    for row in 0..sizes.rows as isize {
        for column in 0..sizes.columns as isize {
            let element = c
                .first
                .wrapping_offset(row * c.row_stride + column * c.column_stride);
            // SAFETY: within `sizes`.
            unsafe {
                *element = if beta.is_zero() {
                    F::zero()
                } else {
                    beta * *element
                };
            }
        }
    }
}
