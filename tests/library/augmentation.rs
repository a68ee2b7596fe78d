//! Distorted images are as requested, depend only on seed, epoch and image, and are used in training.

use std::ops::ControlFlow::{Break, Continue};

use batchprop::data::augment::{Augmentation, Augmenter, Elastic};
use batchprop::data::synthetic;
use batchprop::images::pixels::{ImageShape, PixelSlice, Pixels};
use batchprop::training::{Ending, Trainer};
use batchprop::{Dataset, Network, Real, TrainOn, TrainingData, TrainingEvent, TrainingOptions, train};

use crate::common::{self, bytes as all_bytes, on_threads, use_one_thread_per_call};

/// Images of MNIST's shape.
fn bytes(dataset: &Dataset, index: usize) -> Vec<u8> {
    match dataset.image(index) {
        PixelSlice::Bytes(bytes) => bytes.to_vec(),
        PixelSlice::Floats(_) => panic!("bytes stay bytes"),
    }
}

fn floats(dataset: &Dataset, index: usize) -> Vec<f32> {
    match dataset.image(index) {
        PixelSlice::Floats(floats) => floats.to_vec(),
        PixelSlice::Bytes(_) => panic!("floats stay floats"),
    }
}

fn digits(images: usize) -> Dataset {
    use_one_thread_per_call();
    synthetic::digits(11, images, 10).training(TrainOn::All)
}

fn drawn(augmentation: Augmentation, dataset: &Dataset, seed: u64, epoch: usize) -> Dataset {
    Augmenter::new(augmentation, dataset.shape(), seed)
        .unwrap()
        .draw_all(dataset, epoch)
}

/// One image, many times.
fn copies(pixels: &[u8], shape: ImageShape, images: usize) -> Dataset {
    Dataset::new(
        Pixels::Bytes(pixels.repeat(images)),
        vec![0u8; images],
        shape,
        "test",
    )
    .unwrap()
}

/// Sum, and mean place (x, y) from the centre, of an image's ink.
fn moments(image: &[u8], shape: ImageShape) -> (f64, [f64; 2]) {
    let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
    for (pixel, &byte) in image.iter().enumerate() {
        let ink = f64::from(byte);
        mass += ink;
        x += ink * ((pixel % shape.columns) as f64 - (shape.columns as f64 - 1.0) / 2.0);
        y += ink * ((pixel / shape.columns) as f64 - (shape.rows as f64 - 1.0) / 2.0);
    }
    (mass, [x / mass, y / mass])
}

#[test]
fn no_distortion_leaves_every_image_as_it_is() {
    let dataset = digits(50);
    let still = Augmentation {
        elastic: Some(Elastic {
            alpha: 0.0,
            sigma: 4.0,
        }),
        ..Augmentation::NONE
    };
    for augmentation in [Augmentation::NONE, still] {
        assert_eq!(drawn(augmentation, &dataset, 1, 2).pixels(), dataset.pixels());
    }
}

#[test]
fn odd_shapes_and_floats_stay_as_they_are_too() {
    for (rows, columns) in [(1, 1), (3, 50), (17, 16), (40, 33)] {
        let shape = ImageShape { rows, columns };
        let pixels: Vec<f32> = (0..2 * shape.pixels()).map(|k| k as f32 * 0.37 - 1.0).collect();
        let dataset = Dataset::new(Pixels::Floats(pixels), vec![0u8, 1], shape, "test").unwrap();
        assert_eq!(
            drawn(Augmentation::NONE, &dataset, 1, 2).pixels(),
            dataset.pixels()
        );
    }
}

#[test]
fn a_shift_moves_whole_pixels_and_loses_what_leaves_the_image() {
    let shape = ImageShape { rows: 5, columns: 20 };
    let image: Vec<u8> = (1..=100).collect();
    let shifted = |down: isize, right: isize| -> Vec<u8> {
        let pixel = |at: usize| {
            let (row, column) = ((at / 20) as isize - down, (at % 20) as isize - right);
            let inside = (0..5).contains(&row) && (0..20).contains(&column);
            if inside {
                image[(row * 20 + column) as usize]
            } else {
                0
            }
        };
        (0..100).map(pixel).collect()
    };
    let expected = [
        shifted(0, 0),
        shifted(2, 0),
        shifted(-2, 0),
        shifted(0, 2),
        shifted(0, -2),
    ];
    let augmentation = Augmentation {
        shift: 2,
        ..Augmentation::NONE
    };
    let drawn = drawn(augmentation, &copies(&image, shape, 200), 0, 0);
    let mut seen = [0; 5];
    for index in 0..200 {
        let image = bytes(&drawn, index);
        let which = expected.iter().position(|expected| *expected == image);
        seen[which.expect("one of the five")] += 1;
    }
    assert!(seen.iter().all(|&images| images > 20), "{seen:?}");
}

