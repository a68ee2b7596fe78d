//! Threads of our own, and work on them that Ctrl-C can end.
//!
//! Each number of threads has one pool, which is made at its first use and kept. A child process has none of its parent's
//! threads: after a `fork` the pools are made anew.

use std::collections::HashMap;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How often Python is asked whether it was interrupted.
const WATCH: Duration = Duration::from_millis(20);

/// A process, and its pools by their number of threads.
type Pools = (u32, HashMap<usize, Arc<ThreadPool>>);

static POOLS: Mutex<Option<Pools>> = Mutex::new(None);

fn pool(threads: usize) -> PyResult<Arc<ThreadPool>> {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let process = process::id();
    if pools.as_ref().is_none_or(|(owner, _)| *owner != process) {
        // Dropping a pool waits for its threads, which a forked process does not have.
        std::mem::forget(pools.replace((process, HashMap::new())));
    }
    let (_, pools) = pools.get_or_insert_with(|| (process, HashMap::new()));
    if let Some(pool) = pools.get(&threads) {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("batchprop-{index}"))
        .build()
        .map_err(|error| PyOSError::new_err(format!("cannot start {threads} threads: {error}")))?;
    let pool = Arc::new(pool);
    pools.insert(threads, Arc::clone(&pool));
    Ok(pool)
}

/// Runs `work` in a pool of `threads` threads, while other Python threads run. Ctrl-C sets the flag that `work` is given:
/// `work` should then end soon, its result is dropped, and the exception to raise is returned.
pub fn run<T: Send>(py: Python, threads: usize, work: impl FnOnce(&AtomicBool) -> T + Send) -> PyResult<T> {
    let pool = pool(threads.max(1))?;
    let stop = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    py.detach(move || {
        pool.in_place_scope(|scope| {
            let stop = &stop;
            scope.spawn(move |_| {
                // The receiver waits until the result is there.
                let _ = sender.send(work(stop));
            });
            let mut interruption = None;
            loop {
                match receiver.recv_timeout(WATCH) {
                    Ok(result) => return interruption.map_or(Ok(result), Err),
                    Err(RecvTimeoutError::Timeout) if interruption.is_none() => {
                        interruption = Python::attach(|py| py.check_signals()).err();
                        stop.store(interruption.is_some(), Ordering::Relaxed);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => {
                        // The scope passes the panic of `work` on.
                        return Err(PyRuntimeError::new_err("the work panicked"));
                    }
                }
            }
        })
    })
}
