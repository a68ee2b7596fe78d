//! A run that is stopped anywhere and resumed has the bits of the uninterrupted run.

use std::ops::ControlFlow;

use batchprop::data::augment::Augmentation;
use batchprop::training::optimizer::Moments;
use batchprop::training::{Ending, Snapshot};
use batchprop::{
    Activation, Cost, EngineKind, Error, Functions, Initialisation, Network, Outcome, Output, Real, Rule,
    Schedule, TrainingData, TrainingEvent, TrainingOptions, resume, train,
};

use crate::common::{Split, checked, on_threads, snapshots};

/// Seven mini-batches of 8 and a short one in each of four epochs.
const EPOCHS: usize = 4;
const BATCH_SIZE: usize = 8;
const MINI_BATCHES: usize = 8;

fn network<F: Real>() -> Network<F> {
    let functions = Functions {
        activation: Activation::Relu,
        output: Output::Softmax,
        cost: Cost::LogLikelihood,
    };
    let network = Network::zeros(&[784, 13, 10]).unwrap();
    let network = network.with_functions(functions).unwrap();
    network.initialised(Initialisation::He, 1).unwrap()
}

fn options() -> TrainingOptions {
    TrainingOptions {
        epochs: EPOCHS,
        batch_size: BATCH_SIZE,
        learning_rate: 0.05,
        seed: 9,
        ..TrainingOptions::default()
    }
}

/// Kinds of training with different state.
fn kinds() -> Vec<(&'static str, TrainingOptions)> {
    type Change = fn(&mut TrainingOptions);
    let changes: [(&str, Change); 7] = [
        ("sgd", |_| {}),
        ("reference engine, dropout", |options| {
            options.engine = EngineKind::Reference;
            options.dropout = 0.3;
        }),
        ("momentum, clipping, warm-up", |options| {
            options.optimizer.rule = Rule::Momentum { momentum: 0.9 };
            options.optimizer.clip_norm = Some(0.5);
            options.warmup_epochs = 1.5;
        }),
        ("adam, dropout, cosine", |options| {
            options.optimizer.rule = Rule::Adam(Moments::default());
            options.learning_rate = 0.003;
            options.dropout = 0.2;
            options.schedule = Schedule::Cosine;
        }),
        ("distorted images", |options| {
            options.augmentation = Augmentation::ALL
        }),
        ("halve on plateau, keep best", |options| {
            options.learning_rate = 2.0;
            options.schedule = Schedule::HalveOnPlateau { patience: 1 };
            options.control.keep_best = true;
        }),
        ("patience", |options| {
            options.epochs = 40;
            options.learning_rate = 1.0;
            options.control.patience = Some(2);
        }),
    ];
    let changed = changes.map(|(kind, change)| {
        let mut options = options();
        change(&mut options);
        (kind, options)
    });
    changed.to_vec()
}

/// Runs `work` with the data of a run on some threads.
fn with_data<R: Send>(threads: usize, work: impl FnOnce(TrainingData) -> R + Send) -> R {
    let split = Split::new(3, 72, 30);
    on_threads(threads, || work(split.data()))
}

/// The whole run, and all of its snapshots.
fn uninterrupted<F: Real>(options: &TrainingOptions) -> (Network<F>, Outcome, Vec<Snapshot<F>>) {
    with_data(1, |data| {
        let mut network = network();
        let mut found = Vec::new();
        let listener = snapshots(|snapshot| found.push(snapshot));
        let outcome = train(&mut network, data, &checked(options), listener);
        (network, outcome.unwrap(), found)
    })
}

/// Everything of an outcome except times.
fn facts(outcome: &Outcome) -> impl PartialEq + std::fmt::Debug + use<> {
    let epochs = outcome.reports.iter().map(|report| {
        let evaluations = [report.training, report.validation, report.test];
        let numbers = [report.cost, report.learning_rate, report.gradient_norm];
        (
            report.epoch,
            report.images,
            numbers.map(f64::to_bits),
            evaluations,
        )
    });
    (epochs.collect::<Vec<_>>(), outcome.ending, outcome.best_epoch)
}