#[test]
fn a_bar_turns_by_the_angle_about_the_centre() {
    let shape = ImageShape::MNIST;
    let mut bar = vec![0; shape.pixels()];
    for row in 13..15 {
        bar[row * 28 + 4..row * 28 + 24].fill(200);
    }
    let augmentation = Augmentation {
        rotation: 90.0,
        ..Augmentation::NONE
    };
    let drawn = drawn(augmentation, &copies(&bar, shape, 300), 3, 0);
    let mut angles = Vec::new();
    for index in 0..300 {
        let image = bytes(&drawn, index);
        let (mass, centre) = moments(&image, shape);
        assert!(
            centre.iter().all(|pixels| pixels.abs() < 0.05),
            "off centre by {centre:?}"
        );
        assert!((mass / moments(&bar, shape).0 - 1.0).abs() < 0.03, "{mass}");
        // The direction in which the ink is widest, from the second moments.
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (pixel, &byte) in image.iter().enumerate() {
            let (x, y) = ((pixel % 28) as f64 - 13.5, 13.5 - (pixel / 28) as f64);
            xx += f64::from(byte) * x * x;
            xy += f64::from(byte) * x * y;
            yy += f64::from(byte) * y * y;
        }
        angles.push((0.5 * (2.0 * xy).atan2(xx - yy)).to_degrees());
        let (long, short) = (
            (xx + yy + (xx - yy).hypot(2.0 * xy)) / 2.0,
            (xx + yy - (xx - yy).hypot(2.0 * xy)) / 2.0,
        );
        assert!(long > 20.0 * short, "a bar stays a bar: {long}, {short}");
    }
    // Uniform in ±90°: a third lie within ±30°, and as many turn left as right.
    let share = |condition: &dyn Fn(f64) -> bool| angles.iter().filter(|&&angle| condition(angle)).count();
    assert!((75..125).contains(&share(&|angle| angle.abs() < 30.0)));
    assert!((120..180).contains(&share(&|angle| angle > 0.0)));
    assert!(angles.iter().any(|angle| angle.abs() > 85.0));
}

#[test]
fn scales_multiply_width_and_height_and_keep_the_centre() {
    let shape = ImageShape {
        rows: 40,
        columns: 40,
    };
    let mut square = vec![0; shape.pixels()];
    for row in 14..26 {
        square[row * 40 + 14..row * 40 + 26].fill(250);
    }
    let augmentation = Augmentation {
        scale: (1.5, 1.5),
        ..Augmentation::NONE
    };
    let image = bytes(&drawn(augmentation, &copies(&square, shape, 1), 0, 0), 0);
    let (mass, centre) = moments(&image, shape);
    assert!((mass / moments(&square, shape).0 - 2.25).abs() < 0.02, "{mass}");
    assert!(centre.iter().all(|pixels| pixels.abs() < 1e-9));
    let inked = |line: &[u8]| line.iter().filter(|&&byte| byte > 125).count();
    assert_eq!(inked(&image[20 * 40..21 * 40]), 18);
}

#[test]
fn distorted_digits_keep_about_their_ink() {
    let dataset = digits(300);
    let drawn = drawn(Augmentation::ALL, &dataset, 5, 1);
    let mut ratios = 0.0;
    for index in 0..300 {
        let before = moments(&bytes(&dataset, index), dataset.shape());
        let after = moments(&bytes(&drawn, index), dataset.shape());
        let ratio = after.0 / before.0;
        assert!((0.5..1.8).contains(&ratio), "image {index}: {ratio}");
        let moved = (after.1[0] - before.1[0]).hypot(after.1[1] - before.1[1]);
        assert!(moved < 6.0, "image {index} moved {moved} pixels");
        ratios += ratio / 300.0;
    }
    assert!((0.95..1.05).contains(&ratios), "{ratios}");
}

