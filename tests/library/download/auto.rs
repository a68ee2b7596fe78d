//! `--data auto`: missing data are downloaded, or replaced by synthetic digits, with a note.

use batchprop::data::find::locate::{DataSource, Places};
use batchprop::data::find::resolve::{Note, Wanted, resolve};
use tempfile::TempDir;

use super::server::{NOBODY, Server};
use super::{NAME, file, payload, quiet, remote};
use crate::common::readers::encode::gzip;

#[test]
fn auto_downloads_what_is_nowhere_and_says_so() {
    let four = [
        "train-images-idx3-ubyte.gz",
        NAME,
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ];
    let server = Server::good(gzip(&payload()));
    let mut remote = remote(&[&server.url]);
    remote.files = four.map(|name| file(name, &payload())).to_vec();
    let root = TempDir::new().unwrap();
    let places = Places {
        local: root.path().join("data"),
        cache: Some(root.path().join("cache")),
    };
    let resolved = resolve(&Wanted::Auto, &places, Some(&remote), &mut quiet).unwrap();
    assert_eq!(resolved.notes, [Note::Downloaded(root.path().join("cache"))]);
    assert_eq!(
        resolved.source.files(),
        four.map(|name| root.path().join("cache").join(name))
    );

    // Now it is there: no note, no request.
    let again = resolve(&Wanted::Auto, &places, Some(&remote), &mut quiet).unwrap();
    assert_eq!((again.source, again.notes), (resolved.source, Vec::new()));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn auto_without_network_says_why_in_one_line_and_goes_on_with_synthetic_digits() {
    let root = TempDir::new().unwrap();
    let places = Places {
        local: root.path().join("data"),
        cache: Some(root.path().join("cache")),
    };
    for remote in [Some(remote(&[NOBODY])), None] {
        let resolved = resolve(&Wanted::Auto, &places, remote.as_ref(), &mut quiet).unwrap();
        assert_eq!(resolved.source, DataSource::Synthetic);
        let note = resolved.notes[0].to_string();
        assert!(
            note.starts_with("MNIST is not on this machine and could not be downloaded ("),
            "{note}"
        );
        assert!(
            note.ends_with("): training on synthetic digits, not MNIST"),
            "{note}"
        );
        assert!(!note.contains('\n'), "{note}");
    }
}

#[test]
fn a_path_is_taken_at_its_word_and_synthetic_needs_nothing() {
    let root = TempDir::new().unwrap();
    let places = Places {
        local: root.path().join("data"),
        cache: None,
    };
    let missing = Wanted::Path(root.path().join("nowhere"));
    assert!(resolve(&missing, &places, None, &mut quiet).is_err());
    let resolved = resolve(&Wanted::Synthetic, &places, None, &mut quiet).unwrap();
    assert_eq!(
        (resolved.source, resolved.notes),
        (DataSource::Synthetic, Vec::new())
    );
}
