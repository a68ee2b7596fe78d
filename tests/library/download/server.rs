//! Mirrors on the loopback interface, with a minimal HTTP.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a server sees of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) path: String,
    pub(super) range: Option<usize>,
}

/// A server that lives as long as the test's process.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each connection with one call of `answer`; `number` counts them from 0.
    pub(super) fn start(answer: impl Fn(usize, &Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
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
    pub(super) fn good(file: Vec<u8>) -> Self {
        Self::start(move |_, request, stream| serve(&file, request, stream))
    }

    pub(super) fn status(status: &'static str) -> Self {
        Self::start(move |_, _, stream| respond(stream, status, &[], b"<html>no</html>"))
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn ranges(&self) -> Vec<Option<usize>> {
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

/// Write errors are ignored: a client may hang up early.
pub(super) fn respond(stream: &mut TcpStream, status: &str, headers: &[String], body: &[u8]) {
    respond_cut(stream, status, headers, body, body.len());
}

/// Promises all of `body`, sends the first `sent` bytes and hangs up.
pub(super) fn respond_cut(
    stream: &mut TcpStream,
    status: &str,
    headers: &[String],
    body: &[u8],
    sent: usize,
) {
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

pub(super) fn serve(file: &[u8], request: &Request, stream: &mut TcpStream) {
    match request.range {
        None => respond(stream, "200 OK", &[], file),
        Some(start) if start < file.len() => {
            let range = format!("Content-Range: bytes {start}-{}/{}", file.len() - 1, file.len());
            respond(stream, "206 Partial Content", &[range], &file[start..]);
        }
        Some(_) => respond(stream, "416 Range Not Satisfiable", &[], b""),
    }
}

/// A URL where nobody listens: this port has not been used since 1988.
pub(super) const NOBODY: &str = "http://127.0.0.1:1/";

/// Sends the rest of a file from where it is asked for, of which only the first `sent` bytes arrive.
pub(super) fn serve_cut(file: &[u8], request: &Request, stream: &mut TcpStream, sent: usize) {
    let start = request.range.unwrap_or(0);
    let range = format!("Content-Range: bytes {start}-{}/{}", file.len() - 1, file.len());
    let status = if start == 0 {
        "200 OK"
    } else {
        "206 Partial Content"
    };
    respond_cut(stream, status, &[range], &file[start..], sent);
}

/// Sends `beginning`, and then `more` with pauses as long as the client listens.
pub(super) fn endless(beginning: &'static str, more: &'static [u8], rest: Duration) -> Server {
    Server::start(move |_, _, stream| {
        let _ = stream.write_all(beginning.as_bytes());
        while stream.write_all(more).is_ok() {
            thread::sleep(rest);
        }
    })
}

/// Sends a byte now and then.
pub(super) fn trickling() -> Server {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    endless(head, &[0], Duration::from_millis(50))
}

pub(super) fn hang() {
    thread::sleep(Duration::from_secs(60));
}
