//! The progress of many runs as a bar on stderr; silent when stderr is not a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// Counts epochs, which measure time better than runs, and shows the runs.
#[derive(Debug)]
pub struct RunsBar {
    epochs: ProgressBar,
    /// Never drawn.
    runs: ProgressBar,
}

impl RunsBar {
    /// For this many runs, with this many epochs in all.
    pub fn new(runs: usize, epochs: usize) -> Self {
        let style = ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len} epochs, {eta} left");
        let bar = Self {
            epochs: ProgressBar::new(epochs as u64)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())),
            runs: ProgressBar::with_draw_target(Some(runs as u64), indicatif::ProgressDrawTarget::hidden()),
        };
        bar.show_runs();
        bar
    }

    /// An epoch of some run is done.
    pub fn epoch(&self) {
        self.epochs.inc(1);
    }

    /// A run has ended, this many epochs before its last.
    pub fn run(&self, epochs_left: usize) {
        self.epochs.inc(epochs_left as u64);
        self.runs.inc(1);
        self.show_runs();
    }

    fn show_runs(&self) {
        let (done, all) = (self.runs.position(), self.runs.length().unwrap_or(0));
        self.epochs.set_message(format!("run {done}/{all}"));
    }

    /// Hides the bar while `print` prints.
    pub fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        self.epochs.suspend(print)
    }
}

impl Drop for RunsBar {
    fn drop(&mut self) {
        self.epochs.finish_and_clear();
    }
}
