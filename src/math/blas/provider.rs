//! The BLAS functions that ndarray calls, provided by this crate where no BLAS is linked.
//!
//! ndarray 0.17 calls eight functions of the C interface (CBLAS, <https://www.netlib.org/blas/cblas.h>): `dot`, `gemv` and
//! `gemm` for `f32` (`s`) and `f64` (`d`), and `gemm` for the complex types (`c`, `z`). The linker finds them here by name.
//! The crate itself multiplies real matrices, so only real `gemm` is optimised. The others are simple.
//!
//! Arguments are as in BLAS: negative sizes and unknown constants are the caller's bug and end the program with a
//! message, as the reference implementation's `xerbla` does.

mod complex;

use std::ffi::c_int;

use super::gemm::{Kernels, Real, Sizes, Strided, gemm};

const ROW_MAJOR: c_int = 101;
const COLUMN_MAJOR: c_int = 102;
const AS_IT_IS: c_int = 111;
const TRANSPOSED: c_int = 112;
const CONJUGATE_TRANSPOSED: c_int = 113;

/// How `op(matrix)` lies in memory, for a matrix stored in `layout` with `leading` elements from line to line.
fn strided<P>(layout: c_int, operation: c_int, first: P, leading: c_int) -> Strided<P> {
    let by_rows = match layout {
        ROW_MAJOR => true,
        COLUMN_MAJOR => false,
        _ => panic!("cblas: layout {layout}: expected {ROW_MAJOR} or {COLUMN_MAJOR}"),
    };
    let transposed = match operation {
        AS_IT_IS => false,
        TRANSPOSED | CONJUGATE_TRANSPOSED => true,
        _ => panic!(
            "cblas: transpose {operation}: expected {AS_IT_IS}, {TRANSPOSED} or {CONJUGATE_TRANSPOSED}"
        ),
    };
    let (row_stride, column_stride) = if by_rows != transposed {
        (leading as isize, 1)
    } else {
        (1, leading as isize)
    };
    Strided {
        first,
        row_stride,
        column_stride,
    }
}

fn size(given: c_int) -> usize {
    usize::try_from(given).unwrap_or_else(|_| panic!("cblas: size {given}: expected 0 or more"))
}

fn sizes(rows: c_int, columns: c_int, depth: c_int) -> Sizes {
    Sizes {
        rows: size(rows),
        columns: size(columns),
        depth: size(depth),
    }
}

/// Where element 0 of a BLAS vector is: BLAS is given the lowest address, also where the step is negative.
fn element_zero(length: usize, step: c_int) -> isize {
    if step < 0 {
        (1 - length as isize) * step as isize
    } else {
        0
    }
}

/// `Σ x[i]·y[i]`, in eight partial sums where both are contiguous.
///
/// # Safety
/// `length` elements, `x_step` and `y_step` apart from `x` and `y` on, may be read.
unsafe fn dot<F: Real>(length: usize, x: *const F, x_step: isize, y: *const F, y_step: isize) -> F {
    // Some callers pass dangling pointers with a length of 0.
    if length == 0 {
        return F::zero();
    }
    if x_step == 1 && y_step == 1 {
        // SAFETY: `length` contiguous elements each.
        let (x, y) = unsafe {
            (
                std::slice::from_raw_parts(x, length),
                std::slice::from_raw_parts(y, length),
            )
        };
        let (x_blocks, x_rest) = x.as_chunks::<8>();
        let (y_blocks, y_rest) = y.as_chunks::<8>();
        let mut sums = [F::zero(); 8];
        for (x, y) in x_blocks.iter().zip(y_blocks) {
            for lane in 0..8 {
                sums[lane] = sums[lane] + x[lane] * y[lane];
            }
        }
        let rest = x_rest.iter().zip(y_rest).map(|(&x, &y)| x * y);
        return sums.into_iter().chain(rest).fold(F::zero(), |sum, x| sum + x);
    }
    (0..length as isize).fold(F::zero(), |sum, i| {
        // SAFETY: i < length.
        sum + unsafe { x.offset(i * x_step).read() * y.offset(i * y_step).read() }
    })
}

