//! What the kernels multiply by: samples, each a list of factors and of the columns that they scale.

use std::ops::Range;

use ndarray::{ArrayView2, s};

use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::Vectors;

/// A factor, and the number of the column that it scales.
pub(crate) type Term<F> = (F, usize);

/// One sample: its terms, in the order of their columns.
pub(crate) trait Terms<F>: Copy {
    /// Whether there are none.
    fn is_empty(self) -> bool;
    /// As many groups of `U` terms as there are, and the rest.
    fn grouped<const U: usize>(self) -> (impl Iterator<Item = [Term<F>; U]>, impl Iterator<Item = Term<F>>);
    /// One after another.
    #[inline(always)]
    fn each(self) -> impl Iterator<Item = Term<F>> {
        self.grouped::<1>().0.map(|[term]| term)
    }
}

/// Some samples. The kernels check [`Self::columns`] against their matrix once, and then read the columns of all terms
/// without a check.
///
/// # Safety
/// No term of any sample has a column number of [`Self::columns`] or more.
#[allow(unsafe_code)]
pub(crate) unsafe trait Samples<F>: Copy {
    /// The terms of one sample.
    type Terms<'s>: Terms<F>
    where
        Self: 's;
    /// Number of samples.
    fn len(self) -> usize;
    /// More than the number of any column that a term scales.
    fn columns(self) -> usize;
    /// Sample `k`.
    fn sample(&self, k: usize) -> Self::Terms<'_>;
    /// Asks for the memory of the sample that takes the place of sample `k` in the next mini-batch, where that is known.
    #[inline(always)]
    fn prefetch_next(self, _k: usize) {}
}

/// Samples whose terms are listed, each with its column.
pub(crate) trait Listed<F>: Samples<F> {
    /// The columns of the terms of sample `k`, usually in increasing order.
    fn listed(&self, k: usize) -> &[u16];
    /// The terms of sample `k` in `range`.
    fn part(&self, k: usize, range: Range<usize>) -> Self::Terms<'_>;

    /// Of the first `most` terms of sample `k` from term `first` on, the number of those that scale columns before `end`.
    #[inline(always)]
    fn count_before(&self, k: usize, first: usize, end: usize, most: usize) -> usize {
        let columns = &self.listed(k)[first..];
        // Compared as they are stored, many at a time.
        let last = end.saturating_sub(1).min(usize::from(u16::MAX)) as u16;
        let columns = columns[..most.min(columns.len())].iter();
        columns
            .map(|&column| u16::from(column <= last))
            .sum::<u16>()
            .into()
    }
}

/// The first U-tuples and the rest of two lists of one length, element by element.
#[inline(always)]
pub(super) fn grouped<'a, A: Copy, B: Copy, F, const U: usize>(
    (first, second): (&'a [A], &'a [B]),
    term: impl Fn(A, B) -> Term<F> + Copy + 'a,
) -> (
    impl Iterator<Item = [Term<F>; U]> + 'a,
    impl Iterator<Item = Term<F>> + 'a,
)
where
    F: Copy + 'a,
{
    let (firsts, first) = first.as_chunks::<U>();
    let (seconds, second) = second.as_chunks::<U>();
    (
        firsts.iter().zip(seconds).map(
            #[inline(always)]
            move |(a, b)| {
                // `array::from_fn` would be several times as much code to compile, in each kernel.
                let mut group = [term(a[0], b[0]); U];
                for u in 1..U {
                    group[u] = term(a[u], b[u]);
                }
                group
            },
        ),
        first.iter().zip(second).map(
            #[inline(always)]
            move |(&a, &b)| term(a, b),
        ),
    )
}

/// All elements of a dense vector: element i scales column i.
impl<F: Copy> Terms<F> for &[F] {
    #[inline(always)]
    fn is_empty(self) -> bool {
        <[F]>::is_empty(self)
    }

    #[inline(always)]
    fn grouped<const U: usize>(self) -> (impl Iterator<Item = [Term<F>; U]>, impl Iterator<Item = Term<F>>) {
        let (groups, rest) = self.as_chunks::<U>();
        let first = self.len() - rest.len();
        (
            groups.iter().enumerate().map(
                #[inline(always)]
                |(group, factors)| {
                    let mut terms = [(factors[0], group * U); U];
                    for u in 1..U {
                        terms[u] = (factors[u], group * U + u);
                    }
                    terms
                },
            ),
            rest.iter().enumerate().map(
                #[inline(always)]
                move |(index, &factor)| (factor, first + index),
            ),
        )
    }
}

/// Some columns of a matrix.
#[derive(Clone, Copy)]
pub struct DenseColumns<'a, F: Vectors> {
    matrix: &'a Matrix<F>,
    columns: (usize, usize),
    rows: (usize, usize),
}

impl<'a, F: Vectors> DenseColumns<'a, F> {
    /// The columns of `matrix` in `range`.
    pub fn new(matrix: &'a Matrix<F>, range: Range<usize>) -> Self {
        assert!(range.end <= matrix.columns());
        Self {
            matrix,
            columns: (range.start, range.end),
            rows: (0, matrix.rows()),
        }
    }

    /// Only the rows in `range` of all columns.
    pub fn rows(self, range: Range<usize>) -> Self {
        assert!(range.end <= self.matrix.rows());
        Self {
            rows: (range.start, range.end),
            ..self
        }
    }
}

impl<'a, F: Real> DenseColumns<'a, F> {
    /// The columns as ndarray sees them.
    pub fn view(self) -> ArrayView2<'a, F> {
        let (rows, columns) = (self.rows, self.columns);
        self.matrix
            .view()
            .slice_move(s![rows.0..rows.1, columns.0..columns.1])
    }
}

// SAFETY: a sample is a slice of as many elements as there are rows, and its terms are numbered from 0.
#[allow(unsafe_code)]
unsafe impl<F: Vectors> Samples<F> for DenseColumns<'_, F> {
    type Terms<'s>
        = &'s [F]
    where
        Self: 's;

    #[inline(always)]
    fn len(self) -> usize {
        self.columns.1 - self.columns.0
    }

    #[inline(always)]
    fn columns(self) -> usize {
        self.rows.1 - self.rows.0
    }

    #[inline(always)]
    fn sample(&self, k: usize) -> &[F] {
        &self.matrix.column(self.columns.0 + k)[self.rows.0..self.rows.1]
    }
}
