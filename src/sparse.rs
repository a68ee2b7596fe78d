//! Sparse matrices: of each column, only the elements that are not 0.

use std::ops::Range;

use crate::kernel::{Samples, Terms, Vectors};

/// A (rows × columns) matrix of which only the elements that are not 0 are kept, column by column.
#[derive(Debug, Clone)]
pub(crate) struct SparseMatrix<F> {
    rows: usize,
    /// Where each column's elements start, and where the last one's end.
    starts: Vec<u32>,
    indices: Vec<u16>,
    values: Vec<F>,
}

impl<F: Vectors> SparseMatrix<F> {
    /// The most rows a matrix can have.
    pub const MAX_ROWS: usize = 1 << 16;

    /// No columns yet, and room for `columns` full ones: memory that is never written is never taken.
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

    /// Becomes the transpose of `samples`, each of which tells its elements in `rows` rows: a counting sort.
    /// `cursors` is scratch.
    pub fn assign_transpose<X: Samples<F>>(&mut self, samples: X, rows: usize, cursors: &mut Vec<u32>) {
        // cursors[r + 1] counts row r, then becomes where row r starts.
        cursors.clear();
        cursors.resize(rows + 1, 0);
        for k in 0..samples.len() {
            let terms = samples.sample(k);
            for index in 0..terms.len() {
                cursors[terms.at(index).1 + 1] += 1;
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
            let terms = samples.sample(k);
            for index in 0..terms.len() {
                let (value, row) = terms.at(index);
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
            starts: &self.starts[range.start..=range.end],
            indices: &self.indices,
            values: &self.values,
        }
    }
}

/// Some columns of a [`SparseMatrix`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct SparseColumns<'a, F> {
    starts: &'a [u32],
    indices: &'a [u16],
    values: &'a [F],
}

impl<F: Vectors> Samples<F> for SparseColumns<'_, F> {
    type Terms<'s>
        = SparseTerms<'s, F>
    where
        Self: 's;

    #[inline(always)]
    fn len(self) -> usize {
        self.starts.len() - 1
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
    fn len(self) -> usize {
        self.values.len()
    }

    #[inline(always)]
    fn at(self, index: usize) -> (F, usize) {
        (self.values[index], usize::from(self.indices[index]))
    }
}
