//! Products through ndarray are right, whichever BLAS is linked, in every order of storage and at every size; and a product has
//! the same bits on every thread.
//!
//! To run against the crate's own kernels on a machine that has OpenBLAS: `BATCHPROP_BLAS=rust cargo test --test library blas`.

use std::fmt::Debug;

use ndarray::linalg::{general_mat_mul, general_mat_vec_mul};
use ndarray::{Array1, Array2, ArrayView2, LinalgScalar, ShapeBuilder, s};
use num_traits::Float;
use proptest::prelude::*;
use proptest::sample::select;
use rayon::prelude::*;

use crate::common::use_one_thread_per_call;

/// How a matrix lies in memory.
#[derive(Clone, Copy, Debug)]
enum Storage {
    Rows,
    Columns,
    /// Every row within a longer one, as in a part of a larger matrix.
    PartOfRows,
    PartOfColumns,
    /// No two elements are adjacent: BLAS cannot read this, and ndarray multiplies in another way.
    Scattered,
}

const STORAGES: [Storage; 5] = [
    Storage::Rows,
    Storage::Columns,
    Storage::PartOfRows,
    Storage::PartOfColumns,
    Storage::Scattered,
];

/// A matrix together with the memory around it.
struct Stored<F> {
    memory: Array2<F>,
    rows: usize,
    columns: usize,
    step: isize,
}

impl<F: Float> Stored<F> {
    /// (rows × columns) numbers in (-1, 1) that differ from place to place.
    fn new(rows: usize, columns: usize, storage: Storage, seed: usize) -> Self {
        let (gap, step, by_columns) = match storage {
            Storage::Rows => (0, 1, false),
            Storage::Columns => (0, 1, true),
            Storage::PartOfRows => (3, 1, false),
            Storage::PartOfColumns => (3, 1, true),
            Storage::Scattered => (1, 2, false),
        };
        let shape = (step * rows + gap, step * columns + gap);
        let number = |(i, j): (usize, usize)| {
            let number = (i * 7919 + j * 6151 + seed * 104_729) % 2003;
            F::from(number as f64 / 1001.5 - 1.0).expect("a float has such numbers")
        };
        Self {
            memory: Array2::from_shape_fn(shape.set_f(by_columns), number),
            rows,
            columns,
            step: step as isize,
        }
    }

    fn slice(&self) -> ndarray::SliceInfo<[ndarray::SliceInfoElem; 2], ndarray::Ix2, ndarray::Ix2> {
        let end = |length: usize| length as isize * self.step;
        s![..end(self.rows); self.step, ..end(self.columns); self.step]
    }

    fn view(&self) -> ArrayView2<'_, F> {
        self.memory.slice(self.slice())
    }
}

/// `α·A·B + β·C` and, for each element, the size of the terms that it is the sum of.
fn three_loops<F: Float>(
    alpha: F,
    a: ArrayView2<F>,
    b: ArrayView2<F>,
    beta: F,
    c: ArrayView2<F>,
) -> Array2<(F, F)> {
    Array2::from_shape_fn(c.dim(), |(i, j)| {
        let kept = if beta.is_zero() {
            F::zero()
        } else {
            beta * c[[i, j]]
        };
        (0..a.ncols()).fold((kept, kept.abs()), |(sum, size), k| {
            let term = alpha * a[[i, k]] * b[[k, j]];
            (sum + term, size + term.abs())
        })
    })
}

/// Whether two sums of terms of this total size are equal except for rounding.
fn close<F: Float>(got: F, expected: F, size: F) -> bool {
    (got - expected).abs() <= F::from(32.0).expect("a float has 32") * F::epsilon() * size
}

fn product_equals_three_loops<F: Float + LinalgScalar + Debug>(
    (rows, depth, columns): (usize, usize, usize),
    storages: [Storage; 3],
    (alpha, beta): (f64, f64),
) -> Result<(), TestCaseError> {
    use_one_thread_per_call();
    let float = |x: f64| F::from(x).expect("a float has small numbers");
    let (alpha, beta) = (float(alpha), float(beta));
    let a = Stored::<F>::new(rows, depth, storages[0], 1);
    let b = Stored::new(depth, columns, storages[1], 2);
    let mut c = Stored::new(rows, columns, storages[2], 3);
    if beta.is_zero() {
        // Nothing of the old matrix may be left, not even NaN.
        c.memory.fill(F::nan());
    }
    let mut around = c.memory.clone();
    let expected = three_loops(alpha, a.view(), b.view(), beta, c.view());
    let slice = c.slice();
    general_mat_mul(alpha, &a.view(), &b.view(), beta, &mut c.memory.slice_mut(slice));
    for ((place, &got), &(sum, size)) in c.view().indexed_iter().zip(&expected) {
        prop_assert!(
            close(got, sum, size),
            "{place:?}: expected {sum:?}, found {got:?}"
        );
    }
    around.slice_mut(slice).assign(&c.view());
    let same = |(x, y): (&F, &F)| x == y || (x.is_nan() && y.is_nan());
    prop_assert!(
        c.memory.iter().zip(&around).all(same),
        "memory around C was written"
    );
    Ok(())
}

