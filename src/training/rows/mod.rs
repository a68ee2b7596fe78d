//! Samples where their owner keeps them: rows of numbers that are borrowed, not copied.
//!
//! A [`Dataset`] owns images and their labels. Here the caller has a table of any numbers, dense or
//! compressed, perhaps in another program's memory: [`Rows`] borrows it, [`RowBatches`] gathers mini-batches from it, and
//! [`outputs`] are the network's answers, for which no labels are needed.

mod batches;

use std::ops::Range;

use ndarray::Array2;
use rayon::prelude::*;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::images::pixels::{PIXEL_SCALE, PixelSlice};
use crate::math::columns::{DenseColumns, InputColumns, SparseMatrix};
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::vectorized;
use crate::network::Network;
use crate::network::forward::Activations;

pub use batches::{Known, RowBatches};

/// Samples in one task: a fixed number, so that the bits do not depend on the number of threads.
const CHUNK: usize = 250;

/// From this share of numbers that are not 0 on, samples count as dense. As for images.
const DENSE: f64 = 0.5;

/// Samples, one per row, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    numbers: Numbers<'a>,
    n_in: usize,
    len: usize,
}

/// The numbers of [`Rows`].
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'a> {
    /// Row by row; `k` means `k × scale`, such as 1/256 for pixels.
    Bytes {
        /// k
        numbers: &'a [u8],
        /// What each is multiplied by.
        scale: f64,
    },
    /// Row by row.
    Singles(&'a [f32]),
    /// Row by row.
    Doubles(&'a [f64]),
    /// Compressed rows.
    Sparse(Compressed<'a, f32>),
    /// Compressed rows of double precision.
    SparseDoubles(Compressed<'a, f64>),
}

/// Rows of which only some numbers are stored, the others being 0: SciPy's `csr_array`.
#[derive(Debug, Clone, Copy)]
pub struct Compressed<'a, T> {
    /// Where each row's numbers start, and where the last one's end: one more than there are rows.
    pub starts: &'a [u64],
    /// The column of each number; each at most once in a row.
    pub columns: &'a [u32],
    /// The numbers.
    pub values: &'a [T],
}

impl<T> Compressed<'_, T> {
    /// The number of rows, if all rows lie within the numbers, and all columns below `n_in`.
    fn rows(&self, n_in: usize) -> Option<usize> {
        let ends = self
            .starts
            .last()
            .is_some_and(|&end| end <= self.values.len() as u64);
        let fits = ends
            && self.columns.len() == self.values.len()
            && self.starts.is_sorted()
            && self.columns.iter().all(|&column| (column as usize) < n_in);
        fits.then(|| self.starts.len() - 1)
    }

    /// Columns and numbers of a row.
    fn row(&self, index: usize) -> impl Iterator<Item = (usize, &T)> {
        let range = self.starts[index] as usize..self.starts[index + 1] as usize;
        let columns = self.columns[range.clone()].iter();
        columns.map(|&column| column as usize).zip(&self.values[range])
    }
}

impl<'a> Rows<'a> {
    /// The images of a data set.
    pub(super) fn of_images(images: &'a Dataset) -> Self {
        let numbers = match images.pixels() {
            PixelSlice::Bytes(numbers) => Numbers::Bytes {
                numbers,
                scale: 1.0 / f64::from(PIXEL_SCALE),
            },
            PixelSlice::Floats(numbers) => Numbers::Singles(numbers),
        };
        Self {
            numbers,
            n_in: images.inputs(),
            len: images.len(),
        }
    }

    /// Rows of `n_in` numbers each.
    ///
    /// # Errors
    /// [`Error::Option`] when the numbers do not make whole rows, or compressed ones are not in their bounds.
    ///
    /// ```
    /// use batchprop::Network;
    /// use batchprop::training::rows::{Numbers, Rows, outputs};
    ///
    /// let network = Network::<f64>::new(&[3, 2], 0)?;
    /// let rows = Rows::new(Numbers::Doubles(&[0.0, 0.5, 1.0, 1.0, 0.5, 0.0]), 3)?;
    /// assert_eq!(outputs(&network, rows)?.dim(), (2, 2));
    /// # Ok::<(), batchprop::Error>(())
    /// ```
    pub fn new(numbers: Numbers<'a>, n_in: usize) -> Result<Self> {
        let whole = |len: usize| (n_in > 0 && len.is_multiple_of(n_in)).then(|| len / n_in);
        let len = match &numbers {
            Numbers::Bytes { numbers, .. } => whole(numbers.len()),
            Numbers::Singles(numbers) => whole(numbers.len()),
            Numbers::Doubles(numbers) => whole(numbers.len()),
            Numbers::Sparse(numbers) => numbers.rows(n_in),
            Numbers::SparseDoubles(numbers) => numbers.rows(n_in),
        };
        match len {
            Some(len) => Ok(Self { numbers, n_in, len }),
            None => Err(Error::option(
                "rows",
                format!("of {n_in} numbers"),
                "numbers that make whole rows; of compressed rows, places within their bounds",
            )),
        }
    }

    /// The numbers.
    pub fn numbers(&self) -> &Numbers<'a> {
        &self.numbers
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Numbers of a sample: the network's inputs.
    pub fn n_in(&self) -> usize {
        self.n_in
    }

    /// Checks the numbers of the rows in `range`.
    ///
    /// # Errors
    /// [`Error::Option`] when one is not finite.
    fn check_finite(&self, range: Range<usize>) -> Result<()> {
        let dense = range.start * self.n_in..range.end * self.n_in;
        let stored = |starts: &[u64]| starts[range.start] as usize..starts[range.end] as usize;
        let finite = vectorized(
            #[inline(always)]
            || match &self.numbers {
                Numbers::Bytes { .. } => true,
                Numbers::Singles(numbers) => all(&numbers[dense], f32::is_finite),
                Numbers::Doubles(numbers) => all(&numbers[dense], f64::is_finite),
                Numbers::Sparse(numbers) => all(&numbers.values[stored(numbers.starts)], f32::is_finite),
                Numbers::SparseDoubles(numbers) => {
                    all(&numbers.values[stored(numbers.starts)], f64::is_finite)
                }
            },
        );
        if finite { Ok(()) } else { Err(not_finite()) }
    }

    /// Adds the rows in `range` as columns that keep only what is not 0, and returns these numbers; `None`, and only some of the
    /// rows, if they are more than `most`.
    fn compact<'t, F: Real>(
        &self,
        range: Range<usize>,
        most: usize,
        to: &'t mut SparseMatrix<F>,
    ) -> Option<&'t [F]> {
        let before = to.elements();
        vectorized(
            // A loop: a closure that is called for each row would be compiled without vectors.
            #[inline(always)]
            || {
                for index in range {
                    self.push(index, to);
                    if to.elements() - before > most {
                        break;
                    }
                }
            },
        );
        let added = &to.values()[before..];
        (added.len() <= most).then_some(added)
    }

    /// The most numbers other than 0 that `samples` rows may have for skipping zeros to pay off; `None` where it never does.
    pub(super) fn most_if_sparse<F: Real>(&self, samples: usize) -> Option<usize> {
        (self.n_in <= SparseMatrix::<F>::MAX_ROWS).then_some((DENSE * (samples * self.n_in) as f64) as usize)
    }

    /// The first row of each task and the one after its last: [`CHUNK`] rows.
    fn chunks(&self) -> impl IndexedParallelIterator<Item = Range<usize>> + use<'_> {
        let chunks = (0..self.len.div_ceil(CHUNK)).into_par_iter();
        chunks.map(|chunk| chunk * CHUNK..self.len.min((chunk + 1) * CHUNK))
    }

    /// Writes a row's numbers.
    fn write<F: Real>(&self, index: usize, to: &mut [F]) {
        let range = index * self.n_in..(index + 1) * self.n_in;
        match &self.numbers {
            Numbers::Bytes { numbers, scale } => {
                let scale = F::of(*scale);
                let numbers = numbers[range].iter();
                to.iter_mut()
                    .zip(numbers)
                    .for_each(|(to, &k)| *to = F::of_byte(k) * scale);
            }
            Numbers::Singles(numbers) => {
                let numbers = numbers[range].iter();
                to.iter_mut()
                    .zip(numbers)
                    .for_each(|(to, &x)| *to = F::of(f64::from(x)));
            }
            Numbers::Doubles(numbers) => {
                let numbers = numbers[range].iter();
                to.iter_mut().zip(numbers).for_each(|(to, &x)| *to = F::of(x));
            }
            Numbers::Sparse(numbers) => {
                to.fill(F::zero());
                numbers
                    .row(index)
                    .for_each(|(column, &x)| to[column] = F::of(f64::from(x)));
            }
            Numbers::SparseDoubles(numbers) => {
                to.fill(F::zero());
                numbers.row(index).for_each(|(column, &x)| to[column] = F::of(x));
            }
        }
    }

    /// Adds a row as a column that keeps only what is not 0.
    #[inline(always)]
    fn push<F: Real>(&self, index: usize, to: &mut SparseMatrix<F>) {
        let range = index * self.n_in..(index + 1) * self.n_in;
        match &self.numbers {
            Numbers::Bytes { numbers, scale } => {
                let scale = F::of(*scale);
                to.push_full(&numbers[range], |k| F::of_byte(k) * scale);
            }
            Numbers::Singles(numbers) => to.push_full(&numbers[range], |x| F::of(f64::from(x))),
            Numbers::Doubles(numbers) => to.push_full(&numbers[range], F::of),
            Numbers::Sparse(numbers) => {
                to.push(
                    numbers
                        .row(index)
                        .map(|(column, &x)| (column, F::of(f64::from(x)))),
                );
            }
            Numbers::SparseDoubles(numbers) => {
                to.push(numbers.row(index).map(|(column, &x)| (column, F::of(x))));
            }
        }
    }
}

