//! The pure-Rust kernels, available whichever BLAS is linked, so that one program can compare the two.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::gemm::{Kernels, Real, Sizes, Strided, gemm};

/// The kernels that this CPU uses where no BLAS is linked: crate and instructions.
pub fn kernels() -> &'static str {
    Kernels::detect().name()
}

/// `C ← A·B`.
///
/// # Panics
/// When the shapes do not fit each other.
pub fn product_f32(a: &ArrayView2<f32>, b: &ArrayView2<f32>, c: &mut ArrayViewMut2<f32>) {
    product(a, b, c);
}

/// `C ← A·B`.
///
/// # Panics
/// When the shapes do not fit each other.
pub fn product_f64(a: &ArrayView2<f64>, b: &ArrayView2<f64>, c: &mut ArrayViewMut2<f64>) {
    product(a, b, c);
}

fn product<F: Real>(a: &ArrayView2<F>, b: &ArrayView2<F>, c: &mut ArrayViewMut2<F>) {
    let sizes = Sizes {
        rows: a.nrows(),
        columns: b.ncols(),
        depth: a.ncols(),
    };
    assert_eq!(b.nrows(), sizes.depth, "rows of B");
    assert_eq!(c.dim(), (sizes.rows, sizes.columns), "shape of C");
    let strided = |first, strides: &[isize]| Strided {
        first,
        row_stride: strides[0],
        column_stride: strides[1],
    };
    let c_strides = [c.strides()[0], c.strides()[1]];
    let c = Strided {
        first: c.as_mut_ptr(),
        row_stride: c_strides[0],
        column_stride: c_strides[1],
    };
    let (a, b) = (strided(a.as_ptr(), a.strides()), strided(b.as_ptr(), b.strides()));
    // Only the portable kernels promise to write to any stride.
    let kernels = if c_strides.contains(&1) {
        Kernels::detect()
    } else {
        Kernels::Portable
    };
    // SAFETY: the kernels are the CPU's; the sizes are the views'; and a mutable view overlaps no other view.
    unsafe { gemm(kernels, sizes, F::one(), a, b, F::zero(), c) }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;

    #[test]
    fn the_product_is_that_of_ndarray_in_any_storage_order() {
        let matrix = |rows, columns| {
            Array2::from_shape_fn((rows, columns), |(row, column)| {
                ((7 * row + 3 * column) % 11) as f64
            })
        };
        let (a, b) = (matrix(5, 8), matrix(8, 6));
        let expected = a.dot(&b);
        let mut rows = Array2::from_elem((5, 6), f64::NAN);
        product_f64(&a.view(), &b.view(), &mut rows.view_mut());
        assert_eq!(rows, expected);
        let mut columns = Array2::from_elem((6, 5), f64::NAN);
        product_f64(&a.view(), &b.view(), &mut columns.view_mut().reversed_axes());
        assert_eq!(columns.t(), expected);
        let mut apart = Array2::from_elem((10, 12), f64::NAN);
        product_f64(&a.view(), &b.view(), &mut apart.slice_mut(s![..;2, ..;2]));
        assert_eq!(apart.slice(s![..;2, ..;2]), expected);
        let (a, b) = (a.mapv(|x| x as f32), b.mapv(|x| x as f32));
        let mut rows = Array2::from_elem((5, 6), f32::NAN);
        product_f32(&a.view(), &b.view(), &mut rows.view_mut());
        assert_eq!(rows, a.dot(&b));
    }
}
