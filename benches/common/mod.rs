//! The data and networks that the benches share.

#![allow(dead_code)] // each bench uses a part

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use batchprop::data::find::load_source;
use batchprop::data::find::locate::{DataSource, locate};
use batchprop::data::read::Reading;
use batchprop::data::synthetic;
use batchprop::{Digits, TrainOn, TrainingOptions};
use criterion::Criterion;
use plotters::style::{FontFamily, FontStyle, register_font};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Hidden units and mini-batch sizes of the networks that are measured.
pub const SHAPES: [(usize, usize); 4] = [(30, 10), (100, 64), (800, 128), (800, 1024)];

/// MNIST's, and of the synthetic digits.
pub const N_IN: usize = 784;
pub const N_OUT: usize = 10;

/// Where MNIST is: `BATCHPROP_DATA`, else `./data`.
pub fn mnist() -> Option<PathBuf> {
    let given = std::env::var_os("BATCHPROP_DATA").filter(|directory| !directory.is_empty());
    let directory = given.map_or_else(|| PathBuf::from("data"), PathBuf::from);
    locate(&directory).is_ok().then_some(directory)
}

/// MNIST if it is available, else as many synthetic digits; prints to stderr which.
pub fn digits() -> Digits {
    batchprop::math::blas::use_one_thread_per_call();
    let digits = match mnist() {
        Some(directory) => load(&directory),
        None => synthetic::digits(0, synthetic::TRAINING, synthetic::TEST),
    };
    eprintln!(
        "data: {}; BLAS: {}",
        digits.origin(),
        batchprop::math::blas::name()
    );
    digits
}

/// The digits at `path`.
pub fn load(path: &Path) -> Digits {
    read(&locate(path).expect("data that can be found"))
}

/// The digits of `source`.
pub fn read(source: &DataSource) -> Digits {
    load_source(source, &Reading::default()).expect("data that can be read")
}

/// The images that train: MNIST's 50,000.
pub fn training(digits: &Digits) -> batchprop::Dataset {
    digits.training(TrainOn::Train)
}

/// The article's options with mini-batches of `batch_size`.
pub fn options(batch_size: usize) -> TrainingOptions {
    TrainingOptions {
        batch_size,
        ..Default::default()
    }
}

/// `threads` to compute on, 0 for one per core.
pub fn pool(threads: usize) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads can be started")
}

/// Runs `work` this many times, as training does: on a thread of the pool, not on one that waits for the pool.
pub fn time<R>(pool: &ThreadPool, iterations: u64, mut work: impl FnMut() -> R + Send) -> Duration {
    pool.install(|| {
        let start = Instant::now();
        for _ in 0..iterations {
            std::hint::black_box(work());
        }
        start.elapsed()
    })
}

/// The configuration of every bench: `samples` samples in about `seconds`, unless the command line says otherwise.
///
/// These belong here and not to a group of benches, where they would override `--sample-size` and `--measurement-time`.
///
/// Without gnuplot, criterion draws its report with plotters. Cargo builds plotters once, with the features that the program
/// needs, and so without the system's fonts: the first picture would panic if no font were registered.
///
/// # Panics
/// If the embedded font is not a font.
pub fn criterion(samples: usize, seconds: f64) -> Criterion {
    let registered = register_font(
        FontFamily::SansSerif.as_str(),
        FontStyle::Normal,
        ttf_noto_sans::REGULAR,
    );
    assert!(registered.is_ok(), "the embedded font cannot be read");
    Criterion::default()
        .sample_size(samples)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs_f64(seconds))
}

/// A row's name: `784-30-10 B=10`.
pub fn name(hidden: usize, batch_size: usize) -> String {
    format!("{N_IN}-{hidden}-{N_OUT} B={batch_size}")
}
