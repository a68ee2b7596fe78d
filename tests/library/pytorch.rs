//! Short trainings that PyTorch 2.15 computed in float64: activations, costs, optimizers, penalties, clipping, label
//! smoothing and schedules. Sixty samples in mini-batches of 8, the last of 4; three epochs in the order of the rows.

use std::ops::ControlFlow;

use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::training::Trainer;
use batchprop::{Dataset, Functions, Network, TrainingOptions};
use serde::Deserialize;

use crate::common::golden::Golden;
use crate::common::project;

#[derive(Deserialize)]
struct Training {
    name: String,
    functions: Functions,
    options: TrainingOptions,
}

/// The largest difference of a parameter from PyTorch's.
fn difference(training: &Training, golden: &mut Golden, dataset: &Dataset) -> f64 {
    let order: Vec<u32> = (0..dataset.len() as u32).collect();
    let mut network = golden.network(3).with_functions(training.functions).unwrap();
    let options = training.options.clone().check().unwrap();
    let mut trainer = Trainer::new(&mut network, &options, dataset);
    for _ in 0..options.get().epochs {
        trainer
            .epoch(dataset, &order, |_| ControlFlow::Continue(()))
            .unwrap();
    }
    drop(trainer);
    let expected = Network::from_parameters(&golden.layers(&training.name, 3)).unwrap();
    let layers = network.layers().iter().zip(expected.layers());
    layers
        .flat_map(|(found, expected)| {
            let weights = (&found.weights() - &expected.weights()).abs();
            let biases = (&found.biases() - &expected.biases()).abs();
            weights.into_iter().chain(biases)
        })
        .fold(0.0, f64::max)
}

#[test]
fn twenty_trainings_end_where_pytorch_ends() {
    let mut golden = Golden::open("pytorch_12_9_7_4.npz");
    let list = std::fs::read_to_string(project("tests/golden/pytorch_12_9_7_4.json")).unwrap();
    let trainings: Vec<Training> = serde_json::from_str(&list).unwrap();
    assert_eq!(trainings.len(), 20);
    // Exact in f32.
    let inputs = golden.matrix("x").mapv(|x| x as f32).into_raw_vec_and_offset().0;
    let labels: Vec<u16> = golden
        .numbers("y")
        .into_iter()
        .map(|label| label as u16)
        .collect();
    let shape = ImageShape { rows: 1, columns: 12 };
    let dataset = Dataset::new(Pixels::Floats(inputs), labels, shape, "golden").unwrap();
    for training in &trainings {
        // PyTorch adds 1e-6 to the norm before dividing.
        let tolerance = if training.name == "clip" { 1e-6 } else { 1e-12 };
        let difference = difference(training, &mut golden, &dataset);
        assert!(difference < tolerance, "{}: {difference:e}", training.name);
    }
}
