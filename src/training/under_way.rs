//! The epochs of a run.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::run::TrainingEvent;
use super::snapshot::{Position, RunState, Snapshot};
use super::trainer::{Diverged, Pass, Trainer};
use super::{CheckedOptions, Ending, EpochReport, Outcome, TrainingData, TrainingOptions};
use crate::data::Dataset;
use crate::error::Result;
use crate::math::real::Real;
use crate::network::Network;
use crate::training::evaluation::{Evaluation, Score, evaluate_by};
use crate::training::members::{Members, of_first};
use crate::training::optimizer::Optimizer;

/// A run between two epochs. Its trainer is kept outside, so that both can be borrowed.
pub(super) struct UnderWay<'a, F: Real, L> {
    data: TrainingData<'a>,
    options: &'a TrainingOptions,
    /// Those that share the run, where there are others.
    members: Option<&'a dyn Members>,
    listener: L,
    /// The network of the best epoch, where it is kept.
    best_network: Option<Network<F>>,
    /// Of the epochs done.
    reports: Vec<EpochReport>,
    /// Its times are those before the run was resumed.
    pub position: Position,
    started: Instant,
    /// Start of the current epoch, or of the rest of it.
    epoch_started: Instant,
}

impl<'a, F: Real, L: FnMut(TrainingEvent<F>) -> ControlFlow<()>> UnderWay<'a, F, L> {
    pub fn new(
        data: TrainingData<'a>,
        options: &'a CheckedOptions,
        members: Option<&'a dyn Members>,
        listener: L,
        started: Instant,
    ) -> Self {
        Self {
            data,
            options: options.get(),
            members,
            listener,
            best_network: None,
            reports: Vec::new(),
            position: Position::default(),
            started,
            epoch_started: started,
        }
    }

    pub fn restore(&mut self, trainer: &mut Trainer<F>, snapshot: Snapshot<F>) -> Result<()> {
        self.position = snapshot.position;
        self.best_network = snapshot.best_network;
        self.reports = snapshot.reports;
        trainer.restore(&self.position, snapshot.memories)
    }

    /// The rest of the current epoch, and its evaluations. `started` is when shuffling `order` began.
    pub fn epoch(&mut self, trainer: &mut Trainer<F>, order: &[u32], started: Instant) -> Result<()> {
        self.epoch_started = started;
        let (epoch, learning_rate) = (self.position.epoch, self.options.learning_rate);
        let diverged = |it: Diverged| it.in_epoch::<F>(epoch, learning_rate);
        let pass = self.train(trainer, order).map_err(diverged)?;
        let train_time = self.position.epoch_time.saturating_add(started.elapsed());
        let (report, tested) = self.evaluate(trainer, pass, train_time);
        report.check(pass).map_err(diverged)?;
        self.choose(trainer, &report);
        if let Some(tested) = &tested {
            self.tell(TrainingEvent::Tested(tested));
        }
        self.tell(TrainingEvent::Epoch(&report));
        self.reports.push(report);
        if pass.images == self.data.training.len() {
            self.position.epoch += 1;
            self.position.pass = Pass::default();
            self.position.epoch_time = Duration::ZERO;
            if self.position.epoch == self.options.epochs {
                self.position.ending.get_or_insert(Ending::Epochs);
            }
            let (network, optimizer) = trainer.network_and_optimizer();
            self.tell_state(network, optimizer);
        }
        self.share_ending();
        Ok(())
    }

    /// The remaining mini-batches of the current epoch.
    fn train(&mut self, trainer: &mut Trainer<F>, order: &[u32]) -> Result<Pass, Diverged> {
        let (training, done) = (self.data.training, self.position.pass);
        let rest = &order[done.images..];
        let pass = trainer.rest_of_epoch(training, rest, done, |network, optimizer, pass| {
            self.position.pass = pass;
            self.position.steps = optimizer.steps();
            self.tell(TrainingEvent::MiniBatch {
                epoch: self.position.epoch,
                images: pass.images,
                cost: pass.cost(),
            });
            let max_time = self.options.control.max_time;
            if max_time.is_some_and(|max_time| self.total_time() >= max_time) {
                self.position.ending.get_or_insert(Ending::Time);
            }
            if pass.images < training.len() {
                self.tell_state(network, optimizer);
            }
            self.share_ending();
            match self.position.ending {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        })?;
        trainer.check_end(pass)?;
        Ok(pass)
    }

    /// The report of the current epoch, and the evaluation of the test images.
    fn evaluate(
        &self,
        trainer: &mut Trainer<F>,
        pass: Pass,
        train_time: Duration,
    ) -> (EpochReport, Option<Evaluation>) {
        let start = Instant::now();
        let gradient_norm = trainer.gradient_norm();
        let network = trainer.network();
        let evaluate = |dataset: &Dataset| evaluate_by(self.members, network, dataset);
        let score = |dataset: Option<&Dataset>| dataset.map(|dataset| Score::from(&evaluate(dataset)));
        let evaluates_training = self.options.control.evaluate_training;
        let training = score(evaluates_training.then_some(self.data.training));
        let validation = score(self.data.validation);
        let tested = self.data.test.map(evaluate);
        let report = EpochReport {
            epoch: self.position.epoch,
            images: pass.images,
            cost: pass.cost(),
            training,
            validation,
            test: tested.as_ref().map(Score::from),
            learning_rate: trainer.last_rate(),
            gradient_norm,
            train_time,
            eval_time: start.elapsed(),
            images_per_second: pass.images as f64 / train_time.as_secs_f64(),
        };
        (report, tested)
    }

    /// What the validation images decide: the best network, the learning rate, and whether to end.
    fn choose(&mut self, trainer: &mut Trainer<F>, report: &EpochReport) {
        let Some(validation) = report.validation else {
            return;
        };
        let (control, position) = (self.options.control, &mut self.position);
        let (network, rates) = trainer.network_and_rates();
        let ending = position
            .progress
            .epoch(report.epoch, validation.correct, control.patience, rates);
        position.halvings = rates.halvings;
        position.ending = position.ending.or(ending);
        if control.keep_best && position.progress.best_epoch() == Some(report.epoch) {
            self.best_network = Some(network.clone());
        }
    }

    /// Tells the listener, which may end the run.
    fn tell(&mut self, event: TrainingEvent<F>) {
        let flow = (self.listener)(event);
        self.end_at(flow);
    }

    /// As [`Self::tell`], with the state from which the run can be resumed.
    fn tell_state(&mut self, network: &Network<F>, optimizer: &Optimizer<F>) {
        let state = RunState {
            network,
            optimizer,
            best_network: self.best_network.as_ref(),
            reports: &self.reports,
            position: self.position,
            started: self.started,
            epoch_started: self.epoch_started,
        };
        let flow = (self.listener)(TrainingEvent::Resumable(&state));
        self.end_at(flow);
    }

    /// Ends the run where the listener breaks.
    fn end_at(&mut self, flow: ControlFlow<()>) {
        if flow.is_break() {
            self.position.ending.get_or_insert(Ending::Listener);
        }
    }

    /// Ends the run for all members where the first one ends it: its listener and clock decide, and no member waits for another
    /// that has ended.
    fn share_ending(&mut self) {
        if let Some(members) = self.members {
            let endings = Ending::ALL.map(Some);
            let own = endings.iter().position(|&ending| ending == self.position.ending);
            let first = of_first(members, own.unwrap_or(endings.len()) as u8);
            self.position.ending = endings.get(usize::from(first)).copied().flatten();
        }
    }

    /// Time of the whole run so far.
    fn total_time(&self) -> Duration {
        self.position.total_time.saturating_add(self.started.elapsed())
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
