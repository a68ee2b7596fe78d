//! One training by several members ends with the bits of one.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use batchprop::data::augment::Augmentation;
use batchprop::data::synthetic;
use batchprop::training::members::{self, Members, Threads};
use batchprop::training::minibatch::InputForm;
use batchprop::training::optimizer::Penalties;
use batchprop::training::{Control, Ending, Snapshot, Trainer, train};
use batchprop::{
    Dataset, Network, OptimizerOptions, Outcome, Real, Result, Rule, TrainOn, TrainingData, TrainingEvent,
    TrainingOptions,
};

use crate::common::{Split, checked, on_threads};

/// What `work` returns for each of `count` members, in their order.
fn by_members<T: Send>(count: usize, work: impl Fn(Threads) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let run = |member| scope.spawn(move || on_threads(2, || work(member)));
        let threads: Vec<_> = Threads::new(count).into_iter().map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The weights after two epochs by one member, with `members` by one of several.
fn weights<F: Real>(
    sizes: &[usize],
    options: &TrainingOptions,
    training: &Dataset,
    member: Option<Threads>,
) -> (String, f64) {
    let options = checked(options);
    let mut network = Network::<F>::new(sizes, 5).unwrap();
    let mut trainer = Trainer::new(&mut network, &options, training);
    if let Some(member) = member {
        trainer = trainer.with_members(Arc::new(member));
    }
    let order: Vec<u32> = (0..training.len() as u32).rev().collect();
    let mut cost = 0.0;
    for _ in 0..2 {
        let pass = trainer.epoch(training, &order, |_| ControlFlow::Continue(()));
        cost = pass.unwrap().cost() + trainer.gradient_norm();
    }
    (network.sha256(), cost)
}

/// Checks that 1, 2, 3, 4 and more members than chunks end alike.
fn end_alike<F: Real>(sizes: &[usize], options: &TrainingOptions) {
    let digits = synthetic::digits(3, 1300, 10);
    let training = digits.training(TrainOn::All);
    let alone = on_threads(2, || weights::<F>(sizes, options, &training, None));
    for count in [1, 2, 3, 4, 9] {
        let found = by_members(count, |member| {
            weights::<F>(sizes, options, &training, Some(member))
        });
        for (rank, found) in found.iter().enumerate() {
            assert_eq!(*found, alone, "{sizes:?}, member {rank} of {count}");
        }
    }
}

#[test]
fn members_end_with_the_bits_of_one_by_plain_descent() {
    for (sizes, batch_size) in [
        (&[784, 100, 60, 10][..], 256),
        (&[784, 90, 10], 333),
        (&[784, 10], 600),
    ] {
        let options = TrainingOptions {
            batch_size,
            ..Default::default()
        };
        end_alike::<f32>(sizes, &options);
    }
    // Mini-batches that are too small to share are computed whole by every member.
    end_alike::<f64>(&[784, 30, 10], &TrainingOptions::default());
}

#[test]
fn members_end_with_the_bits_of_one_by_adam_with_clipping_penalties_and_dropout() {
    let options = TrainingOptions {
        batch_size: 300,
        learning_rate: 0.003,
        dropout: 0.2,
        label_smoothing: 0.1,
        optimizer: OptimizerOptions {
            rule: Rule::Adam(Default::default()),
            penalties: Penalties {
                l2: 3.0,
                ..Default::default()
            },
            clip_norm: Some(0.5),
        },
        ..Default::default()
    };
    end_alike::<f32>(&[784, 120, 70, 10], &options);
    end_alike::<f64>(&[784, 120, 70, 10], &options);
}

#[test]
fn members_that_share_the_drawing_of_distorted_images_end_with_the_bits_of_one() {
    // Gathered sparse and dense, by mini-batches that are shared and not, with a last block that is shorter than the others.
    for (inputs, batch_size, augmentation) in [
        (InputForm::Auto, 300, Augmentation::ALL),
        (InputForm::Dense, 300, Augmentation::ALL),
        (
            InputForm::Auto,
            10,
            Augmentation {
                rotation: 10.0,
                ..Augmentation::NONE
            },
        ),
    ] {
        let options = TrainingOptions {
            inputs,
            batch_size,
            augmentation,
            ..Default::default()
        };
        end_alike::<f32>(&[784, 90, 10], &options);
    }
    let options = TrainingOptions {
        batch_size: 300,
        augmentation: Augmentation::ALL,
        augment_end: 0.5,
        ..Default::default()
    };
    end_alike::<f64>(&[784, 90, 10], &options);
}

/// A run with what decides its end and its weights.
fn options_of_a_run() -> TrainingOptions {
    TrainingOptions {
        batch_size: 256,
        learning_rate: 0.001,
        epochs: 3,
        optimizer: OptimizerOptions {
            rule: Rule::Adam(Default::default()),
            ..Default::default()
        },
        control: Control {
            patience: Some(2),
            keep_best: true,
            evaluate_training: true,
            ..Default::default()
        },
        ..Default::default()
    }
}

/// A network and its outcome without times.
fn described((network, outcome): (Network<f32>, Outcome)) -> String {
    let reports: Vec<String> = outcome
        .reports
        .iter()
        .map(|it| {
            let scores = (it.training, it.validation, it.test);
            format!(
                "{} {} {} {scores:?} {}",
                it.epoch, it.images, it.cost, it.gradient_norm
            )
        })
        .collect();
    let (ending, best) = (outcome.ending, outcome.best_epoch);
    format!("{} {ending:?} {best:?} {reports:#?}", network.sha256())
}

/// A run by a member, or the rest of one.
fn run_of_member(
    member: Threads,
    data: TrainingData,
    options: &TrainingOptions,
    snapshot: Option<Snapshot<f32>>,
    listener: impl FnMut(TrainingEvent<f32>) -> ControlFlow<()>,
) -> Result<(Network<f32>, Outcome)> {
    let (options, members) = (checked(options), Arc::new(member) as Arc<dyn Members>);
    match snapshot {
        Some(snapshot) => members::resume(snapshot, data, &options, &members, listener),
        None => {
            let mut network = Network::new(&[784, 90, 10], 5)?;
            let outcome = members::train(&mut network, data, &options, &members, listener)?;
            Ok((network, outcome))
        }
    }
}

/// The description of the run by one, and a snapshot within its second epoch.
fn alone(data: TrainingData, options: &TrainingOptions) -> (String, Snapshot<f32>) {
    let mut network = Network::new(&[784, 90, 10], 5).unwrap();
    let mut snapshot = None;
    let outcome = train(&mut network, data, &checked(options), |event| {
        if let TrainingEvent::Resumable(state) = event
            && (state.epoch(), state.images()) == (1, 512)
        {
            snapshot = Some(state.snapshot());
        }
        ControlFlow::Continue(())
    });
    (described((network, outcome.unwrap())), snapshot.unwrap())
}

#[test]
fn every_member_has_the_outcome_of_one_also_when_others_resume_the_run() {
    let split = Split::new(3, 1300, 700);
    let data = split.data();
    let options = options_of_a_run();
    let (expected, snapshot) = alone(data, &options);
    for count in [1, 2, 3] {
        for snapshot in [None, Some(snapshot.clone())] {
            let found = by_members(count, |member| {
                let go_on = |_: TrainingEvent<f32>| ControlFlow::Continue(());
                described(run_of_member(member, data, &options, snapshot.clone(), go_on).unwrap())
            });
            for found in found {
                assert_eq!(found, expected, "{count} members");
            }
        }
    }
}

#[test]
fn the_first_member_alone_ends_the_run_for_all() {
    let split = Split::new(3, 1300, 10);
    let data = TrainingData::new(&split.training);
    // The member whose listener breaks after which event, and the images that all trained on.
    for (who, at_epoch, ending, images) in [
        (0, false, Ending::Listener, 512),
        (0, true, Ending::Listener, split.training.len()),
        (2, false, Ending::Epochs, 3 * split.training.len()),
    ] {
        let ends = by_members(3, |member| {
            let is_it = member.rank() == who;
            let listener = |event: TrainingEvent<f32>| match event {
                TrainingEvent::MiniBatch { images: 512, .. } if is_it && !at_epoch => ControlFlow::Break(()),
                TrainingEvent::Epoch(_) if is_it && at_epoch => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            };
            let options = TrainingOptions {
                control: Control::default(),
                ..options_of_a_run()
            };
            let (network, outcome) = run_of_member(member, data, &options, None, listener).unwrap();
            let images: usize = outcome.reports.iter().map(|report| report.images).sum();
            (network.sha256(), outcome.ending, images)
        });
        for end in &ends {
            assert_eq!(*end, (ends[0].0.clone(), ending, images));
        }
    }
}

#[test]
fn the_clock_of_the_first_member_ends_the_run_for_all() {
    let split = Split::new(3, 1300, 10);
    let data = TrainingData::new(&split.training);
    let ends = by_members(2, |member| {
        let max_time = match member.rank() {
            0 => Duration::from_nanos(1),
            _ => Duration::MAX,
        };
        let control = Control {
            max_time: Some(max_time),
            ..Default::default()
        };
        let options = TrainingOptions {
            control,
            ..options_of_a_run()
        };
        let go_on = |_: TrainingEvent<f32>| ControlFlow::Continue(());
        let (_, outcome) = run_of_member(member, data, &options, None, go_on).unwrap();
        (outcome.ending, outcome.reports[0].images)
    });
    assert_eq!(ends, [(Ending::Time, 256); 2]);
}

#[test]
fn all_members_have_the_texts_of_all() {
    let found = by_members(3, |member| {
        let own = "ab".repeat(member.rank());
        members::texts(&member, &own)
    });
    assert_eq!(found, vec![vec!["", "ab", "abab"]; 3]);
}
