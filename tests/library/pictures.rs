//! Pictures of digits, however they were enlarged, lit and soiled, are recognised as the digits themselves are.

use std::path::Path;

use batchprop::data::find::load_source;
use batchprop::data::find::locate::locate;
use batchprop::data::read::Reading;
use batchprop::data::synthetic;
use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::images::{self, Grey};
use batchprop::{
    Activation, Cost, Dataset, Digits, Functions, Initialisation, Network, Output, Schedule, TrainOn,
    TrainingData, TrainingOptions, evaluate,
};
use image::imageops::{self, FilterType};
use image::{GrayImage, ImageFormat, Luma};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::common::{self, bytes};

/// `--recipe fast`.
pub(crate) fn trained(digits: &Digits) -> Network<f32> {
    let options = TrainingOptions {
        epochs: 3,
        batch_size: 16,
        learning_rate: 0.4,
        schedule: Schedule::OneCycle,
        label_smoothing: 0.05,
        ..TrainingOptions::default()
    };
    let functions = Functions {
        activation: Activation::Relu,
        output: Output::Softmax,
        cost: Cost::LogLikelihood,
    };
    let network = Network::zeros(&[784, 160, 10]).unwrap();
    let network = network.with_functions(functions).unwrap();
    let mut network = network.initialised(Initialisation::He, 0).unwrap();
    let training = digits.training(TrainOn::All);
    common::run(&mut network, TrainingData::new(&training), &options).unwrap();
    network
}

/// An image of a data set, dark on white, `side` pixels wide and high.
fn enlarged(digits: &Dataset, index: usize, side: u32, filter: FilterType) -> GrayImage {
    let pixels = bytes(&digits.slice(index..index + 1)).to_vec();
    let mut image = GrayImage::from_raw(28, 28, pixels).unwrap();
    imageops::invert(&mut image);
    imageops::resize(&image, side, side, filter)
}

/// What of `digits` is recognised when each is `made` into a picture, in percent.
fn recognised(
    network: &Network<f32>,
    digits: &Dataset,
    made: impl Fn(usize) -> (GrayImage, ImageFormat) + Sync,
) -> f64 {
    let seen = (0..digits.len()).into_par_iter().flat_map_iter(|index| {
        let (image, format) = made(index);
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        let picture = images::decode(bytes.get_ref(), Path::new("picture")).unwrap();
        images::digits(&picture, 28).map_or(vec![0; 784], |found| found[0].digit.pixels.clone())
    });
    let (pixels, labels) = (Pixels::Bytes(seen.collect()), digits.labels().to_vec());
    let seen = Dataset::new(pixels, labels, ImageShape::MNIST, "pictures").unwrap();
    100.0 * evaluate(network, &seen).accuracy()
}

/// Dark ink on grey paper, darker to the right, in half a shadow, with noise and a speck in a corner.
fn photographed(image: &GrayImage, seed: u64, noise: f64) -> GrayImage {
    let (columns, rows) = (image.width() * 3 / 2, image.height() * 3 / 2);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let left = random.random_range(0..columns - image.width());
    let top = random.random_range(0..rows - image.height());
    let shadow = random.random_range(0..columns);
    GrayImage::from_fn(columns, rows, |column, row| {
        let inside = (column.wrapping_sub(left), row.wrapping_sub(top));
        let ink = image.get_pixel_checked(inside.0, inside.1);
        let mut ink = 1.0 - f64::from(ink.map_or(255, |pixel| pixel.0[0])) / 255.0;
        if column < columns / 50 && row < columns / 50 {
            ink = 1.0;
        }
        let mut paper = 215.0 - 60.0 * f64::from(column) / f64::from(columns);
        if column + row / 2 > shadow {
            paper -= 50.0;
        }
        let normal: f64 = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        Luma([(paper * (1.0 - 0.7 * ink) + noise * normal) as u8])
    })
}

/// Checks that no more than `lost` percent fewer digits are recognised in pictures, of the first `count` test images.
fn check_all(network: &Network<f32>, digits: &Digits, count: usize, lost: f64) {
    let test = &digits.test().slice(0..count);
    let as_they_are = 100.0 * evaluate(network, test).accuracy();
    println!("as they are: {as_they_are:.1} %");
    let check = |what: &str, made: &(dyn Fn(usize) -> (GrayImage, ImageFormat) + Sync)| {
        let recognised = recognised(network, test, made);
        println!("{what}: {recognised:.1} %");
        assert!(
            recognised >= as_they_are - lost,
            "{what}: {recognised:.1} %, and {as_they_are:.1} as they are"
        );
    };
    let cubic = |index, side| enlarged(test, index, side, FilterType::CatmullRom);
    for filter in [
        FilterType::Nearest,
        FilterType::Triangle,
        FilterType::CatmullRom,
        FilterType::Gaussian,
        FilterType::Lanczos3,
    ] {
        let made = |index| (enlarged(test, index, 200, filter), ImageFormat::Png);
        check(&format!("{filter:?}, 200×200"), &made);
    }
    for side in [28, 56, 101, 400] {
        check(&format!("{side}×{side}"), &|index| {
            (cubic(index, side), ImageFormat::Png)
        });
    }
    check("light on dark, BMP", &|index| {
        let mut image = cubic(index, 200);
        imageops::invert(&mut image);
        (image, ImageFormat::Bmp)
    });
    check("JPEG", &|index| (cubic(index, 200), ImageFormat::Jpeg));
    for noise in [0.0, 4.0, 8.0] {
        check(&format!("photographed, noise {noise}"), &|index| {
            (
                photographed(&cubic(index, 200), index as u64, noise),
                ImageFormat::Jpeg,
            )
        });
    }
}

#[test]
fn of_1000_mnist_digits_95_percent_are_recognised_in_pngs_of_200_by_200_pixels_dark_on_white() {
    let Some(directory) = common::mnist() else { return };
    let digits = load_source(&locate(&directory).unwrap(), &Reading::default()).unwrap();
    let (network, test) = (trained(&digits), digits.test().slice(0..1000));
    let made = |index| {
        (
            enlarged(&test, index, 200, FilterType::CatmullRom),
            ImageFormat::Png,
        )
    };
    let recognised = recognised(&network, &test, made);
    assert!(recognised >= 95.0, "{recognised:.1} %");
    check_all(&network, &digits, 100, 5.0);
}

#[test]
fn pictures_of_synthetic_digits_are_recognised() {
    let digits = synthetic::digits(5, 12_000, 100);
    check_all(&trained(&digits), &digits, 100, 5.0);
}

#[test]
fn a_digit_in_mnist_s_form_comes_out_nearly_as_it_went_in_whether_light_or_dark() {
    let digits = synthetic::digits(3, 300, 10).training(TrainOn::All);
    let found = |image: &GrayImage| {
        let picture = Grey::new(28, 28, image.as_raw().clone()).unwrap();
        images::digits(&picture, 28).unwrap()[0].digit.clone()
    };
    let mut worst: f64 = 0.0;
    for index in 0..300 {
        let dark = enlarged(&digits, index, 28, FilterType::Nearest);
        let mut light = dark.clone();
        imageops::invert(&mut light);
        let digit = found(&light);
        let differences = light.as_raw().iter().zip(&digit.pixels);
        let sum: f64 = differences.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        worst = worst.max(sum / 784.0);
        assert_eq!(found(&dark), digit);
    }
    assert!(worst < 2.0, "{worst}");
}