/// Some rows as inputs of a network, sparse where that pays off, in memory that is taken once.
#[derive(Debug)]
pub(super) struct Taken<F: Real> {
    range: Range<usize>,
    is_sparse: bool,
    sparse: Option<SparseMatrix<F>>,
    dense: Option<Matrix<F>>,
}

impl<F: Real> Taken<F> {
    /// No rows yet.
    pub fn new() -> Self {
        Self {
            range: 0..0,
            is_sparse: false,
            sparse: None,
            dense: None,
        }
    }

    /// The bytes that up to `capacity` rows of `n_in` numbers take.
    pub fn bytes(n_in: usize, capacity: usize) -> u64 {
        Matrix::<F>::bytes(n_in, capacity).saturating_add(SparseMatrix::<F>::bytes(u64::MAX, capacity, n_in))
    }

    /// Takes the rows in `range`.
    pub fn take(&mut self, rows: &Rows, range: Range<usize>) {
        self.range = range.clone();
        let sparse = rows.most_if_sparse::<F>(range.len()).and_then(|most| {
            let empty = || SparseMatrix::with_capacity(rows.n_in(), 0);
            let sparse = self.sparse.get_or_insert_with(empty);
            sparse.clear();
            rows.compact(range.clone(), most, sparse)
        });
        self.is_sparse = sparse.is_some();
        if self.is_sparse {
            return;
        }
        if self
            .dense
            .as_ref()
            .is_none_or(|dense| dense.columns() < range.len())
        {
            self.dense = Some(Matrix::zeros(rows.n_in(), range.len()));
        }
        if let Some(dense) = &mut self.dense {
            for (k, index) in range.enumerate() {
                rows.write(index, dense.column_mut(k));
            }
        }
    }

