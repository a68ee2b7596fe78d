//! Mini-batches gathered from rows.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::{Rows, check_finite};
use crate::error::Result;
use crate::math::columns::SparseMatrix;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::training::minibatch::Minibatch;

/// From this many numbers on a dense gather is split over the cores.
const PARALLEL_NUMBERS: usize = 64 * 784;

/// Mini-batches from anywhere in [`Rows`], in memory that is taken once.
///
/// Where most numbers are 0, the others are kept: a second copy, of a fraction of the size, that many epochs read.
#[derive(Debug)]
pub struct RowBatches<F: Real> {
    /// All rows, as columns, where few numbers are not 0.
    compact: Option<SparseMatrix<F>>,
    dense: Matrix<F>,
    /// Where the samples at hand are in the compact rows.
    ranges: Vec<(u32, u32)>,
    labels: Vec<u16>,
    weights: Vec<f64>,
}

/// What is known of each sample beside its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its class.
    pub labels: &'a [u16],
    /// How much it counts; empty where each counts 1.
    pub weights: &'a [f64],
}

impl<F: Real> RowBatches<F> {
    /// Room for mini-batches of up to `capacity` of `rows`.
    ///
    /// # Errors
    /// [`Error::Option`](crate::error::Error::Option) when a number is not finite.
    pub fn new(rows: Rows, capacity: usize) -> Result<Self> {
        let compact = Self::compact(rows)?;
        if compact.is_none() {
            rows.chunks().try_for_each(|range| rows.check_finite(range))?;
        }
        let is_sparse = compact.is_some();
        let [dense, sparse] = if is_sparse { [0, capacity] } else { [capacity, 0] };
        Ok(Self {
            compact,
            dense: Matrix::zeros(if is_sparse { 0 } else { rows.n_in() }, dense),
            ranges: Vec::with_capacity(sparse),
            labels: Vec::with_capacity(capacity),
            weights: Vec::with_capacity(capacity),
        })
    }

    /// All rows as columns that keep only what is not 0; `None` where that does not pay off.
    fn compact(rows: Rows) -> Result<Option<SparseMatrix<F>>> {
        let Some(most) = rows.most_if_sparse::<F>(rows.len()) else {
            return Ok(None);
        };
        let most = most.min(u32::MAX as usize);
        let total = AtomicUsize::new(0);
        let parts = rows.chunks().map(|range| {
            let mut part = SparseMatrix::with_capacity(rows.n_in(), 0);
            let Some(added) = rows.compact(range, most, &mut part) else {
                return Ok(None);
            };
            check_finite(added)?;
            let added = added.len();
            let before = total.fetch_add(added, Ordering::Relaxed);
            Ok((before + added <= most).then_some(part))
        });
        let parts: Option<Vec<SparseMatrix<F>>> = parts.collect::<Result<_>>()?;
        Ok(parts.map(|parts| SparseMatrix::joined(rows.n_in(), &parts)))
    }

    /// Gathers the samples at `indices`, in their order, of the rows that [`Self::new`] was given.
    ///
    /// # Panics
    /// When an index is not below the number of rows, or there are more indices than the capacity.
    pub fn gather(&mut self, rows: Rows, known: Known, indices: &[u32]) -> Minibatch<'_, F> {
        let at = |index: &u32| *index as usize;
        self.labels.clear();
        self.labels
            .extend(indices.iter().map(|index| known.labels[at(index)]));
        let minibatch = match &self.compact {
            Some(compact) => {
                self.ranges.clear();
                self.ranges
                    .extend(indices.iter().map(|index| compact.range(at(index))));
                Minibatch::sparse(compact.select(&self.ranges), &self.labels)
            }
            None => {
                let (n_in, stride) = (self.dense.rows(), self.dense.stride());
                let used = &mut self.dense.elements_mut()[..indices.len() * stride];
                let write = |(column, index): (&mut [F], &u32)| rows.write(at(index), &mut column[..n_in]);
                if used.len() < PARALLEL_NUMBERS {
                    used.chunks_exact_mut(stride).zip(indices).for_each(write);
                } else {
                    let columns = used.par_chunks_exact_mut(stride).zip(indices);
                    columns
                        .with_min_len((PARALLEL_NUMBERS / stride / 4).max(1))
                        .for_each(write);
                }
                Minibatch::dense(&self.dense, &self.labels)
            }
        };
        if known.weights.is_empty() {
            return minibatch;
        }
        self.weights.clear();
        self.weights
            .extend(indices.iter().map(|index| known.weights[at(index)]));
        minibatch.weighted(&self.weights)
    }
}
