//! What several integration tests share.

#![allow(dead_code)] // each test uses a part

#[path = "../../src/cli/damage.rs"]
pub mod damage;
pub mod golden;
pub mod parts;
pub mod readers;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use batchprop::data::synthetic;
use batchprop::images::pixels::PixelSlice;
use batchprop::network::layer::Layer;
use batchprop::training::{CheckedOptions, Snapshot};
use batchprop::{
    Dataset, Network, Outcome, Real, Result, TrainOn, TrainingData, TrainingEvent, TrainingOptions, train,
};

/// The directory that holds the four `.gz` files of MNIST and `mnist.pkl.gz`, as `BATCHPROP_DATA` says. Without it
/// the test is skipped, with a message. If `CI` is set it fails, so that a machine that should have MNIST does not
/// skip silently.
pub fn mnist() -> Option<PathBuf> {
    let directory = std::env::var_os("BATCHPROP_DATA").filter(|directory| !directory.is_empty());
    if directory.is_none() {
        let on_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
        assert!(!on_ci, "MNIST not given: set BATCHPROP_DATA, or unset CI");
        // Not `eprintln!`, which the test harness hides when a test passes.
        _ = writeln!(std::io::stderr(), "MNIST not given: set BATCHPROP_DATA");
    }
    directory.map(PathBuf::from)
}

/// A file or folder of this project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What a program does before its first product. Tests share a process: if one of them did this while another computes, the
/// other's products would have other bits from then on. So whatever leads to products calls it first.
pub fn use_one_thread_per_call() {
    batchprop::math::blas::use_one_thread_per_call();
}

/// Runs `work` on a pool of `threads`.
pub fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    use_one_thread_per_call();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(work)
}

/// Checked options, which must be valid.
pub fn checked(options: &TrainingOptions) -> CheckedOptions {
    use_one_thread_per_call();
    options.clone().check().unwrap()
}

/// Trains to the end.
pub fn run<F: Real>(
    network: &mut Network<F>,
    data: TrainingData,
    options: &TrainingOptions,
) -> Result<Outcome> {
    train(network, data, &checked(options), |_| ControlFlow::Continue(()))
}

/// The pixels of images that are bytes.
pub fn bytes(images: &Dataset) -> &[u8] {
    match images.pixels() {
        PixelSlice::Bytes(bytes) => bytes,
        PixelSlice::Floats(_) => panic!("these pixels are bytes"),
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// max |a − b| over all elements, of which there must be as many; NaN is an error.
pub fn largest_difference<'a>(
    a: impl IntoIterator<Item = &'a f64>,
    b: impl IntoIterator<Item = &'a f64>,
) -> f64 {
    let (a, b): (Vec<_>, Vec<_>) = (a.into_iter().collect(), b.into_iter().collect());
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |largest: f64, (&a, b)| {
        assert!(!(a - b).is_nan());
        largest.max((a - b).abs())
    })
}

/// All weights and biases, layer by layer.
pub fn parameters<F: Real>(layers: &[Layer<F>]) -> impl Iterator<Item = &F> {
    layers
        .iter()
        .flat_map(|layer| layer.weights().into_iter().chain(layer.biases()))
}

/// Correct test images after each epoch.
pub fn correct(outcome: &Outcome) -> Vec<usize> {
    let scores = outcome.reports.iter().filter_map(|report| report.test);
    scores.map(|score| score.correct).collect()
}

/// Synthetic digits in the three parts of a run.
pub struct Split {
    pub training: Dataset,
    pub validation: Dataset,
    pub test: Dataset,
}

impl Split {
    /// A sixth of the learning images is for validation.
    pub fn new(seed: u64, images: usize, test: usize) -> Self {
        let digits = synthetic::digits(seed, images, test);
        Self {
            training: digits.training(TrainOn::Train),
            validation: digits.validation(),
            test: digits.test().clone(),
        }
    }

    pub fn data(&self) -> TrainingData<'_> {
        let data = TrainingData::new(&self.training);
        data.with_validation(&self.validation).with_test(&self.test)
    }
}

/// A listener that collects a snapshot of each mini-batch.
pub fn snapshots<F: Real>(
    mut keep: impl FnMut(Snapshot<F>),
) -> impl FnMut(TrainingEvent<'_, F>) -> ControlFlow<()> {
    move |event| {
        if let TrainingEvent::Resumable(state) = event {
            keep(state.snapshot());
        }
        ControlFlow::Continue(())
    }
}