#[test]
fn floats_are_distorted_as_bytes_are() {
    let dataset = digits(40);
    let fractions = all_bytes(&dataset)
        .iter()
        .map(|&byte| f32::from(byte) / 256.0)
        .collect();
    let labels = dataset.labels().to_vec();
    let fractions = Dataset::new(Pixels::Floats(fractions), labels, dataset.shape(), "test").unwrap();
    let of_bytes = drawn(Augmentation::ALL, &dataset, 9, 4);
    let of_floats = drawn(Augmentation::ALL, &fractions, 9, 4);
    for index in 0..40 {
        for (byte, float) in bytes(&of_bytes, index).into_iter().zip(floats(&of_floats, index)) {
            assert!(
                (f32::from(byte) - 256.0 * float).abs() <= 0.501,
                "{byte}, {float}"
            );
        }
    }
}

#[test]
fn every_seed_epoch_and_image_is_distorted_differently_and_always_the_same() {
    let dataset = copies(&bytes(&digits(10), 3), ImageShape::MNIST, 20);
    let all = |seed, epoch| -> Vec<Vec<u8>> {
        let drawn = drawn(Augmentation::ALL, &dataset, seed, epoch);
        (0..20).map(|index| bytes(&drawn, index)).collect()
    };
    let mut seen = std::collections::HashSet::new();
    for (seed, epoch) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let images = all(seed, epoch);
        assert_eq!(images, all(seed, epoch));
        for image in images {
            assert!(
                seen.insert(image),
                "an image came twice: seed {seed}, epoch {epoch}"
            );
        }
    }
}

#[test]
fn an_augmenter_of_less_strength_draws_what_weaker_bounds_do() {
    let dataset = digits(50);
    let bounds = Augmentation {
        shift: 2,
        ..Augmentation::ALL
    };
    let mut augmenter = Augmenter::new(bounds, dataset.shape(), 3).unwrap();
    assert_eq!(
        all_bytes(&augmenter.draw_all(&dataset, 1)),
        all_bytes(&drawn(bounds, &dataset, 3, 1))
    );
    augmenter.set_strength(0.5);
    let (found, expected) = (
        augmenter.draw_all(&dataset, 1),
        drawn(bounds.weakened(0.5), &dataset, 3, 1),
    );
    // The displacements differ by rounding.
    let mut pairs = all_bytes(&found).iter().zip(all_bytes(&expected));
    assert!(pairs.all(|(&one, &other)| one.abs_diff(other) <= 1));
    assert_ne!(all_bytes(&found), all_bytes(&drawn(bounds, &dataset, 3, 1)));
    augmenter.set_strength(0.0);
    assert_eq!(all_bytes(&augmenter.draw_all(&dataset, 1)), all_bytes(&dataset));
    augmenter.set_strength(1.0);
    assert_eq!(
        all_bytes(&augmenter.draw_all(&dataset, 1)),
        all_bytes(&drawn(bounds, &dataset, 3, 1))
    );
}

/// The weights after training.
fn trained<F: Real>(threads: usize, options: &TrainingOptions, dataset: &Dataset) -> String {
    on_threads(threads, || {
        let mut network = Network::<F>::new(&[784, 40, 10], 5).unwrap();
        common::run(&mut network, TrainingData::new(dataset), options).unwrap();
        network.sha256()
    })
}

fn distorted(batch_size: usize) -> TrainingOptions {
    TrainingOptions {
        epochs: 2,
        batch_size,
        augmentation: Augmentation::ALL,
        dropout: 0.2,
        learning_rate: 1.0,
        seed: 6,
        ..TrainingOptions::default()
    }
}

#[test]
fn distorted_images_train_the_same_weights_on_any_number_of_threads() {
    let dataset = digits(2500);
    for batch_size in [10, 64, 333, 2500] {
        let options = distorted(batch_size);
        let one = trained::<f32>(1, &options, &dataset);
        for threads in [2, 3, 8] {
            let other = trained::<f32>(threads, &options, &dataset);
            assert_eq!(other, one, "B = {batch_size}, {threads} threads");
        }
    }
    let options = distorted(100);
    let one = trained::<f64>(1, &options, &dataset);
    assert_eq!(trained::<f64>(3, &options, &dataset), one);
}

/// `digits` with white paper: stored dense.
fn inverted(digits: &Dataset) -> Dataset {
    let inverted = all_bytes(digits).iter().map(|byte| 255 - byte).collect();
    let labels = digits.labels().to_vec();
    Dataset::new(Pixels::Bytes(inverted), labels, digits.shape(), "test").unwrap()
}

