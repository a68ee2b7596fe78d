//! Many runs at once: seeds of one network, or points of a search.
//!
//! Small networks train faster side by side than one after the other on all cores, because no core waits for
//! another: [`train_many`] gives each run a core of its own. All read the same images. Each run ends with the same
//! bits as when [`train`] runs it alone.

mod statistics;
mod workers;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Result;
use crate::math::real::Real;
use crate::network::Network;
use crate::network::functions::Functions;
use crate::network::initialisation::Initialisation;
use crate::training::{CheckedOptions, Outcome, TrainingData, TrainingEvent, needed, train};

pub use statistics::Statistics;
use workers::Workers;

/// A run without its images: how the network starts, and how it is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Units of every layer: inputs, hidden layers, outputs.
    pub sizes: Vec<usize>,
    /// Of the units, and the cost.
    pub functions: Functions,
    /// How the parameters are drawn, from the seed of the options.
    pub initialisation: Initialisation,
    /// The network whose parameters are taken instead, rounded to the precision of the run. Its sizes are those of the run.
    pub start: Option<Arc<Network<f64>>>,
    /// How it is trained.
    pub options: CheckedOptions,
}

impl Run {
    /// The same run with another seed.
    pub fn with_seed(&self, seed: u64) -> Self {
        let mut run = self.clone();
        run.options.set_seed(seed);
        run
    }

    /// The network at the start of training.
    ///
    /// # Errors
    /// Those of [`Network::zeros`], [`Network::with_functions`] and [`Network::initialised`].
    pub fn network<F: Real>(&self) -> Result<Network<F>> {
        let mut network = Network::zeros(&self.sizes)?.with_functions(self.functions)?;
        let Some(start) = &self.start else {
            return network.initialised(self.initialisation, self.options.get().seed);
        };
        for (layer, from) in network.layers_mut().iter_mut().zip(start.layers()) {
            layer
                .weights_mut()
                .zip_mut_with(&from.weights(), |weight, &from| *weight = F::of(from));
            layer
                .biases_mut()
                .zip_mut_with(&from.biases(), |bias, &from| *bias = F::of(from));
        }
        Ok(network)
    }
}

/// Trains `runs`, in their order and `at_once` of them at a time (0 counts as 1), each in a rayon pool of one thread.
///
/// `listener` receives the index of a run and the events of [`train`], on the thread of the run, and may end this
/// run. `finished` is called on the calling thread once for every run that was started, in the order in which they
/// end. A run that fails does not affect the others. When `finished` breaks, no more runs are started, and running
/// ones end after their mini-batch.
///
/// # Errors
/// [`Error::OutOfMemory`](crate::Error::OutOfMemory) before the first run when there is less than the runs at once
/// need; [`Error::Option`](crate::Error::Option) when threads cannot be started.
///
/// ```
/// use std::ops::ControlFlow;
/// use batchprop::training::many::{Run, Statistics, train_many};
/// use batchprop::{Functions, Initialisation, TrainOn, TrainingData, TrainingOptions, data::synthetic};
///
/// let digits = synthetic::digits(0, 1200, 200);
/// let training = digits.training(TrainOn::Train);
/// let run = Run {
///     sizes: vec![784, 30, 10],
///     functions: Functions::default(),
///     initialisation: Initialisation::Normalised,
///     start: None,
///     options: TrainingOptions { epochs: 3, ..Default::default() }.check()?,
/// };
/// let runs: Vec<Run> = (0..4).map(|seed| run.with_seed(seed)).collect();
/// let mut accuracies = Vec::new();
/// train_many::<f32>(
///     &runs,
///     TrainingData::new(&training).with_test(digits.test()),
///     2,
///     |_, _| ControlFlow::Continue(()),
///     |_, result| {
///         let reports = result.expect("it does not diverge").1.reports;
///         accuracies.extend(reports[2].test.map(|score| score.accuracy()));
///         ControlFlow::Continue(())
///     },
/// )?;
/// let accuracy = Statistics::of(&accuracies).expect("four runs");
/// assert!(accuracy.count == 4 && accuracy.mean > 0.5);
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn train_many<F: Real>(
    runs: &[Run],
    data: TrainingData,
    at_once: usize,
    listener: impl Fn(usize, &TrainingEvent<F>) -> ControlFlow<()> + Sync,
    finished: impl FnMut(usize, Result<(Network<F>, Outcome)>) -> ControlFlow<()>,
) -> Result<()> {
    let workers = Workers::new(at_once.min(runs.len()).max(1))?;
    // What depends on the images only is computed once, here, on all cores.
    data.training.inked();
    workers.install(|| needed::check_runs::<F>(runs, workers.len(), data))?;
    let is_over = AtomicBool::new(false);
    workers.each(
        runs.len(),
        &is_over,
        |index| {
            let run = &runs[index];
            let mut network = run.network::<F>()?;
            let outcome = train(&mut network, data, &run.options, |event| {
                let flow = listener(index, &event);
                if is_over.load(Ordering::Relaxed) {
                    return ControlFlow::Break(());
                }
                flow
            })?;
            Ok((network, outcome))
        },
        finished,
    );
    Ok(())
}
