//! How far a run is, how fast it trains and how long the rest will take, for those who watch it.

use std::time::{Duration, Instant};

use super::job::Job;
use crate::cli::output::words::time_left;
use batchprop::training::Position;
use batchprop::{Real, TrainingEvent};

/// Time between two standings. In between, a mini-batch costs a look at the clock.
const PAUSE: Duration = Duration::from_millis(100);

/// A run at some moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// The current epoch, from 0. It is also the number of epochs done.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Epochs done, including the fraction of the current one.
    pub done: f64,
    /// Mean cost of the images of the current epoch so far.
    pub cost: f64,
    /// Training images per second since the program started, without evaluations.
    pub images_per_second: f64,
    /// Time to the end of the last epoch, evaluations included, or to the maximum time.
    pub left: Duration,
}

/// Measures a run.
#[derive(Debug)]
pub struct Pace {
    epochs: usize,
    /// In an epoch.
    images: usize,
    started: Instant,
    /// Epochs that were done when the program started.
    first: f64,
    /// When the maximum time is over.
    deadline: Option<Instant>,
    told: Instant,
    /// Training images and time of the epochs that ended.
    trained: (usize, Duration),
    epoch_started: Instant,
    /// Images of the current epoch that trained before the program started.
    before: usize,
    /// The last mini-batch: when it ended, and the images of its epoch so far.
    last: (Instant, usize),
}

impl Pace {
    /// Of the run of `job`, which starts or is resumed now.
    pub fn new(job: &Job, position: Option<&Position>) -> Self {
        let control = job.run.options.get().control;
        let (epoch, images, time) = position.map_or((0, 0, Duration::ZERO), |position| {
            (position.epoch(), position.images(), position.total_time())
        });
        let time_left = control.max_time.map(|most| most.saturating_sub(time));
        Self::from(
            Instant::now(),
            [job.run.options.get().epochs, job.data().training.len()],
            [epoch, images],
            time_left,
        )
    }

    fn from(
        now: Instant,
        [epochs, images]: [usize; 2],
        [epoch, before]: [usize; 2],
        time_left: Option<Duration>,
    ) -> Self {
        Self {
            epochs,
            images,
            started: now,
            first: epoch as f64 + before as f64 / images as f64,
            deadline: time_left.and_then(|left| now.checked_add(left)),
            told: now,
            trained: (0, Duration::ZERO),
            epoch_started: now,
            before,
            last: (now, before),
        }
    }

    /// Where the run is, if it is time to say so.
    pub fn event<F: Real>(&mut self, event: &TrainingEvent<F>) -> Option<Standing> {
        match *event {
            TrainingEvent::MiniBatch { epoch, images, cost } => {
                self.minibatch(Instant::now(), epoch, images, cost)
            }
            TrainingEvent::Epoch(_) => {
                self.epoch_ends(Instant::now());
                None
            }
            _ => None,
        }
    }

    fn minibatch(&mut self, now: Instant, epoch: usize, images: usize, cost: f64) -> Option<Standing> {
        self.last = (now, images);
        if now.duration_since(self.told) < PAUSE {
            return None;
        }
        self.told = now;
        let done = epoch as f64 + images as f64 / self.images as f64;
        let part = (done - self.first) / (self.epochs as f64 - self.first);
        let left = time_left(now.duration_since(self.started), part).unwrap_or(Duration::MAX);
        let trained = self.trained.0 + images - self.before;
        let time = self.trained.1 + now.duration_since(self.epoch_started);
        Some(Standing {
            epoch,
            epochs: self.epochs,
            done,
            cost,
            images_per_second: trained as f64 / time.as_secs_f64(),
            left: self
                .deadline
                .map_or(left, |deadline| left.min(deadline.saturating_duration_since(now))),
        })
    }

    /// The epoch and its evaluations are done.
    fn epoch_ends(&mut self, now: Instant) {
        let (ended, images) = self.last;
        self.trained.0 += images - self.before;
        self.trained.1 += ended.duration_since(self.epoch_started);
        (self.before, self.epoch_started, self.last) = (0, now, (now, 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn speed_is_that_of_training_and_the_time_left_has_evaluations_too() {
        let start = Instant::now();
        let mut pace = Pace::from(start, [4, 1000], [0, 0], None);
        assert_eq!(pace.minibatch(start + seconds(0.05), 0, 50, 0.9), None);
        let standing = pace.minibatch(start + seconds(1.0), 0, 1000, 0.5).unwrap();
        assert_eq!((standing.epoch, standing.epochs, standing.done), (0, 4, 1.0));
        assert_eq!((standing.images_per_second, standing.cost), (1000.0, 0.5));
        assert_eq!(standing.left, seconds(3.0));
        // An evaluation of a second.
        pace.epoch_ends(start + seconds(2.0));
        let standing = pace.minibatch(start + seconds(3.0), 1, 1000, 0.4).unwrap();
        assert_eq!((standing.done, standing.images_per_second), (2.0, 1000.0));
        assert_eq!(standing.left, seconds(3.0));
    }

    #[test]
    fn what_a_resumed_run_did_before_counts_for_neither_speed_nor_time() {
        let start = Instant::now();
        let mut pace = Pace::from(start, [10, 1000], [5, 500], None);
        let standing = pace.minibatch(start + seconds(1.0), 5, 1000, 0.5).unwrap();
        assert_eq!((standing.done, standing.images_per_second), (6.0, 500.0));
        assert_eq!(standing.left, seconds(8.0));
    }

    #[test]
    fn a_run_ends_at_its_maximum_time() {
        let start = Instant::now();
        let mut pace = Pace::from(start, [100, 1000], [0, 0], Some(seconds(5.0)));
        let standing = pace.minibatch(start + seconds(2.0), 0, 1000, 0.5).unwrap();
        assert_eq!(standing.left, seconds(3.0));
    }
}
