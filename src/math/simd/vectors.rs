//! `f32` and `f64` in vectors and in cache lines, as the kernels need them.

use bytemuck::Pod;
use pulp::Simd;

/// A number type that has vectors.
pub trait Vectors: Pod + Send + Sync {
    /// 64 bytes of numbers, aligned to 64 bytes: the unit in which matrices are laid out.
    type Line: Pod + Send + Sync;
    /// The vector type of an instruction set.
    type Vector<S: Simd>: Copy;

    /// Numbers in a cache line.
    const PER_LINE: usize = 64 / size_of::<Self>();

    /// Numbers in a vector.
    fn lanes<S: Simd>() -> usize;
    /// `value` in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// a + b
    fn add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a · b
    fn mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a · b + c in one rounding, in software where the hardware has no such instruction: slow, but right
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// The slice as whole vectors, without the rest.
    fn vectors<S: Simd>(numbers: &[Self]) -> &[Self::Vector<S>];
    /// The slice as whole vectors, without the rest.
    fn vectors_mut<S: Simd>(numbers: &mut [Self]) -> &mut [Self::Vector<S>];
}

macro_rules! vectors {
    ($number:ty, $line:ident, $vector:ident, $lanes:ident, $splat:ident, $add:ident, $mul:ident, $mul_add:ident, $slice:ident, $slice_mut:ident) => {
        /// A cache line of numbers.
        #[derive(Clone, Copy, bytemuck::Zeroable, bytemuck::Pod)]
        #[repr(C, align(64))]
        pub struct $line([$number; 64 / size_of::<$number>()]);

        impl Vectors for $number {
            type Line = $line;
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$lanes
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$vector {
                simd.$splat(value)
            }

            #[inline(always)]
            fn add<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn mul<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$mul(a, b)
            }

            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$mul_add(a, b, c)
            }

            #[inline(always)]
            fn vectors<S: Simd>(numbers: &[Self]) -> &[S::$vector] {
                S::$slice(numbers).0
            }

            #[inline(always)]
            fn vectors_mut<S: Simd>(numbers: &mut [Self]) -> &mut [S::$vector] {
                S::$slice_mut(numbers).0
            }
        }
    };
}

vectors!(
    f32,
    LineF32,
    f32s,
    F32_LANES,
    splat_f32s,
    add_f32s,
    mul_f32s,
    mul_add_f32s,
    as_simd_f32s,
    as_mut_simd_f32s
);
vectors!(
    f64,
    LineF64,
    f64s,
    F64_LANES,
    splat_f64s,
    add_f64s,
    mul_f64s,
    mul_add_f64s,
    as_simd_f64s,
    as_mut_simd_f64s
);
