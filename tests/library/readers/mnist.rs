//! Real MNIST reads the same from its IDX files and from the article's pickle. Needs `BATCHPROP_DATA`.

use std::path::Path;

use batchprop::data::read::idx::{self, IdxFiles};
use batchprop::data::read::pickle;
use batchprop::images::pixels::ImageShape;
use batchprop::{Digits, TrainOn};
use sha2::{Digest, Sha256};

use crate::common::readers::encode::idx as idx_file;
use crate::common::{bytes, hex, mnist};

fn idx_files(directory: &Path) -> IdxFiles {
    IdxFiles {
        train_images: directory.join("train-images-idx3-ubyte.gz"),
        train_labels: directory.join("train-labels-idx1-ubyte.gz"),
        test_images: directory.join("t10k-images-idx3-ubyte.gz"),
        test_labels: directory.join("t10k-labels-idx1-ubyte.gz"),
    }
}

/// The sha256 of an IDX file.
fn sha256(header: &[u32], content: &[u8]) -> String {
    hex(&Sha256::digest(idx_file(header, content)))
}

fn labels(images: &batchprop::Dataset) -> Vec<u8> {
    images.labels().iter().map(|&label| label as u8).collect()
}

fn assert_is_mnist(digits: &Digits) {
    let all = digits.training(TrainOn::All);
    let test = digits.test();
    assert_eq!(digits.training(TrainOn::Train).len(), 50_000);
    assert_eq!(digits.validation().len(), 10_000);
    assert_eq!(all.shape(), ImageShape::MNIST);
    assert_eq!(
        sha256(&[0x803, 60_000, 28, 28], bytes(&all)),
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    );
    assert_eq!(
        sha256(&[0x801, 60_000], &labels(&all)),
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
    );
    assert_eq!(
        sha256(&[0x803, 10_000, 28, 28], bytes(test)),
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
    );
    assert_eq!(
        sha256(&[0x801, 10_000], &labels(test)),
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    );
}

#[test]
fn idx_files_hold_mnist_byte_for_byte() {
    let Some(directory) = mnist() else { return };
    assert_is_mnist(&idx::read(&idx_files(&directory), 10).unwrap());
}

#[test]
fn the_pickle_holds_mnist_byte_for_byte() {
    let Some(directory) = mnist() else { return };
    assert_is_mnist(&pickle::read(&directory.join("mnist.pkl.gz"), 10).unwrap());
}

#[test]
fn idx_and_pickle_have_the_same_training_validation_and_test_images() {
    let Some(directory) = mnist() else { return };
    let idx = idx::read(&idx_files(&directory), 10).unwrap();
    let pickle = pickle::read(&directory.join("mnist.pkl.gz"), 10).unwrap();
    let parts = |digits: &Digits| {
        [
            digits.training(TrainOn::Train),
            digits.validation(),
            digits.test().clone(),
        ]
    };
    for (idx, pickle) in parts(&idx).iter().zip(&parts(&pickle)) {
        // Not `assert_eq`, which would print 39 million pixels.
        assert!(idx.pixels() == pickle.pixels());
        assert!(idx.labels() == pickle.labels());
    }
}
