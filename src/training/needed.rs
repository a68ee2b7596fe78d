//! How many bytes a training run takes: every array that grows with the options.

use crate::data::Dataset;
use crate::error::Result;
use crate::math::real::Real;
use crate::memory;
use crate::network::functions::Functions;
use crate::network::{FEWER_UNITS, Network, dashed};
use crate::training::evaluation;
use crate::training::many::Run;
use crate::training::minibatch::{Gathered, ahead};
use crate::training::optimizer::Optimizer;
use crate::training::{CheckedOptions, TrainingData};

/// Bytes that a training run takes, without its data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The parameters.
    pub network: u64,
    /// Samples of the mini-batch, and distorted images that are drawn ahead.
    pub minibatch: u64,
    /// Buffers of the engine: activations and errors, or a gradient.
    pub engine: u64,
    /// A gradient, the optimizer's state, and the best network if it is kept.
    pub optimizer: u64,
    /// Buffers of the evaluation, for all threads.
    pub evaluation: u64,
    /// Buffers to gather what other [members](super::members) computed.
    pub gathered: u64,
}

impl Needed {
    /// The memory of training a network of `sizes` and `functions` and evaluating it, in the rayon pool it is called
    /// in.
    ///
    /// # Panics
    /// When there are no sizes.
    pub fn new<F: Real>(
        sizes: &[usize],
        functions: Functions,
        options: &CheckedOptions,
        data: TrainingData,
    ) -> Self {
        Self::on_batches_of::<F>(options.get().batch_size, sizes, functions, options, data, false)
    }

