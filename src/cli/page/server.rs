//! Sockets, time limits, and the end.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Error as HttpError, Request};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::runtime::Runtime;

use super::answers::{Page, answer};
use super::connections::{Connections, MOST};
use super::gate::Gate;
use super::live::Live;
use super::log::{Log, Writer};
use super::network::Shown;
use crate::cli::output::messages::{complain, note};
use crate::cli::signals;
use crate::cli::stop::Stop;

/// For a request's head, from the moment that the connection is free for it.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// Of a request's head, in bytes and in lines.
const HEAD_BYTES: usize = 16 * 1024;
const HEAD_LINES: usize = 64;

/// A connection that neither asked nor took anything for so long is closed.
const IDLE_TIME: Duration = Duration::from_secs(60);

/// How often that is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// How long the end of the program waits for answers that are not finished.
const END_TIME: Duration = Duration::from_millis(100);

/// Threads: answering is little work, and the cores may be training.
const ANSWERING: usize = 2;
const LOOKING: usize = 2;

/// When the system has no socket left, there may be one after so long.
const SHORTAGE: Duration = Duration::from_millis(50);

/// A socket that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    /// `--host`
    host: String,
}

/// A page that is served until this is dropped.
#[derive(Debug)]
pub struct Serving {
    page: Arc<Page>,
    /// The page's address.
    url: String,
    runtime: Option<Runtime>,
    writer: Option<Writer>,
}

impl Server {
    /// Listens on `port` of `host`.
    pub fn listen(host: &str, port: u16) -> Result<Self, Stop> {
        let listen = || {
            let listener = TcpListener::bind((host, port))?;
            let address = listener.local_addr()?;
            listener.set_nonblocking(true)?;
            Ok(Self {
                listener,
                address,
                host: host.to_owned(),
            })
        };
        listen().map_err(|error: io::Error| {
            let hint = match error.kind() {
                io::ErrorKind::AddrInUse => "Another program uses this port; --port 0 picks a free one.",
                io::ErrorKind::PermissionDenied => {
                    "Ports below 1024 may be reserved for the system; --port 0 picks a free one."
                }
                _ => "--host 127.0.0.1, the default, is this machine's own address.",
            };
            complain(&format!(
                "--host {host} --port {port}: cannot listen: {error}. {hint}"
            ));
            Stop::Failed
        })
    }

    /// Serves a network, and the run that trains it if there is one. From now on Ctrl-C and SIGTERM do not end the program by
    /// themselves. Each request is a line on stderr unless `quiet`.
    pub fn start(self, shown: Shown, live: Option<Arc<Live>>, quiet: bool) -> Result<Serving, Stop> {
        signals::listen();
        let failed = |error: io::Error| {
            complain(&format!("cannot serve: {error}"));
            Stop::Failed
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(ANSWERING)
            .max_blocking_threads(LOOKING)
            .thread_name("serve")
            .enable_all()
            .build()
            .map_err(failed)?;
        let url = self.url();
        self.note_others();
        let page = Arc::new(Page {
            shown,
            live,
            gate: Gate::new(&self.host, self.address.port()),
        });
        let (log, writer) = Log::start(quiet);
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(self.listener).map_err(failed)?
        };
        runtime.spawn(accept(listener, page.clone(), log));
        Ok(Serving {
            page,
            url,
            runtime: Some(runtime),
            writer: Some(writer),
        })
    }

    /// The page's address, as people type it.
    fn url(&self) -> String {
        let (host, port) = (&self.host, self.address.port());
        match self.address.ip() {
            ip if ip.is_unspecified() => format!("http://127.0.0.1:{port}/"),
            _ if host.contains(':') => format!("http://[{host}]:{port}/"),
            _ => format!("http://{host}:{port}/"),
        }
    }

    /// Notes that others can open the page, where they can.
    fn note_others(&self) {
        let (ip, port) = (self.address.ip(), self.address.port());
        if !ip.is_loopback() {
            let elsewhere = match own_address() {
                Some(own) if ip.is_unspecified() => format!(", at http://{own}:{port}/"),
                _ => String::new(),
            };
            note(&format!("anybody in the network can open the page{elsewhere}"));
        }
    }
}

