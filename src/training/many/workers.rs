//! Threads, each with a rayon pool of its own, that do one job after another.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// Pools of one thread each.
#[derive(Debug)]
pub(super) struct Workers(Vec<ThreadPool>);

impl Workers {
    /// `count` pools.
    ///
    /// # Errors
    /// [`Error::Option`] when the threads cannot be started.
    pub fn new(count: usize) -> Result<Self> {
        let pool = |_| ThreadPoolBuilder::new().num_threads(1).build();
        let pools = (0..count).map(pool).collect::<std::result::Result<_, _>>();
        pools.map(Self).map_err(|error| {
            Error::option(
                "threads",
                count,
                format!("a number of threads this machine can start ({error})"),
            )
        })
    }

    /// Number of pools.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Runs `work` in one of the pools.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match self.0.first() {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Starts the jobs 0 to `jobs` − 1 in this order, and calls `done` on the calling thread when each has ended.
    /// When `done` breaks, `is_over` is set and no more jobs are started.
    ///
    /// # Panics
    /// When `work` panics, after all others are done.
    pub fn each<R: Send>(
        &self,
        jobs: usize,
        is_over: &AtomicBool,
        work: impl Fn(usize) -> R + Sync,
        mut done: impl FnMut(usize, R) -> ControlFlow<()>,
    ) {
        let next = AtomicUsize::new(0);
        let (next, work) = (&next, &work);
        thread::scope(|scope| {
            let (sender, results) = mpsc::channel();
            for pool in &self.0 {
                let sender = sender.clone();
                scope.spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        let job = next.fetch_add(1, Ordering::Relaxed);
                        if job >= jobs || sender.send((job, pool.install(|| work(job)))).is_err() {
                            break;
                        }
                    }
                });
            }
            // The loop ends with the last worker.
            drop(sender);
            for (job, result) in results {
                if done(job, result).is_break() {
                    is_over.store(true, Ordering::Relaxed);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_whatever_the_number_of_workers() {
        for count in [1, 2, 7] {
            let mut told = Vec::new();
            let workers = Workers::new(count).unwrap();
            workers.each(
                20,
                &AtomicBool::new(false),
                |job| (job, rayon::current_num_threads()),
                |job, result| {
                    assert_eq!(result, (job, 1));
                    told.push(job);
                    ControlFlow::Continue(())
                },
            );
            told.sort_unstable();
            assert_eq!(told, Vec::from_iter(0..20));
        }
    }

    #[test]
    fn after_a_break_no_job_is_begun_and_those_begun_are_told() {
        let begun = AtomicUsize::new(0);
        let is_over = AtomicBool::new(false);
        let mut told = 0;
        Workers::new(3).unwrap().each(
            1_000_000,
            &is_over,
            |_| begun.fetch_add(1, Ordering::Relaxed),
            |_, _| {
                told += 1;
                ControlFlow::Break(())
            },
        );
        assert_eq!(told, begun.into_inner());
        assert!(told < 1_000_000);
        assert!(is_over.into_inner());
    }
}
