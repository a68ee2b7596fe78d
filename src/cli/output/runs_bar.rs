//! The progress of many runs as a line on stderr; silent when stderr is not a terminal.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::status_line::StatusLine;
use super::words::{clock, grouped, time_left};

/// Counts epochs, which measure time better than runs, and shows the runs.
#[derive(Debug)]
pub struct RunsBar(Mutex<State>);

#[derive(Debug)]
struct State {
    line: Option<StatusLine>,
    started: Instant,
    /// Done, and in all.
    epochs: [usize; 2],
    runs: [usize; 2],
}

impl RunsBar {
    /// For this many runs, with this many epochs in all; of none it shows nothing.
    pub fn new(runs: usize, epochs: usize) -> Self {
        let mut state = State {
            line: StatusLine::of_stderr().filter(|_| runs > 0),
            started: Instant::now(),
            epochs: [0, epochs],
            runs: [0, runs],
        };
        state.show();
        Self(Mutex::new(state))
    }

    /// An epoch of some run is done.
    pub fn epoch(&self) {
        let mut state = self.lock();
        state.epochs[0] += 1;
        state.show();
    }

    /// A run has ended, this many epochs before its last.
    pub fn run(&self, epochs_left: usize) {
        let mut state = self.lock();
        state.epochs[0] += epochs_left;
        state.runs[0] += 1;
        state.show();
    }

    /// Hides the bar while `print` prints.
    pub fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        match &mut self.lock().line {
            Some(line) => line.suspend(print),
            None => print(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic leaves behind are numbers.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show(&mut self) {
        let Some(line) = &mut self.line else { return };
        let [[epochs, all_epochs], [runs, all_runs]] = [self.epochs, self.runs];
        let part = epochs as f64 / all_epochs as f64;
        let left = time_left(self.started.elapsed(), part);
        let left = left.map_or_else(String::new, |left| format!("  ETA {}", clock(left)));
        line.show(
            &format!("run {runs}/{all_runs}"),
            part,
            &format!(
                "{}/{} epochs{left}",
                grouped(epochs as f64),
                grouped(all_epochs as f64)
            ),
        );
    }
}