impl Serving {
    /// The page's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The network of the page.
    pub fn shown(&self) -> &Shown {
        &self.page.shown
    }
}

/// Answers that are not finished have a moment.
impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(END_TIME);
        }
        if let Some(writer) = self.writer.take() {
            writer.finish();
        }
    }
}

/// The address by which others in the network know this machine, where there is a network. Nothing is sent: a datagram's
/// socket knows its own address once it knows the other one's.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

async fn accept(listener: tokio::net::TcpListener, page: Arc<Page>, log: Log) {
    let connections = Arc::new(Connections::default());
    tokio::spawn(close_idle(connections.clone(), log.clone()));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => {
                tokio::time::sleep(SHORTAGE).await;
                continue;
            }
        };
        let closed = connections.open(peer, |id| {
            let connection = Connection {
                id,
                peer,
                page: page.clone(),
                log: log.clone(),
                all: connections.clone(),
            };
            tokio::spawn(connection.serve(stream)).abort_handle()
        });
        if let Some(closed) = closed {
            log.line(
                closed,
                format_args!("closed, idle the longest of more than {MOST} connections"),
            );
        }
    }
}

async fn close_idle(connections: Arc<Connections>, log: Log) {
    loop {
        tokio::time::sleep(LOOK).await;
        for peer in connections.close_idle(IDLE_TIME) {
            log.line(peer, format_args!("closed, idle for {} s", IDLE_TIME.as_secs()));
        }
    }
}

/// One that was accepted.
struct Connection {
    id: u64,
    peer: SocketAddr,
    page: Arc<Page>,
    log: Log,
    all: Arc<Connections>,
}

impl Connection {
    async fn serve(self, stream: tokio::net::TcpStream) {
        // Answers are small, and someone is drawing.
        let _ = stream.set_nodelay(true);
        if let Ok(local) = stream.local_addr() {
            let has_asked = AtomicBool::new(false);
            let served = self.answer_all(stream, local, &has_asked).await;
            match served {
                // Browsers keep connections open that they do not use again.
                Err(error) if error.is_timeout() && has_asked.load(Ordering::Relaxed) => {}
                Err(error) if error.is_timeout() => {
                    let seconds = HEAD_TIME.as_secs();
                    self.log
                        .line(self.peer, format_args!("closed, no request within {seconds} s"));
                }
                Err(error) if error.is_parse() || error.is_incomplete_message() => {
                    self.log
                        .line(self.peer, format_args!("closed, not a request: {error}"));
                }
                // The peer is gone.
                Ok(()) | Err(_) => {}
            }
        }
        self.all.closed(self.id);
    }

    async fn answer_all(
        &self,
        stream: tokio::net::TcpStream,
        local: SocketAddr,
        has_asked: &AtomicBool,
    ) -> Result<(), HttpError> {
        let service = service_fn(|request: Request<_>| async move {
            let started = Instant::now();
            has_asked.store(true, Ordering::Relaxed);
            self.all.used(self.id);
            let asked = asked(&request);
            let (all, id) = (self.all.clone(), self.id);
            let (answer, reason) = answer(&self.page, request, local, move || all.used(id)).await;
            self.all.used(self.id);
            let milliseconds = started.elapsed().as_secs_f64() * 1e3;
            let status = answer.status().as_u16();
            let reason = reason.map_or_else(String::new, |reason| format!(" {reason}"));
            self.log.line(
                self.peer,
                format_args!("{asked} {status} {milliseconds:.1} ms{reason}"),
            );
            Ok::<_, std::convert::Infallible>(answer)
        });
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEAD_LINES)
            .serve_connection(TokioIo::new(stream), service)
            .await
    }
}

/// Method and path, as far as a line of the log has room. Neither can have a space or a control character in it.
fn asked<T>(request: &Request<T>) -> String {
    const MOST: usize = 80;
    let asked = format!("{} {}", request.method(), request.uri().path());
    asked.chars().take(MOST).flat_map(char::escape_debug).collect()
}
