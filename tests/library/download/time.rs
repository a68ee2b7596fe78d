//! Mirrors that send without end, answer too slowly or not at all.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use batchprop::data::find::download::{MNIST, Remote, RemoteFile, download};
use tempfile::TempDir;

use super::server::{NOBODY, Server, endless, hang, respond, respond_cut, serve, serve_cut, trickling};
use super::{assert_fetched, failure, file, part, payload, quiet, remote};
use crate::common::readers::encode::gzip;

#[test]
fn a_mirror_that_sends_without_end_is_cut_off() {
    let server = |head| endless(head, &[0; 10_000], Duration::ZERO);
    let silent = server("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    let promising = server("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
    let directory = TempDir::new().unwrap();
    for server in [silent, promising] {
        let reason = failure(&remote(&[&server.url]), directory.path());
        assert!(reason.contains("it sends more than"), "{reason}");
        assert!(!part(directory.path()).exists());
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn where_nobody_listens_the_reason_names_every_mirror_and_comes_at_once() {
    let mut remote = remote(&[NOBODY, "http://no-such-host.invalid/"]);
    remote.connect_timeout = Duration::from_secs(1);
    let start = Instant::now();
    let directory = TempDir::new().unwrap();
    let reason = failure(&remote, directory.path());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    for host in ["127.0.0.1:1: ", "; no-such-host.invalid: "] {
        assert!(reason.contains(host), "{reason}");
    }
    assert!(!part(directory.path()).exists());
}

#[test]
fn a_mirror_that_falls_silent_is_given_up_after_the_read_timeout() {
    let gzipped = gzip(&payload());
    let mute = Server::start(|_, _, _| hang());
    let file = gzipped.clone();
    let stalling = Server::start(move |_, _, stream| {
        respond_cut(stream, "200 OK", &[], &file, 0);
        hang();
    });
    let file = gzipped.clone();
    let half = Server::start(move |_, request, stream| {
        if request.range.is_none() {
            respond_cut(stream, "200 OK", &[], &file, 10_000);
        }
        hang();
    });
    let hasty = |mirrors: &[&str]| Remote {
        read_timeout: Duration::from_millis(500),
        ..remote(mirrors)
    };
    let start = Instant::now();
    for server in [&mute, &stalling] {
        let reason = failure(&hasty(&[&server.url]), TempDir::new().unwrap().path());
        assert!(reason.ends_with("no answer in time"), "{reason}");
    }
    let directory = TempDir::new().unwrap();
    let reason = failure(&hasty(&[&half.url]), directory.path());
    assert!(reason.ends_with("no answer in time"), "{reason}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    // The next mirror continues from the part that was sent.
    let good = Server::good(gzipped.clone());
    download(&hasty(&[&mute.url, &good.url]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(good.ranges(), [Some(10_000)]);
}

#[test]
fn a_mirror_that_trickles_is_given_up_after_its_time() {
    let server = trickling();
    let mut remote = remote(&[&server.url]);
    remote.mirror_timeout = Duration::from_millis(300);
    let start = Instant::now();
    let reason = failure(&remote, TempDir::new().unwrap().path());
    assert!(reason.ends_with("too slow"), "{reason}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_mirror_that_hangs_up_again_and_again_has_no_more_time_than_one_that_trickles() {
    let gzipped = gzip(&payload());
    // Each request brings a byte in its 200 ms, and so is repeated.
    let server = Server::start(move |_, request, stream| {
        thread::sleep(Duration::from_millis(200));
        serve_cut(&gzipped, request, stream, 1);
    });
    let mut remote = remote(&[&server.url]);
    remote.mirror_timeout = Duration::from_millis(300);
    let reason = failure(&remote, TempDir::new().unwrap().path());
    assert!(reason.ends_with("too slow"), "{reason}");
    assert_eq!(server.requests().len(), 2);
}

/// MNIST's names, the same bytes in each.
fn four_files() -> Vec<RemoteFile> {
    MNIST.iter().map(|mnist| file(mnist.name, &payload())).collect()
}

#[test]
fn a_mirror_that_has_used_up_its_time_is_not_asked_for_another_file() {
    let gzipped = gzip(&payload());
    let trickling = trickling();
    // It has the first file only, so that the other mirror would be asked again for the next file.
    let first = format!("/mnist/{}", MNIST[0].name);
    let poor = Server::start(move |_, request, stream| match request.path == first {
        true => serve(&gzipped, request, stream),
        false => respond(stream, "404 Not Found", &[], b""),
    });
    let directory = TempDir::new().unwrap();
    let mut remote = remote(&[&trickling.url, &poor.url]);
    remote.files = four_files();
    remote.mirror_timeout = Duration::from_secs(1);
    let error = download(&remote, directory.path(), &mut quiet)
        .unwrap_err()
        .to_string();
    assert!(directory.path().join(MNIST[0].name).exists());
    assert!(
        error.contains(MNIST[1].name) && error.contains("too slow"),
        "{error}"
    );
    assert_eq!(trickling.requests().len(), 1);
    assert!(
        poor.requests()
            .iter()
            .any(|request| request.path.ends_with(MNIST[1].name))
    );
}

#[test]
fn the_time_of_a_mirror_is_for_all_files_together_and_the_next_goes_on_where_it_ended() {
    // Half of its file at once, half after 600 ms: four take longer than a mirror has.
    let slow = || {
        let gzipped = gzip(&payload());
        Server::start(move |_, request, stream| {
            let rest = &gzipped[request.range.unwrap_or(0)..];
            let half = rest.len() / 2;
            serve_cut(&gzipped, request, stream, half);
            thread::sleep(Duration::from_millis(600));
            let _ = stream.write_all(&rest[half..]);
        })
    };
    let (one, other) = (slow(), slow());
    let mut remote = remote(&[&one.url]);
    remote.files = four_files();
    remote.mirror_timeout = Duration::from_secs(2);
    let alone = TempDir::new().unwrap();
    let error = download(&remote, alone.path(), &mut quiet)
        .unwrap_err()
        .to_string();
    assert!(error.contains("too slow"), "{error}");
    assert!(error.contains(", which goes on after the first "), "{error}");
    assert!(alone.path().join(MNIST[0].name).exists());

    remote.mirrors.push(other.url.clone());
    let both = TempDir::new().unwrap();
    let fetched = download(&remote, both.path(), &mut quiet).unwrap();
    assert_eq!(fetched.len(), 4);
    assert_eq!(fetched[3].mirror.as_deref(), Some(&*other.url));
    let ranges = other.ranges();
    assert!(ranges[0].is_some_and(|start| start > 0), "{ranges:?}");

    // The next attempt continues where the first one ended.
    remote.mirrors = vec![other.url.clone()];
    assert_eq!(download(&remote, alone.path(), &mut quiet).unwrap().len(), 4);
}