    /// Checks the rows that were taken last, from `rows`.
    ///
    /// # Errors
    /// [`Error::Option`] when a number is not finite.
    fn check_finite(&self, rows: &Rows) -> Result<()> {
        match &self.sparse {
            Some(sparse) if self.is_sparse => check_finite(sparse.values()),
            _ => rows.check_finite(self.range.clone()),
        }
    }

    /// The rows that were taken last.
    pub fn columns(&self) -> InputColumns<'_, F> {
        match (&self.sparse, &self.dense) {
            (Some(sparse), _) if self.is_sparse => InputColumns::Sparse(sparse.view(0..self.range.len())),
            (_, Some(dense)) => InputColumns::Dense(DenseColumns::new(dense, 0..self.range.len())),
            _ => unreachable!("rows were taken"),
        }
    }
}

fn check_finite<F: Real>(numbers: &[F]) -> Result<()> {
    let finite = vectorized(
        #[inline(always)]
        || all(numbers, F::is_finite),
    );
    if finite { Ok(()) } else { Err(not_finite()) }
}

/// Whether all of `numbers` are `good`. All are looked at: so the compiler can take many at a time.
#[inline(always)]
fn all<T: Copy>(numbers: &[T], good: impl Fn(T) -> bool) -> bool {
    numbers.iter().fold(true, |all, &number| all & good(number))
}

fn not_finite() -> Error {
    Error::option("rows", "with NaN or infinity", "finite numbers")
}

