//! Trains a modern network on digits that the crate draws itself: `cargo run --release --example train`.

use std::ops::ControlFlow;

use batchprop::data::synthetic;
use batchprop::training::optimizer::{Moments, OptimizerOptions};
use batchprop::{
    Activation, Cost, Functions, Initialisation, Network, Output, Result, Rule, Schedule, TrainOn,
    TrainingData, TrainingEvent, TrainingOptions, train,
};

fn main() -> Result<()> {
    batchprop::math::blas::use_one_thread_per_call();
    let digits = synthetic::digits(0, 12_000, 2_000);
    let (training, validation) = (digits.training(TrainOn::Train), digits.validation());
    let data = TrainingData::new(&training)
        .with_validation(&validation)
        .with_test(digits.test());

    let functions = Functions {
        activation: Activation::Relu,
        output: Output::Softmax,
        cost: Cost::LogLikelihood,
    };
    let mut network = Network::<f32>::zeros(&[784, 100, 10])?
        .with_functions(functions)?
        .initialised(Initialisation::He, 0)?;
    let mut options = TrainingOptions {
        epochs: 10,
        batch_size: 64,
        learning_rate: 0.002,
        schedule: Schedule::Cosine,
        dropout: 0.1,
        optimizer: OptimizerOptions {
            rule: Rule::Adam(Moments::default()),
            ..OptimizerOptions::default()
        },
        ..TrainingOptions::default()
    };
    options.control.keep_best = true;

    let outcome = train(&mut network, data, &options.check()?, |event| {
        match event {
            TrainingEvent::MiniBatch { epoch, images } if images % 6400 == 0 => {
                eprintln!("epoch {epoch}: {images} images");
            }
            TrainingEvent::Epoch(report) => println!(
                "epoch {}: cost {:.3}, {} of {} validation images, learning rate {:.5}",
                report.epoch,
                report.cost,
                report.validation.map_or(0, |score| score.correct),
                validation.len(),
                report.learning_rate
            ),
            _ => {}
        }
        // `Break` would end training here, as Ctrl-C does in the program.
        ControlFlow::Continue(())
    })?;
    println!("{:?}, best epoch {:?}", outcome.ending, outcome.best_epoch);
    Ok(())
}
