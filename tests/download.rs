//! A download leaves whole, right files under their names or none, whatever the mirrors do.
//!
//! The mirrors are servers on this machine's loopback that the tests start and that speak just enough HTTP; the
//! "MNIST" is one small file.

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use batchprop::Error;
use batchprop::data::find::download::{MNIST, Progress, Remote, RemoteFile, download};
use batchprop::data::find::locate::{DataSource, Places};
use batchprop::data::find::resolve::{DataArg, Note, resolve};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

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

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn file(name: &'static str, bytes: &[u8]) -> RemoteFile {
    let sha256: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    RemoteFile {
        name,
        unzipped_bytes: bytes.len() as u64,
        sha256: sha256.leak(),
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

/// What a server sees of a request.
#[derive(Debug, Clone, PartialEq)]
struct Request {
    path: String,
    range: Option<usize>,
}

/// A server that lives as long as the test's process.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each connection with one call of `answer`; `number` counts them from 0.
    fn start(answer: impl Fn(usize, &Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mnist/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    if let Some(request) = read_request(&stream) {
                        seen.lock().unwrap().push(request.clone());
                        answer(number, &request, &mut stream);
                    }
                });
            }
        });
        Self { url, requests }
    }

    /// Serves `file` as a good server does, ranges included.
    fn good(file: Vec<u8>) -> Self {
        Self::start(move |_, request, stream| serve(&file, request, stream))
    }

    fn status(status: &'static str) -> Self {
        Self::start(move |_, _, stream| respond(stream, status, &[], b"<html>no</html>"))
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    fn ranges(&self) -> Vec<Option<usize>> {
        self.requests().into_iter().map(|request| request.range).collect()
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut range = None;
    for line in lines {
        let line = line.ok()?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(start) = line.strip_prefix("range: bytes=") {
            range = start.trim_end_matches('-').parse().ok();
        }
    }
    Some(Request { path, range })
}

/// A client that hangs up early is its own affair: write errors are ignored.
fn respond(stream: &mut TcpStream, status: &str, headers: &[String], body: &[u8]) {
    respond_cut(stream, status, headers, body, body.len());
}

/// Promises all of `body`, sends the first `sent` bytes and hangs up.
fn respond_cut(stream: &mut TcpStream, status: &str, headers: &[String], body: &[u8], sent: usize) {
    let mut head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for header in headers {
        head += &format!("{header}\r\n");
    }
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(&body[..sent]);
    let _ = stream.flush();
}

fn serve(file: &[u8], request: &Request, stream: &mut TcpStream) {
    match request.range {
        None => respond(stream, "200 OK", &[], file),
        Some(start) if start < file.len() => {
            let range = format!("Content-Range: bytes {start}-{}/{}", file.len() - 1, file.len());
            respond(stream, "206 Partial Content", &[range], &file[start..]);
        }
        Some(_) => respond(stream, "416 Range Not Satisfiable", &[], b""),
    }
}

/// A URL where nobody listens: nothing serves this port since 1988.
const NOBODY: &str = "http://127.0.0.1:1/";

fn quiet(_: Progress<'_>) {}

fn part(directory: &Path) -> PathBuf {
    directory.join(format!("{NAME}.part"))
}

/// The file is there, whole, and alone but for the lock.
fn assert_fetched(directory: &Path, gzipped: &[u8]) {
    assert!(fs::read(directory.join(NAME)).unwrap() == gzipped, "other bytes");
    assert!(!part(directory).exists());
}

/// Fails to download, leaves nothing under the file's name, and says why on one line.
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
fn wrong_bytes_get_no_name_and_the_next_mirror_is_tried() {
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

#[test]
fn a_mirror_that_sends_without_end_is_cut_off() {
    let server = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while stream.write_all(&[0; 10_000]).is_ok() {}
    });
    let promising = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
        while stream.write_all(&[0; 10_000]).is_ok() {}
    });
    let directory = TempDir::new().unwrap();
    for server in [server, promising] {
        let reason = failure(&remote(&[&server.url]), directory.path());
        assert!(reason.contains("it sends more than"), "{reason}");
        assert!(!part(directory.path()).exists());
        assert_eq!(server.requests().len(), 1);
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
    let hang = |_: &mut TcpStream| thread::sleep(Duration::from_secs(60));
    let mute = Server::start(move |_, _, stream| hang(stream));
    let file = gzipped.clone();
    let stalling = Server::start(move |_, _, stream| {
        respond_cut(stream, "200 OK", &[], &file, 0);
        hang(stream);
    });
    let file = gzipped.clone();
    let half = Server::start(move |_, request, stream| {
        if request.range.is_none() {
            respond_cut(stream, "200 OK", &[], &file, 10_000);
        }
        hang(stream);
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

    // What the mirror did send serves the next one.
    let good = Server::good(gzipped.clone());
    download(&hasty(&[&mute.url, &good.url]), directory.path(), &mut quiet).unwrap();
    assert_fetched(directory.path(), &gzipped);
    assert_eq!(good.ranges(), [Some(10_000)]);
}

#[test]
fn a_mirror_that_trickles_is_given_up_after_its_time() {
    let server = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(&[0]).is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let mut remote = remote(&[&server.url]);
    remote.mirror_timeout = Duration::from_millis(300);
    let start = Instant::now();
    let reason = failure(&remote, TempDir::new().unwrap().path());
    assert!(reason.ends_with("too slow"), "{reason}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

/// Sends `body` after a head of its own making, and hangs up or not.
fn raw(head: &'static str, body: Vec<u8>, then: fn()) -> Server {
    Server::start(move |_, _, stream| {
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&body);
        let _ = stream.flush();
        then();
    })
}

/// Sends `beginning`, and then `more` as long as anybody listens, resting in between.
fn endless(beginning: &'static str, more: &'static [u8], rest: Duration) -> Server {
    Server::start(move |_, _, stream| {
        let _ = stream.write_all(beginning.as_bytes());
        while stream.write_all(more).is_ok() {
            thread::sleep(rest);
        }
    })
}

/// Mirrors that lie in every way known.
fn liars() -> Vec<(&'static str, Server)> {
    let gzipped = gzip(&payload());
    let half = gzipped[..gzipped.len() / 2].to_vec();
    let mut almost = payload();
    almost[100] ^= 1;
    let hang_up = || {};
    let hang = || thread::sleep(Duration::from_secs(60));
    let (at_once, slowly) = (Duration::ZERO, Duration::from_millis(50));
    let close = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    let kilobyte: &'static [u8] = &[7; 1024];
    // 100 MB of zeros, in fewer bytes than the file may have; and the same behind a header that asks for unpacking.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 100_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    let many_members = gzip(b"").repeat(10_000);
    let garbage = vec![0x55; gzipped.len() / 2];
    let redirecting = |location: fn(usize) -> String| {
        Server::start(move |number, _, stream| {
            respond(
                stream,
                "302 Found",
                &[format!("Location: {}", location(number))],
                b"",
            );
        })
    };
    vec![
        ("wrong bytes", Server::good(gzip(&almost))),
        ("no gzip", Server::good(b"<html>log in first</html>".to_vec())),
        ("no bytes", Server::good(Vec::new())),
        (
            "a short body",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n",
                half.clone(),
                hang_up,
            ),
        ),
        (
            "a short body of other bytes",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n",
                garbage,
                hang_up,
            ),
        ),
        (
            "a short body that claims to be whole",
            raw(close, half.clone(), hang_up),
        ),
        ("an endless body", endless(close, kilobyte, at_once)),
        (
            "an endless body in pieces",
            endless(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"4\r\nabcd\r\n",
                at_once,
            ),
        ),
        (
            "an endless piece",
            endless(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFF\r\n",
                kilobyte,
                at_once,
            ),
        ),
        (
            "a slow body",
            endless("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", b"a", slowly),
        ),
        (
            "a slow head",
            endless("HTTP/1.1 200 OK\r\nX-Slow: ", b"a", slowly),
        ),
        (
            "an endless head",
            endless("HTTP/1.1 200 OK\r\nX-Long: ", kilobyte, at_once),
        ),
        (
            "endless headers",
            endless("HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n", at_once),
        ),
        (
            "to be continued without end",
            endless("", b"HTTP/1.1 100 Continue\r\n\r\n", at_once),
        ),
        ("404", Server::status("404 Not Found")),
        ("500", Server::status("500 Internal Server Error")),
        ("success without a file", Server::status("204 No Content")),
        ("a redirect to itself", redirecting(|_| format!("/mnist/{NAME}"))),
        (
            "redirects without end",
            redirecting(|number| format!("/{number}/{NAME}")),
        ),
        (
            "a redirect to a file",
            redirecting(|_| "file:///etc/passwd".to_owned()),
        ),
        ("a redirect to nobody", redirecting(|_| NOBODY.to_owned())),
        ("a redirect to nowhere", redirecting(|_| String::new())),
        (
            "a length that is too small",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
                gzipped.clone(),
                hang_up,
            ),
        ),
        (
            "a length that is too large",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 220000\r\n\r\n",
                gzipped.clone(),
                hang_up,
            ),
        ),
        (
            "a length that never comes",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 220000\r\n\r\n",
                half.clone(),
                hang,
            ),
        ),
        (
            "a length beyond all files",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
                half.clone(),
                hang_up,
            ),
        ),
        (
            "a length that is no number",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                half.clone(),
                hang_up,
            ),
        ),
        (
            "two lengths",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n",
                half.clone(),
                hang_up,
            ),
        ),
        (
            "a part nobody asked for",
            raw(
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\n",
                half.clone(),
                hang_up,
            ),
        ),
        ("a gzip bomb", Server::good(bomb.clone())),
        (
            "a gzip bomb as encoding",
            raw(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n",
                bomb,
                hang_up,
            ),
        ),
        ("thousands of empty gzip members", Server::good(many_members)),
        ("no HTTP", raw("SSH-2.0-OpenSSH_9.6\r\n", Vec::new(), hang_up)),
        ("no word", raw("", Vec::new(), hang_up)),
        ("silence", raw("", Vec::new(), hang)),
    ]
}

