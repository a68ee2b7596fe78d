//! Checkpoints: they are read as they were written, damage is noticed, a folder serves one run, and a resumed run
//! ends like an uninterrupted one.

mod resume;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use batchprop::storage::checkpoint::{Checkpoint, Folder};
use batchprop::storage::model;
use batchprop::training::optimizer::Moments;
use batchprop::training::{CheckedOptions, Snapshot};
use batchprop::{Error, Network, Precision, Real, Rule, TrainingOptions, resume, train};
use proptest::prelude::*;
use proptest::sample::Index;
use tempfile::TempDir;

use crate::common::{Split, project, snapshots};

fn options() -> CheckedOptions {
    let mut options = TrainingOptions {
        epochs: 2,
        batch_size: 8,
        learning_rate: 0.01,
        dropout: 0.1,
        ..Default::default()
    };
    options.optimizer.rule = Rule::Adam(Moments::default());
    options.control.keep_best = true;
    options.check().unwrap()
}

/// The result of a run from `snapshot`, or from the start, and its snapshots.
fn run<F: Real>(snapshot: Option<Snapshot<F>>) -> (String, Vec<Snapshot<F>>) {
    let split = Split::new(2, 48, 12);
    let mut found = Vec::new();
    let listener = snapshots(|snapshot| found.push(snapshot));
    let network = match snapshot {
        None => {
            let mut network = Network::new(&[784, 6, 10], 0).unwrap();
            train(&mut network, split.data(), &options(), listener).unwrap();
            network
        }
        Some(snapshot) => resume(snapshot, split.data(), &options(), listener).unwrap().0,
    };
    (network.sha256(), found)
}

/// Of each checkpoint: whole epochs and mini-batches.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".lock")
        .collect();
    names.sort();
    names
}

fn name(epoch: usize, minibatch: usize) -> String {
    format!("epoch-{epoch:05}-mini-batch-{minibatch:07}.safetensors")
}

/// A folder with the checkpoints of the snapshots.
fn folder_of(snapshots: &[Snapshot<f32>]) -> TempDir {
    let directory = TempDir::new().unwrap();
    let mut folder = Folder::create(directory.path()).unwrap();
    for snapshot in snapshots {
        folder.write(snapshot, &options(), &"settings").unwrap();
    }
    directory
}

fn reads_what_was_written<F: Real>(precision: Precision) {
    let (end, snapshots) = run::<F>(None);
    let directory = TempDir::new().unwrap();
    let mut folder = Folder::create(directory.path()).unwrap();
    for snapshot in &snapshots {
        let settings = vec![Some(0.1 + 0.2), None];
        folder.write(snapshot, &options(), &settings).unwrap();
        let newest = folder.newest::<Vec<Option<f64>>>().unwrap();
        assert!(newest.damaged.is_empty());
        let checkpoint = newest.checkpoint;
        assert_eq!(*checkpoint.settings(), settings);
        assert_eq!(checkpoint.options(), &options());
        assert_eq!(*checkpoint.position(), snapshot.position);
        assert_eq!(
            (checkpoint.precision(), checkpoint.version()),
            (precision, env!("CARGO_PKG_VERSION"))
        );
        let read = checkpoint.snapshot::<F>().unwrap();
        assert_eq!(read.network.sha256(), snapshot.network.sha256());
        assert_eq!(
            (&read.network, &read.memories),
            (&snapshot.network, &snapshot.memories)
        );
        assert_eq!(read.best_network, snapshot.best_network);
        assert_eq!(format!("{:?}", read.reports), format!("{:?}", snapshot.reports));
        assert_eq!(run(Some(read)).0, end);
    }
}

#[test]
fn a_checkpoint_of_any_mini_batch_is_read_as_it_was_written_and_resumes_to_the_same_bits() {
    reads_what_was_written::<f32>(Precision::F32);
    reads_what_was_written::<f64>(Precision::F64);
}

