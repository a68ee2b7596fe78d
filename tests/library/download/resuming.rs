//! An interrupted download is resumed.

use std::fs;

use batchprop::data::find::download::{Progress, download};
use tempfile::TempDir;

use super::server::{NOBODY, Server, respond, respond_cut, serve};
use super::{assert_fetched, failure, part, payload, quiet, remote};
use crate::common::readers::encode::gzip;

#[test]
fn a_broken_connection_is_resumed_from_where_it_broke() {
    let gzipped = gzip(&payload());
    let file = gzipped.clone();
    let server = Server::start(move |number, request, stream| match number {
        0 => respond_cut(stream, "200 OK", &[], &file, 100_000),
        _ => serve(&file, request, stream),
    });
    let directory = TempDir::new().unwrap();
    download(&remote(&[&server.url]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(server.ranges(), [None, Some(100_000)]);
}

#[test]
fn what_an_earlier_run_left_is_resumed() {
    let gzipped = gzip(&payload());
    let cut = gzipped.clone();
    let cutting = Server::start(move |_, request, stream| match request.range {
        None => respond_cut(stream, "200 OK", &[], &cut, 50_000),
        Some(_) => respond(stream, "503 Slow Down", &[], b""),
    });
    let directory = TempDir::new().unwrap();
    failure(&remote(&[&cutting.url]), directory.path());
    assert_eq!(fs::read(part(directory.path())).unwrap(), gzipped[..50_000]);

    let server = Server::good(gzipped.clone());
    let mut first = None;
    download(&remote(&[&server.url]), directory.path(), &mut |progress| {
        if let Progress::Bytes { done, total, .. } = progress {
            first.get_or_insert((done, total));
        }
    })
    .unwrap();
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(server.ranges(), [Some(50_000)]);
    assert_eq!(first, Some((50_000, Some(gzipped.len() as u64))));
}

#[test]
fn a_whole_part_that_only_lacks_its_name_needs_no_mirror() {
    let gzipped = gzip(&payload());
    let directory = TempDir::new().unwrap();
    fs::write(part(directory.path()), &gzipped).unwrap();
    download(&remote(&[NOBODY]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);
}

#[test]
fn a_mirror_that_ignores_ranges_starts_the_file_anew() {
    let gzipped = gzip(&payload());
    let file = gzipped.clone();
    let server = Server::start(move |_, _, stream| respond(stream, "200 OK", &[], &file));
    let directory = TempDir::new().unwrap();
    fs::write(part(directory.path()), &gzipped[..1000]).unwrap();
    download(&remote(&[&server.url]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(server.ranges(), [Some(1000)]);
}

#[test]
fn a_mirror_that_sends_another_range_is_asked_for_the_whole_file() {
    let gzipped = gzip(&payload());
    let file = gzipped.clone();
    let server = Server::start(move |_, request, stream| match request.range {
        Some(_) => {
            let range = format!("Content-Range: bytes 7-{}/{}", file.len() - 1, file.len());
            respond(stream, "206 Partial Content", &[range], &file[7..]);
        }
        None => serve(&file, request, stream),
    });
    let directory = TempDir::new().unwrap();
    fs::write(part(directory.path()), &gzipped[..1000]).unwrap();
    download(&remote(&[&server.url]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(server.ranges(), [Some(1000), None]);
}

#[test]
fn a_part_longer_than_the_mirror_s_file_is_fetched_anew() {
    let gzipped = gzip(&payload());
    let server = Server::good(gzipped.clone());
    let directory = TempDir::new().unwrap();
    let longer = gzipped.len() + 10;
    fs::write(part(directory.path()), vec![0; longer]).unwrap();
    download(&remote(&[&server.url]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(server.ranges(), [Some(longer), None]);
}

#[test]
fn a_corrupt_part_is_fetched_anew_once() {
    let gzipped = gzip(&payload());
    let server = Server::good(gzipped.clone());
    let directory = TempDir::new().unwrap();
    fs::write(part(directory.path()), vec![0; 1000]).unwrap();
    download(&remote(&[&server.url]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(server.ranges(), [Some(1000), None]);

    let wrong = Server::good(gzip(&payload()[1..]));
    let directory = TempDir::new().unwrap();
    fs::write(part(directory.path()), vec![0; 1000]).unwrap();
    failure(&remote(&[&wrong.url]), directory.path());
    assert_eq!(wrong.ranges(), [Some(1000), None]);
}