fn vector_product_equals_loops<F: Float + LinalgScalar + Debug>(
    (rows, columns): (usize, usize),
    storage: Storage,
    step: isize,
    beta: f64,
) -> Result<(), TestCaseError> {
    use_one_thread_per_call();
    let float = |x: f64| F::from(x).expect("a float has small numbers");
    let (alpha, beta) = (float(-0.75), float(beta));
    let a = Stored::<F>::new(rows, columns, storage, 1);
    let x = Stored::new(columns * step.unsigned_abs(), 1, Storage::Rows, 2);
    let x = x
        .view()
        .index_axis_move(ndarray::Axis(1), 0)
        .slice_move(s![..; step]);
    let start = Stored::new(rows * step.unsigned_abs(), 1, Storage::Rows, 3).memory;
    let mut y: Array1<F> = start.index_axis_move(ndarray::Axis(1), 0);
    let mut y = y.slice_mut(s![..; step]);
    let expected = three_loops(
        alpha,
        a.view(),
        x.insert_axis(ndarray::Axis(1)),
        beta,
        y.view().insert_axis(ndarray::Axis(1)),
    );
    general_mat_vec_mul(alpha, &a.view(), &x, beta, &mut y);
    for (i, &got) in y.iter().enumerate() {
        let (sum, size) = expected[[i, 0]];
        prop_assert!(close(got, sum, size), "{i}: expected {sum:?}, found {got:?}");
    }
    if rows == columns {
        let (sum, size) = (0..rows).fold((F::zero(), F::zero()), |(sum, size), i| {
            let term = x[i] * y[i];
            (sum + term, size + term.abs())
        });
        prop_assert!(close(x.dot(&y), sum, size), "dot product");
    }
    Ok(())
}

/// Sizes around the thresholds of kernels, ndarray (more than 7) and our networks, and any others.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![3 => select(vec![0, 1, 7, 8, 9, 10, 30, 31, 32, 64, 100]), 1 => 0..130usize, 1 => Just(784)]
}

fn small_length() -> impl Strategy<Value = usize> {
    prop_oneof![3 => select(vec![0, 1, 7, 8, 9, 10, 30, 31, 32, 64, 100]), 1 => 0..130usize]
}

fn storage() -> impl Strategy<Value = Storage> {
    select(STORAGES.to_vec())
}

fn factors() -> impl Strategy<Value = (f64, f64)> {
    select(vec![
        (1.0, 0.0),
        (1.0, 1.0),
        (-0.3, 1.0),
        (0.5, -2.0),
        (0.0, 0.0),
        (0.0, 0.5),
    ])
}

proptest! {
    #[test]
    fn products_of_matrices_equal_three_loops(
        // One of the three sizes may be large: three would make the test slow.
        (mut sizes, large, turn) in ([small_length(), small_length(), small_length()], length(), 0..3usize),
        storages in [storage(), storage(), storage()],
        factors in factors(),
    ) {
        sizes[turn] = large;
        let sizes = (sizes[0], sizes[1], sizes[2]);
        product_equals_three_loops::<f32>(sizes, storages, factors)?;
        product_equals_three_loops::<f64>(sizes, storages, factors)?;
    }

    #[test]
    fn products_with_vectors_equal_loops(
        rows in length(),
        columns in length(),
        square in any::<bool>(),
        storage in storage(),
        step in select(vec![1, 2, -1, -3]),
        beta in select(vec![0.0, 1.0, -0.5]),
    ) {
        let sizes = if square { (rows, rows) } else { (rows, columns) };
        vector_product_equals_loops::<f32>(sizes, storage, step, beta)?;
        vector_product_equals_loops::<f64>(sizes, storage, step, beta)?;
    }
}

#[test]
fn a_product_has_the_same_bits_on_every_thread_and_at_every_address() {
    use_one_thread_per_call();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(4)
        .build()
        .expect("four threads");
    for (rows, depth, columns) in [(30, 784, 10), (30, 10, 784), (100, 784, 64), (800, 784, 33)] {
        for (a_storage, b_storage) in [
            (Storage::Rows, Storage::Rows),
            (Storage::Columns, Storage::Columns),
        ] {
            let a = Stored::<f32>::new(rows, depth, a_storage, 1);
            let b = Stored::<f32>::new(depth, columns, b_storage, 2);
            let bits = |shift: usize| {
                // Shifted by some elements, so that no allocation lies as another does to a cache line.
                let mut memory = vec![0.0f32; rows * columns + shift];
                let shape = (rows, columns).f();
                let mut c =
                    ndarray::ArrayViewMut2::from_shape(shape, &mut memory[shift..]).expect("room for C");
                general_mat_mul(1.0, &a.view(), &b.view(), 0.0, &mut c);
                c.iter().map(|element| element.to_bits()).collect::<Vec<_>>()
            };
            let here = bits(0);
            let elsewhere: Vec<_> = pool.install(|| (0..16).into_par_iter().map(bits).collect());
            assert!(
                elsewhere.iter().all(|there| *there == here),
                "{rows} × {depth} × {columns}, {a_storage:?}"
            );
        }
    }
}

#[test]
fn complex_products_are_right() {
    use ndarray_linalg::c64;
    use_one_thread_per_call();
    let number = |(i, j): (usize, usize)| c64::new((i as f64) - 2.0, (j as f64) * 0.5);
    for by_columns in [false, true] {
        let a = Array2::from_shape_fn((9, 12).set_f(by_columns), number);
        let b = Array2::from_shape_fn((12, 11).set_f(!by_columns), number);
        let c = a.dot(&b);
        for ((i, j), &got) in c.indexed_iter() {
            let expected: c64 = (0..12).map(|k| a[[i, k]] * b[[k, j]]).sum();
            assert!((got - expected).norm() < 1e-10, "{i}, {j}");
        }
    }
}
