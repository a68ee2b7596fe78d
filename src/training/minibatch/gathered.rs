//! Mini-batches gathered from anywhere in a data set.

use rayon::prelude::*;

use super::{InputForm, Inputs, Minibatch, convert};
use crate::data::{Dataset, Ink};
use crate::math::columns::InkColumns;
use crate::math::matrix::{Matrix, array_bytes};
use crate::math::real::Real;

/// From this many pixels on a dense gather is split over the cores.
const PARALLEL_PIXELS: usize = 64 * 784;

/// Images of the next mini-batch whose memory is asked for while this one goes forward: as many as fit the fastest
/// cache. Larger mini-batches are read by several cores, and long enough for the hardware to look ahead.
const PREFETCHED: usize = 64;

/// Up to `capacity` samples of a data set, its memory taken once. Sparse ones stay where they are, in the data set.
#[derive(Debug, Clone)]
pub struct Gathered<F: Real> {
    dataset: Dataset,
    form: InputForm,
    capacity: usize,
    /// Of each sparse sample, where its ink starts and ends.
    ranges: Vec<(u32, u32)>,
    /// The same of the next gather's first samples.
    next: Vec<(u32, u32)>,
    /// The intensity of every shade of the ink.
    palette: Box<[F; 256]>,
    /// (n_in × capacity): dense samples.
    matrix: Matrix<F>,
    labels: Vec<u16>,
}

impl<F: Real> Gathered<F> {
    /// No samples yet, and room for `capacity` of `dataset`.
    pub fn new(dataset: &Dataset, capacity: usize, form: InputForm) -> Self {
        let (palette, sparse, dense) = match form.ink(dataset) {
            Some(ink) => (*ink.palette(), capacity, 0),
            None => ([0.0; 256], 0, capacity),
        };
        Self {
            dataset: dataset.clone(),
            form,
            capacity,
            ranges: Vec::with_capacity(sparse),
            next: Vec::with_capacity(sparse.min(PREFETCHED)),
            palette: Box::new(palette.map(|intensity| F::of(f64::from(intensity)))),
            matrix: Matrix::zeros(dataset.inputs(), dense),
            labels: Vec::with_capacity(capacity),
        }
    }

    /// The bytes that [`Self::new`] takes.
    pub(crate) fn bytes(dataset: &Dataset, capacity: usize, form: InputForm) -> u64 {
        match form.inked(dataset) {
            Some(_) => array_bytes::<(u32, u32)>((capacity + capacity.min(PREFETCHED)) as u64),
            None => Matrix::<F>::bytes(dataset.inputs(), capacity),
        }
    }

    /// Gathers the samples of `dataset` at `indices`, in their order. `upcoming` are the indices of the gathers to come:
    /// the memory of the next few is asked for meanwhile. Takes memory only where `dataset` is another one than before.
    ///
    /// # Panics
    /// When an index is outside the data set, or there are more of them than the capacity.
    pub fn gather(&mut self, dataset: &Dataset, indices: &[u32], upcoming: &[u32]) -> Minibatch<'_, F> {
        assert!(indices.len() <= self.capacity, "more samples than the capacity");
        if !self.dataset.is(dataset) {
            *self = Self::new(dataset, self.capacity, self.form);
        }
        let labels = self.dataset.labels();
        self.labels.clear();
        self.labels
            .extend(indices.iter().map(|&index| labels[index as usize]));
        match self.form.ink(&self.dataset) {
            Some(ink) => {
                let (first, next) = (self.dataset.first(), &mut self.next);
                gather_ink(ink, first, indices, upcoming, &mut self.ranges, next);
            }
            None => gather_dense(&self.dataset, indices, &mut self.matrix),
        }
        self.minibatch()
    }

    /// The samples that were gathered last.
    pub fn minibatch(&self) -> Minibatch<'_, F> {
        match self.form.ink(&self.dataset) {
            None => Minibatch::dense(&self.matrix, &self.labels),
            Some(ink) => Minibatch {
                inputs: Inputs::Ink(InkColumns {
                    inked: ink.inked(),
                    ranges: &self.ranges,
                    next: &self.next,
                    palette: &self.palette,
                }),
                n_in: self.dataset.inputs(),
                labels: &self.labels,
                weights: &[],
                number: 0,
            },
        }
    }
}

/// Finds where the ink of images starts and ends, and that of those `next`. `first` is the data set's first image in `ink`.
fn gather_ink(
    ink: &Ink,
    first: usize,
    indices: &[u32],
    upcoming: &[u32],
    ranges: &mut Vec<(u32, u32)>,
    next: &mut Vec<(u32, u32)>,
) {
    let range = |&index: &u32| ink.range(first + index as usize);
    ranges.clear();
    ranges.extend(indices.iter().map(range));
    // The next mini-batch's images, and where those of the one after it are.
    let (following, after) = upcoming.split_at(upcoming.len().min(indices.len().min(PREFETCHED)));
    next.clear();
    next.extend(following.iter().map(range));
    for &index in &after[..after.len().min(following.len())] {
        ink.prefetch_range(first + index as usize);
    }
}

fn gather_dense<F: Real>(dataset: &Dataset, indices: &[u32], matrix: &mut Matrix<F>) {
    let (rows, stride) = (matrix.rows(), matrix.stride());
    let elements = &mut matrix.elements_mut()[..indices.len() * stride];
    let convert = |(column, &index): (&mut [F], &u32)| {
        convert(dataset.image(index as usize), &mut column[..rows]);
    };
    if elements.len() < PARALLEL_PIXELS {
        elements.chunks_exact_mut(stride).zip(indices).for_each(convert);
    } else {
        let columns = elements.par_chunks_exact_mut(stride).zip(indices);
        columns
            .with_min_len(PARALLEL_PIXELS / stride / 4)
            .for_each(convert);
    }
}
