//! How long something has taken, the time before it was resumed included.

use std::time::{Duration, Instant};

/// Runs from when it is started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopwatch {
    before: Duration,
    started: Instant,
}

impl Stopwatch {
    /// Starts now, from zero.
    pub fn start() -> Self {
        Self {
            before: Duration::ZERO,
            started: Instant::now(),
        }
    }

    /// The same, from `before` instead of zero.
    pub fn after(self, before: Duration) -> Self {
        Self { before, ..self }
    }

    /// The time so far.
    pub fn elapsed(self) -> Duration {
        self.before.saturating_add(self.started.elapsed())
    }
}
