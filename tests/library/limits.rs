//! Extreme options work, or fail with a clear error before training starts.

use std::ops::ControlFlow;

use batchprop::data::synthetic;
use batchprop::training::check_run;
use batchprop::{
    EngineKind, EpochReport, Error, Network, Result, TrainOn, TrainingData, TrainingOptions, train,
};

use crate::common::{self, on_threads};

/// Trains one epoch on 24 digits. An error must come before any event.
fn run(sizes: &[usize], options: TrainingOptions) -> Result<EpochReport> {
    let digits = synthetic::digits(1, 24, 6);
    let training = digits.training(TrainOn::All);
    let mut network = Network::<f32>::new(sizes, 0)?;
    let data = TrainingData::new(&training).with_test(digits.test());
    let mut events = 0;
    let options = TrainingOptions { epochs: 1, ..options }.check()?;
    let outcome = train(&mut network, data, &options, |_| {
        events += 1;
        ControlFlow::Continue(())
    });
    if outcome.is_err() {
        assert_eq!(events, 0, "training had started");
    }
    Ok(outcome?.reports.remove(0))
}

fn with_batches_of(batch_size: usize) -> TrainingOptions {
    TrainingOptions {
        batch_size,
        ..Default::default()
    }
}

#[test]
fn a_mini_batch_larger_than_the_data_is_all_of_the_data() {
    let all = run(&[784, 30, 10], with_batches_of(24)).unwrap();
    for batch_size in [25, 50_000, usize::MAX] {
        let more = run(&[784, 30, 10], with_batches_of(batch_size)).unwrap();
        assert_eq!(more.cost, all.cost, "B = {batch_size}");
    }
}

#[test]
fn mini_batches_of_one_and_hidden_layers_of_one_unit_and_of_ten_thousand_train() {
    for sizes in [
        &[784, 10][..],
        &[784, 1, 10],
        &[784, 10_000, 10],
        &[784, 1, 1, 1, 10],
    ] {
        for batch_size in [1, 7, 24] {
            for engine in [EngineKind::Batched, EngineKind::Reference] {
                let options = TrainingOptions {
                    engine,
                    ..with_batches_of(batch_size)
                };
                let report = run(sizes, options).unwrap();
                assert!(report.cost.is_finite(), "{sizes:?}, B = {batch_size}");
            }
        }
    }
}

#[test]
fn one_thread_and_a_thousand_agree() {
    let one = on_threads(1, || run(&[784, 30, 10], with_batches_of(24)).unwrap());
    let thousand = on_threads(1000, || run(&[784, 30, 10], with_batches_of(24)).unwrap());
    assert_eq!(one.cost, thousand.cost);
    assert_eq!(one.test, thousand.test);
}

#[test]
fn networks_that_do_not_fit_into_memory_are_refused_with_both_figures_and_a_hint() {
    for sizes in [
        &[784, 4_000_000_000, 10][..],
        &[784, 10_000_000, 10_000_000, 10],
        &[784, usize::MAX, 10],
        &[usize::MAX, usize::MAX],
    ] {
        let error = Network::<f32>::new(sizes, 0).unwrap_err();
        let Error::OutOfMemory {
            needed, available, ..
        } = error
        else {
            panic!("{sizes:?}: {error}");
        };
        assert!(needed > available);
        let message = error.to_string();
        assert!(message.contains(&needed.to_string()), "{message}");
        assert!(message.contains(&available.to_string()), "{message}");
        assert!(
            message.ends_with("Fewer units in `hidden` need less."),
            "{message}"
        );
    }
}

#[test]
fn mini_batches_that_do_not_fit_into_memory_are_refused_and_one_that_fits_is_named() {
    // Few weights, but as many activations as samples times units: 1.6 TB.
    let images = 1_000_000;
    let hidden = 200_000;
    let shape = batchprop::images::pixels::ImageShape { rows: 1, columns: 1 };
    let pixels = batchprop::images::pixels::Pixels::Bytes(vec![1; images]);
    let training = batchprop::Dataset::new(pixels, vec![0u8; images], shape, "test").unwrap();
    let mut network = Network::<f32>::new(&[1, hidden, 2], 0).unwrap();
    let options = with_batches_of(images).check().unwrap();
    let before = network.clone();
    let data = TrainingData::new(&training);
    let checked = check_run::<f32>(&network.sizes(), network.functions(), &options, data);
    assert!(checked.is_err());
    let error = train(&mut network, data, &options, |_| panic!("training had started")).unwrap_err();
    assert_eq!(network, before);
    let message = error.to_string();
    let named: usize = message
        .split("`batch_size` ")
        .nth(1)
        .and_then(|rest| rest.strip_suffix(" fits.")?.parse().ok())
        .unwrap_or_else(|| panic!("{message}"));
    assert!(named > 0 && named < images, "{message}");
}

#[test]
fn epochs_without_end_take_no_memory_before_they_come() {
    let digits = synthetic::digits(1, 60, 12);
    let mut network = Network::<f32>::new(&[784, 30, 10], 0).unwrap();
    let options = TrainingOptions {
        epochs: usize::MAX,
        // A learning rate so large that the first mini-batches diverge.
        learning_rate: f64::MAX,
        ..Default::default()
    };
    let training = digits.training(TrainOn::All);
    let result = common::run(&mut network, TrainingData::new(&training), &options);
    assert!(matches!(result, Err(Error::Diverged { .. })), "{result:?}");
}
