//! The rows of a matrix that a kernel works on, and the columns that it reaches without a check.
//!
//! Matrices have padded columns, `stride` elements long. A tile is `N` vectors of one column. What the terms of samples
//! reach is checked here once for all of them, by [`Samples::columns`], and not at every term.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::Range;
use std::slice;

use pulp::Simd;

use crate::math::columns::Samples;
use crate::math::simd::Vectors;
use crate::math::team::Team;

/// Tiles of a matrix that start at one row.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, F> {
    elements: &'a [F],
    stride: usize,
    first: usize,
}

impl<'a, F: Vectors> Rows<'a, F> {
    /// Those of `N` vectors from row `first` on, for the terms of `samples`.
    ///
    /// # Panics
    /// When columns have fewer rows, or samples may name columns that the matrix does not have.
    #[inline(always)]
    pub fn new<S: Simd, X: Samples<F>, const N: usize>(
        elements: &'a [F],
        stride: usize,
        first: usize,
        samples: X,
    ) -> Self {
        assert!(first + N * F::lanes::<S>() <= stride, "a tile outside its column");
        assert!(
            samples.columns() * stride <= elements.len(),
            "columns that there are not"
        );
        Self {
            elements,
            stride,
            first,
        }
    }

    /// That of a term's column.
    ///
    /// # Safety
    /// [`Self::new`] checked these rows for `S`, `N` and the samples of the term.
    #[inline(always)]
    pub unsafe fn of_term<S: Simd, const N: usize>(self, column: usize) -> &'a [F::Vector<S>; N] {
        let at = column * self.stride + self.first;
        // SAFETY: the column is below `samples.columns()`, and in it the N vectors from `first` on lie.
        all_vectors::<F, S, N>(unsafe { self.elements.get_unchecked(at..at + N * F::lanes::<S>()) })
    }
}

/// The N vectors of `elements` from `at` on.
#[inline(always)]
pub(super) fn tile<F: Vectors, S: Simd, const N: usize>(elements: &[F], at: usize) -> &[F::Vector<S>; N] {
    all_vectors::<F, S, N>(&elements[at..at + N * F::lanes::<S>()])
}

#[inline(always)]
fn all_vectors<F: Vectors, S: Simd, const N: usize>(numbers: &[F]) -> &[F::Vector<S>; N] {
    F::vectors::<S>(numbers)
        .first_chunk()
        .expect("N vectors were sliced")
}

/// Some rows of all columns of a matrix, to be written: while parts exist, each row belongs to one of them.
pub(super) struct RowsMut<'a, F> {
    elements: *mut F,
    columns: usize,
    stride: usize,
    rows: Range<usize>,
    of: PhantomData<&'a mut [F]>,
}

// SAFETY: it stands for a `&mut [F]`, of which parts have no element in common.
unsafe impl<F: Send> Send for RowsMut<'_, F> {}
// SAFETY: a shared one writes nothing.
unsafe impl<F: Sync> Sync for RowsMut<'_, F> {}

impl<'a, F: Vectors> RowsMut<'a, F> {
    /// All rows.
    pub fn new(elements: &'a mut [F], stride: usize) -> Self {
        Self {
            columns: elements.len().checked_div(stride).unwrap_or(0),
            elements: elements.as_mut_ptr(),
            stride,
            rows: 0..stride,
            of: PhantomData,
        }
    }

    /// Elements from the start of a column to the start of the next.
    #[inline(always)]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The rows.
    #[inline(always)]
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Lets the members of `team` work on whole cache lines of rows, as equally many as possible and at least `least`.
    pub fn share(self, team: &mut Team, least: usize, work: impl Fn(RowsMut<'_, F>) + Sync) {
        let lines = self.rows.len() / F::PER_LINE;
        let parts = team.present().min(lines / least);
        if parts <= 1 {
            return work(self);
        }
        let row = |part: usize| self.rows.start + lines * part / parts * F::PER_LINE;
        team.share(&|member| {
            if member < parts {
                // SAFETY: no two members have a row in common, and these rows are not used otherwise meanwhile.
                work(unsafe { self.part(row(member)..row(member + 1)) });
            }
        });
    }

    /// Some of the rows.
    ///
    /// # Safety
    /// As long as the part exists, its rows are used by nothing else.
    unsafe fn part(&self, rows: Range<usize>) -> RowsMut<'_, F> {
        assert!(self.rows.start <= rows.start && rows.end <= self.rows.end);
        RowsMut { rows, ..*self }
    }

    /// The tile of `N` vectors of `column` from row `first` on.
    ///
    /// # Panics
    /// When it is not within the rows.
    #[inline(always)]
    pub fn tile_mut<S: Simd, const N: usize>(
        &mut self,
        column: usize,
        first: usize,
    ) -> &mut [F::Vector<S>; N] {
        assert!(column < self.columns, "a column outside the matrix");
        self.check_tile::<S, N>(first);
        // SAFETY: just checked.
        unsafe { self.of_term_mut::<S, N>(column, first) }
    }

    /// Checks the tiles from row `first` on for the terms of `samples`.
    ///
    /// # Panics
    /// When they are not within the rows, or samples may name columns that the matrix does not have.
    #[inline(always)]
    pub fn check<S: Simd, X: Samples<F>, const N: usize>(&self, first: usize, samples: X) {
        self.check_tile::<S, N>(first);
        assert!(samples.columns() <= self.columns, "columns that there are not");
    }

    #[inline(always)]
    fn check_tile<S: Simd, const N: usize>(&self, first: usize) {
        let end = first + N * F::lanes::<S>();
        assert!(
            self.rows.start <= first && end <= self.rows.end,
            "a tile outside its rows"
        );
    }

    /// The tile of a term's column.
    ///
    /// # Safety
    /// [`Self::check`] passed for `S`, `N`, `first` and the samples of the term.
    #[inline(always)]
    pub unsafe fn of_term_mut<S: Simd, const N: usize>(
        &mut self,
        column: usize,
        first: usize,
    ) -> &mut [F::Vector<S>; N] {
        let numbers = N * F::lanes::<S>();
        // SAFETY: the column is one of the matrix, in it the N vectors from `first` on lie within the rows, and nothing else
        // reaches those while this is borrowed.
        let numbers =
            unsafe { slice::from_raw_parts_mut(self.elements.add(column * self.stride + first), numbers) };
        F::vectors_mut::<S>(numbers)
            .first_chunk_mut()
            .expect("N vectors were sliced")
    }
}
