//! A download leaves complete, correct files under their names or none, whatever the mirrors do. The "MNIST" is one small file.

mod auto;
mod liars;
mod resuming;
mod server;
mod time;

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use batchprop::Error;
use batchprop::data::find::download::{Progress, Remote, RemoteFile, download};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use self::server::{NOBODY, Request, Server, respond, serve};
use crate::common::hex;
use crate::common::readers::encode::gzip;

const NAME: &str = "train-labels-idx1-ubyte.gz";

/// Bytes that do not compress, so that the gzip'd file is long enough to be cut.
fn payload() -> Vec<u8> {
    let mut state = 1_u32;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..200_000).map(step).collect()
}

fn file(name: &'static str, bytes: &[u8]) -> RemoteFile {
    RemoteFile {
        name,
        unzipped_bytes: bytes.len() as u64,
        sha256: hex(&Sha256::digest(bytes)).leak(),
    }
}

fn remote(mirrors: &[&str]) -> Remote {
    Remote {
        files: vec![file(NAME, &payload())],
        mirrors: mirrors.iter().map(|&mirror| mirror.to_owned()).collect(),
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(5),
        mirror_timeout: Duration::from_secs(20),
        proxy_from_environment: false,
    }
}

fn quiet(_: Progress<'_>) {}

fn part(directory: &Path) -> PathBuf {
    directory.join(format!("{NAME}.part"))
}

/// The file is there, complete, and alone except for the lock.
fn assert_fetched(directory: &Path, gzipped: &[u8]) {
    assert!(fs::read(directory.join(NAME)).unwrap() == gzipped, "other bytes");
    assert!(!part(directory).exists());
}

/// Fails to download, leaves nothing under the file's name, and gives the reason in one line.
fn failure(remote: &Remote, directory: &Path) -> String {
    let error = download(remote, directory, &mut quiet).unwrap_err();
    assert!(!directory.join(NAME).exists());
    let message = error.to_string();
    assert!(!message.contains('\n'), "{message}");
    match error {
        Error::Download { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_fetched_into_a_directory_that_is_made_for_it() {
    let gzipped = gzip(&payload());
    let server = Server::good(gzipped.clone());
    let root = TempDir::new().unwrap();
    let directory = root.path().join("cache/batchprop");
    let seen = RefCell::new(Vec::new());
    let fetched = download(
        &remote(&[&server.url]),
        &directory,
        &mut |progress| match progress {
            Progress::Bytes { done, total, .. } => seen.borrow_mut().push((done, total)),
            Progress::Finished { file } => assert_eq!(file, NAME),
            other => panic!("{other:?}"),
        },
    );
    assert_eq!(fetched.unwrap()[0].mirror.as_deref(), Some(&*server.url));
    assert_fetched(&directory, &gzipped);
    assert_eq!(
        server.requests(),
        [Request {
            path: format!("/mnist/{NAME}"),
            range: None
        }]
    );
    let length = gzipped.len() as u64;
    let seen = seen.into_inner();
    assert_eq!(seen.first(), Some(&(0, Some(length))));
    assert_eq!(seen.last(), Some(&(length, Some(length))));
    assert!(seen.is_sorted());
}

#[test]
fn a_file_that_is_there_under_any_name_is_not_fetched_again() {
    for (name, bytes) in [
        (NAME, gzip(&payload())),
        ("train-labels-idx1-ubyte", payload()),
        ("train-labels.idx1-ubyte.gz", gzip(&payload())),
    ] {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join(name), bytes).unwrap();
        let fetched = download(&remote(&[NOBODY]), directory.path(), &mut quiet).unwrap();
        assert_eq!(fetched[0].path, directory.path().join(name));
        assert_eq!(fetched[0].mirror, None);
    }
}

#[test]
fn another_data_set_s_file_is_never_replaced() {
    let server = Server::good(gzip(&payload()));
    let directory = TempDir::new().unwrap();
    let other = gzip(b"the labels of clothes");
    fs::write(directory.path().join(NAME), &other).unwrap();
    let error = download(&remote(&[&server.url]), directory.path(), &mut quiet).unwrap_err();
    assert!(error.to_string().contains("is another file"), "{error}");
    assert_eq!(fs::read(directory.path().join(NAME)).unwrap(), other);
    assert!(server.requests().is_empty());
}

#[test]
fn the_next_mirror_serves_what_the_first_refuses() {
    for status in [
        "403 Forbidden",
        "404 Not Found",
        "500 Internal Server Error",
        "503 Service Unavailable",
    ] {
        let gzipped = gzip(&payload());
        let (bad, good) = (Server::status(status), Server::good(gzipped.clone()));
        let directory = TempDir::new().unwrap();
        let mut reasons = Vec::new();
        let fetched = download(
            &remote(&[&bad.url, &good.url]),
            directory.path(),
            &mut |progress| {
                if let Progress::MirrorFailed { mirror, reason } = progress {
                    reasons.push(format!("{mirror} {reason}"));
                }
            },
        );
        assert_eq!(fetched.unwrap()[0].mirror.as_deref(), Some(&*good.url));
        assert_fetched(directory.path(), &gzipped);
        assert_eq!(reasons, [format!("{} HTTP status {status}", bad.url)]);
        assert_eq!(bad.requests().len(), 1);
    }
}

#[test]
fn a_mirror_that_failed_is_not_asked_for_the_next_file_before_the_one_that_served() {
    let gzipped = gzip(&payload());
    let (bad, good) = (Server::status("403 Forbidden"), Server::good(gzipped));
    let directory = TempDir::new().unwrap();
    let mut remote = remote(&[&bad.url, &good.url]);
    remote.files.push(file("t10k-labels-idx1-ubyte.gz", &payload()));
    assert_eq!(download(&remote, directory.path(), &mut quiet).unwrap().len(), 2);
    assert_eq!((bad.requests().len(), good.requests().len()), (1, 2));
}

#[test]
fn wrong_bytes_are_not_accepted_and_the_next_mirror_is_tried() {
    let gzipped = gzip(&payload());
    let mut almost = payload();
    almost[100] ^= 1;
    let mut longer = payload();
    longer.push(0);
    for wrong in [
        gzip(&almost),
        gzip(&longer),
        b"<html>log in first</html>".to_vec(),
        Vec::new(),
    ] {
        let (bad, good) = (Server::good(wrong), Server::good(gzipped.clone()));
        let directory = TempDir::new().unwrap();
        let reason = failure(&remote(&[&bad.url]), directory.path());
        assert!(reason.contains("wrong bytes"), "{reason}");
        assert!(!part(directory.path()).exists());
        download(&remote(&[&bad.url, &good.url]), directory.path(), &mut quiet).unwrap();
        assert_fetched(directory.path(), &gzipped);
    }
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    let gzipped = gzip(&payload());
    let good = Server::good(gzipped.clone());
    let location = format!("Location: {}{NAME}", good.url);
    let redirecting = Server::start(move |_, _, stream| {
        respond(stream, "302 Found", std::slice::from_ref(&location), b"");
    });
    let directory = TempDir::new().unwrap();
    download(&remote(&[&redirecting.url]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);

    let circling = Server::start(|_, request, stream| {
        respond(stream, "302 Found", &[format!("Location: {}", request.path)], b"");
    });
    let reason = failure(&remote(&[&circling.url]), TempDir::new().unwrap().path());
    assert!(reason.contains("too many redirects"), "{reason}");
    assert!(circling.requests().len() < 10);
}

#[test]
fn downloads_into_one_directory_wait_for_each_other() {
    let gzipped = gzip(&payload());
    let file = gzipped.clone();
    let waiting = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&waiting);
    let server = Server::start(move |_, request, stream| {
        while seen.load(Ordering::Relaxed) < 2 {
            thread::sleep(Duration::from_millis(5));
        }
        serve(&file, request, stream);
    });
    let directory = TempDir::new().unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                download(&remote(&[&server.url]), directory.path(), &mut |progress| {
                    if progress == Progress::Waiting {
                        waiting.fetch_add(1, Ordering::Relaxed);
                    }
                })
                .unwrap();
            });
        }
    });
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(server.requests().len(), 1);
}
