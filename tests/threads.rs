//! The number of threads changes the time, never a bit.

use std::ops::ControlFlow;

use batchprop::dataset::synthetic;
use batchprop::{Evaluation, Network, TrainOn, TrainingData, TrainingOptions, evaluate, train};

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
        .install(work)
}

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
        train(
            &mut network,
            TrainingData::new(&training).with_test(digits.test()),
            &options.check().unwrap(),
            |_| ControlFlow::Continue(()),
        )
        .unwrap();
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
