//! Mirrors that misbehave in many ways.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use batchprop::Error;
use batchprop::data::find::download::{Progress, Remote, download};
use tempfile::TempDir;

use super::server::{NOBODY, Server, endless, hang, respond};
use super::{NAME, assert_fetched, payload, quiet, remote};
use crate::common::readers::encode::{gzip, gzip_at};

/// Sends a custom head and a body, and closes the connection or not.
fn raw(head: &'static str, body: &[u8], then: fn()) -> Server {
    let body = body.to_vec();
    Server::start(move |_, _, stream| {
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&body);
        let _ = stream.flush();
        then();
    })
}

fn redirecting(location: fn(usize) -> String) -> Server {
    Server::start(move |number, _, stream| {
        let location = format!("Location: {}", location(number));
        respond(stream, "302 Found", &[location], b"");
    })
}

/// The head of a good answer with one more header.
macro_rules! ok {
    ($header:literal) => {
        concat!("HTTP/1.1 200 OK\r\n", $header, "\r\n\r\n")
    };
}

macro_rules! liars {
    ($($lie:literal: $server:expr;)*) => {
        vec![$(($lie, $server)),*]
    };
}

fn liars() -> Vec<(&'static str, Server)> {
    let gzipped = gzip(&payload());
    let half = &gzipped[..gzipped.len() / 2];
    let mut almost = payload();
    almost[100] ^= 1;
    let hang_up = || {};
    let (at_once, slowly) = (Duration::ZERO, Duration::from_millis(50));
    let kilobyte: &'static [u8] = &[7; 1024];
    // 100 MB of zeros, compressed to fewer bytes than the file may have; and the same with a header that asks for unpacking.
    let bomb = gzip_at(&vec![0; 100_000_000], 9);
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    liars! {
        "wrong bytes": Server::good(gzip(&almost));
        "no gzip": Server::good(b"<html>log in first</html>".to_vec());
        "no bytes": Server::good(Vec::new());
        "a short body": raw(ok!("Content-Length: 200000"), half, hang_up);
        "a short body of other bytes": raw(ok!("Content-Length: 200000"), &vec![0x55; half.len()], hang_up);
        "a short body that claims to be whole": raw(ok!("Connection: close"), half, hang_up);
        "an endless body": endless(ok!("Connection: close"), kilobyte, at_once);
        "an endless body in pieces": endless(ok!("Transfer-Encoding: chunked"), b"4\r\nabcd\r\n", at_once);
        "an endless piece": endless(
            concat!(ok!("Transfer-Encoding: chunked"), "FFFFFFFFFFFFFFF\r\n"), kilobyte, at_once
        );
        "a slow body": endless(ok!("Content-Length: 200000"), b"a", slowly);
        "a slow head": endless("HTTP/1.1 200 OK\r\nX-Slow: ", b"a", slowly);
        "an endless head": endless("HTTP/1.1 200 OK\r\nX-Long: ", kilobyte, at_once);
        "endless headers": endless("HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n", at_once);
        "to be continued without end": endless("", b"HTTP/1.1 100 Continue\r\n\r\n", at_once);
        "404": Server::status("404 Not Found");
        "500": Server::status("500 Internal Server Error");
        "success without a file": Server::status("204 No Content");
        "a redirect to itself": redirecting(|_| format!("/mnist/{NAME}"));
        "redirects without end": redirecting(|number| format!("/{number}/{NAME}"));
        "a redirect to a file": redirecting(|_| "file:///etc/passwd".to_owned());
        "a redirect to nobody": redirecting(|_| NOBODY.to_owned());
        "a redirect to nowhere": redirecting(|_| String::new());
        "a length that is too small": raw(ok!("Content-Length: 100000"), &gzipped, hang_up);
        "a length that is too large": raw(ok!("Content-Length: 220000"), &gzipped, hang_up);
        "a length that never comes": raw(ok!("Content-Length: 220000"), half, hang);
        "a length beyond all files": raw(ok!("Content-Length: 18446744073709551615"), half, hang_up);
        "a length that is no number": raw(ok!("Content-Length: -5"), half, hang_up);
        "two lengths": raw(ok!("Content-Length: 5\r\nContent-Length: 9"), half, hang_up);
        "a part nobody asked for": raw(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\n", half, hang_up
        );
        "a gzip bomb": Server::good(bomb.clone());
        "a gzip bomb as encoding": raw(ok!("Content-Encoding: gzip\r\nConnection: close"), &bomb, hang_up);
        "thousands of empty gzip members": Server::good(gzip(b"").repeat(10_000));
        "no HTTP": raw("SSH-2.0-OpenSSH_9.6\r\n", b"", hang_up);
        "no word": raw("", b"", hang_up);
        "silence": raw("", b"", hang);
    }
}

fn hasty(mirrors: &[&str]) -> Remote {
    Remote {
        connect_timeout: Duration::from_secs(1),
        read_timeout: Duration::from_millis(300),
        mirror_timeout: Duration::from_millis(900),
        ..remote(mirrors)
    }
}

#[test]
fn no_lying_mirror_has_its_file_accepted_and_the_next_mirror_is_tried_in_time() {
    let gzipped = gzip(&payload());
    for (lie, bad) in liars() {
        let good = Server::good(gzipped.clone());
        let start = Instant::now();
        let alone = TempDir::new().unwrap();
        let mut unnamed = |progress: Progress<'_>| {
            let is_named = alone.path().join(NAME).exists();
            let is_finished = matches!(progress, Progress::Finished { .. });
            assert!(!is_named || is_finished, "{lie}: {progress:?}");
        };
        let result = download(&hasty(&[&bad.url]), alone.path(), &mut unnamed);
        let has_reason = matches!(&result, Err(Error::Download { reason, .. }) if !reason.contains('\n'));
        assert!(has_reason, "{lie}: {result:?}");
        for entry in fs::read_dir(alone.path()).unwrap() {
            let name = entry.unwrap().file_name();
            let expected = [".batchprop-download.lock", &format!("{NAME}.part")];
            assert!(
                expected.iter().any(|expected| name == **expected),
                "{lie}: {name:?}"
            );
        }
        // Continuing from the bad mirror's part, and from the start.
        let anew = TempDir::new().unwrap();
        for (remote, directory) in [
            (remote(&[&good.url]), alone.path()),
            (hasty(&[&bad.url, &good.url]), anew.path()),
        ] {
            let fetched = download(&remote, directory, &mut quiet);
            let fetched = fetched.unwrap_or_else(|error| panic!("{lie}: {error}"));
            // The bad mirror may have sent everything that was needed.
            let is_from_good = fetched[0].mirror.as_deref() == Some(&*good.url);
            assert!(is_from_good || directory == alone.path(), "{lie}");
            assert_fetched(directory, &gzipped);
        }
        // Twice the bad mirror's time limit and redirects, even on a slow machine.
        let took = start.elapsed();
        assert!(took < Duration::from_secs(30), "{lie}: {took:?}");
    }
}
