//! Distorted mini-batches, drawn while the network learns from those before them.
//!
//! The images of an epoch are drawn in blocks of about a thousand. While the caller's thread learns from one block,
//! mini-batch after mini-batch, the other threads of the pool draw the next one, as far as the gradient leaves them time.
//! So on many cores an epoch of small mini-batches, whose gradient keeps one core busy, takes no longer with distortions;
//! with large mini-batches all cores draw and learn in turn.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use rayon::prelude::*;

use super::Minibatch;
use super::filled::{Filled, Storage};
use crate::data::Dataset;
use crate::data::augment::{Augmentation, Augmenter, Scratch};
use crate::math::columns::SparseMatrix;
use crate::math::matrix::{Matrix, array_bytes};
use crate::math::real::Real;
use crate::training::members::{Members, Others, gather_all, part};

/// Images that are drawn ahead, at least: enough that waking a thread costs nothing, few enough for its cache.
const AHEAD: usize = 1024;

/// Images in one task: a tenth of a millisecond.
const CHUNK: usize = 32;

/// Inked pixels of an image after a distortion that interpolates, for each one before: edges are drawn out. Measured on
/// MNIST; on synthetic digits 1.29.
const DISTORTED_INK: f64 = 1.31;

/// Two blocks of distorted images, one to learn from and one to draw into, and the mini-batch at hand. Allocated once.
#[derive(Debug)]
pub(crate) struct DrawnAhead<S> {
    augmenter: Augmenter,
    batch_size: usize,
    /// Images in a block: whole mini-batches.
    block: usize,
    present: Block<S>,
    next: Block<S>,
    minibatch: Filled<S>,
    /// Those that share the drawing, where there are others.
    members: Option<Others>,
}

/// Distorted images, [`CHUNK`] by [`CHUNK`].
#[derive(Debug)]
struct Block<S>(Vec<Chunk<S>>);

#[derive(Debug)]
struct Chunk<S> {
    images: Filled<S>,
    scratch: Scratch,
}

impl<S: Storage> DrawnAhead<S> {
    /// Takes all memory that mini-batches of `batch_size` distorted images of `dataset` need, which has no fewer.
    pub fn new(augmenter: Augmenter, dataset: &Dataset, batch_size: usize) -> Self {
        let (n_in, block) = (dataset.inputs(), block_of(batch_size, dataset.len()));
        let chunks = || {
            let chunks = (0..block.div_ceil(CHUNK)).map(|_| Chunk {
                images: Filled::new(n_in, CHUNK),
                scratch: augmenter.scratch(),
            });
            Block(chunks.collect())
        };
        Self {
            present: chunks(),
            next: chunks(),
            minibatch: Filled::new(n_in, batch_size),
            batch_size,
            block,
            augmenter,
            members: None,
        }
    }

    /// From now on draws a part of the images, and gathers the others from other members.
    pub fn share_with(&mut self, members: Arc<dyn Members>) {
        self.members = Some(Others::new(members));
    }

    /// From now on distorts images `strength` times as far: [`Augmenter::set_strength`].
    pub fn set_strength(&mut self, strength: f64) {
        self.augmenter.set_strength(strength);
    }

    /// Calls `learn` with one mini-batch after another of the images of `dataset` at `order`, as they are in `epoch`,
    /// until there are no more or `learn` breaks. Images drawn ahead by then are lost.
    ///
    /// # Panics
    /// When `order` names an image that does not exist.
    pub fn for_each_minibatch<B>(
        &mut self,
        dataset: &Dataset,
        epoch: usize,
        order: &[u32],
        mut learn: impl FnMut(Minibatch<S::Number>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let Self {
            augmenter,
            batch_size,
            block,
            present,
            next,
            minibatch,
            members,
        } = self;
        let rank = members
            .as_ref()
            .map_or((0, 1), |it| (it.members.rank(), it.members.count()));
        let draw =
            |block: &mut Block<S>, indices: &[u32]| block.draw(augmenter, dataset, epoch, indices, rank);
        let mut blocks = order.chunks(*block).peekable();
        if let Some(first) = blocks.peek() {
            draw(next, first);
        }
        while let Some(indices) = blocks.next() {
            std::mem::swap(present, next);
            if let Some(shared) = members {
                gather(shared, &mut present.0[..indices.len().div_ceil(CHUNK)]);
            }
            rayon::in_place_scope(|scope| {
                if let Some(following) = blocks.peek() {
                    scope.spawn(|_| draw(next, following));
                }
                for start in (0..indices.len()).step_by(*batch_size) {
                    let end = indices.len().min(start + *batch_size);
                    minibatch.clear();
                    present.append_to(minibatch, start..end);
                    learn(minibatch.minibatch())?;
                }
                ControlFlow::Continue(())
            })?;
        }
        ControlFlow::Continue(())
    }

    /// The mini-batch that was learned from last.
    pub fn minibatch(&self) -> Minibatch<'_, S::Number> {
        self.minibatch.minibatch()
    }
}