#[test]
fn the_newest_two_are_kept_and_a_listing_sorts() {
    let (_, snapshots) = run::<f32>(None);
    let directory = folder_of(&snapshots[..7]);
    assert_eq!(names(directory.path()), [name(1, 1), name(1, 2)]);
    let mut folder = Folder::open(directory.path()).unwrap();
    let newest = folder.newest::<String>().unwrap().checkpoint;
    assert!(newest.path().ends_with(name(1, 2)));
    // Incomplete ones of killed runs are removed, too, and nothing else.
    let strangers = ["notes.txt", ".epochs.part", "epoch-1.safetensors"];
    for stranger in strangers {
        fs::write(directory.path().join(stranger), "").unwrap();
    }
    fs::write(directory.path().join(format!(".{}.x.part", name(1, 3))), "half").unwrap();
    folder.write(&snapshots[7], &options(), &"settings").unwrap();
    let mut expected = vec![name(1, 2), name(1, 3)];
    expected.extend(strangers.map(str::to_owned));
    expected.sort();
    assert_eq!(names(directory.path()), expected);
}

#[test]
fn a_damaged_newest_checkpoint_is_passed_over_and_then_replaced() {
    let (end, snapshots) = run::<f32>(None);
    for damage in [&b""[..], b"not a checkpoint", b"\x08\0\0\0\0\0\0\0{\"a\": 1}"] {
        let directory = folder_of(&snapshots[..6]);
        fs::write(directory.path().join(name(1, 1)), damage).unwrap();
        let mut folder = Folder::open(directory.path()).unwrap();
        let newest = folder.newest::<String>().unwrap();
        assert!(newest.checkpoint.path().ends_with(name(1, 0)));
        let [reason] = &newest.damaged[..] else {
            panic!("{:?}", newest.damaged);
        };
        assert!(reason.to_string().contains(&name(1, 1)), "{reason}");
        assert_eq!(run(Some(newest.checkpoint.snapshot::<f32>().unwrap())).0, end);
        // A checkpoint from before the damaged one, of another run.
        folder.write(&snapshots[4], &options(), &"settings").unwrap();
        assert_eq!(names(directory.path()), [name(1, 0)]);
    }
}

#[test]
fn where_all_are_damaged_the_newest_one_s_reason_is_given() {
    let (_, snapshots) = run::<f32>(None);
    let directory = folder_of(&snapshots[..2]);
    for name in names(directory.path()) {
        fs::write(directory.path().join(name), "damage").unwrap();
    }
    let mut folder = Folder::open(directory.path()).unwrap();
    let error = folder.newest::<String>().unwrap_err();
    assert!(matches!(error, Error::Format { .. }), "{error}");
    assert!(error.to_string().contains(&name(0, 2)), "{error}");
}

