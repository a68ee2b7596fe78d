//! The open connections. A new connection is always accepted: where there are too many, the one that has been idle longest is
//! closed. So connections that are half open or slow never keep out one with a request, and the memory of all is bounded.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

/// Connections at once: a browser opens six.
pub const MOST: usize = 256;

/// The open connections, those that asked longest ago first.
#[derive(Debug, Default)]
pub struct Connections(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    open: VecDeque<Connection>,
    next: u64,
}

#[derive(Debug)]
struct Connection {
    id: u64,
    peer: SocketAddr,
    used: Instant,
    task: AbortHandle,
}

impl Connections {
    /// Takes in the connection of `peer`, served by the task that `spawn` starts under the given number. The peer whose
    /// connection had to go.
    pub fn open(&self, peer: SocketAddr, spawn: impl FnOnce(u64) -> AbortHandle) -> Option<SocketAddr> {
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        // The lock is held until the task is in the list: it cannot end before.
        let task = spawn(id);
        state.open.push_back(Connection {
            id,
            peer,
            used: Instant::now(),
            task,
        });
        let is_full = state.open.len() > MOST;
        state.open.pop_front_if(|_| is_full).map(Connection::close)
    }

    /// The connection has asked, or read, something.
    pub fn used(&self, id: u64) {
        let mut state = self.lock();
        if let Some(mut connection) = state.remove(id) {
            connection.used = Instant::now();
            state.open.push_back(connection);
        }
    }

    /// The connection is at its end.
    pub fn closed(&self, id: u64) {
        self.lock().remove(id);
    }

    /// Ends all that have been idle for `longer`. Their peers.
    pub fn close_idle(&self, longer: Duration) -> Vec<SocketAddr> {
        let mut state = self.lock();
        let is_idle = |it: &mut Connection| it.used.elapsed() >= longer;
        std::iter::from_fn(|| state.open.pop_front_if(is_idle).map(Connection::close)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Nothing panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn remove(&mut self, id: u64) -> Option<Connection> {
        let position = self.open.iter().position(|it| it.id == id)?;
        self.open.remove(position)
    }
}

impl Connection {
    fn close(self) -> SocketAddr {
        self.task.abort();
        self.peer
    }
}
