//! out[k] = start + Σᵢ factorᵢ(k) · matrix[columnᵢ(k)] for every sample k: W X + b, and Wᵀ Δ.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::tile::{Rows, Tiles, accumulate, for_each_tile, tile, tile_mut, wide_tiles};
use crate::math::columns::{Listed, Samples};
use crate::math::matrix::Matrix;
use crate::math::simd::{Vectors, dispatch};

/// Cache lines of a column from which the matrix is read in bands. From four on a sum is a single partial sum, which can wait in `out`.
const WIDE: usize = 8;

/// Fewest samples that are worth it.
const FEW: usize = 32;

/// Fewest terms of a sample in a band, on average: each band reads and writes the sums once more.
const TERMS: usize = 8;

/// Most samples that are read in bands together.
const GROUP: usize = 64;

/// Columns of the matrix in a band. Of 64 to 196, measured with 800 rows and AVX2.
pub(super) const BAND: usize = 112;

/// [`Kernels::weighted_sums`](super::Kernels::weighted_sums)
pub(super) fn weighted_sums<F: Vectors, X: Samples<F>>(
    matrix: &Matrix<F>,
    start: Option<usize>,
    samples: X,
    out: &mut Matrix<F>,
) {
    assert!(samples.len() <= out.columns() && matrix.rows() == out.rows());
    dispatch(WeightedSums {
        matrix,
        start,
        samples,
        out,
    });
}

/// As [`weighted_sums`], of samples with lists of columns. Wide matrices, which the fast caches do not hold, are read in bands.
pub(super) fn listed_weighted_sums<F: Vectors, X: Listed<F>>(
    matrix: &Matrix<F>,
    start: Option<usize>,
    samples: X,
    out: &mut Matrix<F>,
) {
    let is_dense = || {
        let bands = samples.columns().div_ceil(BAND);
        let terms: usize = (0..samples.len()).map(|k| samples.listed(k).len()).sum();
        terms >= samples.len() * bands * TERMS
    };
    if matrix.stride() / F::PER_LINE < WIDE || samples.len() < FEW || !is_dense() {
        return weighted_sums(matrix, start, samples, out);
    }
    assert!(samples.len() <= out.columns() && matrix.rows() == out.rows());
    let mut parts = [(0, 0); GROUP];
    for first in (0..samples.len()).step_by(GROUP) {
        let group = first..samples.len().min(first + GROUP);
        parts.fill((0, 0));
        for band in (0..samples.columns()).step_by(BAND) {
            dispatch(Band {
                sums: WeightedSums {
                    matrix,
                    start,
                    samples,
                    out,
                },
                group: group.clone(),
                columns: band..band + BAND,
                parts: &mut parts,
            });
        }
    }
}

struct WeightedSums<'a, F: Vectors, X> {
    matrix: &'a Matrix<F>,
    start: Option<usize>,
    samples: X,
    out: &'a mut Matrix<F>,
}

impl<F: Vectors, X: Samples<F>> WeightedSums<'_, F, X> {
    /// What every sum of the tile starts with.
    #[inline(always)]
    fn start<S: Simd, const N: usize>(&self, simd: S, first: usize) -> [F::Vector<S>; N] {
        match self.start {
            Some(column) => *tile::<F, S, N>(self.matrix.elements(), column * self.matrix.stride() + first),
            None => [F::splat(simd, F::zeroed()); N],
        }
    }
}

impl<F: Vectors, X: Samples<F>> WithSimd for WeightedSums<'_, F, X> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for_each_tile(simd, self.matrix.stride(), &mut self);
    }
}

impl<F: Vectors, X: Samples<F>> Tiles<F> for WeightedSums<'_, F, X> {
    /// Of every sample: the tile's part of the matrix stays in the cache meanwhile.
    #[allow(unsafe_code)]
    #[inline(always)]
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize) {
        let (elements, stride) = (self.matrix.elements(), self.matrix.stride());
        let start = self.start::<S, N>(simd, first);
        let rows = Rows::new::<F, S, X, N>(elements, stride, first, self.samples);
        let out = self.out.elements_mut();
        for k in 0..self.samples.len() {
            // Spread out over the samples, so that the loads never wait for each other.
            if first == 0 {
                self.samples.prefetch_next(k);
            }
            let terms = self.samples.sample(k);
            // SAFETY: the rows were made for these samples.
            let sums = unsafe { accumulate::<F, S, _, N, U>(simd, rows, elements, terms, start) };
            *tile_mut::<F, S, N>(out, k * stride + first) = sums;
        }
    }
}

/// A part of the sums of a group of samples: the terms that scale some columns of the matrix. Of these columns, the tile's part stays
/// in the fastest cache while all samples of the group are added up. The sums wait in `out` for the next band, so the order of
/// additions is that of [`WeightedSums`].
struct Band<'a, F: Vectors, X> {
    sums: WeightedSums<'a, F, X>,
    group: Range<usize>,
    columns: Range<usize>,
    /// Of each sample of the group, the terms of the band before this one; then those of this one.
    parts: &'a mut [(usize, usize); GROUP],
}

impl<F: Vectors, X: Listed<F>> WithSimd for Band<'_, F, X> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Self {
            sums: WeightedSums { samples, .. },
            group,
            columns,
            parts,
        } = &mut self;
        for ((start, end), k) in parts.iter_mut().zip(group.clone()) {
            if columns.start == 0 {
                samples.prefetch_next(k);
            }
            *start = *end;
            // All that is left belongs to the last band. So no term is lost where columns are not in order, or several times there.
            *end = match columns.end >= samples.columns() {
                true => samples.listed(k).len(),
                false => *start + samples.count_before(k, *start, columns.end, columns.len()),
            };
        }
        wide_tiles(simd, self.sums.matrix.stride() / F::lanes::<S>(), &mut self);
    }
}

impl<F: Vectors, X: Listed<F>> Tiles<F> for Band<'_, F, X> {
    #[allow(unsafe_code)]
    #[inline(always)]
    fn tile<S: Simd, const N: usize, const U: usize>(&mut self, simd: S, first: usize) {
        let WeightedSums { matrix, samples, .. } = self.sums;
        let (elements, stride) = (matrix.elements(), matrix.stride());
        let rows = Rows::new::<F, S, X, N>(elements, stride, first, samples);
        let of_first_band = (self.columns.start == 0).then(|| self.sums.start::<S, N>(simd, first));
        let out = self.sums.out.elements_mut();
        for (&(from, to), k) in self.parts.iter().zip(self.group.clone()) {
            if from == to && of_first_band.is_none() {
                continue;
            }
            let out = tile_mut::<F, S, N>(out, k * stride + first);
            let terms = samples.part(k, from..to);
            // SAFETY: the rows were made for these samples.
            *out = unsafe {
                accumulate::<F, S, _, N, U>(simd, rows, elements, terms, of_first_band.unwrap_or(*out))
            };
        }
    }
}
