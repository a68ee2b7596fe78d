//! A run: epochs of shuffled mini-batches, from the start or from where another run stood.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;

use super::snapshot::{Position, RunState, Snapshot};
use super::stopwatch::Stopwatch;
use super::trainer::{Diverged, Pass, Trainer};
use super::{CheckedOptions, Ending, EpochReport, Outcome, TrainingData, TrainingOptions, needed};
use crate::data::Dataset;
use crate::error::Result;
use crate::math::random::{Stream, stream};
use crate::math::real::Real;
use crate::network::Network;
use crate::training::evaluation::{Evaluation, Score, evaluate};

/// What training tells while it runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainingEvent<'a, F: Real> {
    /// A mini-batch is done.
    MiniBatch {
        /// From 0.
        epoch: usize,
        /// Images trained on so far in this epoch.
        images: usize,
    },
    /// The test images were evaluated, where there are any. The epoch's report, which comes next, has only the [`Score`].
    Tested(&'a Evaluation),
    /// An epoch is done, or broken off.
    Epoch(&'a EpochReport),
    /// The run could go on from here another time. Comes after each mini-batch and each epoch, except after the last
    /// mini-batch of an epoch and after an epoch that was broken off; also when the run ends here.
    Resumable(RunState<'a, F>),
}

/// Trains `network`. `listener` hears of every mini-batch and epoch, and may end the run at each.
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
    run(network, None, data, options, listener)
}

/// Goes on from `snapshot`, with the data and options of the run it was taken of. The outcome and the network are those
/// of the run that was never stopped, bit for bit, except for the times, to which those before are added. Of the
/// options, only [`Control::max_time`](crate::training::Control::max_time) may differ.
///
/// # Errors
/// Those of [`train`], and [`Error::Option`](crate::error::Error::Option) when the snapshot cannot be of such a run.
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
    let outcome = run(&mut network, Some(snapshot), data, options, listener)?;
    Ok((network, outcome))
}

/// From the start, or from a snapshot, whose network `network` is.
fn run<F: Real>(
    network: &mut Network<F>,
    snapshot: Option<Snapshot<F>>,
    data: TrainingData,
    options: &CheckedOptions,
    listener: impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
) -> Result<Outcome> {
    let time = Stopwatch::start();
    options.check_validation(data.validation.is_some())?;
    data.check_fit(network)?;
    if let Some(snapshot) = &snapshot {
        snapshot.check(data, options)?;
    }
    needed::check_training(network, options, data)?;

    let mut run = UnderWay::new(network, data, options, listener, time);
    if let Some(snapshot) = snapshot {
        run.restore(snapshot)?;
    }
    let mut order: Vec<u32> = (0..data.training.len() as u32).collect();
    let mut random = stream(options.get().seed, Stream::Shuffle);
    for epoch in 0..options.get().epochs {
        if run.position.ending.is_some() {
            break;
        }
        let time = Stopwatch::start();
        // Each epoch shuffles the order that the one before left, those before a snapshot too.
        order.shuffle(&mut random);
        if epoch == run.position.epoch {
            run.epoch(&order, time)?;
        }
    }
    let (best, outcome) = run.end();
    if let Some(best) = best {
        *network = best;
    }
    Ok(outcome)
}

/// A run between two epochs.
struct UnderWay<'a, F: Real, L> {
    data: TrainingData<'a>,
    options: &'a TrainingOptions,
    listener: L,
    trainer: Trainer<'a, F>,
    /// The network of the best epoch, where it is kept.
    best_network: Option<Network<F>>,
    /// Of the epochs done.
    reports: Vec<EpochReport>,
    /// Its times are those before the run was resumed.
    position: Position,
    time: Stopwatch,
}

impl<'a, F: Real, L: FnMut(TrainingEvent<F>) -> ControlFlow<()>> UnderWay<'a, F, L> {
    fn new(
        network: &'a mut Network<F>,
        data: TrainingData<'a>,
        options: &'a CheckedOptions,
        listener: L,
        time: Stopwatch,
    ) -> Self {
        Self {
            trainer: Trainer::new(network, options, data.training),
            options: options.get(),
            data,
            listener,
            best_network: None,
            reports: Vec::new(),
            position: Position::default(),
            time,
        }
    }

    fn restore(&mut self, snapshot: Snapshot<F>) -> Result<()> {
        self.position = snapshot.position;
        self.trainer.restore(&self.position, snapshot.memories)?;
        self.best_network = snapshot.best_network;
        self.reports = snapshot.reports;
        self.time = self.time.after(self.position.total_time);
        Ok(())
    }

