//! A run under way: what happens in each of its epochs.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::run::TrainingEvent;
use super::snapshot::{Position, RunState, Snapshot};
use super::stopwatch::Stopwatch;
use super::trainer::{Diverged, Pass, Trainer};
use super::{CheckedOptions, Ending, EpochReport, Outcome, TrainingData, TrainingOptions};
use crate::data::Dataset;
use crate::error::Result;
use crate::math::real::Real;
use crate::network::Network;
use crate::training::evaluation::{Evaluation, Score, evaluate};

/// A run between two epochs.
pub(super) struct UnderWay<'a, F: Real, L> {
    data: TrainingData<'a>,
    options: &'a TrainingOptions,
    listener: L,
    trainer: Trainer<'a, F>,
    /// The network of the best epoch, where it is kept.
    best_network: Option<Network<F>>,
    /// Of the epochs done.
    reports: Vec<EpochReport>,
    /// Its times are those before the run was resumed.
    pub position: Position,
    time: Stopwatch,
}

impl<'a, F: Real, L: FnMut(TrainingEvent<F>) -> ControlFlow<()>> UnderWay<'a, F, L> {
    pub fn new(
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

    pub fn restore(&mut self, snapshot: Snapshot<F>) -> Result<()> {
        self.position = snapshot.position;
        self.trainer.restore(&self.position, snapshot.memories)?;
        self.best_network = snapshot.best_network;
        self.reports = snapshot.reports;
        self.time = self.time.after(self.position.total_time);
        Ok(())
    }

    /// What is left of the epoch at hand, in the order of the whole epoch, and its evaluations.
    pub fn epoch(&mut self, order: &[u32], time: Stopwatch) -> Result<()> {
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
                TrainingEvent::Resumable(&state),
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
                    tell(listener, &mut position.ending, TrainingEvent::Resumable(&state));
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
    pub fn end(self) -> (Option<Network<F>>, Outcome) {
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
