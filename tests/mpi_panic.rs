//! Under `mpirun`: the last rank panics within its training, and must end the others, which wait for it. `tests/mpi.sh` runs it.

use std::ops::ControlFlow;
use std::sync::Arc;

use batchprop::data::synthetic;
use batchprop::training::members::mpi::Job;
use batchprop::training::members::{Members, train};
use batchprop::{Network, TrainOn, TrainingData, TrainingOptions};

fn main() {
    let job = Job::start().unwrap();
    let members: Arc<dyn Members> = job.member();
    if members.count() == 1 {
        return;
    }
    let digits = synthetic::digits(1, 2000, 10);
    let training = digits.training(TrainOn::All);
    let options = TrainingOptions {
        batch_size: 256,
        epochs: 1_000_000,
        ..Default::default()
    };
    let mut network = Network::<f32>::new(&[784, 100, 10], 0).unwrap();
    let is_last = members.rank() + 1 == members.count();
    let mut minibatches = 0;
    train(
        &mut network,
        TrainingData::new(&training),
        &options.check().unwrap(),
        &members,
        |_| {
            minibatches += 1;
            assert!(minibatches < 30 || !is_last, "on purpose");
            ControlFlow::Continue(())
        },
    )
    .unwrap();
}