impl<S: Storage> Block<S> {
    /// Replaces the images by those of `dataset` at `indices`, as they are in `epoch`. Of several members each draws its part of
    /// the chunks: `rank` is the number of this one, and of all.
    fn draw(
        &mut self,
        augmenter: &Augmenter,
        dataset: &Dataset,
        epoch: usize,
        indices: &[u32],
        rank: (usize, usize),
    ) {
        let own = part(indices.len().div_ceil(CHUNK), rank.0, rank.1);
        let chunks = self.0.par_iter_mut().zip(indices.par_chunks(CHUNK)).enumerate();
        chunks.for_each(|(chunk, (Chunk { images, scratch }, indices))| {
            images.clear();
            if own.contains(&chunk) {
                for &index in indices {
                    let image = augmenter.draw(dataset, index, epoch, scratch);
                    images.push(image, dataset.labels()[index as usize]);
                }
            }
        });
    }

    /// Adds the images in `range` to `minibatch`.
    fn append_to(&self, minibatch: &mut Filled<S>, range: Range<usize>) {
        let mut start = range.start;
        while start < range.end {
            let chunk = start / CHUNK;
            let end = range.end.min((chunk + 1) * CHUNK);
            minibatch.append(&self.0[chunk].images, start - chunk * CHUNK..end - chunk * CHUNK);
            start = end;
        }
    }
}

/// Gathers the chunks of a block, of which each member has drawn its part.
fn gather<S: Storage>(Others { members, gathered }: &mut Others, chunks: &mut [Chunk<S>]) {
    let (rank, count) = (members.rank(), members.count());
    gathered.clear();
    for chunk in &chunks[part(chunks.len(), rank, count)] {
        chunk.images.write_to(gathered);
    }
    let bytes_of = gather_all(&**members, gathered);
    for other in (0..count).filter(|&other| other != rank) {
        let mut bytes = &gathered[bytes_of[other].clone()];
        let part = part(chunks.len(), other, count);
        for chunk in &mut chunks[part] {
            chunk.images.read_from(&mut bytes);
        }
    }
}

/// Images in a block, of `images` in all: whole mini-batches.
fn block_of(batch_size: usize, images: usize) -> usize {
    (AHEAD.min(images) / batch_size).max(1) * batch_size
}

/// The bytes that [`DrawnAhead`] takes for mini-batches of `batch_size` images of `dataset`. `inked` is the number of
/// [distorted](distorted_ink) inked pixels of the whole data set where blanks are skipped.
pub(crate) fn bytes<F: Real>(inked: Option<u64>, batch_size: usize, dataset: &Dataset) -> u64 {
    // A chunk has an image to read from, one to write to, and for the last of its inked ones room that is written to
    // before it is known what is blank.
    let chunk = array_bytes::<f32>(3 * dataset.inputs() as u64);
    let chunks = block_of(batch_size, dataset.len()).div_ceil(CHUNK) as u64;
    let block = block_bytes::<F>(inked, batch_size, dataset).saturating_add(chunk.saturating_mul(chunks));
    image_bytes::<F>(inked, batch_size, dataset).saturating_add(block.saturating_mul(2))
}

/// The bytes of the images of one block.
pub(crate) fn block_bytes<F: Real>(inked: Option<u64>, batch_size: usize, dataset: &Dataset) -> u64 {
    image_bytes::<F>(inked, block_of(batch_size, dataset.len()), dataset)
}

/// The bytes of `images` images of `dataset`.
fn image_bytes<F: Real>(inked: Option<u64>, images: usize, dataset: &Dataset) -> u64 {
    match inked {
        // A part of the whole: shuffled images are of all kinds.
        Some(inked) => {
            let share = images as f64 / dataset.len() as f64;
            SparseMatrix::<F>::bytes((inked as f64 * share) as u64, images, dataset.inputs())
        }
        None => Matrix::<F>::bytes(dataset.inputs(), images),
    }
}

/// Inked pixels of all images together after distortion, of `inked` before.
pub(crate) fn distorted_ink(inked: u64, augmentation: Augmentation) -> u64 {
    if augmentation.is_none() {
        return inked;
    }
    let (least, most) = augmentation.scale;
    let scale = (least + most) / 2.0;
    (inked as f64 * DISTORTED_INK * scale * scale) as u64
}
