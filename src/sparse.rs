//! Sparse matrices: the inked pixels of many images, column by column or row by row.

use std::ops::Range;

use crate::kernel::{Samples, Vectors};

/// A (rows × columns) matrix of which only the elements that are not 0 are kept, column by column.
#[derive(Debug, Clone)]
pub struct SparseMatrix<F> {
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

    /// Forgets all columns.
    pub fn clear(&mut self) {
        self.starts.truncate(1);
        self.indices.clear();
        self.values.clear();
    }

    /// Adds a column: the rows of its elements, rising, and their values.
    ///
    /// # Panics
    /// When there are not as many values as indices, or an index is not below the number of rows.
    #[inline(always)]
    pub(crate) fn push(&mut self, indices: &[u16], values: impl ExactSizeIterator<Item = F>) {
        assert_eq!(indices.len(), values.len(), "a value an index");
        assert!(
            indices.last().is_none_or(|&last| usize::from(last) < self.rows),
            "index out of range"
        );
        self.indices.extend_from_slice(indices);
        self.values.extend(values);
        self.starts.push(self.indices.len() as u32);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns in `range`.
    pub(crate) fn view(&self, range: Range<usize>) -> SparseColumns<'_, F> {
        SparseColumns {
            rows: self.rows,
            starts: &self.starts[range.start..=range.end],
            indices: &self.indices,
            values: &self.values,
        }
    }
}

impl<F: Vectors> Samples<F> for SparseColumns<'_, F> {
    type Columns<'s>
        = &'s [u16]
    where
        Self: 's;

    #[inline(always)]
    fn len(self) -> usize {
        self.columns()
    }

    #[inline(always)]
    fn sample(&self, k: usize) -> (&[u16], &[F]) {
        self.column(k)
    }
}

/// Some columns of a [`SparseMatrix`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct SparseColumns<'a, F> {
    rows: usize,
    starts: &'a [u32],
    indices: &'a [u16],
    values: &'a [F],
}

impl<'a, F: Vectors> SparseColumns<'a, F> {
    /// Number of columns.
    #[inline(always)]
    pub fn columns(&self) -> usize {
        self.starts.len() - 1
    }

    /// The rows of a column's elements, and their values.
    #[inline(always)]
    pub fn column(&self, index: usize) -> (&'a [u16], &'a [F]) {
        let range = self.starts[index] as usize..self.starts[index + 1] as usize;
        (&self.indices[range.clone()], &self.values[range])
    }

    /// Replaces `transposed` (columns × rows) by the transpose: a counting sort. `cursors` is scratch.
    pub fn transpose(&self, transposed: &mut SparseMatrix<F>, cursors: &mut Vec<u32>) {
        let range = self.starts[0] as usize..self.starts[self.columns()] as usize;
        // cursors[r + 1] counts row r, then becomes where row r starts.
        cursors.clear();
        cursors.resize(self.rows + 1, 0);
        for &row in &self.indices[range.clone()] {
            cursors[usize::from(row) + 1] += 1;
        }
        for row in 0..self.rows {
            cursors[row + 1] += cursors[row];
        }
        transposed.starts.clear();
        transposed.starts.extend_from_slice(cursors);
        transposed.indices.resize(range.len(), 0);
        transposed.values.resize(range.len(), F::zeroed());
        for column in 0..self.columns() {
            let (indices, values) = self.column(column);
            for (&row, &value) in indices.iter().zip(values) {
                let cursor = &mut cursors[usize::from(row)];
                transposed.indices[*cursor as usize] = column as u16;
                transposed.values[*cursor as usize] = value;
                *cursor += 1;
            }
        }
    }
}
