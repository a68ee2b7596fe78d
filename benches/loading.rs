//! How long does it take until images are ready to train on, from each kind of source?
//!
//! If MNIST is not available, synthetic digits are written as IDX files first.

mod common;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use batchprop::data::find::locate::{DataSource, IDX_NAMES, locate};
use batchprop::data::synthetic;
use batchprop::images::pixels::PixelSlice;
use batchprop::training::minibatch::{Gathered, InputForm};
use batchprop::{Digits, TrainOn};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use flate2::{Compression, write::GzEncoder};

fn loading(criterion: &mut Criterion) {
    // Kept until all is measured.
    let scratch = tempfile::tempdir().expect("a directory for temporary files");
    let directory = common::mnist().unwrap_or_else(|| {
        write_idx(&common::digits(), scratch.path());
        scratch.path().to_owned()
    });
    eprintln!("data: {}", directory.display());
    let mut group = criterion.benchmark_group("loading");
    group.sampling_mode(SamplingMode::Flat);

    let mut sources = vec![("idx", locate(&directory).expect("it was found before"))];
    let pickle = directory.join("mnist.pkl.gz");
    if pickle.is_file() {
        sources.push(("mnist.pkl.gz", DataSource::Pickle(pickle)));
    }
    for (name, source) in sources {
        let images = images(&common::read(&source));
        group.throughput(Throughput::Elements(images));
        group.bench_function(name, |bencher| bencher.iter(|| ready(common::read(&source))));
    }

    let (training, test) = (synthetic::TRAINING / 10, synthetic::TEST / 10);
    group.throughput(Throughput::Elements((training + test) as u64));
    group.bench_function("synthetic, a tenth", |bencher| {
        bencher.iter(|| ready(synthetic::digits(0, training, test)));
    });
    group.finish();
}

/// A mini-batch needs what is found out about a data set once: loaded is what can be trained on.
fn ready(digits: Digits) -> Digits {
    for dataset in [&digits.training(TrainOn::All), digits.test()] {
        std::hint::black_box(Gathered::<f32>::new(dataset, 1, InputForm::Auto));
    }
    digits
}

fn images(digits: &Digits) -> u64 {
    (digits.training(TrainOn::All).len() + digits.test().len()) as u64
}

/// Writes the four IDX files, gzip'd.
fn write_idx(digits: &Digits, directory: &Path) {
    let learning = digits.training(TrainOn::All);
    let parts = [&learning, digits.test()];
    for (names, dataset) in IDX_NAMES.chunks_exact(2).zip(parts) {
        let PixelSlice::Bytes(pixels) = dataset.pixels() else {
            unreachable!("synthetic digits are bytes");
        };
        let shape = dataset.shape();
        let sizes = [dataset.len(), shape.rows, shape.columns];
        write_file(&directory.join(names[0]), 3, &sizes, pixels);
        write_file(
            &directory.join(names[1]),
            1,
            &sizes[..1],
            &dataset
                .labels()
                .iter()
                .map(|&label| label as u8)
                .collect::<Vec<_>>(),
        );
    }
}

fn write_file(path: &Path, dimensions: u8, sizes: &[usize], bytes: &[u8]) {
    let file = File::create(path.with_extension("gz")).expect("a file can be made");
    let mut file = GzEncoder::new(file, Compression::default());
    let mut header = vec![0, 0, 8, dimensions];
    for &size in sizes {
        header.extend((size as u32).to_be_bytes());
    }
    for part in [&header[..], bytes] {
        file.write_all(part).expect("there is room");
    }
    file.finish().expect("there is room");
}

criterion_group! {
    name = benches;
    config = common::criterion(10, 2.0);
    targets = loading
}
criterion_main!(benches);
