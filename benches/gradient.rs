//! How long does the gradient of one mini-batch take, batched and one sample at a time?

mod common;

use batchprop::network::layer::Layer;
use batchprop::training::gradient::Regularisers;
use batchprop::training::minibatch::{Gathered, InputForm};
use batchprop::{EngineKind, Network, Real};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn gradient<F: Real>(criterion: &mut Criterion) {
    let (training, pool) = (common::training(&common::digits()), common::pool(0));
    let network = Network::<F>::new(&[common::N_IN, 30, common::N_OUT], 0).expect("the article's sizes");
    let layers = network.layers().iter();
    let mut sum: Vec<_> = layers
        .map(|layer| Layer::<F>::zeros(layer.n_out(), layer.n_in()))
        .collect();
    let mut group = criterion.benchmark_group(format!("gradient {}", F::NAME));
    for batch_size in [1, 10, 32, 128, 1024] {
        let mut samples = Gathered::new(&training, batch_size, InputForm::Auto);
        let indices: Vec<u32> = (0..batch_size as u32).collect();
        let minibatch = samples.gather(&training, &indices, &[]);
        group.throughput(Throughput::Elements(batch_size as u64));
        for kind in [EngineKind::Reference, EngineKind::Batched] {
            let mut engine = kind.build(&network, batch_size, Regularisers::default());
            group.bench_function(BenchmarkId::new(kind.name(), batch_size), |bencher| {
                bencher.iter_custom(|iterations| {
                    common::time(&pool, iterations, || {
                        let cost = engine.backpropagate(&network, &minibatch);
                        engine.add_gradient(&minibatch, F::of(1e-6), &mut sum);
                        cost
                    })
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::criterion(20, 1.2);
    targets = gradient::<f32>, gradient::<f64>
}
criterion_main!(benches);
