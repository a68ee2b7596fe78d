//! Runs side by side are the same as the runs alone.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use batchprop::training::Ending;
use batchprop::training::many::{Run, train_many};
use batchprop::{
    Error, Functions, Initialisation, Network, TrainingData, TrainingEvent, TrainingOptions, train,
};

use crate::common::Split;

fn split() -> Split {
    Split::new(3, 600, 100)
}

fn run(hidden: usize, options: TrainingOptions) -> Run {
    Run {
        sizes: vec![784, hidden, 10],
        functions: Functions::default(),
        initialisation: Initialisation::Normalised,
        start: None,
        options: options.check().unwrap(),
    }
}

/// The sum of the weights of every run.
fn together(runs: &[Run], data: TrainingData, at_once: usize) -> BTreeMap<usize, String> {
    let mut weights = BTreeMap::new();
    train_many::<f32>(
        runs,
        data,
        at_once,
        |_, _| ControlFlow::Continue(()),
        |index, result| {
            assert!(weights.insert(index, result.unwrap().0.sha256()).is_none());
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    weights
}

#[test]
fn every_run_has_the_bits_that_it_has_alone_however_many_are_at_once() {
    let split = split();
    let data = TrainingData::new(&split.training).with_test(&split.test);
    let options = TrainingOptions {
        epochs: 2,
        dropout: 0.1,
        ..TrainingOptions::default()
    };
    let wide = TrainingOptions {
        batch_size: 300,
        ..options.clone()
    };
    let mut runs: Vec<Run> = (5..9)
        .map(|seed| run(20, options.clone()).with_seed(seed))
        .collect();
    runs.push(run(50, wide));
    let alone: BTreeMap<usize, String> = runs
        .iter()
        .map(|run| {
            let mut network: Network<f32> = run.network().unwrap();
            train(&mut network, data, &run.options, |_| ControlFlow::Continue(())).unwrap();
            network.sha256()
        })
        .enumerate()
        .collect();
    for at_once in [0, 1, 2, 5, 64] {
        assert_eq!(together(&runs, data, at_once), alone, "{at_once} at once");
    }
    assert!(together(&[], data, 2).is_empty());
}

#[test]
fn a_run_that_diverges_does_not_touch_the_others() {
    let split = split();
    let of_rate = |learning_rate| {
        let options = TrainingOptions {
            epochs: 1,
            learning_rate,
            ..TrainingOptions::default()
        };
        run(10, options)
    };
    let runs = [of_rate(1.0), of_rate(1e40), of_rate(0.5)];
    let mut diverged = Vec::new();
    train_many::<f32>(
        &runs,
        TrainingData::new(&split.training),
        2,
        |_, _| ControlFlow::Continue(()),
        |index, result| {
            match result {
                Ok((_, outcome)) => assert_eq!(outcome.ending, Ending::Epochs),
                Err(Error::Diverged { .. }) => diverged.push(index),
                Err(error) => panic!("{error}"),
            }
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(diverged, [1]);
}

#[test]
fn a_listener_ends_its_run_and_a_break_after_a_run_ends_them_all() {
    let split = split();
    let options = TrainingOptions {
        epochs: 1_000_000,
        ..TrainingOptions::default()
    };
    let runs: Vec<Run> = (0..100)
        .map(|seed| run(10, options.clone()).with_seed(seed))
        .collect();
    let (begun, mut told) = (AtomicUsize::new(0), 0);
    train_many::<f32>(
        &runs,
        TrainingData::new(&split.training),
        3,
        |index, event| match event {
            TrainingEvent::MiniBatch {
                epoch: 0, images: 10, ..
            } => {
                begun.fetch_add(1, Ordering::Relaxed);
                ControlFlow::Continue(())
            }
            // Not before all three have begun, which takes a while on a busy machine.
            TrainingEvent::Epoch(_) if index == 1 && begun.load(Ordering::Relaxed) >= 3 => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        },
        |_, result| {
            assert_eq!(result.unwrap().1.ending, Ending::Listener);
            told += 1;
            ControlFlow::Break(())
        },
    )
    .unwrap();
    // The three at once, and those that were started before the break.
    assert_eq!(told, begun.into_inner());
    assert!((3..=6).contains(&told), "{told}");
}

#[test]
fn runs_that_do_not_fit_together_are_refused_before_the_first() {
    let split = split();
    let available = batchprop::memory::available();
    // One fits, with its gradient and some margin; four do not.
    let hidden = available / 4 / 795 / 3;
    let runs: Vec<Run> = (0..4)
        .map(|seed| run(hidden as usize, TrainingOptions::default()).with_seed(seed))
        .collect();
    let error = train_many::<f32>(
        &runs,
        TrainingData::new(&split.training),
        4,
        |_, _| panic!("nothing is trained"),
        |_, _| panic!("nothing is trained"),
    )
    .unwrap_err();
    assert!(!error.is_usage(), "{error}");
    let message = error.to_string();
    assert!(message.starts_with("training 4 runs at once needs "), "{message}");
    assert!(message.contains("`threads` "), "{message}");
}

#[test]
fn a_panic_in_one_run_reaches_the_caller_after_the_others_have_ended() {
    let split = split();
    let options = TrainingOptions {
        epochs: 2,
        ..TrainingOptions::default()
    };
    let runs: Vec<Run> = (0..6)
        .map(|seed| run(10, options.clone()).with_seed(seed))
        .collect();
    for (at_once, expected) in [(1, 2), (2, 5), (3, 5)] {
        let mut ended = 0;
        let all = std::panic::AssertUnwindSafe(|| {
            train_many::<f32>(
                &runs,
                TrainingData::new(&split.training),
                at_once,
                |index, _| {
                    assert_ne!(index, 2);
                    ControlFlow::Continue(())
                },
                |_, _| {
                    ended += 1;
                    ControlFlow::Continue(())
                },
            )
        });
        assert!(std::panic::catch_unwind(all).is_err(), "{at_once} at once");
        assert_eq!(ended, expected, "{at_once} at once");
    }
}
