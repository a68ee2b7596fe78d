//! What does a distorted image cost, on one core? 28 × 28 bytes to 28 × 28 bytes.

mod common;

use std::hint::black_box;

use batchprop::TrainOn;
use batchprop::data::augment::{Augmentation, Augmenter};
use batchprop::data::synthetic;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const IMAGES: u32 = 1000;

fn draw(criterion: &mut Criterion) {
    let training = synthetic::digits(0, IMAGES as usize, 10).training(TrainOn::All);
    let mut group = criterion.benchmark_group("augmentation");
    group.throughput(Throughput::Elements(u64::from(IMAGES)));
    for (name, augmentation) in [
        ("shift", Augmentation::SHIFT),
        ("affine", Augmentation::AFFINE),
        ("elastic", Augmentation::ELASTIC),
        ("all", Augmentation::ALL),
    ] {
        let augmenter = Augmenter::new(augmentation, training.shape(), 0).expect("presets are valid");
        let mut scratch = augmenter.scratch();
        let mut epoch = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                epoch += 1;
                for index in 0..IMAGES {
                    black_box(augmenter.draw(&training, index, epoch, &mut scratch));
                }
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = common::criterion(20, 1.2);
    targets = draw
}
criterion_main!(benches);
