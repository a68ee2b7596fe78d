//! `cblas_cgemm` and `cblas_zgemm`: ndarray refers to them, so the linker needs them. This crate never calls them.

use std::ffi::c_int;

use super::{AS_IT_IS, CONJUGATE_TRANSPOSED, ROW_MAJOR, sizes, strided};
use crate::math::blas::gemm::{Sizes, Strided};

/// Defines `gemm` for one complex type, a number being `[real, imaginary]`.
macro_rules! complex {
    ($float:ty, $gemm:ident, $matrixmultiply:path) => {
        /// `C ← α·op(A)·op(B) + β·C` for complex numbers; `op(A)` is (rows × depth), `op(B)` (depth × columns).
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
            alpha: *const [$float; 2],
            a: *const [$float; 2],
            a_leading: c_int,
            b: *const [$float; 2],
            b_leading: c_int,
            beta: *const [$float; 2],
            c: *mut [$float; 2],
            c_leading: c_int,
        ) {
            use matrixmultiply::CGemmOption::Standard;

            /// `op(matrix)` row by row in memory of its own, conjugated: matrixmultiply doesn't conjugate.
            ///
            /// # Safety
            /// The (rows × columns) elements of `matrix` may be read.
            unsafe fn conjugated(
                rows: usize,
                columns: usize,
                matrix: Strided<*const [$float; 2]>,
            ) -> Vec<[$float; 2]> {
                let places = (0..rows as isize).flat_map(|i| (0..columns as isize).map(move |j| (i, j)));
                let numbers = places.map(|(i, j)| {
                    let place = i * matrix.row_stride + j * matrix.column_stride;
                    // SAFETY: i < rows and j < columns.
                    let [real, imaginary] = unsafe { *matrix.first.offset(place) };
                    [real, -imaginary]
                });
                numbers.collect()
            }

            let Sizes {
                rows,
                columns,
                depth,
            } = sizes(rows, columns, depth);
            let mut a = strided(layout, a_operation, a, a_leading);
            let mut b = strided(layout, b_operation, b, b_leading);
            let c = strided(layout, AS_IT_IS, c, c_leading);
            let (a_copy, b_copy);
            if a_operation == CONJUGATE_TRANSPOSED {
                // SAFETY: the caller's promise.
                a_copy = unsafe { conjugated(rows, depth, a) };
                a = strided(ROW_MAJOR, AS_IT_IS, a_copy.as_ptr(), depth as c_int);
            }
            if b_operation == CONJUGATE_TRANSPOSED {
                // SAFETY: the caller's promise.
                b_copy = unsafe { conjugated(depth, columns, b) };
                b = strided(ROW_MAJOR, AS_IT_IS, b_copy.as_ptr(), columns as c_int);
            }
            // SAFETY: the caller's promise; copies live until the end of this function.
            unsafe {
                $matrixmultiply(
                    Standard,
                    Standard,
                    rows,
                    depth,
                    columns,
                    *alpha,
                    a.first,
                    a.row_stride,
                    a.column_stride,
                    b.first,
                    b.row_stride,
                    b.column_stride,
                    *beta,
                    c.first,
                    c.row_stride,
                    c.column_stride,
                )
            }
        }
    };
}
complex!(f32, cblas_cgemm, matrixmultiply::cgemm);
complex!(f64, cblas_zgemm, matrixmultiply::zgemm);

#[cfg(test)]
mod tests {
    use super::super::{COLUMN_MAJOR, TRANSPOSED};
    use super::*;

    #[test]
    fn complex_products_conjugate_where_asked() {
        // (1 + 2i)(3 + 4i) = -5 + 10i; the conjugate of the left factor makes it 11 - 2i, of both -5 - 10i.
        let (a, b, one, zero) = ([1.0, 2.0], [3.0, 4.0], [1.0, 0.0], [0.0, 0.0]);
        for (a_operation, b_operation, expected) in [
            (AS_IT_IS, TRANSPOSED, [-5.0, 10.0]),
            (CONJUGATE_TRANSPOSED, AS_IT_IS, [11.0, -2.0]),
            (CONJUGATE_TRANSPOSED, CONJUGATE_TRANSPOSED, [-5.0, -10.0]),
        ] {
            let mut c = [f64::NAN; 2];
            // SAFETY: matrices of one element.
            unsafe {
                cblas_zgemm(
                    COLUMN_MAJOR,
                    a_operation,
                    b_operation,
                    1,
                    1,
                    1,
                    &one,
                    &a,
                    1,
                    &b,
                    1,
                    &zero,
                    &mut c,
                    1,
                )
            };
            assert_eq!(c, expected);
        }
    }
}
