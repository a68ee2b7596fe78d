//! A run: epochs of shuffled mini-batches, from the start or resumed from a snapshot.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use rand::seq::SliceRandom;

use super::snapshot::{RunState, Snapshot};
use super::trainer::Trainer;
use super::under_way::UnderWay;
use super::{CheckedOptions, EpochReport, Outcome, TrainingData, needed};
use crate::error::Result;
use crate::math::random::{Stream, stream};
use crate::math::real::Real;
use crate::network::Network;
use crate::training::evaluation::Evaluation;
use crate::training::members::Members;

/// An event of a training run.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainingEvent<'a, F: Real> {
    /// A mini-batch is done.
    MiniBatch {
        /// From 0.
        epoch: usize,
        /// Images trained on so far in this epoch.
        images: usize,
        /// Mean cost of these images, each before the step of its mini-batch.
        cost: f64,
    },
    /// The test images were evaluated, where there are any. The epoch's report, which comes next, has only the
    /// [`Score`](crate::training::evaluation::Score).
    Tested(&'a Evaluation),
    /// An epoch is done, or was interrupted.
    Epoch(&'a EpochReport),
    /// The run could be resumed from here. Sent after each mini-batch and each epoch, also when the run ends here,
    /// but not after the last mini-batch of an epoch and not after an interrupted epoch.
    Resumable(&'a RunState<'a, F>),
}

/// Trains `network`. `listener` receives an event for every mini-batch and epoch, and may end the run at each.
///
/// # Errors
/// [`Error::Option`](crate::error::Error::Option) when the network does not fit the data or an option needs validation
/// images, [`Error::LabelOutOfRange`](crate::error::Error::LabelOutOfRange) when a label has no output,
/// [`Error::OutOfMemory`](crate::error::Error::OutOfMemory) before the first mini-batch when there is less than is needed,
/// [`Error::Diverged`](crate::error::Error::Diverged) in the epoch in which the cost, a parameter, the optimizer's memory
/// or an evaluation becomes NaN or infinite.
///
/// ```
/// use std::ops::ControlFlow;
/// use batchprop::data::synthetic;
/// use batchprop::training::{Control, Ending};
/// use batchprop::{Network, TrainOn, TrainingData, TrainingOptions, train};
///
/// let digits = synthetic::digits(1, 1200, 100);
/// let (training, validation) = (digits.training(TrainOn::Train), digits.validation());
/// let data = TrainingData::new(&training).with_validation(&validation);
/// let control = Control { patience: Some(1), keep_best: true, ..Default::default() };
/// let options = TrainingOptions { epochs: 1000, control, ..Default::default() }.check()?;
/// let mut network = Network::<f32>::new(&[784, 30, 10], 0)?;
/// let outcome = train(&mut network, data, &options, |_| ControlFlow::Continue(()))?;
/// assert_eq!(outcome.ending, Ending::Patience);
/// assert_eq!(outcome.best_epoch, Some(outcome.reports.len() - 2));
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn train<F: Real>(
    network: &mut Network<F>,
    data: TrainingData,
    options: &CheckedOptions,
    listener: impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
) -> Result<Outcome> {
    run(network, None, data, options, None, listener)
}

/// Resumes a run from `snapshot`, with the same data and options. The outcome and the network are bit for bit those
/// of the uninterrupted run. Times include those before the snapshot. Of the options,
/// [`Control::max_time`](crate::training::Control::max_time) may differ, and `epochs`: then the run ends as one of that many epochs,
/// unless its options [follow them](crate::TrainingOptions::follow_epochs).
///
/// # Errors
/// Those of [`train`], and [`Error::Option`](crate::error::Error::Option) when the snapshot cannot be from such a run.
///
/// ```
/// use std::ops::ControlFlow;
/// use batchprop::data::synthetic;
/// use batchprop::training::{TrainingEvent, resume};
/// use batchprop::{Network, TrainOn, TrainingData, TrainingOptions, train};
///
/// let digits = synthetic::digits(1, 1200, 100);
/// let training = digits.training(TrainOn::Train);
/// let data = TrainingData::new(&training);
/// let options = TrainingOptions { epochs: 3, ..Default::default() }.check()?;
/// let mut network = Network::<f32>::new(&[784, 30, 10], 0)?;
/// let mut snapshot = None;
/// train(&mut network, data, &options, |event| {
///     if let TrainingEvent::Resumable(state) = event && (state.epoch(), state.images()) == (1, 500) {
///         snapshot = Some(state.snapshot());
///     }
///     ControlFlow::Continue(())
/// })?;
/// let snapshot = snapshot.expect("500 images are 50 mini-batches");
/// let (resumed, _outcome) = resume(snapshot, data, &options, |_| ControlFlow::Continue(()))?;
/// assert_eq!(resumed.sha256(), network.sha256());
/// # Ok::<(), batchprop::Error>(())
/// ```
pub fn resume<F: Real>(
    snapshot: Snapshot<F>,
    data: TrainingData,
    options: &CheckedOptions,
    listener: impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
) -> Result<(Network<F>, Outcome)> {
    let mut network = snapshot.network.clone();
    let outcome = run(&mut network, Some(snapshot), data, options, None, listener)?;
    Ok((network, outcome))
}

/// From the start, or from a snapshot, whose network `network` is; alone or as one of several members.
pub(super) fn run<F: Real>(
    network: &mut Network<F>,
    snapshot: Option<Snapshot<F>>,
    data: TrainingData,
    options: &CheckedOptions,
    members: Option<&Arc<dyn Members>>,
    listener: impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
) -> Result<Outcome> {
    let started = Instant::now();
    options.check_validation(data.validation.is_some())?;
    data.check_fit(network)?;
    if let Some(snapshot) = &snapshot {
        snapshot.check(data, options)?;
    }
    needed::check_training(network, options, data, members.is_some())?;

    let mut trainer = Trainer::new(network, options, data.training);
    if let Some(members) = members {
        trainer = trainer.with_members(members.clone());
    }
    let mut run = UnderWay::new(data, options, members.map(|it| &**it), listener, started);
    if let Some(snapshot) = snapshot {
        run.restore(&mut trainer, snapshot)?;
    }
    let mut order: Vec<u32> = (0..data.training.len() as u32).collect();
    let mut random = stream(options.get().seed, Stream::Shuffle);
    for epoch in 0..options.get().epochs {
        if run.position.ending.is_some() {
            break;
        }
        let started = Instant::now();
        // Each epoch shuffles the order of the previous one, also before a snapshot.
        order.shuffle(&mut random);
        if epoch == run.position.epoch {
            run.epoch(&mut trainer, &order, started)?;
        }
    }
    let (best, outcome) = run.end();
    if let Some(best) = best {
        *network = best;
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{TrainOn, synthetic};
    use crate::training::TrainingOptions;
    use crate::training::evaluation::Score;

    fn bytes<T: Copy>() -> usize {
        size_of::<T>()
    }

    /// Each report once kept the confusion matrices of its evaluations, about 2 KB, until the end of the run.
    #[test]
    fn what_is_kept_of_an_epoch_is_small_and_holds_no_memory_beside_itself() {
        assert!(bytes::<EpochReport>() <= 200);
    }

    #[test]
    fn the_evaluation_of_the_test_images_is_told_before_the_report_that_has_its_score() {
        let digits = synthetic::digits(0, 60, 20);
        let training = digits.training(TrainOn::Train);
        let data = TrainingData::new(&training).with_test(digits.test());
        let options = TrainingOptions {
            epochs: 3,
            ..Default::default()
        };
        let mut network = Network::<f32>::new(&[784, 10], 0).unwrap();
        let mut tested = Vec::new();
        let outcome = train(&mut network, data, &options.check().unwrap(), |event| {
            match event {
                TrainingEvent::Tested(evaluation) => tested.push(Score::from(evaluation)),
                TrainingEvent::Epoch(report) => assert_eq!(report.test, tested.last().copied()),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        let told: Vec<_> = outcome.unwrap().reports.iter().map(|it| it.test).collect();
        assert_eq!(told, tested.into_iter().map(Some).collect::<Vec<_>>());
    }
}
