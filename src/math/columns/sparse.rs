//! Sparse matrices, which keep only the elements that are not 0.

use std::ops::Range;

use super::joined::joined;
use super::nonzero::for_each_nonzero;
use super::samples::{Listed, Samples, Term, Terms, grouped};
use crate::math::matrix::array_bytes;
use crate::math::simd::Vectors;

/// A (rows × columns) matrix that keeps only the elements that are not 0, column by column.
#[derive(Debug, Clone)]
pub(crate) struct SparseMatrix<F> {
    rows: usize,
    /// Where each column's elements start and end.
    ranges: Vec<(u32, u32)>,
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
        Self {
            rows,
            ranges: Vec::with_capacity(columns),
            indices: Vec::with_capacity(rows * columns),
            values: Vec::with_capacity(rows * columns),
        }
    }

    /// The columns of all `parts`, which have `rows` rows, one part behind the other.
    ///
    /// # Panics
    /// When the elements are more than 32 bits can count, or a part has more rows.
    pub fn joined(rows: usize, parts: &[Self]) -> Self {
        let mut total = 0u32;
        let mut ranges = Vec::with_capacity(parts.iter().map(Self::columns).sum());
        for part in parts {
            assert!(part.rows <= rows, "{} rows in {rows}", part.rows);
            let first = total;
            ranges.extend(
                part.ranges
                    .iter()
                    .map(|&(start, end)| (first + start, first + end)),
            );
            total = total
                .checked_add(part.end())
                .expect("elements that 32 bits can count");
        }
        let all = |part: &Self| 0..part.elements();
        let indices: Vec<_> = parts.iter().map(|part| &part.indices[all(part)]).collect();
        let values: Vec<_> = parts.iter().map(Self::values).collect();
        Self {
            rows,
            ranges,
            indices: joined(&indices),
            values: joined(&values),
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
        let start = self.cut();
        for (row, value) in elements {
            assert!(row < self.rows, "row {row} of {}", self.rows);
            self.indices.push(row as u16);
            self.values.push(value);
        }
        self.ranges.push((start, self.indices.len() as u32));
    }

    /// Removes all columns.
    pub fn clear(&mut self) {
        self.ranges.clear();
    }

    /// Where the last column's elements end.
    fn end(&self) -> u32 {
        self.ranges.last().map_or(0, |&(_, end)| end)
    }

    /// As [`Self::end`], and removes what was written behind it.
    fn cut(&mut self) -> u32 {
        let end = self.end();
        self.indices.truncate(end as usize);
        self.values.truncate(end as usize);
        end
    }

    /// Adds a column from all its elements, and keeps those that are not 0.
    ///
    /// # Panics
    /// When there are more elements than rows.
    #[inline(always)]
    pub fn push_full<P: Copy + Default + PartialEq>(&mut self, column: &[P], value: impl Fn(P) -> F) {
        assert!(column.len() <= self.rows, "more elements than rows");
        let start = self.end() as usize;
        // What is behind the last column stays as it is: it is filled with zeros once, not for each column.
        let room = start + column.len();
        if self.indices.len() < room {
            self.indices.resize(room, 0);
            self.values.resize(room, F::zeroed());
        }
        let (indices, values) = (&mut self.indices[start..room], &mut self.values[start..room]);
        let mut end = 0;
        for_each_nonzero(
            column,
            #[inline(always)]
            |row, element| {
                indices[end] = row as u16;
                values[end] = value(element);
                end += 1;
            },
        );
        self.ranges.push((start as u32, (start + end) as u32));
    }

    /// Adds the columns of `other` in `range`.
    ///
    /// # Panics
    /// When `other` has no such columns, or more rows.
    pub fn append(&mut self, other: &Self, range: Range<usize>) {
        assert!(other.rows <= self.rows, "{} rows in {}", other.rows, self.rows);
        self.cut();
        for &(start, end) in &other.ranges[range] {
            let elements = start as usize..end as usize;
            let start = self.indices.len() as u32;
            self.indices.extend_from_slice(&other.indices[elements.clone()]);
            self.values.extend_from_slice(&other.values[elements]);
            self.ranges.push((start, self.indices.len() as u32));
        }
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
            self.ranges.reserve_exact(rows);
            self.indices.reserve_exact(full);
            self.values.reserve_exact(full);
            cursors.reserve_exact(rows);
        }
        // cursors[r] counts row r, then becomes where row r starts.
        cursors.clear();
        cursors.resize(rows, 0);
        let cursors = &mut cursors[..];
        for k in 0..samples.len() {
            for (_, row) in samples.sample(k).each() {
                cursors[row] += 1;
            }
        }
        let mut total = 0;
        self.ranges.clear();
        self.ranges.extend(cursors.iter_mut().map(|cursor| {
            let start = total;
            total += std::mem::replace(cursor, start);
            (start, total)
        }));
        let total = total as usize;
        self.indices.resize(total, 0);
        self.values.resize(total, F::zeroed());
        // Slices, whose places in memory the compiler need not look up again after each element.
        let (indices, values) = (&mut self.indices[..total], &mut self.values[..total]);
        for k in 0..samples.len() {
            for (value, row) in samples.sample(k).each() {
                let cursor = &mut cursors[row];
                let at = *cursor as usize;
                indices[at] = k as u16;
                values[at] = value;
                *cursor += 1;
            }
        }
    }

    /// Number of elements that are kept.
    pub fn elements(&self) -> usize {
        self.end() as usize
    }

    /// The elements that are kept, column after column.
    pub fn values(&self) -> &[F] {
        &self.values[..self.elements()]
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.ranges.len()
    }

    /// Where the elements of column `column` are, for [`Self::select`].
    pub fn range(&self, column: usize) -> (u32, u32) {
        self.ranges[column]
    }

    /// The columns in `range`.
    pub fn view(&self, range: Range<usize>) -> SparseColumns<'_, F> {
        self.select(&self.ranges[range])
    }

    /// The columns whose elements are in these ranges.
    pub fn select<'a>(&'a self, ranges: &'a [(u32, u32)]) -> SparseColumns<'a, F> {
        SparseColumns {
            rows: self.rows,
            ranges,
            indices: &self.indices,
            values: &self.values,
        }
    }
}

impl<F: Vectors> SparseColumns<'_, F> {
    /// The columns in `range` of these.
    pub fn view(self, range: Range<usize>) -> Self {
        Self {
            ranges: &self.ranges[range],
            ..self
        }
    }

    /// Number of rows.
    pub fn rows(self) -> usize {
        self.rows
    }
}

/// Some columns of a [`SparseMatrix`].
#[derive(Debug, Clone, Copy)]
pub struct SparseColumns<'a, F> {
    rows: usize,
    ranges: &'a [(u32, u32)],
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
        self.ranges.len()
    }

    #[inline(always)]
    fn columns(self) -> usize {
        self.rows
    }

    #[inline(always)]
    fn sample(&self, k: usize) -> SparseTerms<'_, F> {
        let (start, end) = self.ranges[k];
        let range = start as usize..end as usize;
        SparseTerms {
            indices: &self.indices[range.clone()],
            values: &self.values[range],
        }
    }
}

impl<F: Vectors> Listed<F> for SparseColumns<'_, F> {
    #[inline(always)]
    fn listed(&self, k: usize) -> &[u16] {
        self.sample(k).indices
    }

    #[inline(always)]
    fn part(&self, k: usize, range: Range<usize>) -> SparseTerms<'_, F> {
        let SparseTerms { indices, values } = self.sample(k);
        SparseTerms {
            indices: &indices[range.clone()],
            values: &values[range],
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
