//! Where a trainer's mini-batches come from.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::ahead::DrawnAhead;
use super::{Gathered, InputForm, Minibatch};
use crate::data::Dataset;
use crate::data::augment::{Augmentation, Augmenter};
use crate::error::Result;
use crate::math::columns::SparseMatrix;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::training::members::Members;

/// The mini-batches of an epoch, one after another, in memory that is taken once.
#[derive(Debug)]
pub(crate) enum Source<F: Real> {
    /// Images as they are.
    Gathered(Gathered<F>),
    /// Distorted images.
    Dense(DrawnAhead<Matrix<F>>),
    /// Distorted images, few of whose pixels are inked.
    Sparse(DrawnAhead<SparseMatrix<F>>),
}

impl<F: Real> Source<F> {
    /// Mini-batches of up to `batch_size` images of `dataset`, which has no fewer. `augmentation` passed its check.
    pub fn new(
        dataset: &Dataset,
        batch_size: usize,
        form: InputForm,
        augmentation: Augmentation,
        seed: u64,
    ) -> Self {
        if augmentation.is_none() {
            return Self::Gathered(Gathered::new(dataset, batch_size, form));
        }
        let augmenter = Augmenter::of_checked(augmentation, dataset.shape(), seed);
        match form.ink(dataset) {
            Some(_) => Self::Sparse(DrawnAhead::new(augmenter, dataset, batch_size)),
            None => Self::Dense(DrawnAhead::new(augmenter, dataset, batch_size)),
        }
    }

    /// From now on shares the drawing of distorted images with other members, which have the same images in the same order.
    pub fn share_with(&mut self, members: Arc<dyn Members>) {
        match self {
            // Every member has them.
            Self::Gathered(_) => {}
            Self::Dense(drawn) => drawn.share_with(members),
            Self::Sparse(drawn) => drawn.share_with(members),
        }
    }

    /// From now on distorts images `strength` times as far: [`Augmenter::set_strength`].
    pub fn set_strength(&mut self, strength: f64) {
        match self {
            Self::Gathered(_) => {}
            Self::Dense(drawn) => drawn.set_strength(strength),
            Self::Sparse(drawn) => drawn.set_strength(strength),
        }
    }

    /// Calls `learn` with one mini-batch of `batch_size` after another of the images of `dataset` at `order`, as they are
    /// in `epoch`, until there are no more or `learn` breaks. The last mini-batch may be shorter.
    ///
    /// # Panics
    /// When `order` names an image that does not exist.
    pub fn for_each_minibatch<B>(
        &mut self,
        dataset: &Dataset,
        batch_size: usize,
        epoch: usize,
        order: &[u32],
        mut learn: impl FnMut(Minibatch<F>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        match self {
            Self::Gathered(gathered) => {
                let mut upcoming = order;
                order.chunks(batch_size).try_for_each(|indices| {
                    upcoming = &upcoming[indices.len()..];
                    learn(gathered.gather(dataset, indices, upcoming))
                })
            }
            Self::Dense(drawn) => drawn.for_each_minibatch(dataset, epoch, order, learn),
            Self::Sparse(drawn) => drawn.for_each_minibatch(dataset, epoch, order, learn),
        }
    }

    /// The mini-batch that was learned from last.
    pub fn last(&self) -> Minibatch<'_, F> {
        match self {
            Self::Gathered(gathered) => gathered.minibatch(),
            Self::Dense(drawn) => drawn.minibatch(),
            Self::Sparse(drawn) => drawn.minibatch(),
        }
    }
}

/// Mini-batches of distorted images, for the steps of a [`Session`](crate::training::session::Session).
#[derive(Debug)]
pub struct Distorted<F: Real> {
    images: Dataset,
    batch_size: usize,
    source: Source<F>,
}

impl<F: Real> Distorted<F> {
    /// Mini-batches of `batch_size` of `images`, or of all if there are fewer.
    ///
    /// # Errors
    /// Those of [`Augmentation::check`].
    pub fn new(images: Dataset, batch_size: usize, augmentation: Augmentation, seed: u64) -> Result<Self> {
        augmentation.check()?;
        let batch_size = batch_size.clamp(1, images.len());
        Ok(Self {
            source: Source::new(&images, batch_size, InputForm::Auto, augmentation, seed),
            batch_size,
            images,
        })
    }

    /// From now on distorts images `strength` times as far: [`Augmenter::set_strength`].
    pub fn set_strength(&mut self, strength: f64) {
        self.source.set_strength(strength);
    }

    /// Calls `learn` with one mini-batch after another of the images at `order`, as they are in `epoch`, until there are
    /// no more or `learn` breaks. The last mini-batch may be shorter.
    ///
    /// # Panics
    /// When `order` names an image that does not exist.
    pub fn for_each_minibatch<B>(
        &mut self,
        epoch: usize,
        order: &[u32],
        learn: impl FnMut(Minibatch<F>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        self.source
            .for_each_minibatch(&self.images, self.batch_size, epoch, order, learn)
    }
}