/// `y ← α·A·x + β·y`, for `A` of `rows` × `columns`.
///
/// # Safety
/// Within their sizes, `a` and `x` may be read, `y` written and, unless `β = 0`, read; `y` lies apart from both.
#[expect(clippy::too_many_arguments, reason = "the signature of BLAS")]
unsafe fn gemv<F: Real>(
    rows: usize,
    columns: usize,
    alpha: F,
    a: Strided<*const F>,
    x: *const F,
    x_step: isize,
    beta: F,
    y: *mut F,
    y_step: isize,
) {
    if a.column_stride == 1 {
        // `A` lies in memory row by row: a dot product each.
        for i in 0..rows as isize {
            // SAFETY: i < rows; a row of `a` is a vector of `columns` elements.
            unsafe {
                let y = y.offset(i * y_step);
                let kept = if beta.is_zero() { F::zero() } else { beta * *y };
                let row = a.first.offset(i * a.row_stride);
                *y = if alpha.is_zero() {
                    kept
                } else {
                    kept + alpha * dot(columns, row, 1, x, x_step)
                };
            }
        }
        return;
    }
    // Column by column: a product of matrices whose right one has a single column. Only the portable kernels promise to write
    // to any stride.
    let kernels = if y_step == 1 {
        Kernels::detect()
    } else {
        Kernels::Portable
    };
    let sizes = Sizes {
        rows,
        columns: 1,
        depth: columns,
    };
    let x = Strided {
        first: x,
        row_stride: x_step,
        column_stride: 1,
    };
    let y = Strided {
        first: y,
        row_stride: y_step,
        column_stride: rows as isize * y_step,
    };
    // SAFETY: the caller's promises; with a single column, the column strides lead nowhere.
    unsafe { gemm(kernels, sizes, alpha, a, x, beta, y) }
}

