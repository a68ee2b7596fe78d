//! How many bytes a training run takes: every array that grows with the options.

use crate::data::Dataset;
use crate::data::augment::Augmentation;
use crate::math::real::Real;
use crate::network::functions::Functions;
use crate::network::layer::is_for_kernels;
use crate::training::evaluation;
use crate::training::gradient::{Batched, EngineKind};
use crate::training::minibatch::InputForm;
use crate::training::minibatch::ahead::{CHUNK, DrawnAhead};
use crate::training::{TrainingData, TrainingOptions};

/// Inked pixels of an image after a distortion that interpolates, for each one before: edges are drawn out. Measured on
/// MNIST; on synthetic digits 1.29.
const DISTORTED_INK: f64 = 1.31;

/// Bytes that a training run takes, data set not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The parameters.
    pub network: u64,
    /// Samples of the mini-batch, and distorted ones of those to come.
    pub minibatch: u64,
    /// What the engine keeps: activations and errors, or a gradient.
    pub engine: u64,
    /// A gradient, what the optimizer remembers, and the best network where it is kept.
    pub optimizer: u64,
    /// What evaluation keeps, over all threads.
    pub evaluation: u64,
}

impl Needed {
    /// The memory of training a network of `sizes` and `functions` and evaluating it, in the rayon pool it is called
    /// in. More samples in a mini-batch than there are count as all.
    ///
    /// # Panics
    /// When there are no sizes.
    pub fn new<F: Real>(
        sizes: &[usize],
        functions: Functions,
        options: &TrainingOptions,
        data: TrainingData,
    ) -> Self {
        let training = data.training;
        let capacity = options.batch_size.min(training.len());
        let inked = match options.inputs {
            InputForm::Auto => training
                .inked()
                .map(|inked| distorted_ink(inked, options.augmentation)),
            InputForm::Dense => None,
        };
        let minibatch = match inked {
            _ if !options.augmentation.is_none() => drawn::<F>(inked, capacity, training),
            // The images stay in the data set; of each is kept where.
            Some(_) => array::<(u32, u32)>(capacity as u64),
            None => matrix::<F>(sizes[0], capacity),
        };
        let engine = match options.engine {
            EngineKind::Batched => {
                let by_pixel = inked.map_or(0, |inked| sparse::<F>(inked, capacity, sizes[0]));
                let chunks = capacity.div_ceil(Batched::<F>::chunk(capacity)) as u64;
                // One more for each chunk where a layer with one below has few units.
                let transposed = sizes[1..]
                    .windows(2)
                    .filter(|pair| is_for_kernels(pair[0], pair[1]))
                    .map(|pair| matrix::<F>(pair[0], pair[1]))
                    .fold(0, u64::saturating_add);
                // Activations, errors and, where activations do not tell them, slopes.
                let slopes = options.dropout > 0.0 || !functions.activation.tells_slope();
                units::<F>(sizes, capacity)
                    .saturating_mul(if slopes { 3 } else { 2 })
                    .saturating_add(transposed.saturating_mul(chunks))
                    .saturating_add(by_pixel)
            }
            // The gradient, and that of the sample which is added to it.
            EngineKind::Reference => parameters::<F>(sizes).saturating_mul(2),
        };
        let evaluated = [
            data.test,
            data.validation,
            options.control.evaluate_training.then_some(training),
        ];
        let most = evaluated.into_iter().flatten().map(Dataset::len).max();
        let evaluation = most.map_or(0, |images| {
            let chunk = evaluation::CHUNK.min(images);
            let at_once = rayon::current_num_threads().min(images.div_ceil(chunk));
            matrix::<F>(sizes[0], chunk)
                .saturating_add(units::<F>(sizes, chunk))
                .saturating_mul(at_once as u64)
        });
        let networks = 1 + options.optimizer.rule.memories() + usize::from(options.control.keep_best);
        Self {
            optimizer: parameters::<F>(sizes).saturating_mul(networks as u64),
            network: parameters::<F>(sizes),
            minibatch,
            engine,
            evaluation,
        }
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        self.network.saturating_add(self.beside_network())
    }

    /// All but the network.
    pub fn beside_network(&self) -> u64 {
        self.minibatch
            .saturating_add(self.engine)
            .saturating_add(self.optimizer)
            .saturating_add(self.evaluation)
    }
}

/// An array of `count` elements `T`.
fn array<T>(count: u64) -> u64 {
    count.saturating_mul(size_of::<T>() as u64)
}

/// A [`Matrix`](crate::math::matrix::Matrix).
fn matrix<F: Real>(rows: usize, columns: usize) -> u64 {
    array::<F::Line>((rows.div_ceil(F::PER_LINE) as u64).saturating_mul(columns as u64))
}

/// A [`SparseMatrix`](crate::math::columns::SparseMatrix) of the inkiest samples there may be: those of the data set.
fn sparse<F: Real>(inked: u64, samples: usize, n_in: usize) -> u64 {
    let most = inked.min((samples as u64).saturating_mul(n_in as u64));
    array::<u16>(most).saturating_add(array::<F>(most))
}

/// Inked pixels of all images together after distortion, of `inked` before.
fn distorted_ink(inked: u64, augmentation: Augmentation) -> u64 {
    if augmentation.is_none() {
        return inked;
    }
    let (least, most) = augmentation.scale;
    (inked as f64 * DISTORTED_INK * ((least + most) / 2.0).powi(2)) as u64
}

/// A mini-batch of `capacity` distorted images, and the two blocks it is filled from. `inked`: after distortion, where blanks
/// are skipped.
fn drawn<F: Real>(inked: Option<u64>, capacity: usize, training: &Dataset) -> u64 {
    let n_in = training.inputs();
    let images = |images| match inked {
        // As much as in so many others: shuffled images are of all kinds.
        Some(inked) => {
            let share = images as f64 / training.len() as f64;
            sparse::<F>((inked as f64 * share) as u64, images, n_in)
        }
        None => matrix::<F>(n_in, images),
    };
    let block = DrawnAhead::<F>::block(capacity, training.len());
    // A chunk has an image to read from, one to write to, and for the last of its inked ones room that is written to
    // before it is known what is blank.
    let chunk = array::<f32>(3 * n_in as u64);
    let block = images(block).saturating_add(chunk.saturating_mul(block.div_ceil(CHUNK) as u64));
    images(capacity).saturating_add(block.saturating_mul(2))
}

/// Weights and biases.
pub(super) fn parameters<F: Real>(sizes: &[usize]) -> u64 {
    let layers = sizes.windows(2);
    layers
        .map(|pair| matrix::<F>(pair[1], pair[0].saturating_add(1)))
        .fold(0, u64::saturating_add)
}

/// A value for every unit and sample.
fn units<F: Real>(sizes: &[usize], samples: usize) -> u64 {
    let layers = sizes[1..].iter();
    layers
        .map(|&n_out| matrix::<F>(n_out, samples))
        .fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_beyond_all_memory_saturate() {
        assert_eq!(parameters::<f64>(&[usize::MAX, usize::MAX, 2]), u64::MAX);
        assert_eq!(units::<f32>(&[1, usize::MAX, usize::MAX], usize::MAX), u64::MAX);
    }
}
