//! The synthetic digits are the same everywhere, differ between training and test, and have MNIST's form.

use std::collections::HashSet;

use batchprop::data::synthetic;
use batchprop::images::pixels::ImageShape;
use batchprop::{Dataset, Digits, Network, TrainOn, TrainingData, TrainingOptions};
use sha2::{Digest, Sha256};

use crate::common::{self, bytes, hex, on_threads};

const SIDE: usize = 28;

fn images(images: &Dataset) -> impl Iterator<Item = &[u8]> {
    bytes(images).chunks_exact(SIDE * SIDE)
}

/// Options of the digits.
fn contents(digits: &Digits) -> Vec<u8> {
    let training = digits.training(TrainOn::All);
    let test = digits.test();
    let labels = |images: &Dataset| {
        images
            .labels()
            .iter()
            .map(|&label| label as u8)
            .collect::<Vec<_>>()
    };
    [bytes(&training), &labels(&training), bytes(test), &labels(test)].concat()
}

#[test]
fn sizes_split_and_origin_are_those_of_mnist_by_another_name() {
    let digits = synthetic::digits(0, 600, 100);
    assert_eq!(digits.training(TrainOn::Train).len(), 500);
    assert_eq!(digits.validation().len(), 100);
    assert_eq!(digits.test().len(), 100);
    assert_eq!(digits.test().shape(), ImageShape::MNIST);
    assert_eq!(digits.origin(), "synthetic digits, not MNIST");
    assert_eq!(Digits::training_len_of(synthetic::TRAINING), 50_000);
}

#[test]
fn the_same_seed_draws_the_same_bytes_at_any_number_of_threads() {
    let expected = contents(&synthetic::digits(7, 300, 50));
    for threads in [1, 2, 3] {
        let found = on_threads(threads, || contents(&synthetic::digits(7, 300, 50)));
        assert!(found == expected, "{threads} threads");
    }
}

#[test]
fn the_same_seed_draws_the_same_bytes_on_every_machine() {
    let digest = Sha256::digest(contents(&synthetic::digits(0, 600, 100)));
    assert_eq!(
        hex(&digest),
        "6cc5a22802ba66a68adda54a8b780b03356632d51026637bdc49844a1469d6e5"
    );
}

#[test]
fn another_seed_draws_other_digits() {
    let (zero, one) = (synthetic::digits(0, 60, 10), synthetic::digits(1, 60, 10));
    assert_ne!(
        bytes(&zero.training(TrainOn::All)),
        bytes(&one.training(TrainOn::All))
    );
    assert_ne!(bytes(zero.test()), bytes(one.test()));
}

#[test]
fn more_images_begin_with_the_same_images() {
    let (few, many) = (synthetic::digits(0, 60, 10), synthetic::digits(0, 120, 20));
    assert!(bytes(&many.training(TrainOn::All)).starts_with(bytes(&few.training(TrainOn::All))));
    assert!(many.test().labels().starts_with(few.test().labels()));
}

#[test]
fn no_image_is_drawn_twice_in_training_and_test_together() {
    let digits = synthetic::digits(0, 6_000, 1_000);
    let training = digits.training(TrainOn::All);
    let distinct: HashSet<&[u8]> = images(&training).chain(images(digits.test())).collect();
    assert_eq!(distinct.len(), 7_000);
}

#[test]
fn ink_fits_into_20_by_20_and_its_centre_of_mass_is_in_the_middle() {
    let digits = synthetic::digits(3, 3_000, 1);
    for (index, image) in images(&digits.training(TrainOn::All)).enumerate() {
        let inked = |pixel: usize| image[pixel] > 0;
        let rows: Vec<usize> = (0..SIDE)
            .filter(|row| (0..SIDE).any(|column| inked(row * SIDE + column)))
            .collect();
        let columns: Vec<usize> = (0..SIDE)
            .filter(|column| (0..SIDE).any(|row| inked(row * SIDE + column)))
            .collect();
        let height = rows[rows.len() - 1] - rows[0] + 1;
        let width = columns[columns.len() - 1] - columns[0] + 1;
        assert!(height <= 20 && width <= 20, "image {index}: {height}×{width}");
        assert!(height.max(width) >= 19, "image {index}: {height}×{width}");

        let mass: f64 = image.iter().map(|&pixel| f64::from(pixel)).sum();
        let centre = |coordinate: fn(usize) -> usize| {
            let moment = image
                .iter()
                .enumerate()
                .map(|(pixel, &ink)| coordinate(pixel) as f64 * f64::from(ink));
            moment.sum::<f64>() / mass
        };
        let (row, column) = (centre(|pixel| pixel / SIDE), centre(|pixel| pixel % SIDE));
        assert!(
            (row - 14.0).abs() <= 1.0 && (column - 14.0).abs() <= 1.0,
            "image {index}: {row}, {column}"
        );
    }
}

#[test]
fn all_ten_classes_are_about_equally_frequent() {
    let counts = synthetic::digits(0, 10_000, 1)
        .training(TrainOn::All)
        .class_counts();
    assert_eq!(counts.len(), 10);
    // 1,000 ± 5 standard deviations.
    assert!(
        counts.iter().all(|count| (850..=1150).contains(count)),
        "{counts:?}"
    );
}

/// MNIST: 19.1 % of the pixels are inked, their mean is 0.131 and their deviation 0.308 of 255, and the darkest
/// pixel of every image is at least 254.
#[test]
fn ink_is_as_dense_as_in_mnist() {
    let digits = synthetic::digits(0, 3_000, 1);
    let training = digits.training(TrainOn::All);
    let pixels = bytes(&training);
    let count = pixels.len() as f64;
    let inked = pixels.iter().filter(|&&pixel| pixel > 0).count() as f64 / count;
    let mean = pixels.iter().map(|&pixel| f64::from(pixel) / 255.0).sum::<f64>() / count;
    let square = pixels
        .iter()
        .map(|&pixel| (f64::from(pixel) / 255.0).powi(2))
        .sum::<f64>()
        / count;
    let deviation = (square - mean * mean).sqrt();
    assert!((inked - 0.191).abs() < 0.015, "{inked}");
    assert!((mean - 0.131).abs() < 0.01, "{mean}");
    assert!((deviation - 0.308).abs() < 0.01, "{deviation}");
    assert!(images(&training).all(|image| image.iter().any(|&pixel| pixel >= 254)));
}

/// About as hard to learn as MNIST.
#[test]
fn the_article_s_run_on_synthetic_digits_ends_between_90_and_99_percent() {
    let digits = synthetic::digits(0, synthetic::TRAINING, synthetic::TEST);
    let training = digits.training(TrainOn::Train);
    let data = TrainingData::new(&training).with_test(digits.test());
    let mut network = Network::<f32>::new(&[784, 30, 10], 0).unwrap();
    let outcome = common::run(&mut network, data, &TrainingOptions::default());
    let correct = common::correct(&outcome.unwrap());
    assert_eq!(correct.len(), 30);
    assert!(correct[29] >= 9000, "{correct:?}");
    assert!(correct.iter().all(|&correct| correct <= 9900), "{correct:?}");
}