/// The network's outputs for every row: (rows × n_out), on all cores.
///
/// # Errors
/// [`Error::Option`] when a number is not finite.
///
/// # Panics
/// When the rows have another number of columns than the network has inputs.
pub fn outputs<F: Real>(network: &Network<F>, rows: Rows) -> Result<Array2<F>> {
    assert_eq!(
        rows.n_in(),
        network.n_in(),
        "inputs of the rows and of the network"
    );
    let n_out = network.n_out();
    let mut outputs = vec![F::zero(); rows.len() * n_out];
    let chunks = outputs.par_chunks_mut(CHUNK * n_out).enumerate();
    chunks.try_for_each_init(
        || (Taken::new(), Activations::new(network, CHUNK)),
        |(taken, activations), (chunk, outputs)| {
            let first = chunk * CHUNK;
            taken.take(&rows, first..first + outputs.len() / n_out);
            taken.check_finite(&rows)?;
            activations.feedforward(network, taken.columns());
            for (k, row) in outputs.chunks_exact_mut(n_out).enumerate() {
                row.copy_from_slice(activations.outputs().column(k));
            }
            Ok(())
        },
    )?;
    Ok(Array2::from_shape_vec((rows.len(), n_out), outputs).expect("one row per sample"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 700 rows of 9 numbers, of which one in `step` is not 0.
    fn table(step: usize) -> Vec<f64> {
        let numbers = (0..700 * 9).map(|k| {
            if k % step == 0 {
                f64::from(k as u8) / 4.0
            } else {
                0.0
            }
        });
        numbers.collect()
    }

    fn compressed(table: &[f64]) -> (Vec<u64>, Vec<u32>, Vec<f64>) {
        let (mut starts, mut columns, mut values) = (vec![0], vec![], vec![]);
        for row in table.chunks(9) {
            let filled = row.iter().enumerate().filter(|(_, x)| **x != 0.0);
            for (column, x) in filled {
                columns.push(column as u32);
                values.push(*x);
            }
            starts.push(values.len() as u64);
        }
        (starts, columns, values)
    }

    #[test]
    fn dense_and_compressed_rows_of_both_precisions_have_the_outputs_of_their_columns() {
        let network = Network::<f64>::new(&[9, 5, 3], 1).unwrap();
        for step in [1, 7] {
            let table = table(step);
            let columns = Array2::from_shape_vec((700, 9), table.clone())
                .unwrap()
                .reversed_axes();
            let expected = network.feedforward(columns.view()).reversed_axes();
            let singles: Vec<f32> = table.iter().map(|&x| x as f32).collect();
            let (starts, columns, values) = compressed(&table);
            let sparse = Compressed {
                starts: &starts,
                columns: &columns,
                values: &values,
            };
            for numbers in [
                Numbers::Doubles(&table),
                Numbers::Singles(&singles),
                Numbers::SparseDoubles(sparse),
            ] {
                let found = outputs(&network, Rows::new(numbers, 9).unwrap()).unwrap();
                let largest = (&found - &expected)
                    .iter()
                    .fold(0.0, |most: f64, x| most.max(x.abs()));
                assert!(largest < 1e-14, "{largest:e}");
            }
        }
    }

    #[test]
    fn gathered_mini_batches_hold_the_rows_asked_for() {
        for step in [1, 7] {
            let table = table(step);
            let rows = Rows::new(Numbers::Doubles(&table), 9).unwrap();
            let labels: Vec<u16> = (0..700).collect();
            let weights: Vec<f64> = (0..700).map(f64::from).collect();
            let mut batches = RowBatches::<f32>::new(rows, 4).unwrap();
            let known = Known {
                labels: &labels,
                weights: &weights,
            };
            let minibatch = batches.gather(rows, known, &[699, 0, 5]);
            assert_eq!(
                (minibatch.labels(), minibatch.total_weight()),
                (&[699, 0, 5][..], 704.0)
            );
            for (k, row) in [699, 0, 5].into_iter().enumerate() {
                let expected: Vec<f32> = table[row * 9..][..9].iter().map(|&x| x as f32).collect();
                assert_eq!(minibatch.sample(k).to_vec(), expected);
            }
        }
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        let network = Network::<f64>::new(&[9, 3], 1).unwrap();
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut table = table(7);
            table[5000] = number;
            let rows = Rows::new(Numbers::Doubles(&table), 9).unwrap();
            assert!(outputs(&network, rows).is_err() && RowBatches::<f64>::new(rows, 4).is_err());
        }
    }

    #[test]
    fn rows_out_of_bounds_are_refused() {
        assert!(Rows::new(Numbers::Singles(&[0.0; 7]), 3).is_err());
        let sparse = |starts, columns| {
            Rows::new(
                Numbers::Sparse(Compressed {
                    starts,
                    columns,
                    values: &[1.0, 2.0],
                }),
                3,
            )
        };
        assert!(sparse(&[0, 1, 2], &[0, 2]).is_ok());
        assert!(sparse(&[0, 1, 3], &[0, 2]).is_err());
        assert!(sparse(&[0, 2, 1], &[0, 2]).is_err());
        assert!(sparse(&[0, 1, 2], &[0, 3]).is_err());
    }
}