/// Defines `dot`, `gemv` and `gemm` for one real type, under the names of the C interface.
macro_rules! real {
    ($float:ty, $dot:ident, $gemv:ident, $gemm:ident) => {
        /// `Σ x[i]·y[i]`.
        ///
        /// # Safety
        /// As in BLAS: `x` and `y` hold `n` elements, `|x_step|` and `|y_step|` apart.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $dot(
            n: c_int,
            x: *const $float,
            x_step: c_int,
            y: *const $float,
            y_step: c_int,
        ) -> $float {
            // As in BLAS, a negative length is an empty one here.
            let length = usize::try_from(n).unwrap_or(0);
            // SAFETY: the caller's promise.
            unsafe {
                dot(
                    length,
                    x.wrapping_offset(element_zero(length, x_step)),
                    x_step as isize,
                    y.wrapping_offset(element_zero(length, y_step)),
                    y_step as isize,
                )
            }
        }

        /// `y ← α·op(A)·x + β·y`; `rows` and `columns` are those of `A`, not of `op(A)`.
        ///
        /// # Safety
        /// As in BLAS: the matrix and the vectors hold what the sizes say, and `y` lies apart from the others.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $gemv(
            layout: c_int,
            operation: c_int,
            rows: c_int,
            columns: c_int,
            alpha: $float,
            a: *const $float,
            leading: c_int,
            x: *const $float,
            x_step: c_int,
            beta: $float,
            y: *mut $float,
            y_step: c_int,
        ) {
            let (rows, columns) = if operation == AS_IT_IS {
                (size(rows), size(columns))
            } else {
                (size(columns), size(rows))
            };
            // SAFETY: the caller's promise.
            unsafe {
                gemv(
                    rows,
                    columns,
                    alpha,
                    strided(layout, operation, a, leading),
                    x.wrapping_offset(element_zero(columns, x_step)),
                    x_step as isize,
                    beta,
                    y.wrapping_offset(element_zero(rows, y_step)),
                    y_step as isize,
                )
            }
        }

        /// `C ← α·op(A)·op(B) + β·C`; `op(A)` is (rows × depth), `op(B)` (depth × columns).
        ///
        /// # Safety
        /// As in BLAS: the matrices hold what the sizes say, and `c` lies apart from the others.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $gemm(
            layout: c_int,
            a_operation: c_int,
            b_operation: c_int,
            rows: c_int,
            columns: c_int,
            depth: c_int,
            alpha: $float,
            a: *const $float,
            a_leading: c_int,
            b: *const $float,
            b_leading: c_int,
            beta: $float,
            c: *mut $float,
            c_leading: c_int,
        ) {
            // SAFETY: the CPU's kernels; the caller's promise.
            unsafe {
                gemm(
                    Kernels::detect(),
                    sizes(rows, columns, depth),
                    alpha,
                    strided(layout, a_operation, a, a_leading),
                    strided(layout, b_operation, b, b_leading),
                    beta,
                    strided(layout, AS_IT_IS, c, c_leading),
                )
            }
        }
    };
}
real!(f32, cblas_sdot, cblas_sgemv, cblas_sgemm);
real!(f64, cblas_ddot, cblas_dgemv, cblas_dgemm);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_may_be_negative_as_in_blas() {
        let (x, y) = ([1.0f64, 2.0, 3.0], [10.0, 0.0, 20.0, 0.0, 30.0]);
        // SAFETY: three elements, one and two apart.
        let dot = unsafe { cblas_ddot(3, x.as_ptr(), -1, y.as_ptr(), 2) };
        assert_eq!(dot, 3.0 * 10.0 + 2.0 * 20.0 + 30.0);
    }

    #[test]
    fn an_empty_dot_product_is_zero_and_reads_nothing() {
        let nothing = std::ptr::NonNull::dangling().as_ptr();
        // SAFETY: no elements.
        assert_eq!(unsafe { cblas_sdot(0, nothing, 1, nothing, 1) }, 0.0);
    }

    #[test]
    fn matrix_times_vector_in_both_layouts_transposed_or_not() {
        // 2 × 3, by rows with a gap of one: [1 2 3; 4 5 6].
        let by_rows = [1.0f32, 2.0, 3.0, 0.0, 4.0, 5.0, 6.0, 0.0];
        let by_columns = [1.0f32, 4.0, 0.0, 2.0, 5.0, 0.0, 3.0, 6.0, 0.0];
        for (layout, a, leading) in [(ROW_MAJOR, &by_rows[..], 4), (COLUMN_MAJOR, &by_columns[..], 3)] {
            for step in [1, 2] {
                let place = |i: usize| i * step as usize;
                let (x, mut y) = ([1.0f32, -1.0, 2.0], [f32::NAN; 6]);
                // SAFETY: `a` holds 2 × 3, `x` three, `y` up to three elements two apart.
                unsafe {
                    cblas_sgemv(
                        layout,
                        AS_IT_IS,
                        2,
                        3,
                        2.0,
                        a.as_ptr(),
                        leading,
                        x.as_ptr(),
                        1,
                        0.0,
                        y.as_mut_ptr(),
                        step,
                    )
                };
                assert_eq!([y[place(0)], y[place(1)]], [10.0, 22.0]);
                y.fill(1.0);
                // SAFETY: as above; Aᵀ takes two elements of `x` to three of `y`.
                unsafe {
                    cblas_sgemv(
                        layout,
                        TRANSPOSED,
                        2,
                        3,
                        1.0,
                        a.as_ptr(),
                        leading,
                        x.as_ptr(),
                        1,
                        3.0,
                        y.as_mut_ptr(),
                        step,
                    )
                };
                assert_eq!([y[place(0)], y[place(1)], y[place(2)]], [0.0, 0.0, 0.0]);
            }
        }
    }
}