    /// What is left of the epoch at hand, in the order of the whole epoch, and its evaluations.
    fn epoch(&mut self, order: &[u32], time: Stopwatch) -> Result<()> {
        let Position {
            epoch, epoch_time, ..
        } = self.position;
        let learning_rate = self.options.learning_rate;
        let diverged = |it: Diverged| it.in_epoch::<F>(epoch, learning_rate);
        let time = time.after(epoch_time);
        let pass = self.train(order, time).map_err(diverged)?;
        let (report, tested) = self.evaluate(pass, time.elapsed());
        report.check(pass).map_err(diverged)?;
        self.choose(&report);
        if let Some(tested) = &tested {
            self.tell(TrainingEvent::Tested(tested));
        }
        self.tell(TrainingEvent::Epoch(&report));
        self.reports.push(report);
        if pass.images == self.data.training.len() {
            self.position.epoch += 1;
            self.position.pass = Pass::default();
            self.position.epoch_time = Duration::ZERO;
            let is_last = self.position.epoch == self.options.epochs;
            let ending = self.position.ending.or(is_last.then_some(Ending::Epochs));
            let position = Position {
                ending,
                ..self.position
            };
            let (network, optimizer) = self.trainer.network_and_optimizer();
            let state = RunState {
                network,
                optimizer,
                best_network: self.best_network.as_ref(),
                reports: &self.reports,
                position,
                run_time: self.time,
                epoch_time: time,
            };
            tell(
                &mut self.listener,
                &mut self.position.ending,
                TrainingEvent::Resumable(state),
            );
        }
        Ok(())
    }

    /// The mini-batches that are left of the epoch at hand.
    fn train(&mut self, order: &[u32], epoch_time: Stopwatch) -> Result<Pass, Diverged> {
        let Self {
            data,
            options,
            listener,
            trainer,
            best_network,
            reports,
            position,
            time: run_time,
        } = self;
        let (images, max_time) = (data.training.len(), options.control.max_time);
        let done = position.pass;
        let pass = trainer.rest_of_epoch(
            data.training,
            &order[done.images..],
            done,
            |network, optimizer, pass| {
                position.pass = pass;
                position.steps = optimizer.steps();
                let event = TrainingEvent::MiniBatch {
                    epoch: position.epoch,
                    images: pass.images,
                };
                tell(listener, &mut position.ending, event);
                if max_time.is_some_and(|max_time| run_time.elapsed() >= max_time) {
                    position.ending.get_or_insert(Ending::Time);
                }
                if pass.images < images {
                    let state = RunState {
                        network,
                        optimizer,
                        best_network: best_network.as_ref(),
                        reports,
                        position: *position,
                        run_time: *run_time,
                        epoch_time,
                    };
                    tell(listener, &mut position.ending, TrainingEvent::Resumable(state));
                }
                match position.ending {
                    None => ControlFlow::Continue(()),
                    Some(_) => ControlFlow::Break(()),
                }
            },
        )?;
        trainer.check_end(pass)?;
        Ok(pass)
    }

    /// The report on the epoch at hand, and the evaluation of the test images.
    fn evaluate(&mut self, pass: Pass, train_time: Duration) -> (EpochReport, Option<Evaluation>) {
        let start = Instant::now();
        let gradient_norm = self.trainer.gradient_norm();
        let network = self.trainer.network();
        let score =
            |dataset: Option<&Dataset>| dataset.map(|dataset| Score::from(&evaluate(network, dataset)));
        let evaluates_training = self.options.control.evaluate_training;
        let training = score(evaluates_training.then_some(self.data.training));
        let validation = score(self.data.validation);
        let tested = self.data.test.map(|test| evaluate(network, test));
        let report = EpochReport {
            epoch: self.position.epoch,
            images: pass.images,
            cost: pass.cost(),
            training,
            validation,
            test: tested.as_ref().map(Score::from),
            learning_rate: self.trainer.last_rate(),
            gradient_norm,
            train_time,
            eval_time: start.elapsed(),
            images_per_second: pass.images as f64 / train_time.as_secs_f64(),
        };
        (report, tested)
    }

    /// What the validation images say: the best network so far, the learning rate, an end.
    fn choose(&mut self, report: &EpochReport) {
        let Some(validation) = report.validation else {
            return;
        };
        let (control, position) = (self.options.control, &mut self.position);
        let (network, rates) = self.trainer.network_and_rates();
        let ending = position
            .progress
            .epoch(report.epoch, validation.correct, control.patience, rates);
        position.halvings = rates.halvings;
        position.ending = position.ending.or(ending);
        if control.keep_best && position.progress.best_epoch() == Some(report.epoch) {
            self.best_network = Some(network.clone());
        }
    }

    fn tell(&mut self, event: TrainingEvent<F>) {
        tell(&mut self.listener, &mut self.position.ending, event);
    }

    /// The best network, where it is kept.
    fn end(self) -> (Option<Network<F>>, Outcome) {
        let outcome = Outcome {
            reports: self.reports,
            ending: self.position.ending.unwrap_or(Ending::Epochs),
            best_epoch: self.position.progress.best_epoch(),
        };
        (self.best_network, outcome)
    }
}

/// Tells `listener` of `event`, after which it may end the run.
fn tell<F: Real>(
    listener: &mut impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
    ending: &mut Option<Ending>,
    event: TrainingEvent<F>,
) {
    if listener(event).is_break() {
        ending.get_or_insert(Ending::Listener);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{TrainOn, synthetic};
    use crate::training::TrainingOptions;

    fn bytes<T: Copy>() -> usize {
        size_of::<T>()
    }

    /// Each held the confusion matrices of its evaluations, some 2 KB, for as long as the run went on.
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
