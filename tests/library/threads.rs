//! The number of threads changes the time, but no bit; and a panic on any thread reaches the caller.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use batchprop::data::augment::Augmentation;
use batchprop::data::synthetic;
use batchprop::training::Trainer;
use batchprop::{Evaluation, Network, TrainOn, TrainingData, TrainingOptions, evaluate};

use crate::common::{self, on_threads};

/// The weights after two epochs, and what they make of the test images.
fn run(threads: usize, sizes: &[usize], batch_size: usize) -> (String, Evaluation) {
    on_threads(threads, || {
        let digits = synthetic::digits(3, 1300, 700);
        let mut network = Network::<f32>::new(sizes, 5).unwrap();
        let options = TrainingOptions {
            epochs: 2,
            batch_size,
            ..Default::default()
        };
        let training = digits.training(TrainOn::All);
        let data = TrainingData::new(&training);
        common::run(&mut network, data, &options).unwrap();
        (network.sha256(), evaluate(&network, digits.test()))
    })
}

#[test]
fn weights_and_evaluation_have_the_same_bits_at_any_number_of_threads() {
    for (sizes, batch_size) in [
        (&[784, 30, 10][..], 10),
        (&[784, 300, 10], 64),
        (&[784, 200, 90, 10], 333),
        (&[784, 60, 10], 2000),
    ] {
        let one = run(1, sizes, batch_size);
        for threads in [2, 3, 8] {
            assert_eq!(
                run(threads, sizes, batch_size),
                one,
                "{sizes:?}, B = {batch_size}, {threads} threads"
            );
        }
    }
}

/// Whether `work` panics, instead of hanging, on a pool of its own.
fn panics(threads: usize, work: impl FnOnce() + Send) -> bool {
    catch_unwind(AssertUnwindSafe(|| on_threads(threads, work))).is_err()
}

/// An epoch of mini-batches of 64, in which the image at `place` of the order does not exist or has a label without an output.
fn broken_epoch(augmentation: Augmentation, outputs: usize, place: Option<usize>) {
    let digits = synthetic::digits(3, 3000, 10);
    let training = digits.training(TrainOn::All);
    let mut network = Network::<f32>::new(&[784, 100, outputs], 0).unwrap();
    let options = TrainingOptions {
        batch_size: 64,
        augmentation,
        ..Default::default()
    };
    let mut order: Vec<u32> = (0..3000).collect();
    if let Some(place) = place {
        order[place] = 3000;
    }
    let mut trainer = Trainer::new(&mut network, &options.clone().check().unwrap(), &training);
    let _ = trainer.epoch(&training, &order, |_| ControlFlow::Continue(()));
}

#[test]
fn a_panic_while_images_are_drawn_ahead_ends_the_epoch_on_any_number_of_threads() {
    for threads in [1, 2, 5] {
        // In the block that is drawn at once, and in those that are drawn while the network learns.
        for place in [10, 1500, 2999] {
            assert!(
                panics(threads, || broken_epoch(Augmentation::ALL, 10, Some(place))),
                "{threads} threads, {place}"
            );
        }
    }
}

#[test]
fn a_panic_in_a_chunk_of_the_gradient_or_of_an_evaluation_reaches_the_caller_on_any_number_of_threads() {
    for threads in [1, 2, 5] {
        assert!(panics(threads, || broken_epoch(Augmentation::NONE, 10, Some(70))));
        assert!(panics(threads, || broken_epoch(Augmentation::NONE, 9, None)));
        assert!(panics(threads, || {
            let digits = synthetic::digits(3, 10, 1000);
            let network = Network::<f32>::new(&[784, 30, 9], 0).unwrap();
            evaluate(&network, digits.test());
        }));
        // The pool can still be used.
        on_threads(threads, || broken_epoch(Augmentation::ALL, 10, None));
    }
}
