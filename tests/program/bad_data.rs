//! Data that cannot be read end with exit code 1, and the message names the file.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use super::{Run, assert_has, batchprop, data, train_command};

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

/// Changes one file of a good data set, and expects a message that names it and is one line.
fn assert_refused(file: &str, change: impl FnOnce(&Path)) {
    let data = data();
    let path = data.path().join(file);
    change(&path);
    for arguments in [&["train"][..], &["data"], &["data", "--json"]] {
        let message = Run::fail(batchprop().args(arguments).arg("--data").arg(data.path()), 1);
        assert!(message.starts_with("error: "), "{message}");
        assert_has(&message, &[file]);
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_missing_path_is_named() {
    let message = Run::fail(&mut train_command("/no/such/place", ""), 1);
    assert!(message.starts_with("error: /no/such/place: "), "{message}");
}

#[test]
fn a_missing_file_is_named() {
    assert_refused(LABELS, |path| fs::remove_file(path).unwrap());
}

#[test]
fn an_empty_a_short_and_a_wrong_file_are_named() {
    assert_refused(IMAGES, |path| fs::write(path, "").unwrap());
    assert_refused(IMAGES, |path| fs::write(path, "no images\n").unwrap());
    assert_refused(IMAGES, |path| {
        let content = fs::read(path).unwrap();
        fs::write(path, &content[..content.len() - 1]).unwrap();
    });
}

#[test]
fn a_label_without_a_class_is_named() {
    assert_refused(LABELS, |path| {
        let mut content = fs::read(path).unwrap();
        content[8 + 17] = 10;
        fs::write(path, content).unwrap();
    });
}

#[test]
fn text_that_is_named_gz_is_named() {
    let data = data();
    let path = data.path().join("mnist.pkl.gz");
    fs::write(&path, "<html>403 Forbidden</html>").unwrap();
    let message = Run::fail(&mut train_command(&path, ""), 1);
    assert_has(&message, &["mnist.pkl.gz"]);
}

/// The images are a hole of 600 MB in a file, which is true to its header, but more than the program may take.
#[cfg(target_os = "linux")]
#[test]
fn images_beyond_memory_are_refused_before_it_is_full() {
    let data = data();
    let images = fs::File::create(data.path().join(IMAGES)).unwrap();
    let header = [0x803, 600_000, 20, 50].map(u32::to_be_bytes).concat();
    (&images).write_all(&header).unwrap();
    images.set_len(header.len() as u64 + 600_000_000).unwrap();
    let labels = [
        &0x801u32.to_be_bytes()[..],
        &600_000u32.to_be_bytes(),
        &[0; 600_000],
    ]
    .concat();
    fs::write(data.path().join(LABELS), labels).unwrap();
    let command = train_command(data.path(), "");
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 900000; exec \"$0\" \"$@\""]);
    limited.arg(command.get_program()).args(command.get_args());
    let message = Run::fail(&mut limited, 1);
    assert!(message.starts_with("error: reading "), "{message}");
    assert_has(&message, &[&format!("{IMAGES} needs 600.00 MB of memory, but ")]);
}
