//! What do more threads give?

mod common;

use std::ops::ControlFlow;

use batchprop::Network;
use batchprop::training::Trainer;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

/// Images: a part of an epoch, long enough for a steady state.
const IMAGES: usize = 10_240;

fn scaling(criterion: &mut Criterion) {
    let training = common::training(&common::digits());
    let order: Vec<u32> = (0..training.len().min(IMAGES) as u32).collect();
    let mut group = criterion.benchmark_group("scaling");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(order.len() as u64));
    for (hidden, batch_size) in common::SHAPES {
        for threads in [1, 2, 8] {
            let pool = common::pool(threads);
            let mut network = Network::<f32>::new(&[common::N_IN, hidden, common::N_OUT], 0).expect("sizes");
            let options = common::options(batch_size)
                .check()
                .expect("options in their ranges");
            let mut trainer = Trainer::new(&mut network, &options, &training);
            let id = BenchmarkId::new(common::name(hidden, batch_size), threads);
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|iterations| {
                    common::time(&pool, iterations, || {
                        trainer.epoch(&training, &order, |_| ControlFlow::Continue(()))
                    })
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::criterion(10, 1.0);
    targets = scaling
}
criterion_main!(benches);
