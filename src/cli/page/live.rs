//! A training run for those who watch it: server-sent events, each with what is new since the one before.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::channel::{Channel, Sender};
use hyper::body::Bytes;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use batchprop::{EpochReport, Score};

/// How many may watch at once.
const WATCHERS: usize = 16;

/// Most epochs in one event: a long run's are sent in several.
const POINTS: usize = 500;

/// Time between two events: faster than the eye would be useless.
const PAUSE: Duration = Duration::from_millis(60);

/// Time between two keep-alive comments. They also show which watchers have left.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// What is known of a run.
#[derive(Debug)]
pub struct Live {
    state: Mutex<Known>,
    changed: watch::Sender<()>,
    watchers: Arc<Semaphore>,
}

#[derive(Debug)]
struct Known {
    points: Vec<Point>,
    /// One row per label.
    confusion: Vec<Vec<usize>>,
    progress: Progress,
}

/// An epoch in the curves.
#[derive(Debug, Clone, Serialize)]
struct Point {
    epoch: usize,
    training: Option<Values>,
    validation: Option<Values>,
    test: Option<Values>,
    learning_rate: f64,
}

/// An evaluation.
#[derive(Debug, Clone, Serialize)]
struct Values {
    cost: f64,
    accuracy: f64,
}

/// How far the run is.
#[derive(Debug, Clone, Serialize)]
struct Progress {
    /// Epochs done, including a fraction of the current one.
    done: f64,
    epochs: usize,
    /// For people.
    message: String,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Phase {
    Training,
    Done,
    Failed,
}

/// An event.
#[derive(Debug, Serialize)]
struct Update {
    points: Vec<Point>,
    /// Of the last of them.
    confusion: Option<Vec<Vec<usize>>>,
    #[serde(flatten)]
    progress: Progress,
}

impl Live {
    /// Of a run of so many epochs.
    pub fn new(epochs: usize) -> Self {
        Self {
            state: Mutex::new(Known {
                points: Vec::new(),
                confusion: Vec::new(),
                progress: Progress {
                    done: 0.0,
                    epochs,
                    message: String::new(),
                    phase: Phase::Training,
                },
            }),
            changed: watch::Sender::new(()),
            watchers: Arc::new(Semaphore::new(WATCHERS)),
        }
    }

    /// Reports how many epochs are done, including a fraction of the current one, and what else is to be said.
    pub fn progress(&self, done: f64, message: String) {
        let mut state = self.lock();
        (state.progress.done, state.progress.message) = (done, message);
        drop(state);
        self.changed.send_replace(());
    }

    /// An epoch is done; `confusion` is that of its evaluation, row by row, or empty.
    pub fn epoch(&self, report: &EpochReport, confusion: Vec<Vec<usize>>) {
        let values = |score: Option<Score>| {
            score.map(|score| Values {
                cost: score.cost,
                accuracy: score.accuracy(),
            })
        };
        let mut state = self.lock();
        state.points.push(Point {
            epoch: report.epoch,
            training: values(report.training),
            validation: values(report.validation),
            test: values(report.test),
            learning_rate: report.learning_rate,
        });
        state.confusion = confusion;
        state.progress.done = report.epoch as f64 + 1.0;
        drop(state);
        self.changed.send_replace(());
    }

    /// The run is over: how it went, or what is wrong.
    pub fn end(&self, outcome: Result<String, String>) {
        let mut state = self.lock();
        (state.progress.phase, state.progress.message) = match outcome {
            Ok(message) => (Phase::Done, message),
            Err(message) => (Phase::Failed, message),
        };
        drop(state);
        self.changed.send_replace(());
    }

    /// The events from the start of the run to its end; `None` if too many are watching. `read` is called for each
    /// event that was read.
    pub fn watch(self: &Arc<Self>, read: impl Fn() + Send + 'static) -> Option<Channel<Bytes, Infallible>> {
        let permit = self.watchers.clone().try_acquire_owned().ok()?;
        let (sender, events) = Channel::new(1);
        tokio::spawn(self.clone().tell(sender, permit, read));
        Some(events)
    }

    async fn tell(
        self: Arc<Self>,
        mut sender: Sender<Bytes, Infallible>,
        _permit: OwnedSemaphorePermit,
        read: impl Fn(),
    ) {
        let mut changed = self.changed.subscribe();
        let mut told = 0;
        loop {
            changed.mark_unchanged();
            let (update, is_last) = self.update(told);
            told += update.points.len();
            let Ok(json) = serde_json::to_string(&update) else {
                return;
            };
            if sender
                .send_data(format!("data: {json}\n\n").into())
                .await
                .is_err()
            {
                return;
            }
            if is_last {
                return;
            }
            read();
            tokio::time::sleep(PAUSE).await;
            while tokio::time::timeout(SIGN_OF_LIFE, changed.changed())
                .await
                .is_err()
            {
                if sender.send_data(Bytes::from_static(b":\n\n")).await.is_err() {
                    return;
                }
                read();
            }
        }
    }

    /// What is new after the first `told` epochs, and whether nothing more will come.
    fn update(&self, told: usize) -> (Update, bool) {
        let state = self.lock();
        let new = &state.points[told..];
        let points = new[..new.len().min(POINTS)].to_vec();
        let is_whole = points.len() == new.len();
        if !is_whole {
            self.changed.send_replace(());
        }
        let is_new = is_whole && !points.is_empty() && !state.confusion.is_empty();
        let confusion = is_new.then(|| state.confusion.clone());
        let progress = state.progress.clone();
        let is_last = is_whole && progress.phase != Phase::Training;
        let update = Update {
            points,
            confusion,
            progress,
        };
        (update, is_last)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Nothing panics under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
