//! The predicted memory is the memory that is allocated.

#![cfg(target_os = "linux")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use batchprop::data::augment::Augmentation;
use batchprop::data::synthetic;
use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::training::minibatch::InputForm;
use batchprop::training::{Needed, Trainer};
use batchprop::{Dataset, Network, TrainOn, TrainingData, TrainingOptions};

/// Never frees memory, so that none is used twice. This file has one test only, so that nothing runs beside it.
struct Leaking;

/// All bytes ever requested.
static RESERVED: AtomicU64 = AtomicU64::new(0);

// SAFETY: what is allocated is the system allocator's, unchanged.
unsafe impl GlobalAlloc for Leaking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        RESERVED.fetch_add(layout.size() as u64, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        RESERVED.fetch_add(layout.size() as u64, Ordering::Relaxed);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Leaking = Leaking;

/// Memory of this process that has been written to.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kibibytes: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kibibytes * 1024
}

#[test]
fn the_predicted_memory_is_within_a_quarter_of_what_is_allocated() {
    let images = 20_000;
    let pixels = (0..images * 784)
        .map(|k| if k % 5 == 0 { (k % 251) as u8 } else { 0 })
        .collect();
    let labels = (0..images).map(|k| (k % 10) as u8).collect();
    let training = Dataset::new(Pixels::Bytes(pixels), labels, ImageShape::MNIST, "test").unwrap();
    // Their ink spreads as that of handwriting does.
    let digits = synthetic::digits(0, images, 1).training(TrainOn::All);
    let order: Vec<u32> = (0..images as u32).collect();
    let (plain, distorted) = (Augmentation::NONE, Augmentation::ALL);
    for (sizes, inputs, augmentation, batch_size) in [
        (&[784, 600, 10][..], InputForm::Dense, plain, images),
        // Layers for BLAS above the first: each chunk of the mini-batch kept their transposed weights.
        (&[784, 300, 600, 10], InputForm::Auto, plain, images),
        (&[784, 30, 200, 10], InputForm::Auto, plain, images),
        (&[784, 30, 10], InputForm::Auto, distorted, images / 2),
        (&[784, 30, 10], InputForm::Dense, distorted, images / 2),
    ] {
        let training = if augmentation.is_none() {
            &training
        } else {
            &digits
        };
        let options = TrainingOptions {
            batch_size,
            inputs,
            augmentation,
            ..Default::default()
        };
        let options = options.check().unwrap();
        let mut network = Network::<f32>::new(sizes, 0).unwrap();
        let needed = Needed::new::<f32>(sizes, network.functions(), &options, TrainingData::new(training))
            .beside_network();
        let before = (resident(), RESERVED.load(Ordering::Relaxed));
        let mut trainer = Trainer::new(&mut network, &options, training);
        trainer
            .epoch(training, &order, |_| ControlFlow::Continue(()))
            .unwrap();
        let taken = resident() - before.0;
        let off = taken as f64 / needed as f64;
        assert!(
            (0.8..1.25).contains(&off),
            "{sizes:?} {inputs:?} {augmentation}: {needed} said, {taken} taken"
        );
        // Sparse samples reserve memory for full ones; dense ones reserve nothing that is not written to.
        let reserved = RESERVED.load(Ordering::Relaxed) - before.1;
        assert!(
            inputs == InputForm::Auto || reserved as f64 / (needed as f64) < 1.25,
            "{sizes:?} {augmentation}: {needed} said, {reserved} reserved"
        );
    }
}