#[test]
fn each_epoch_trains_on_its_own_images_sparse_or_dense() {
    let digits = digits(1100);
    let order: Vec<u32> = (0..1100).rev().collect();
    for dataset in [inverted(&digits), digits] {
        let options = TrainingOptions {
            epochs: 3,
            augment_end: 0.2,
            ..distorted(50)
        };
        let mut augmenter = Augmenter::new(options.augmentation, dataset.shape(), options.seed).unwrap();
        let plain = TrainingOptions {
            augmentation: Augmentation::NONE,
            augment_end: 1.0,
            ..options.clone()
        };
        let mut networks = [(); 2].map(|()| Network::<f32>::new(&[784, 40, 10], 5).unwrap());
        let [distorted, other] = &mut networks;
        let mut distorted = Trainer::new(distorted, &options.check().unwrap(), &dataset);
        let mut other = Trainer::new(other, &plain.check().unwrap(), &dataset);
        for (epoch, strength) in [1.0, 0.6, 0.2].into_iter().enumerate() {
            augmenter.set_strength(strength);
            let images = augmenter.draw_all(&dataset, epoch);
            let found = distorted.epoch(&dataset, &order, |_| Continue(())).unwrap();
            let expected = other.epoch(&images, &order, |_| Continue(())).unwrap();
            assert_eq!(found, expected, "epoch {epoch}");
            assert_eq!(distorted.network().sha256(), other.network().sha256());
            assert_eq!(distorted.gradient_norm(), other.gradient_norm());
        }
    }
}

#[test]
fn an_epoch_that_is_broken_off_and_taken_up_again_trains_the_same_weights() {
    let dataset = digits(2500);
    let order: Vec<u32> = (0..2500).map(|k| k * 7 % 2500).collect();
    for batch_size in [10, 300] {
        let options = distorted(batch_size).check().unwrap();
        let whole = on_threads(2, || {
            let mut network = Network::<f32>::new(&[784, 40, 10], 5).unwrap();
            let mut trainer = Trainer::new(&mut network, &options, &dataset);
            for _ in 0..2 {
                trainer.epoch(&dataset, &order, |_| Continue(())).unwrap();
            }
            network.sha256()
        });
        // Within the first images, at the end of those that are drawn first, and later.
        for minibatches in [1, 1024 / batch_size, 1500 / batch_size] {
            let stopped = on_threads(3, || {
                let mut network = Network::<f32>::new(&[784, 40, 10], 5).unwrap();
                let mut trainer = Trainer::new(&mut network, &options, &dataset);
                for _ in 0..2 {
                    let start = minibatches * batch_size;
                    let enough = |images| if images == start { Break(()) } else { Continue(()) };
                    let pass = trainer.epoch(&dataset, &order, enough).unwrap();
                    assert_eq!(pass.images, start);
                    trainer
                        .epoch(&dataset, &order[start..], |_| Continue(()))
                        .unwrap();
                }
                network.sha256()
            });
            assert_eq!(
                stopped, whole,
                "B = {batch_size}, after {minibatches} mini-batches"
            );
        }
    }
}

#[test]
fn an_order_may_name_images_more_often_than_once() {
    let dataset = digits(70);
    let order: Vec<u32> = (0..3000).map(|k| k % 70).collect();
    let options = distorted(64).check().unwrap();
    let mut network = Network::<f32>::new(&[784, 40, 10], 5).unwrap();
    let mut trainer = Trainer::new(&mut network, &options, &dataset);
    let pass = trainer.epoch(&dataset, &order, |_| Continue(())).unwrap();
    assert_eq!(pass.images, 3000);
}

#[test]
fn a_listener_ends_a_run_between_two_mini_batches_of_distorted_images() {
    let dataset = digits(2500);
    let mut network = Network::<f32>::new(&[784, 40, 10], 5).unwrap();
    let options = distorted(50).check().unwrap();
    let outcome = train(
        &mut network,
        TrainingData::new(&dataset),
        &options,
        |event| match event {
            TrainingEvent::MiniBatch {
                epoch: 1,
                images: 350,
                ..
            } => Break(()),
            _ => Continue(()),
        },
    );
    let outcome = outcome.unwrap();
    assert_eq!(outcome.ending, Ending::Listener);
    assert_eq!(outcome.reports[1].images, 350);
}