fn resumes_everywhere<F: Real>() {
    for (kind, options) in kinds() {
        let (network, outcome, snapshots) = uninterrupted::<F>(&options);
        let epochs = outcome.reports.len();
        assert_eq!(
            snapshots.len(),
            epochs * MINI_BATCHES,
            "{kind}: one per mini-batch"
        );
        if kind == "patience" {
            assert_eq!(outcome.ending, Ending::Patience);
        }
        for (index, snapshot) in snapshots.into_iter().enumerate() {
            let at = (snapshot.position.epoch(), snapshot.position.images());
            let threads = [1, 2, 8][index % 3];
            let resumed = with_data(threads, |data| {
                resume(snapshot, data, &checked(&options), |_| ControlFlow::Continue(()))
            });
            let (resumed, resumed_outcome) = resumed.unwrap();
            assert_eq!(
                resumed.sha256(),
                network.sha256(),
                "{kind}, {at:?}, {threads} threads"
            );
            assert_eq!(facts(&resumed_outcome), facts(&outcome), "{kind}, {at:?}");
        }
    }
}

#[test]
fn a_run_resumed_after_any_mini_batch_has_the_bits_and_reports_of_the_whole_run_in_f32() {
    resumes_everywhere::<f32>();
}

#[test]
fn a_run_resumed_after_any_mini_batch_has_the_bits_and_reports_of_the_whole_run_in_f64() {
    resumes_everywhere::<f64>();
}

#[test]
fn a_run_may_be_stopped_and_resumed_at_every_mini_batch_in_turn() {
    let options = kinds()[3].1.clone();
    let (network, outcome, _) = uninterrupted::<f32>(&options);
    let options = options.check().unwrap();
    // One mini-batch at a time: each listener stops the run at once and keeps the state.
    let mut snapshot = None;
    for runs in 1.. {
        let mut taken = None;
        let listener = |event: TrainingEvent<f32>| {
            if let TrainingEvent::Resumable(state) = event {
                assert_eq!(state.steps() as usize, runs);
                taken = Some(state.snapshot());
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let (last, last_outcome) = with_data(1, |data| match snapshot.take() {
            None => {
                let mut network = self::network();
                let outcome = train(&mut network, data, &options, listener).unwrap();
                (network, outcome)
            }
            Some(snapshot) => resume(snapshot, data, &options, listener).unwrap(),
        });
        if last_outcome.reports.len() == EPOCHS && last_outcome.reports[EPOCHS - 1].images == 60 {
            assert_eq!(runs, EPOCHS * MINI_BATCHES);
            assert_eq!(last.sha256(), network.sha256());
            let epochs = facts(&Outcome {
                ending: Ending::Epochs,
                ..last_outcome
            });
            assert_eq!(epochs, facts(&outcome));
            return;
        }
        snapshot = taken;
    }
}

#[test]
fn a_listener_that_stops_a_run_still_hears_where_it_can_go_on() {
    let mut heard = Vec::new();
    let outcome = with_data(1, |data| {
        let listener = |event: TrainingEvent<f32>| match event {
            TrainingEvent::MiniBatch {
                epoch: 1, images: 16, ..
            } => ControlFlow::Break(()),
            TrainingEvent::Resumable(state) => {
                heard.push((state.epoch(), state.images(), state.ending()));
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        };
        train(&mut network::<f32>(), data, &checked(&options()), listener)
    });
    assert_eq!(outcome.unwrap().ending, Ending::Listener);
    assert_eq!(heard.len(), MINI_BATCHES + 2);
    assert_eq!(heard[MINI_BATCHES - 1], (1, 0, None));
    assert_eq!(heard[MINI_BATCHES + 1], (1, 16, Some(Ending::Listener)));
}

#[test]
fn a_snapshot_of_another_run_is_refused() {
    let (_, _, snapshots) = uninterrupted::<f32>(&options());
    let middle = &snapshots[2 * MINI_BATCHES + 3];
    let refused = |change: fn(&mut TrainingOptions)| {
        let mut options = options();
        change(&mut options);
        let options = options.check().unwrap();
        with_data(1, |data| {
            resume(middle.clone(), data, &options, |_| panic!("training had started")).unwrap_err()
        })
    };
    for error in [
        refused(|options| options.epochs = 1),
        refused(|options| options.batch_size = 9),
        refused(|options| options.batch_size = 4),
        refused(|options| options.optimizer.rule = Rule::Nesterov { momentum: 0.5 }),
    ] {
        assert!(matches!(error, Error::Option { .. }), "{error}");
    }
    let split = Split::new(3, 48, 30);
    let resumed = resume(middle.clone(), split.data(), &checked(&options()), |_| {
        panic!("training had started")
    });
    assert!(matches!(resumed, Err(Error::Option { .. })), "{resumed:?}");
}
