//! The documented order of additions, computed row by row as it is written down, against the kernels on every
//! instruction set: equal to the last bit.

use super::forward::{BAND, listed_weighted_sums, weighted_sums};
use super::gradient::{add_outer_products, add_outer_products_by_row};
use crate::math::columns::{DenseColumns, SparseMatrix};
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::instruction_sets::InstructionSet;

/// Numbers with full mantissas, of both signs and different sizes.
fn numbers<F: Real>(rows: usize, columns: usize, seed: u64) -> Matrix<F> {
    let mut state = seed;
    let mut matrix = Matrix::zeros(rows, columns);
    for column in 0..columns {
        for element in matrix.column_mut(column) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *element = F::of((state >> 11) as f64 / (1u64 << 50) as f64 - 4.0);
        }
    }
    matrix
}

/// How many partial sums the documentation gives a row of a column of `rows`.
fn documented_partial_sums<F: Real>(rows: usize) -> usize {
    match rows * size_of::<F>() {
        0..=64 => 4,
        65..=192 => 2,
        _ => 1,
    }
}

/// start + Σ factor · element, in the documented order.
fn sum<F: Real>(partial_sums: usize, start: F, terms: &[(F, F)]) -> F {
    let mut sums = [F::zero(); 4];
    sums[0] = start;
    let dealt = terms.len() - terms.len() % partial_sums;
    for (i, &(factor, element)) in terms.iter().enumerate() {
        let to = if i < dealt { i % partial_sums } else { 0 };
        sums[to] = factor.mul_add(element, sums[to]);
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

fn check<F: Real>(rows: usize, terms: usize) {
    const SAMPLES: usize = 3;
    let partial_sums = documented_partial_sums::<F>(rows);
    let scale = F::of(-0.3);
    // The last column is the start.
    let matrix = numbers::<F>(rows, terms + 1, 1);
    let samples = numbers::<F>(terms, SAMPLES, 2);
    let target = numbers::<F>(rows, SAMPLES, 3);
    let wide_target = numbers::<F>(rows, terms, 4);

    let terms_of = |row: usize, sample: usize| -> Vec<(F, F)> {
        let terms = samples.column(sample).iter().enumerate();
        terms.map(|(i, &x)| (x, matrix.column(i)[row])).collect()
    };
    let (mut forward, mut by_row, mut by_sample) =
        (Matrix::zeros(rows, SAMPLES), target.clone(), wide_target.clone());
    for row in 0..rows {
        for k in 0..SAMPLES {
            let start = matrix.column(terms)[row];
            forward.column_mut(k)[row] = sum(partial_sums, start, &terms_of(row, k));
            let whole = sum(partial_sums, F::zero(), &terms_of(row, k));
            let weight = &mut by_row.column_mut(k)[row];
            *weight = scale.mul_add(whole, *weight);
            for (i, &x) in samples.column(k).iter().enumerate() {
                let weight = &mut by_sample.column_mut(i)[row];
                *weight = x.mul_add(scale * matrix.column(k)[row], *weight);
            }
        }
    }

    for set in InstructionSet::all() {
        set.run(|| {
            let columns = DenseColumns::new(&samples, 0..SAMPLES);
            let mut found = Matrix::zeros(rows, SAMPLES);
            weighted_sums(&matrix, Some(terms), columns, &mut found);
            assert_eq!(found, forward, "W X + b, {set:?}, {rows} rows, {terms} terms");

            let mut found = target.clone();
            add_outer_products_by_row(scale, &matrix, columns, found.elements_mut());
            assert_eq!(found, by_row, "Δ Xᵀ by row, {set:?}, {rows} rows, {terms} terms");

            let mut found = wide_target.clone();
            add_outer_products(scale, &matrix, columns, found.elements_mut());
            assert_eq!(found, by_sample, "Δ Xᵀ, {set:?}, {rows} rows, {terms} terms");
        });
    }
}

#[test]
fn every_instruction_set_adds_in_the_documented_order() {
    for rows in [
        1, 8, 9, 10, 16, 17, 24, 25, 30, 32, 33, 48, 49, 64, 65, 100, 130, 160, 200, 300,
    ] {
        for terms in [3, 4, 10, 37] {
            check::<f32>(rows, terms);
            check::<f64>(rows, terms);
        }
    }
}

/// Wide matrices are read in bands, with the sums of one multiplication after another.
fn check_bands<F: Real>(rows: usize, columns: usize, samples: usize) {
    let matrix = numbers::<F>(rows, columns + 1, 1);
    let mut sparse = SparseMatrix::with_capacity(columns, samples);
    for k in 0..samples {
        // Some samples have nothing, others nothing in the first band or the second.
        let elements = (0..columns).filter(|column| match k % 5 {
            0 => false,
            1 => *column >= BAND,
            2 => !(BAND..2 * BAND).contains(column),
            odd => (column * 7 + k) % odd != 0,
        });
        let mut elements: Vec<_> = elements
            .map(|column| (column, F::of((column + k) as f64 * 0.01 - 1.0)))
            .collect();
        // Rows that are borrowed may be in any order, and name a column several times.
        match k % 7 {
            5 => elements.reverse(),
            6 => elements = [&elements[..], &elements[..]].concat(),
            _ => {}
        }
        sparse.push(elements.into_iter());
    }
    let all = sparse.view(0..samples);
    for start in [None, Some(columns)] {
        for set in InstructionSet::all() {
            set.run(|| {
                let (mut found, mut expected) = (Matrix::zeros(rows, samples), Matrix::zeros(rows, samples));
                weighted_sums(&matrix, start, all, &mut expected);
                listed_weighted_sums(&matrix, start, all, &mut found);
                assert_eq!(
                    found, expected,
                    "{set:?}, {rows} rows, {columns} columns, {samples} samples"
                );
            });
        }
    }
}

#[test]
fn sums_in_bands_have_the_bits_of_sums_at_once() {
    for rows in [127, 129, 800] {
        for columns in [1, 111, 112, 113, 300] {
            for samples in [31, 32, 64, 65, 130] {
                check_bands::<f32>(rows, columns, samples);
            }
            check_bands::<f64>(rows / 2, columns, 70);
        }
    }
}