#[test]
fn no_liar_gets_a_file_its_name_and_every_one_gives_way_to_the_next_mirror_in_time() {
    let gzipped = gzip(&payload());
    for (lie, bad) in liars() {
        let good = Server::good(gzipped.clone());
        let hasty = |mirrors: &[&str]| Remote {
            connect_timeout: Duration::from_secs(1),
            read_timeout: Duration::from_millis(300),
            mirror_timeout: Duration::from_millis(900),
            ..remote(mirrors)
        };
        let start = Instant::now();
        let alone = TempDir::new().unwrap();
        let mut unnamed = |progress: Progress<'_>| {
            let is_named = alone.path().join(NAME).exists();
            assert!(
                !is_named || matches!(progress, Progress::Finished { .. }),
                "{lie}: {progress:?}"
            );
        };
        let result = download(&hasty(&[&bad.url]), alone.path(), &mut unnamed);
        assert!(
            matches!(&result, Err(Error::Download { reason, .. }) if !reason.contains('\n')),
            "{lie}: {result:?}"
        );
        let left = fs::read_dir(alone.path()).unwrap();
        for entry in left {
            let name = entry.unwrap().file_name();
            assert!(
                name == ".batchprop-download.lock" || name == *format!("{NAME}.part"),
                "{lie}: {name:?}"
            );
        }
        // With what the liar left, and from the start.
        let anew = TempDir::new().unwrap();
        for (remote, directory) in [
            (remote(&[&good.url]), alone.path()),
            (hasty(&[&bad.url, &good.url]), anew.path()),
        ] {
            let fetched = download(&remote, directory, &mut quiet);
            let fetched = fetched.unwrap_or_else(|error| panic!("{lie}: {error}"));
            // A liar may have left all that was needed.
            let is_from_good = fetched[0].mirror.as_deref() == Some(&*good.url);
            assert!(is_from_good || directory == alone.path(), "{lie}");
            assert_fetched(directory, &gzipped);
        }
        // Twice the liar's time and redirects, on however slow a machine.
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{lie}: {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn a_mirror_that_hangs_up_again_and_again_has_no_more_time_than_one_that_trickles() {
    let gzipped = gzip(&payload());
    // Each request brings a byte in its 200 ms, and so earns another.
    let server = Server::start(move |_, request, stream| {
        let start = request.range.unwrap_or(0);
        let range = format!(
            "Content-Range: bytes {start}-{}/{}",
            gzipped.len() - 1,
            gzipped.len()
        );
        thread::sleep(Duration::from_millis(200));
        let status = if start == 0 {
            "200 OK"
        } else {
            "206 Partial Content"
        };
        respond_cut(stream, status, &[range], &gzipped[start..], 1);
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
    let trickling = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(&[0]).is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    // It has the first file alone, so that the other one would be asked again for the next.
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
    // Half of its file at once, half after 300 ms: four take longer than a mirror has.
    let slow = || {
        let gzipped = gzip(&payload());
        Server::start(move |_, request, stream| {
            let start = request.range.unwrap_or(0);
            let range = format!(
                "Content-Range: bytes {start}-{}/{}",
                gzipped.len() - 1,
                gzipped.len()
            );
            let status = match start {
                0 => "200 OK",
                _ => "206 Partial Content",
            };
            let rest = &gzipped[start..];
            let half = rest.len() / 2;
            respond_cut(stream, status, &[range], rest, half);
            thread::sleep(Duration::from_millis(300));
            let _ = stream.write_all(&rest[half..]);
        })
    };
    let (one, other) = (slow(), slow());
    let mut remote = remote(&[&one.url]);
    remote.files = four_files();
    remote.mirror_timeout = Duration::from_secs(1);
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

    // The next attempt goes on where the first one ended.
    remote.mirrors = vec![other.url.clone()];
    assert_eq!(download(&remote, alone.path(), &mut quiet).unwrap().len(), 4);
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
    let resolved = resolve(&DataArg::Auto, &places, Some(&remote), &mut quiet).unwrap();
    assert_eq!(resolved.notes, [Note::Downloaded(root.path().join("cache"))]);
    assert_eq!(
        resolved.source.files(),
        four.map(|name| root.path().join("cache").join(name))
    );

    // Now it is there: no word, no request.
    let again = resolve(&DataArg::Auto, &places, Some(&remote), &mut quiet).unwrap();
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
        let resolved = resolve(&DataArg::Auto, &places, remote.as_ref(), &mut quiet).unwrap();
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
    let missing = DataArg::Path(root.path().join("nowhere"));
    assert!(resolve(&missing, &places, None, &mut quiet).is_err());
    let resolved = resolve(&DataArg::Synthetic, &places, None, &mut quiet).unwrap();
    assert_eq!(
        (resolved.source, resolved.notes),
        (DataSource::Synthetic, Vec::new())
    );
}