#[test]
fn a_folder_serves_one_run_at_a_time() {
    let (_, snapshots) = run::<f32>(None);
    let directory = TempDir::new().unwrap();
    let mut folder = Folder::create(directory.path()).unwrap();
    let refused = |result: Result<Folder, Error>, reason: &str| {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Checkpoints { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    };
    let in_use = "another run is using the folder";
    refused(Folder::create(directory.path()), in_use);
    refused(Folder::open(directory.path()), "no checkpoints");
    folder.write(&snapshots[0], &options(), &"settings").unwrap();
    refused(Folder::open(directory.path()), in_use);
    drop(folder);
    refused(
        Folder::create(directory.path()),
        "Continue that run with `resume`",
    );
    Folder::open(directory.path()).unwrap();
    let missing = Folder::open(&directory.path().join("missing")).unwrap_err();
    assert!(matches!(missing, Error::NotFound { .. }), "{missing}");
    // One without checkpoints is left as it is.
    let empty = TempDir::new().unwrap();
    refused(Folder::open(empty.path()), "no checkpoints, no files epoch-…");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

#[test]
fn a_write_that_fails_leaves_earlier_checkpoints_alone() {
    let (_, snapshots) = run::<f32>(None);
    let directory = folder_of(&snapshots[..2]);
    let mut folder = Folder::open(directory.path()).unwrap();
    folder.newest::<String>().unwrap();
    // A file cannot replace a folder.
    let blocked = directory.path().join(name(0, 3));
    fs::create_dir(&blocked).unwrap();
    let error = folder.write(&snapshots[2], &options(), &"settings").unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    fs::remove_dir(blocked).unwrap();
    assert_eq!(names(directory.path()), [name(0, 1), name(0, 2)]);
    assert_eq!(folder.newest::<String>().unwrap().damaged.len(), 0);
}

#[test]
fn a_folder_that_took_the_place_of_another_is_not_written_to() {
    let (_, snapshots) = run::<f32>(None);
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("run");
    let mut first = Folder::create(&path).unwrap();
    first.write(&snapshots[0], &options(), &"first").unwrap();
    fs::rename(&path, parent.path().join("away")).unwrap();
    let error = first.write(&snapshots[1], &options(), &"first").unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");

    let mut second = Folder::create(&path).unwrap();
    second.write(&snapshots[2], &options(), &"second").unwrap();
    let error = first.write(&snapshots[1], &options(), &"first").unwrap_err();
    let expected = "the folder of this run was replaced by another one. Give each run";
    assert!(error.to_string().contains(expected), "{error}");
    let newest = second.newest::<String>().unwrap();
    assert_eq!(newest.checkpoint.settings(), "second");
    assert_eq!(names(&path), [name(0, 3)]);
}

/// The bytes of a checkpoint, and the folder that keeps it.
static CHECKPOINT: LazyLock<(TempDir, PathBuf, Vec<u8>)> = LazyLock::new(|| {
    let (_, snapshots) = run::<f32>(None);
    let directory = folder_of(&snapshots[5..6]);
    let path = directory.path().join(name(1, 1));
    let bytes = fs::read(&path).unwrap();
    (directory, path, bytes)
});

fn is_refused(bytes: &[u8]) -> bool {
    let decoded = Checkpoint::<String>::decode(bytes.to_vec(), Path::new("checkpoint"));
    matches!(decoded, Err(Error::Format { .. }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_flipped_bits_of_a_byte_are_noticed(index in any::<Index>(), bits in 1..=255u8) {
        let mut bytes = CHECKPOINT.2.clone();
        let index = index.index(bytes.len());
        bytes[index] ^= bits;
        prop_assert!(is_refused(&bytes), "byte {} of {}", index, bytes.len());
    }

    #[test]
    fn any_other_length_is_noticed(length in any::<Index>(), more in 1..100usize) {
        let bytes = &CHECKPOINT.2;
        let shorter = length.index(bytes.len());
        prop_assert!(is_refused(&bytes[..shorter]), "{} bytes", shorter);
        prop_assert!(is_refused(&[&bytes[..], &vec![0; more]].concat()), "{} more bytes", more);
    }
}

#[test]
fn a_flipped_bit_of_each_byte_of_the_header_is_noticed() {
    let mut bytes = CHECKPOINT.2.clone();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    for index in 0..header {
        bytes[index] ^= 1 << (index % 8);
        assert!(is_refused(&bytes), "byte {index} of {header}");
        bytes[index] ^= 1 << (index % 8);
    }
}

#[test]
fn models_and_checkpoints_are_not_mistaken_for_each_other() {
    let path = &CHECKPOINT.1;
    let error = model::load::<f32>(path).unwrap_err().to_string();
    assert!(
        error.contains("expected a network that was saved, found a checkpoint of a training run"),
        "{error}"
    );
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("model.safetensors");
    let network = Network::<f32>::new(&[3, 2], 0).unwrap();
    model::save(&network, &Default::default(), &model).unwrap();
    let error = Checkpoint::<String>::read(&model).unwrap_err().to_string();
    assert!(error.contains("found a network that was saved"), "{error}");
    let pytorch = project("tests/models/sequential.safetensors");
    let error = Checkpoint::<String>::read(&pytorch).unwrap_err().to_string();
    assert!(error.contains("found a file of another program"), "{error}");
}

#[test]
fn settings_and_precisions_of_another_kind_are_refused() {
    let path = &CHECKPOINT.1;
    let error = Checkpoint::<u64>::read(path).unwrap_err().to_string();
    assert!(
        error.contains("expected settings that this version knows"),
        "{error}"
    );
    let checkpoint = Checkpoint::<String>::read(path).unwrap();
    let error = checkpoint.snapshot::<f64>().unwrap_err().to_string();
    assert!(error.contains("precision: expected F64, found F32"), "{error}");
}
