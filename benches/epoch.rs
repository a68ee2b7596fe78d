//! How long does one epoch of training take, shuffle included?

mod common;

use std::ops::ControlFlow;

use batchprop::math::random::{Stream, stream};
use batchprop::training::Trainer;
use batchprop::training::minibatch::InputForm;
use batchprop::{EngineKind, Network, TrainingOptions};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use rand::seq::SliceRandom;

fn epoch(criterion: &mut Criterion) {
    let (training, pool) = (common::training(&common::digits()), common::pool(0));
    let mut order: Vec<u32> = (0..training.len() as u32).collect();
    let mut random = stream(0, Stream::Shuffle);
    let mut group = criterion.benchmark_group("epoch");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(training.len() as u64));
    for (hidden, batch_size) in common::SHAPES {
        for (form, inputs) in [("auto", InputForm::Auto), ("dense", InputForm::Dense)] {
            let options = TrainingOptions {
                inputs,
                ..common::options(batch_size)
            }
            .check()
            .expect("options in their ranges");
            let mut network = Network::<f32>::new(&[common::N_IN, hidden, common::N_OUT], 0).expect("sizes");
            let mut trainer = Trainer::new(&mut network, &options, &training);
            group.bench_function(
                BenchmarkId::new(common::name(hidden, batch_size), form),
                |bencher| {
                    bencher.iter_custom(|iterations| {
                        common::time(&pool, iterations, || {
                            order.shuffle(&mut random);
                            trainer.epoch(&training, &order, |_| ControlFlow::Continue(()))
                        })
                    });
                },
            );
        }
    }
    group.finish();
}

/// The article's way, one image at a time. A tenth of an epoch: its speed does not depend on the number.
fn reference(criterion: &mut Criterion) {
    let (training, pool) = (common::training(&common::digits()), common::pool(0));
    let order: Vec<u32> = (0..training.len() as u32 / 10).collect();
    let mut group = criterion.benchmark_group("epoch");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(order.len() as u64));
    let (hidden, batch_size) = common::SHAPES[0];
    let options = TrainingOptions {
        engine: EngineKind::Reference,
        ..common::options(batch_size)
    }
    .check()
    .expect("options in their ranges");
    let mut network = Network::<f32>::new(&[common::N_IN, hidden, common::N_OUT], 0).expect("sizes");
    let mut trainer = Trainer::new(&mut network, &options, &training);
    let name = format!("{}, a tenth", common::name(hidden, batch_size));
    group.bench_function(BenchmarkId::new(name, "reference"), |bencher| {
        bencher.iter_custom(|iterations| {
            common::time(&pool, iterations, || {
                trainer.epoch(&training, &order, |_| ControlFlow::Continue(()))
            })
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::criterion(10, 2.0);
    targets = epoch, reference
}
criterion_main!(benches);
