//! Images of one's own, and a modern network: ReLU, softmax, Adam, dropout, the best epoch on the validation images.
//! `cargo run --release --example 02_own_data`

use std::ops::ControlFlow;

use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::training::optimizer::{Moments, OptimizerOptions};
use batchprop::{
    Activation, Cost, Dataset, Functions, Initialisation, Network, Output, Result, Rule, Schedule,
    TrainingData, TrainingEvent, TrainingOptions, evaluate, train,
};

/// Bars of 8 × 8 pixels, upright and lying: label 0 and 1.
fn bars(first: usize, count: usize) -> Result<Dataset> {
    let images = (first..first + count).map(|number| {
        let (is_lying, place) = (number % 2 == 1, number / 2 % 8);
        let pixel = move |index: usize| {
            let at = if is_lying { index / 8 } else { index % 8 };
            if at == place { 200 + (number % 50) as u8 } else { 0 }
        };
        (0..64).map(pixel).collect::<Vec<u8>>()
    });
    let pixels = Pixels::Bytes(images.flatten().collect());
    let labels = (first..first + count)
        .map(|number| (number % 2) as u16)
        .collect::<Vec<_>>();
    Dataset::new(pixels, labels, ImageShape { rows: 8, columns: 8 }, "bars")
}

fn main() -> Result<()> {
    batchprop::math::blas::use_one_thread_per_call();
    let (training, validation, test) = (bars(0, 2000)?, bars(2000, 200)?, bars(2200, 200)?);
    let data = TrainingData::new(&training).with_validation(&validation);

    let functions = Functions {
        activation: Activation::Relu,
        output: Output::Softmax,
        cost: Cost::LogLikelihood,
    };
    let mut network = Network::<f32>::zeros(&[64, 20, 2])?
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
        if let TrainingEvent::Epoch(report) = event {
            println!("epoch {}: cost {:.3}", report.epoch, report.cost);
        }
        // `Break` would end training here, as Ctrl-C does in the program.
        ControlFlow::Continue(())
    })?;
    println!("best epoch: {:?}", outcome.best_epoch);
    println!(
        "{:.1} % of the test images",
        100.0 * evaluate(&network, &test).accuracy()
    );
    Ok(())
}
