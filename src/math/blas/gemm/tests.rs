//! Every family of kernels that this CPU can run, compared with three plain loops.

use super::*;

fn runnable_here() -> Vec<Kernels> {
    let mut kernels = vec![Kernels::Portable];
    #[cfg(target_arch = "x86_64")]
    {
        let best = Kernels::detect();
        if best != Kernels::Portable {
            kernels.push(Kernels::Avx2);
        }
        if best == Kernels::Avx512 {
            kernels.push(Kernels::Avx512);
        }
    }
    kernels
}

/// Numbers in (-1, 1) that differ from place to place.
fn numbers<F: Real>(count: usize, seed: usize) -> Vec<F> {
    let number = |i: usize| ((i * 7919 + seed * 104_729) % 2003) as f64 / 1001.5 - 1.0;
    (0..count).map(|i| F::from(number(i)).expect("small")).collect()
}

/// Where the elements of a (rows × columns) matrix lie with `gap` unused ones after each row or column.
fn strides(rows: usize, columns: usize, by_columns: bool, gap: usize) -> (isize, isize, usize) {
    if by_columns {
        (1, (rows + gap) as isize, (rows + gap) * columns)
    } else {
        ((columns + gap) as isize, 1, (columns + gap) * rows)
    }
}

fn equals_three_loops<F: Real>(kernels: Kernels, sizes: Sizes, orders: [bool; 3], alpha: F, beta: F) {
    let Sizes { rows, columns, depth } = sizes;
    let family = kernels.name();
    let (a_row, a_column, a_len) = strides(rows, depth, orders[0], 3);
    let (b_row, b_column, b_len) = strides(depth, columns, orders[1], 1);
    let (c_row, c_column, c_len) = strides(rows, columns, orders[2], 2);
    let (a, b, old) = (
        numbers::<F>(a_len, 1),
        numbers::<F>(b_len, 2),
        numbers::<F>(c_len, 3),
    );
    // With β = 0 nothing of the old matrix may be left, not even NaN.
    let mut c = if beta.is_zero() {
        vec![F::nan(); c_len]
    } else {
        old.clone()
    };
    let untouched = c.clone();
    // SAFETY: `strides` keeps all elements within the vectors; `runnable_here` chose the kernels.
    unsafe {
        gemm(
            kernels,
            sizes,
            alpha,
            Strided {
                first: a.as_ptr(),
                row_stride: a_row,
                column_stride: a_column,
            },
            Strided {
                first: b.as_ptr(),
                row_stride: b_row,
                column_stride: b_column,
            },
            beta,
            Strided {
                first: c.as_mut_ptr(),
                row_stride: c_row,
                column_stride: c_column,
            },
        );
    }
    let at = |strides: (isize, isize), i: usize, j: usize| i * strides.0 as usize + j * strides.1 as usize;
    let (a_at, b_at, c_at) = ((a_row, a_column), (b_row, b_column), (c_row, c_column));
    for i in 0..rows {
        for j in 0..columns {
            let terms = || (0..depth).map(|k| alpha * a[at(a_at, i, k)] * b[at(b_at, k, j)]);
            let kept = if beta.is_zero() {
                F::zero()
            } else {
                beta * old[at(c_at, i, j)]
            };
            let expected = terms().fold(kept, |sum, term| sum + term);
            // Rounding grows with the terms, not with their sum, in which they may cancel.
            let size = terms().fold(kept.abs(), |sum, term| sum + term.abs());
            let place = at(c_at, i, j);
            let (got, tolerance) = (c[place], F::from(16).expect("small") * F::epsilon() * size);
            assert!(
                (got - expected).abs() <= tolerance,
                "{family}, {sizes:?} {orders:?}, row {i}, column {j}"
            );
            c[place] = untouched[place];
        }
    }
    // The gaps between rows or columns must stay as they were.
    let same = |(x, y): (&F, &F)| x == y || (x.is_nan() && y.is_nan());
    assert!(
        c.iter().zip(&untouched).all(same),
        "{family}, {sizes:?} {orders:?} wrote into the gaps"
    );
}

fn all_orders_and_factors<F: Real>() {
    let float = |x: f64| F::from(x).expect("small");
    let lengths = [0, 1, 2, 7, 10, 17, 33];
    for kernels in runnable_here() {
        for rows in lengths {
            for columns in lengths {
                for depth in lengths {
                    for order in 0..8 {
                        let orders = [order & 1 == 1, order & 2 == 2, order & 4 == 4];
                        for (alpha, beta) in [(1.0, 0.0), (-0.3, 1.0), (2.0, 0.5), (0.0, 0.5), (0.0, 0.0)] {
                            let sizes = Sizes { rows, columns, depth };
                            equals_three_loops(kernels, sizes, orders, float(alpha), float(beta));
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_kernel_family_equals_three_loops_in_f32() {
    all_orders_and_factors::<f32>();
}

#[test]
fn every_kernel_family_equals_three_loops_in_f64() {
    all_orders_and_factors::<f64>();
}

#[test]
fn depths_beyond_one_block_add_up() {
    for kernels in runnable_here() {
        for orders in [[true; 3], [false; 3], [false, true, true]] {
            let sizes = Sizes {
                rows: 30,
                columns: 10,
                depth: 1600,
            };
            equals_three_loops(kernels, sizes, orders, 1.0f32, 0.0);
            equals_three_loops(kernels, sizes, orders, 0.5f64, 2.0);
        }
    }
}
