//! A run: epochs of shuffled mini-batches, from the start or from where another run stood.

use std::ops::ControlFlow;
use std::time::Instant;

use rand::seq::SliceRandom;

use super::needed;
use super::progress::Progress;
use super::snapshot::{Clock, Snapshot, State};
use super::trainer::{Pass, Trainer};
use super::{CheckedOptions, Ending, EpochReport, Outcome, TrainingData};
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
    /// The test images were evaluated, where there are any; the epoch's report, which comes next, has the [`Score`] of it
    /// alone.
    Tested(&'a Evaluation),
    /// An epoch is done, or broken off.
    Epoch(&'a EpochReport),
    /// From here the run could go on another time. Comes after each mini-batch and epoch, but for the last mini-batch
    /// of an epoch, and an epoch that was broken off; also when the run ends here.
    Resumable(State<'a, F>),
}

/// Trains `network`. `listener` hears of every mini-batch and epoch, and may end the run at each.
///
/// # Errors
/// [`Error::Option`] when the network does not fit the data or an option needs validation images,
/// [`Error::LabelOutOfRange`] when a label has no output, [`Error::OutOfMemory`] before the first mini-batch when there is
/// less than is needed, [`Error::Diverged`] in the epoch in which the cost, a parameter, the optimizer's memory or an evaluation
/// becomes NaN or infinite.
///
/// ```
/// use std::ops::ControlFlow;
/// use batchprop::training::{Control, Ending};
/// use batchprop::{Network, TrainOn, TrainingData, TrainingOptions, dataset::synthetic, train};
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

/// Goes on from `snapshot`, with the data and options of the run it was taken of: the outcome and the network are
/// those of the run that was never stopped, bit for bit, but for the times, to which those before are added.
/// Of the options, only [`Control::max_time`] may be another one.
///
/// # Errors
/// Those of [`train`], and [`Error::Option`] when the snapshot cannot be of such a run.
///
/// ```
/// use std::ops::ControlFlow;
/// use batchprop::training::{TrainingEvent, resume};
/// use batchprop::{Network, TrainOn, TrainingData, TrainingOptions, dataset::synthetic, train};
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
    mut listener: impl FnMut(TrainingEvent<F>) -> ControlFlow<()>,
) -> Result<Outcome> {
    let mut clock = Clock::start();
    options.check_validation(data.validation.is_some())?;
    data.check_fit(network)?;
    if let Some(snapshot) = &snapshot {
        snapshot.check(data, options)?;
    }
    needed::check_training(network, options, data)?;
    let checked = options;
    let options = options.get();
    let training = data.training;
    let max_time = options.control.max_time;

    let mut trainer = Trainer::new(network, checked, training);
    let mut progress = Progress::new(options.control);
    let mut reports = Vec::new();
    let mut ending = None;
    let mut first_epoch = 0;
    let mut done = Pass::default();
    if let Some(snapshot) = snapshot {
        let position = snapshot.position;
        trainer.restore(position.steps, position.halvings, snapshot.memories)?;
        progress.restore(position.counters, snapshot.best_network);
        reports = snapshot.reports;
        ending = position.ending;
        first_epoch = position.epoch;
        done = position.pass;
        clock.add(&position);
    }
    let mut order: Vec<u32> = (0..training.len() as u32).collect();
    let mut random = stream(options.seed, Stream::Shuffle);
    for epoch in 0..options.epochs {
        if ending.is_some() {
            break;
        }
        clock.start_epoch();
        order.shuffle(&mut random);
        if epoch < first_epoch {
            // Each epoch shuffles the order that the one before left.
            continue;
        }
        let rest = &order[done.images..];
        let pass = trainer.rest_of_epoch(training, rest, done, |moment| {
            let images = moment.pass.images;
            if listener(TrainingEvent::MiniBatch { epoch, images }).is_break() {
                ending = Some(Ending::Listener);
            } else if max_time.is_some_and(|max_time| clock.total_time() >= max_time) {
                ending = Some(Ending::Time);
            }
            if images < training.len() {
                let state = State {
                    moment,
                    progress: &progress,
                    reports: &reports,
                    epoch,
                    clock,
                    ending,
                };
                if listener(TrainingEvent::Resumable(state)).is_break() {
                    ending = ending.or(Some(Ending::Listener));
                }
            }
            match ending {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        });
        let pass = pass.and_then(|pass| trainer.check_end(pass).map(|()| pass));
        let pass = pass.map_err(|diverged| diverged.in_epoch::<F>(epoch, options.learning_rate))?;
        let train_time = clock.end_epoch();
        done = Pass::default();

        let start = Instant::now();
        let gradient_norm = trainer.gradient_norm();
        let learning_rate = trainer.last_rate();
        let evaluated =
            |dataset: Option<&Dataset>| dataset.map(|dataset| evaluate(trainer.network(), dataset));
        let score = |dataset| evaluated(dataset).as_ref().map(Score::from);
        let (training_score, validation_score) = (
            score(Some(training).filter(|_| options.control.evaluate_training)),
            score(data.validation),
        );
        let tested = evaluated(data.test);
        let report = EpochReport {
            epoch,
            images: pass.images,
            cost: pass.cost(),
            training: training_score,
            validation: validation_score,
            evaluation: tested.as_ref().map(Score::from),
            learning_rate,
            gradient_norm,
            train_time,
            eval_time: start.elapsed(),
            images_per_second: pass.images as f64 / train_time.as_secs_f64(),
        };
        report
            .check(pass)
            .map_err(|diverged| diverged.in_epoch::<F>(epoch, options.learning_rate))?;
        if let Some(validation) = &report.validation {
            let (network, rates) = trainer.network_and_rates();
            ending = ending.or(progress.epoch(epoch, validation, network, rates));
        }
        if let Some(tested) = &tested
            && listener(TrainingEvent::Tested(tested)).is_break()
        {
            ending = ending.or(Some(Ending::Listener));
        }
        if listener(TrainingEvent::Epoch(&report)).is_break() {
            ending = ending.or(Some(Ending::Listener));
        }
        reports.push(report);
        if pass.images == training.len() {
            let is_last = epoch + 1 == options.epochs;
            let state = State {
                moment: trainer.moment(done),
                progress: &progress,
                reports: &reports,
                epoch: epoch + 1,
                clock,
                ending: ending.or(is_last.then_some(Ending::Epochs)),
            };
            if listener(TrainingEvent::Resumable(state)).is_break() {
                ending = ending.or(Some(Ending::Listener));
            }
        }
    }
    let (best_epoch, best_network) = progress.best();
    if let Some(best) = best_network {
        *network = best;
    }
    Ok(Outcome {
        reports,
        ending: ending.unwrap_or(Ending::Epochs),
        best_epoch,
    })
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
                TrainingEvent::Epoch(report) => assert_eq!(report.evaluation, tested.last().copied()),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        let told: Vec<_> = outcome.unwrap().reports.iter().map(|it| it.evaluation).collect();
        assert_eq!(told, tested.into_iter().map(Some).collect::<Vec<_>>());
    }
}
