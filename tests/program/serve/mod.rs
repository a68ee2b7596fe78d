//! `batchprop serve` and `train --serve`, tested by requests. tests/browser tests them in a browser.

mod attacks;
mod page;
mod run;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use batchprop::Network;
use batchprop::storage::model;
use batchprop::storage::model::Metadata;
use tempfile::TempDir;

use super::batchprop;

/// A timeout longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A drawing of a one.
pub const ONE: &str = r#"{"strokes":[[[0.5,0.2],[0.5,0.5],[0.5,0.8]]],"pen":0.075}"#;

/// The program while it serves; it ends with this.
pub struct Served {
    child: Child,
    address: SocketAddr,
    /// What it printed after the address.
    stdout: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
    /// Of the model.
    _directory: TempDir,
}

/// An answer, taken apart.
pub struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: Vec<u8>,
}

fn model(sizes: &[usize]) -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.safetensors");
    let network = Network::<f32>::new(sizes, 1).unwrap();
    model::save(&network, &Metadata::default(), &path).unwrap();
    (directory, path)
}

/// Serves a network of `sizes`.
fn serve(sizes: &[usize]) -> Served {
    let (directory, path) = model(sizes);
    let mut command = batchprop();
    command.arg("serve").arg(path);
    Served::start(&mut command, directory)
}

impl Served {
    pub fn start(command: &mut Command, directory: TempDir) -> Self {
        let mut child = command
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let stdout = collected(stdout);
        let stderr = collected(BufReader::new(child.stderr.take().unwrap()));
        let address = first
            .strip_prefix("http://")
            .and_then(|it| it.strip_suffix("/\n"));
        let address = address.unwrap_or_else(|| panic!("no address: {first:?}"));
        Self {
            address: address.parse().unwrap(),
            child,
            stdout,
            stderr,
            _directory: directory,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes as they are and reads all that comes back.
    fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // It may answer, and close, before it has read all.
        let _ = stream.write_all(request);
        Answer::read(stream)
    }

    /// `method path`, with these headers besides the right Host.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let (host, length) = (self.address, body.len());
        self.raw(
            format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
            )
            .as_bytes(),
        )
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    pub fn predict(&self, drawing: &str) -> Answer {
        self.ask("POST", "/predict", "Content-Type: application/json\r\n", drawing)
    }

    /// Checks that a valid request is answered, and returns how soon.
    fn is_well(&self) {
        let asked = Instant::now();
        let answer = self.predict(ONE);
        eprintln!("a good request was answered in {:.1?}", asked.elapsed());
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["seen"].as_array().unwrap().len(), 784);
    }

    /// Waits for `count` lines of stdout and stderr that contain `text`.
    fn wait_for_lines(&self, text: &str, count: usize) {
        let found = || {
            let all = [&self.stdout, &self.stderr].map(|it| it.lock().unwrap().clone());
            let lines = all.iter().flat_map(|it| it.lines());
            lines.filter(|line| line.contains(text)).count()
        };
        for _ in 0..PATIENCE.as_millis() / 20 {
            if found() >= count {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("{count} lines with {text:?} expected, {} found", found());
    }
}

/// The lines of a stream, as they come.
fn collected(stream: impl BufRead + Send + 'static) -> Arc<Mutex<String>> {
    let all = Arc::new(Mutex::new(String::new()));
    let lines = all.clone();
    thread::spawn(move || {
        for line in stream.lines().map_while(Result::ok) {
            *lines.lock().unwrap() += &format!("{line}\n");
        }
    });
    all
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    /// Reads to the end.
    fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A connection may be reset after the answer.
        let _ = stream.read_to_end(&mut bytes);
        let _ = stream.shutdown(Shutdown::Both);
        let end = bytes
            .windows(4)
            .position(|it| it == b"\r\n\r\n")
            .unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        Self {
            status: head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap()),
            body: bytes.split_off((end + 4).min(bytes.len())),
            head,
        }
    }

    fn header(&self, name: &str) -> &str {
        let line = self
            .head
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