    /// As [`Self::new`], with another mini-batch size, at most the number of images, and perhaps for one of several members.
    fn on_batches_of<F: Real>(
        batch_size: usize,
        sizes: &[usize],
        functions: Functions,
        options: &CheckedOptions,
        data: TrainingData,
        is_shared: bool,
    ) -> Self {
        let (options, training) = (options.get(), data.training);
        let capacity = batch_size.min(training.len());
        let inked = options.inputs.inked(training);
        let inked = inked.map(|inked| ahead::distorted_ink(inked, options.augmentation));
        let minibatch = if options.augmentation.is_none() {
            Gathered::<F>::bytes(training, capacity, options.inputs)
        } else {
            ahead::bytes::<F>(inked, capacity, training)
        };
        let evaluated = [
            data.test,
            data.validation,
            options.control.evaluate_training.then_some(training),
        ];
        let most = evaluated.into_iter().flatten().map(Dataset::len).max();
        let network = Network::<F>::bytes(sizes);
        let drawn = match options.augmentation.is_none() {
            true => 0,
            false => ahead::block_bytes::<F>(inked, capacity, training),
        };
        let most_gathered = drawn.max(options.engine.gathered_bytes::<F>(sizes, capacity));
        let best = if options.control.keep_best { network } else { 0 };
        Self {
            network,
            minibatch,
            engine: options
                .engine
                .bytes::<F>(sizes, functions, capacity, inked, options.dropout > 0.0),
            optimizer: Optimizer::<F>::bytes(options.optimizer.rule, sizes).saturating_add(best),
            evaluation: most.map_or(0, |images| evaluation::bytes::<F>(sizes, images)),
            // What is sent is a copy of a part, at most of all.
            gathered: if is_shared {
                most_gathered.saturating_mul(2)
            } else {
                0
            },
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
            .saturating_add(self.gathered)
    }
}

/// Checks that there is memory to create and train a network of `sizes`, before it is created.
///
/// # Errors
/// [`Error::OutOfMemory`](crate::error::Error::OutOfMemory) with the largest mini-batch size that would fit, found
/// by halving the requested one.
///
/// # Panics
/// When there are no sizes.
pub fn check_run<F: Real>(
    sizes: &[usize],
    functions: Functions,
    options: &CheckedOptions,
    data: TrainingData,
) -> Result<()> {
    Network::<F>::check_memory(sizes)?;
    check_all::<F>(Needed::total, sizes, functions, options, data, false)
}

/// Checks that there is memory to train `network`, alone or as one of several members.
pub(super) fn check_training<F: Real>(
    network: &Network<F>,
    options: &CheckedOptions,
    data: TrainingData,
    is_shared: bool,
) -> Result<()> {
    let (sizes, functions) = (network.sizes(), network.functions());
    check_all::<F>(
        Needed::beside_network,
        &sizes,
        functions,
        options,
        data,
        is_shared,
    )
}

fn check_all<F: Real>(
    bytes: fn(&Needed) -> u64,
    sizes: &[usize],
    functions: Functions,
    options: &CheckedOptions,
    data: TrainingData,
    is_shared: bool,
) -> Result<()> {
    let needed = |batch_size| {
        bytes(&Needed::on_batches_of::<F>(
            batch_size, sizes, functions, options, data, is_shared,
        ))
    };
    let batch_size = options.get().batch_size.min(data.training.len());
    memory::check(
        needed(batch_size),
        || format!("training {} on mini-batches of {batch_size}", dashed(sizes)),
        |available| {
            let mut smaller = std::iter::successors(Some(batch_size / 2), |size| Some(size / 2))
                .take_while(|&batch_size| batch_size > 0);
            match smaller.find(|&batch_size| needed(batch_size) <= available) {
                Some(batch_size) => format!("`batch_size` {batch_size} fits."),
                None => FEWER_UNITS.to_owned(),
            }
        },
    )
}

/// Checks that there is memory for the `at_once` runs that need most, side by side, each in a pool like the one this
/// is called in.
///
/// # Errors
/// [`Error::OutOfMemory`](crate::error::Error::OutOfMemory) with the number of runs at once that would fit.
///
/// # Panics
/// When a run has no sizes.
pub(super) fn check_runs<F: Real>(runs: &[Run], at_once: usize, data: TrainingData) -> Result<()> {
    let mut needed: Vec<u64> = runs
        .iter()
        .map(|run| Needed::new::<F>(&run.sizes, run.functions, &run.options, data).total())
        .collect();
    needed.sort_unstable_by(|a, b| b.cmp(a));
    needed.truncate(at_once);
    let all = |needed: &[u64]| needed.iter().copied().fold(0, u64::saturating_add);
    memory::check(
        all(&needed),
        || match needed.len() {
            1 => "the largest run".to_owned(),
            runs => format!("training {runs} runs at once"),
        },
        |available| {
            let mut fewer = (1..needed.len()).rev();
            match fewer.find(|&fewer| all(&needed[..fewer]) <= available) {
                Some(fewer) => format!("`threads` {fewer} fits."),
                None => FEWER_UNITS.to_owned(),
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use std::ops::{ControlFlow, Range};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::data::TrainOn;
    use crate::data::augment::Augmentation;
    use crate::data::synthetic;
    use crate::training::members::Members;
    use crate::training::{Trainer, TrainingOptions};

    /// One member, which notes the most bytes that it gathered at once.
    #[derive(Debug, Default)]
    struct Lone(AtomicUsize);

    impl Members for Lone {
        fn rank(&self) -> usize {
            0
        }

        fn count(&self) -> usize {
            1
        }

        fn gather(&self, bytes: &mut [u8], _: &[Range<usize>]) {
            self.0.fetch_max(bytes.len(), Ordering::Relaxed);
        }
    }

    #[test]
    fn the_predicted_bytes_that_members_gather_are_those_gathered() {
        let digits = synthetic::digits(0, 3000, 1).training(TrainOn::All);
        let order: Vec<u32> = (0..3000).collect();
        for (sizes, batch_size, augmentation) in [
            // Activations and errors, weights, images, and nothing of mini-batches that are not shared.
            (&[784, 100, 300, 10][..], 3000, Augmentation::NONE),
            (&[784, 2000, 10], 256, Augmentation::NONE),
            (&[784, 30, 10], 3000, Augmentation::ALL),
            (&[784, 30, 10], 10, Augmentation::ALL),
            (&[784, 30, 10], 10, Augmentation::NONE),
        ] {
            let options = TrainingOptions {
                batch_size,
                augmentation,
                ..Default::default()
            };
            let options = options.check().unwrap();
            let mut network = Network::<f32>::new(sizes, 0).unwrap();
            let (functions, data) = (network.functions(), TrainingData::new(&digits));
            let needed = Needed::on_batches_of::<f32>(batch_size, sizes, functions, &options, data, true);
            let member = Arc::new(Lone::default());
            let mut trainer = Trainer::new(&mut network, &options, &digits).with_members(member.clone());
            let pass = trainer.epoch(&digits, &order, |_| ControlFlow::Continue(()));
            pass.unwrap();
            let gathered = 2.0 * member.0.load(Ordering::Relaxed) as f64;
            let most = needed.gathered as f64;
            assert!(
                gathered <= 1.1 * most && most <= 1.3 * gathered,
                "{sizes:?} {batch_size} {augmentation}: {most} said, {gathered} gathered"
            );
            assert_eq!(Needed::new::<f32>(sizes, functions, &options, data).gathered, 0);
        }
    }
}
