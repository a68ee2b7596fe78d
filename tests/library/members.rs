//! One training by several members ends with the bits of one.

use std::ops::ControlFlow;
use std::thread;

use batchprop::data::synthetic;
use batchprop::training::Trainer;
use batchprop::training::gradient::{Batched, Regularisers};
use batchprop::training::members::Threads;
use batchprop::training::optimizer::Penalties;
use batchprop::{Dataset, Network, OptimizerOptions, Real, Rule, TrainOn, TrainingOptions};

use crate::common::{checked, on_threads};

/// The weights after two epochs by one member, with `members` by one of several.
fn weights<F: Real>(
    sizes: &[usize],
    options: &TrainingOptions,
    training: &Dataset,
    member: Option<Threads>,
) -> (String, f64) {
    let options = checked(options);
    let mut network = Network::<F>::new(sizes, 5).unwrap();
    let regularisers = Regularisers {
        label_smoothing: options.get().label_smoothing,
        dropout: options.get().dropout,
        seed: options.get().seed,
    };
    let engine = Batched::new(&network, options.get().batch_size, regularisers);
    let engine = match member {
        None => engine,
        Some(member) => engine.with_members(Box::new(member)),
    };
    let mut trainer = Trainer::new(&mut network, &options, training).with_engine(Box::new(engine));
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
        let found: Vec<_> = thread::scope(|scope| {
            let run = |member| {
                let training = &training;
                scope.spawn(move || on_threads(2, || weights::<F>(sizes, options, training, Some(member))))
            };
            let members: Vec<_> = Threads::new(count).into_iter().map(run).collect();
            members.into_iter().map(|member| member.join().unwrap()).collect()
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
