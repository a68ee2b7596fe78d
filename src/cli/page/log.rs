//! One line per request, on stderr. A slow or stuck reader of stderr does not block answers: some lines wait for it,
//! further ones are counted and dropped.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

/// Lines that may wait.
const WAITING: usize = 1000;

/// How long the end of the program waits for the last lines.
const PATIENCE: Duration = Duration::from_millis(200);

/// Where lines go; cheap to clone.
#[derive(Debug, Clone)]
pub struct Log {
    lines: Option<SyncSender<String>>,
    lost: Arc<AtomicU64>,
}

/// The writer's end.
#[derive(Debug)]
pub struct Writer(Receiver<()>);

impl Log {
    /// A log that is written by a thread of its own, or `quiet`.
    pub fn start(quiet: bool) -> (Self, Writer) {
        let (lines, to_write) = sync_channel::<String>(WAITING);
        let (alive, end) = channel();
        let lost = Arc::new(AtomicU64::new(0));
        let log = Self {
            lines: (!quiet).then_some(lines),
            lost: lost.clone(),
        };
        // Without a thread there is no log, but still a page.
        let _ = thread::Builder::new().name("log".to_owned()).spawn(move || {
            let _alive = alive;
            for line in to_write {
                let lost = lost.swap(0, Ordering::Relaxed);
                let mut stderr = io::stderr().lock();
                // Where stderr is closed nobody reads it.
                let _ = writeln!(stderr, "{line}");
                if lost > 0 {
                    let _ = writeln!(stderr, "and {lost} more lines, faster than they could be written");
                }
            }
        });
        (log, Writer(end))
    }

    /// Writes what happened to the connection of `peer`.
    pub fn line(&self, peer: SocketAddr, what: impl fmt::Display) {
        if let Some(lines) = &self.lines
            && lines.try_send(format!("{peer} {what}")).is_err()
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Writer {
    /// Waits a little for the last lines; all clones of the log must be gone.
    pub fn finish(self) {
        let _ = self.0.recv_timeout(PATIENCE);
    }
}
