//! All memory is allocated before the first mini-batch.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use batchprop::data::Dataset;
use batchprop::data::augment::Augmentation;
use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::training::Trainer;
use batchprop::training::optimizer::Moments;
use batchprop::{Activation, Cost, Functions, Network, Output, Rule, Schedule, TrainingOptions};

/// Counts allocations of the training threads only: the test harness has a thread of its own, which may allocate at
/// any time.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static TRAINS: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if TRAINS.get() {
            ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn mini_batches_allocate_nothing() {
    let images = 2560;
    let pixels = (0..images * 784)
        .map(|k| if k % 5 == 0 { (k % 251) as u8 } else { 0 })
        .collect();
    let labels = (0..images).map(|k| (k % 10) as u8).collect();
    let training = Dataset::new(Pixels::Bytes(pixels), labels, ImageShape::MNIST, "test").unwrap();
    let order: Vec<u32> = (0..images as u32).collect();
    let article = TrainingOptions::default();
    let mut modern = TrainingOptions {
        schedule: Schedule::Cosine,
        dropout: 0.2,
        label_smoothing: 0.1,
        learning_rate: 0.001,
        ..Default::default()
    };
    modern.optimizer.rule = Rule::AdamW(Moments::default());
    modern.optimizer.clip_norm = Some(1.0);
    let functions = Functions {
        activation: Activation::Gelu,
        output: Output::Softmax,
        cost: Cost::LogLikelihood,
    };
    let distorted = TrainingOptions {
        augmentation: Augmentation::ALL,
        ..modern.clone()
    };
    // Distorted images are drawn ahead by the thousand, in a boxed task.
    let boxes = images / 1000;
    let runs = [
        (article, Functions::default(), 0),
        (modern, functions, 0),
        (distorted, functions, boxes),
    ];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    pool.broadcast(|_| TRAINS.set(true));
    pool.install(|| {
        for (batch_size, (options, functions, most)) in [10, 64, 320]
            .into_iter()
            .flat_map(|b| runs.clone().map(|run| (b, run)))
        {
            let network = Network::<f32>::new(&[784, 30, 20, 10], 0).unwrap();
            let mut network = network.with_functions(functions).unwrap();
            let options = TrainingOptions {
                batch_size,
                ..options
            };
            let mut trainer = Trainer::new(&mut network, &options.clone().check().unwrap(), &training);
            // In the first epoch, BLAS and the threads may allocate.
            trainer
                .epoch(&training, &order, |_| ControlFlow::Continue(()))
                .unwrap();
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            trainer
                .epoch(&training, &order, |_| ControlFlow::Continue(()))
                .unwrap();
            let found = ALLOCATIONS.load(Ordering::Relaxed) - before;
            assert!(
                found <= most,
                "B = {batch_size}, {functions}, {}: {found} allocations, {most} at most",
                options.augmentation
            );
        }
    });
}
