//! Attacks on the server from the network and through a browser. After each attack, a valid request must be
//! answered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use super::{Answer, ONE, Served, serve};

const JSON: &str = "Content-Type: application/json\r\n";

/// The limit on memory beyond that at the start of the program: docs/serve.md.
const MOST_MEMORY_KB: u64 = 80 * 1024;

/// The largest resident memory before an attack, if the system reports it.
struct Memory<'a> {
    served: &'a Served,
    before: Option<u64>,
}

impl<'a> Memory<'a> {
    fn of(served: &'a Served) -> Self {
        let before = peak(served);
        assert!(before.is_some() || !cfg!(target_os = "linux"));
        Self { served, before }
    }

    fn is_kept(&self) {
        if let Some(before) = self.before {
            let now = peak(self.served).unwrap();
            assert!(now - before < MOST_MEMORY_KB, "{now} kB after {before} kB");
        }
    }
}

/// The largest resident memory so far, in kB.
fn peak(served: &Served) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn foreign_hosts_and_origins_are_refused_and_logged() {
    let served = serve(&[784, 30, 10]);
    let port = served.address.port();
    let host = |name: &str| {
        served.raw(format!("GET /network HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n").as_bytes())
    };
    let foreign = [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1:1".to_owned(),
        "localhost".to_owned(),
    ];
    for name in &foreign {
        let answer = host(name);
        assert_eq!(answer.status, 403, "{name}");
        assert!(!answer.text().contains("sizes"));
    }
    served.wait_for_lines(" 403 ", foreign.len());
    for name in ["localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(host(&format!("{name}:{port}")).status, 200, "{name}");
    }
    let absolute = format!(
        "GET http://evil.example:{port}/network HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(served.raw(absolute.as_bytes()).status, 403);
    for origin in [
        "null",
        "http://evil.example",
        &format!("https://127.0.0.1:{port}"),
        "http://127.0.0.1:1",
    ] {
        let headers = format!("{JSON}Origin: {origin}\r\n");
        let answer = served.ask("POST", "/predict", &headers, ONE);
        assert_eq!(answer.status, 403, "{origin}");
    }
    let own = format!("{JSON}Origin: http://127.0.0.1:{port}\r\n");
    assert_eq!(served.ask("POST", "/predict", &own, ONE).status, 200);
    served.is_well();
}

#[test]
fn paths_methods_and_types_that_do_not_exist_are_refused_and_logged() {
    let served = serve(&[784, 30, 10]);
    let cases = [
        ("GET", "/../../etc/passwd", "", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", "", 404),
        ("GET", "/..%2f..%2fetc%2fpasswd", "", 404),
        ("GET", "//etc/passwd", "", 404),
        ("GET", "/style.css/../../Cargo.toml", "", 404),
        ("GET", "/assets/page.js", "", 404),
        ("GET", "/weights/-1", "", 404),
        ("GET", "/weights/99999999999999999999", "", 404),
        ("GET", "/weights/0x1", "", 404),
        ("GET", "/training", "", 404),
        ("BREW", "/", "", 405),
        ("OPTIONS", "/predict", "", 405),
        ("DELETE", "/network", "", 405),
        ("TRACE", "/", "", 405),
        ("GET", "/predict", "", 405),
        ("POST", "/", "", 405),
        ("POST", "/predict", "", 415),
        ("POST", "/predict", "Content-Type: text/plain\r\n", 415),
    ];
    for (method, path, headers, status) in cases {
        let answer = served.ask(method, path, headers, "");
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(!answer.text().contains("root:"));
        if status == 405 {
            let allowed = if path == "/predict" { "post" } else { "get, head" };
            assert_eq!(answer.header("allow"), allowed);
        }
        served.wait_for_lines(&format!("{method} {path} {status} "), 1);
        served.is_well();
    }
}

#[test]
fn malformed_drawings_are_refused_with_what_is_wrong() {
    let served = serve(&[784, 30, 10]);
    let point = "[0.5,0.5]";
    let strokes =
        |count: usize, stroke: &str| format!(r#"{{"strokes":[{}]}}"#, vec![stroke; count].join(","));
    for (drawing, reason) in [
        (String::new(), "expected a drawing"),
        ("{".to_owned(), "expected a drawing"),
        ("[".repeat(100_000), "expected a drawing"),
        (
            r#"{"strokes":"#.to_owned() + &"[".repeat(200),
            "expected a drawing",
        ),
        (r#"{"strokes":[[[0.5]]]}"#.to_owned(), "expected a drawing"),
        (r#"{"strokes":[[[0.5,"a"]]]}"#.to_owned(), "expected a drawing"),
        (r#"{"strokes":[[[0.5,null]]]}"#.to_owned(), "expected a drawing"),
        (r#"{"strokes":[],"more":1}"#.to_owned(), "unknown field"),
        (r#"{"strokes":[[[0.5,1e30]]]}"#.to_owned(), "stroke 0, point 0"),
        (
            r#"{"strokes":[[[0.5,0.5],[-1,0.5]]]}"#.to_owned(),
            "stroke 0, point 1",
        ),
        (r#"{"strokes":[],"pen":0}"#.to_owned(), "pen: expected"),
        (
            strokes(10_000, &format!("[{point}]")),
            "strokes: expected 500 or fewer, found 10000",
        ),
        (
            strokes(1, &format!("[{}]", vec![point; 10_000].join(","))),
            "points of all strokes: expected 5000",
        ),
        (
            strokes(1, &format!("[{}]", vec!["[0,0],[1,1]"; 100].join(","))),
            "length of all strokes",
        ),
        ("\u{0}\u{1}\u{fffd}".to_owned(), "expected a drawing"),
    ] {
        let answer = served.predict(&drawing);
        let shown: String = drawing.chars().take(60).collect();
        assert_eq!(answer.status, 400, "{shown}: {}", answer.text());
        assert!(answer.text().contains(reason), "{shown}: {}", answer.text());
        served.is_well();
    }
    served.wait_for_lines("POST /predict 400 ", 15);
}

#[test]
fn bodies_of_100_megabytes_are_discarded_and_refused() {
    let served = serve(&[784, 30, 10]);
    served.is_well();
    let memory = Memory::of(&served);
    let send = |head: &str, part: &[u8], parts: usize, end: &[u8]| {
        let mut stream = served.connect();
        write!(
            stream,
            "POST /predict HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{JSON}{head}\r\n",
            served.address
        )
        .unwrap();
        // The server may answer before everything is sent.
        for _ in 0..parts {
            if stream.write_all(part).is_err() {
                break;
            }
        }
        let _ = stream.write_all(end);
        Answer::read(stream)
    };
    let part = vec![b'['; 1 << 20];
    let chunk = [b"100000\r\n", &part[..], b"\r\n"].concat();
    thread::scope(|scope| {
        let bodies = [
            scope.spawn(|| send("Content-Length: 104857600\r\n", &part, 100, b"")),
            scope.spawn(|| send("Transfer-Encoding: chunked\r\n", &chunk, 100, b"0\r\n\r\n")),
        ];
        served.is_well();
        for body in bodies {
            let answer = body.join().unwrap();
            assert_eq!(answer.status, 413);
            assert!(answer.text().contains("131072"), "{}", answer.text());
        }
    });
    served.wait_for_lines("POST /predict 413 ", 2);
    served.is_well();
    memory.is_kept();
}

#[test]
fn long_heads_and_requests_that_are_not_http_are_refused_and_logged() {
    let served = serve(&[784, 30, 10]);
    let long = format!("X-Long: {}\r\n", "x".repeat(100_000));
    assert_eq!(served.ask("GET", "/", &long, "").status, 431);
    let many = "X-More: 1\r\n".repeat(1000);
    assert_eq!(served.ask("GET", "/", &many, "").status, 431);
    assert_eq!(served.get(&format!("/{}", "a".repeat(100_000))).status, 431);
    assert_eq!(
        served
            .raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n")
            .status,
        400
    );
    assert_eq!(served.raw(b"GET / HTTP/1.1\r\nHost\r\n\r\n").status, 400);
    assert_eq!(
        served.raw(b"GET /\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n").status,
        400
    );
    served.wait_for_lines("not a request", 5);
    assert!(!served.stderr.lock().unwrap().contains('\u{1b}'));
    served.is_well();
}

/// Opens connections without a complete request: silent, with half a head, with half a body.
fn half_open(served: &Served, count: usize) -> Vec<TcpStream> {
    let beginnings = [
        String::new(),
        "GET / HT".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: {}\r\nX-Slow: ", served.address),
        format!(
            "POST /predict HTTP/1.1\r\nHost: {}\r\n{JSON}Content-Length: 1000\r\n\r\n{{\"strokes\"",
            served.address
        ),
    ];
    let open = |index: usize| {
        let mut stream = served.connect();
        // It may have been closed in favour of another one.
        let _ = stream.write_all(beginnings[index % beginnings.len()].as_bytes());
        stream
    };
    (0..count).map(open).collect()
}

#[test]
fn five_hundred_idle_connections_do_not_block_others() {
    let served = serve(&[784, 30, 10]);
    served.is_well();
    let memory = Memory::of(&served);
    let mut all = half_open(&served, 500);
    served.is_well();
    // Those that were not closed send one byte at a time.
    for _ in 0..3 {
        for stream in &mut all {
            let _ = stream.write_all(b"a");
        }
        served.is_well();
    }
    served.wait_for_lines("closed, idle the longest of more than 256 connections", 500 - 256);
    memory.is_kept();
}

#[test]
fn incomplete_bodies_on_every_connection_stay_within_the_stated_memory() {
    let served = serve(&[784, 30, 10]);
    served.is_well();
    let memory = Memory::of(&served);
    let nearly = [
        format!(
            "POST /predict HTTP/1.1\r\nHost: {}\r\n{JSON}Content-Length: 131072\r\n\r\n",
            served.address
        )
        .as_bytes(),
        &[b'['; 131_071],
    ]
    .concat();
    let all: Vec<TcpStream> = (0..500)
        .map(|_| {
            let mut stream = served.connect();
            let _ = stream.write_all(&nearly);
            stream
        })
        .collect();
    served.is_well();
    served.wait_for_lines("closed, idle the longest of more than 256 connections", 500 - 256);
    memory.is_kept();
    drop(all);
}

#[test]
fn five_hundred_requests_at_once_are_all_answered() {
    let served = serve(&[784, 30, 10]);
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| (0..10).for_each(|_| served.is_well()));
        }
    });
}

#[test]
fn slow_clients_are_disconnected() {
    let served = serve(&[784, 30, 10]);
    let answers = half_open(&served, 4).into_iter().map(Answer::read);
    let statuses: Vec<u16> = answers.map(|answer| answer.status).collect();
    assert_eq!(statuses, [0, 0, 0, 408]);
    served.wait_for_lines("closed, no request within 5 s", 3);
    served.wait_for_lines("POST /predict 408 ", 1);
    served.is_well();
}

#[test]
fn watchers_beyond_the_limit_are_refused_and_the_others_stay() {
    let data = crate::data();
    let mut command = crate::batchprop();
    command
        .args(["train", "--serve", "--epochs", "1000000", "--data"])
        .arg(data.path());
    let served = Served::start(&mut command, data);
    let watch = || {
        let mut stream = served.connect();
        write!(
            stream,
            "GET /training HTTP/1.1\r\nHost: {}\r\n\r\n",
            served.address
        )
        .unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(status, *b"HTTP/1.1 200");
        stream
    };
    let watching: Vec<TcpStream> = (0..16).map(|_| watch()).collect();
    assert_eq!(served.get("/training").status, 503);
    served.is_well();
    drop(watching);
}

#[test]
fn a_quiet_server_prints_nothing_and_an_unread_stderr_blocks_nothing() {
    let (directory, path) = super::model(&[784, 10]);
    let mut command = crate::batchprop();
    command.arg("serve").arg(path).arg("--quiet");
    let served = Served::start(&mut command, directory);
    served.get("/nothing");
    served.is_well();
    assert_eq!(*served.stderr.lock().unwrap(), "");

    let served = serve(&[784, 10]);
    // The lock stops the reader of stderr: the pipe is full after some hundred lines.
    let unread = served.stderr.lock().unwrap();
    let path = format!("/{}", "a".repeat(70));
    let mut stream = served.connect();
    let one = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", served.address);
    let last = one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    stream.write_all((one.repeat(2999) + &last).as_bytes()).unwrap();
    let answers = Answer::read(stream);
    assert_eq!(answers.text().matches("HTTP/1.1 404").count(), 2999);
    served.is_well();
    drop(unread);
}
