//! Sparse matrices, which keep only the elements that are not 0.

use std::ops::Range;

use super::samples::{Samples, Term, Terms, grouped};
use crate::math::matrix::array_bytes;
use crate::math::simd::Vectors;

/// A (rows × columns) matrix that keeps only the elements that are not 0, column by column.
#[derive(Debug, Clone)]
pub(crate) struct SparseMatrix<F> {
    rows: usize,
    /// Where each column's elements start, and where the last one's end.
    starts: Vec<u32>,
    /// All below `rows`.
    indices: Vec<u16>,
    values: Vec<F>,
}

impl<F: Vectors> SparseMatrix<F> {
    /// The most rows a matrix can have.
    pub const MAX_ROWS: usize = 1 << 16;

    /// A matrix without columns, and with room for `columns` full ones. The system provides that memory only where it is
    /// written.
    ///
    /// # Panics
    /// When there are more than [`Self::MAX_ROWS`] rows.
    pub fn with_capacity(rows: usize, columns: usize) -> Self {
        assert!(rows <= Self::MAX_ROWS, "{rows} rows");
        let mut starts = Vec::with_capacity(columns + 1);
        starts.push(0);
        Self {
            rows,
            starts,
            indices: Vec::with_capacity(rows * columns),
            values: Vec::with_capacity(rows * columns),
        }
    }

    /// The bytes that `samples` columns of `rows` rows take, with `elements` elements that are not 0 in all.
    pub fn bytes(elements: u64, samples: usize, rows: usize) -> u64 {
        let elements = elements.min((samples as u64).saturating_mul(rows as u64));
        array_bytes::<u16>(elements).saturating_add(array_bytes::<F>(elements))
    }

    /// Adds a column: the rows of its elements and their values.
    ///
    /// # Panics
    /// When an index is not below the number of rows.
    pub fn push(&mut self, elements: impl Iterator<Item = (usize, F)>) {
        for (row, value) in elements {
            assert!(row < self.rows, "row {row} of {}", self.rows);
            self.indices.push(row as u16);
            self.values.push(value);
        }
        self.starts.push(self.indices.len() as u32);
    }

    /// Removes all columns.
    pub fn clear(&mut self) {
        self.starts.truncate(1);
        self.indices.clear();
        self.values.clear();
    }

    /// Adds a column from all its elements, and keeps those that are not 0.
    ///
    /// # Panics
    /// When there are more elements than rows.
    #[inline(always)]
    pub fn push_full<P: Copy + Default + PartialEq>(&mut self, column: &[P], value: impl Fn(P) -> F) {
        /// Elements that are skipped together where all are 0.
        const RUN: usize = 16;
        assert!(column.len() <= self.rows, "more elements than rows");
        let blank = P::default();
        let mut end = self.indices.len();
        self.indices.resize(end + column.len(), 0);
        self.values.resize(end + column.len(), F::zeroed());
        for (run, elements) in column.chunks(RUN).enumerate() {
            if elements
                .iter()
                .fold(true, |all, &element| all & (element == blank))
            {
                continue;
            }
            for (row, &element) in elements.iter().enumerate() {
                // Written always, kept where it is not 0: no branch to mispredict.
                self.indices[end] = (run * RUN + row) as u16;
                self.values[end] = value(element);
                end += usize::from(element != blank);
            }
        }
        self.indices.truncate(end);
        self.values.truncate(end);
        self.starts.push(end as u32);
    }

    /// Adds the columns of `other` in `range`.
    ///
    /// # Panics
    /// When `other` has no such columns, or more rows.
    pub fn append(&mut self, other: &Self, range: Range<usize>) {
        assert!(other.rows <= self.rows, "{} rows in {}", other.rows, self.rows);
        let starts = &other.starts[range.start..=range.end];
        let first = starts[0];
        let elements = first as usize..starts[starts.len() - 1] as usize;
        let shift = self.indices.len() as u32;
        self.starts
            .extend(starts[1..].iter().map(|start| start - first + shift));
        self.indices.extend_from_slice(&other.indices[elements.clone()]);
        self.values.extend_from_slice(&other.values[elements]);
    }

    /// Becomes the transpose of `samples`, which have `rows` rows, by a counting sort. `cursors` is scratch memory. The
    /// first call takes all memory: room for `rows` full columns.
    ///
    /// # Panics
    /// When there are more samples than rows here, or a sample has more than `rows`.
    pub fn assign_transpose<X: Samples<F>>(&mut self, samples: X, rows: usize, cursors: &mut Vec<u32>) {
        assert!(samples.len() <= self.rows, "more samples than rows");
        let full = self.rows * rows;
        if self.values.capacity() < full {
            self.clear();
            self.starts.reserve_exact(rows + 1);
            self.indices.reserve_exact(full);
            self.values.reserve_exact(full);
            cursors.reserve_exact(rows + 1);
        }
        // cursors[r + 1] counts row r, then becomes where row r starts.
        cursors.clear();
        cursors.resize(rows + 1, 0);
        for k in 0..samples.len() {
            for (_, row) in samples.sample(k).each() {
                cursors[row + 1] += 1;
            }
        }
        for row in 0..rows {
            cursors[row + 1] += cursors[row];
        }
        self.starts.clear();
        self.starts.extend_from_slice(cursors);
        let total = cursors[rows] as usize;
        self.indices.resize(total, 0);
        self.values.resize(total, F::zeroed());
        for k in 0..samples.len() {
            for (value, row) in samples.sample(k).each() {
                let cursor = &mut cursors[row];
                self.indices[*cursor as usize] = k as u16;
                self.values[*cursor as usize] = value;
                *cursor += 1;
            }
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns in `range`.
    pub fn view(&self, range: Range<usize>) -> SparseColumns<'_, F> {
        SparseColumns {
            rows: self.rows,
            starts: &self.starts[range.start..=range.end],
            indices: &self.indices,
            values: &self.values,
        }
    }
}

/// Some columns of a [`SparseMatrix`].
#[derive(Debug, Clone, Copy)]
pub struct SparseColumns<'a, F> {
    rows: usize,
    starts: &'a [u32],
    indices: &'a [u16],
    values: &'a [F],
}

// SAFETY: every index of the matrix is below its number of rows; the methods above write no other.
#[allow(unsafe_code)]
unsafe impl<F: Vectors> Samples<F> for SparseColumns<'_, F> {
    type Terms<'s>
        = SparseTerms<'s, F>
    where
        Self: 's;

    #[inline(always)]
    fn len(self) -> usize {
        self.starts.len() - 1
    }

    #[inline(always)]
    fn columns(self) -> usize {
        self.rows
    }

    #[inline(always)]
    fn sample(&self, k: usize) -> SparseTerms<'_, F> {
        let range = self.starts[k] as usize..self.starts[k + 1] as usize;
        SparseTerms {
            indices: &self.indices[range.clone()],
            values: &self.values[range],
        }
    }
}

/// A column of a [`SparseMatrix`].
#[derive(Clone, Copy)]
pub(crate) struct SparseTerms<'a, F> {
    indices: &'a [u16],
    values: &'a [F],
}

impl<F: Vectors> Terms<F> for SparseTerms<'_, F> {
    #[inline(always)]
    fn is_empty(self) -> bool {
        self.values.is_empty()
    }

    #[inline(always)]
    fn grouped<const U: usize>(self) -> (impl Iterator<Item = [Term<F>; U]>, impl Iterator<Item = Term<F>>) {
        grouped(
            (self.values, self.indices),
            #[inline(always)]
            |value, index| (value, usize::from(index)),
        )
    }
}
