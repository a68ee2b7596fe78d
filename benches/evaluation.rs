//! How long does counting the correct test images take?

mod common;

use std::time::Duration;

use batchprop::{Network, Real, evaluate};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn evaluation<F: Real>(criterion: &mut Criterion) {
    let (digits, pool) = (common::digits(), common::pool(0));
    let mut group = criterion.benchmark_group("evaluation");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .throughput(Throughput::Elements(digits.test().len() as u64));
    for hidden in [30, 800] {
        let network = Network::<F>::new(&[common::N_IN, hidden, common::N_OUT], 0).expect("sizes");
        let name = format!("{}-{hidden}-{} {}", common::N_IN, common::N_OUT, F::NAME);
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                common::time(&pool, iterations, || evaluate(&network, digits.test()))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, evaluation::<f32>, evaluation::<f64>);
criterion_main!(benches);
