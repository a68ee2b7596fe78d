//! How long does counting the correct test images take?

mod common;

use batchprop::{Network, Real, evaluate};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn evaluation<F: Real>(criterion: &mut Criterion) {
    let (digits, pool) = (common::digits(), common::pool(0));
    let mut group = criterion.benchmark_group("evaluation");
    group.throughput(Throughput::Elements(digits.test().len() as u64));
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

criterion_group! {
    name = benches;
    config = common::criterion(20, 2.0);
    targets = evaluation::<f32>, evaluation::<f64>
}
criterion_main!(benches);
