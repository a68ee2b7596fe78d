//! A training loop of one's own: `Trainer` does one epoch in an order that the caller chooses, here with the images that the
//! network got wrong twice in each epoch. `cargo run --release --example 03_custom_loop`

use std::ops::ControlFlow;

use batchprop::data::synthetic;
use batchprop::training::Trainer;
use batchprop::training::evaluation::{outputs, predict};
use batchprop::{Network, Result, TrainOn, TrainingOptions, evaluate};

fn main() -> Result<()> {
    batchprop::math::blas::use_one_thread_per_call();
    let digits = synthetic::digits(0, 6_000, 1_000);
    let training = digits.training(TrainOn::Train);
    let options = TrainingOptions::default().check()?;
    let mut network = Network::<f32>::new(&[784, 30, 10], 0)?;
    let mut trainer = Trainer::new(&mut network, &options, &training);

    for epoch in 0..5 {
        let outputs = outputs(trainer.network(), &training);
        let is_wrong = |index: &u32| {
            let outputs = outputs.row(*index as usize).to_vec();
            predict(&outputs) != usize::from(training.labels()[*index as usize])
        };
        let all = 0..training.len() as u32;
        let order: Vec<u32> = all.clone().chain(all.filter(is_wrong)).collect();
        let pass = trainer
            .epoch(&training, &order, |_images| ControlFlow::Continue(()))
            .expect("the learning rate is small enough");
        let correct = evaluate(trainer.network(), digits.test()).correct();
        println!(
            "epoch {epoch}: {} images, cost {:.3}, {correct} / 1000",
            pass.images,
            pass.cost()
        );
    }
    Ok(())
}
