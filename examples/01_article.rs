//! The article's network in three calls: load, train, save. `cargo run --release --example 01_article [PATH]`
//!
//! PATH is a folder with MNIST's IDX files, `mnist.pkl.gz`, a CSV file, …; without it the crate draws digits of its own.

use std::ops::ControlFlow;

use batchprop::data::synthetic;
use batchprop::{Network, Result, TrainingData, TrainingEvent, TrainingOptions, load, save, train};

fn main() -> Result<()> {
    // rayon has the cores; BLAS keeps to one thread for each call.
    batchprop::math::blas::use_one_thread_per_call();
    let digits = match std::env::args_os().nth(1) {
        Some(path) => load(path)?,
        None => synthetic::digits(0, 12_000, 2_000),
    };
    let options = TrainingOptions {
        epochs: 5,
        ..Default::default()
    }
    .check()?;
    let mut network = Network::<f32>::new(&[digits.test().inputs(), 30, digits.classes()], 0)?;

    train(&mut network, TrainingData::from(&digits), &options, |event| {
        if let TrainingEvent::Epoch(report) = event {
            let correct = report.test.map_or(0, |score| score.correct);
            println!("Epoch {}: {correct} / {}", report.epoch, digits.test().len());
        }
        ControlFlow::Continue(())
    })?;
    save(&network, "target/article.safetensors")
}
