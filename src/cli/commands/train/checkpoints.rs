//! `--checkpoint`: checkpoints, written while training continues.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use super::job::Job;
use batchprop::data::checksum;
use batchprop::storage::checkpoint::Folder;
use batchprop::training::{RunState, Snapshot};
use batchprop::{Error, Real};

/// Writes the checkpoints of a run on a thread of its own: training waits for the disk only when two checkpoints are
/// waiting. A full disk does not end training.
#[derive(Debug)]
pub struct Checkpoints<F: Real> {
    folder: PathBuf,
    every: Option<u64>,
    /// To the writer; closed at the end.
    snapshots: Option<SyncSender<Snapshot<F>>>,
    /// From the writer.
    results: Receiver<Result<(), Error>>,
    writer: Option<JoinHandle<()>>,
    written: u64,
    failed: u64,
    is_failing: bool,
}

impl<F: Real> Checkpoints<F> {
    /// Writes into `folder`, with what is needed to resume.
    pub fn start(mut folder: Folder, job: &Job) -> Result<Self, Error> {
        let path = folder.path().to_owned();
        let every = job.settings.checkpoint_every;
        let options = job.run.options.clone();
        let (mut settings, digits) = (job.settings.clone(), job.digits.clone());
        Self::writing(path, every, move || {
            if settings.data_sha256.is_empty() {
                settings.data_sha256 = checksum::digits_sha256(&digits);
            }
            move |snapshot: &Snapshot<F>| folder.write(snapshot, &options, &settings)
        })
    }

    /// Writes with the function that `prepare` returns on the thread.
    fn writing<W>(
        folder: PathBuf,
        every: Option<u64>,
        prepare: impl FnOnce() -> W + Send + 'static,
    ) -> Result<Self, Error>
    where
        W: FnMut(&Snapshot<F>) -> Result<(), Error>,
    {
        let (snapshots, to_write) = sync_channel(1);
        let (told, results) = channel();
        let work = move || {
            let mut write = prepare();
            for snapshot in to_write {
                // At the end nobody may be listening any more.
                let _ = told.send(write(&snapshot));
            }
        };
        let writer = thread::Builder::new().name("checkpoints".to_owned()).spawn(work);
        Ok(Self {
            writer: Some(writer.map_err(Error::io(&folder, "start a thread to write"))?),
            folder,
            every,
            snapshots: Some(snapshots),
            results,
            written: 0,
            failed: 0,
            is_failing: false,
        })
    }

    /// Sends a checkpoint to the writer if one is due: after an epoch, at the end of the run, and every N mini-batches. A failure
    /// does not stop the run; the first of several in a row is returned as soon as it is known.
    pub fn tell(&mut self, state: &RunState<F>, is_last: bool) -> Option<Error> {
        let is_due = state.images() == 0
            || is_last
            || state.ending().is_some()
            || self
                .every
                .is_some_and(|every| state.steps().is_multiple_of(every));
        if let (true, Some(snapshots)) = (is_due, &self.snapshots) {
            // A writer that failed is reported at the end.
            let _ = snapshots.send(state.snapshot());
        }
        self.hear()
    }

    /// Reads the results of the writer.
    fn hear(&mut self) -> Option<Error> {
        let mut first = None;
        for result in self.results.try_iter() {
            let was_failing = self.is_failing;
            self.is_failing = result.is_err();
            match result {
                Ok(()) => self.written += 1,
                Err(error) => {
                    self.failed += 1;
                    first = first.or(Some(error).filter(|_| !was_failing));
                }
            }
        }
        first
    }

    /// Waits until all is written. Returns a failure that was not returned before, and a message for the end of a run whose
    /// checkpoints were not all written.
    pub fn finish(mut self) -> (Option<Error>, Option<String>) {
        let is_whole = self.close();
        let failure = self.hear();
        let (failed, all) = (self.failed, self.failed + self.written);
        let folder = self.folder.display();
        let end = match is_whole {
            false => Some(format!("{folder}: the thread that writes checkpoints failed")),
            true if failed > 0 => Some(format!(
                "{folder}: {failed} of {all} checkpoints could not be written"
            )),
            true => None,
        };
        (failure, end)
    }

    /// Waits for the writer. Returns whether it ended without a panic.
    fn close(&mut self) -> bool {
        self.snapshots = None;
        self.writer.take().is_none_or(|writer| writer.join().is_ok())
    }
}

/// Waits for the writer, however the run ends.
impl<F: Real> Drop for Checkpoints<F> {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use batchprop::data::synthetic;
    use batchprop::{Network, TrainOn, TrainingData, TrainingEvent, TrainingOptions, train};

    use super::*;

    #[test]
    fn a_writer_that_panics_stops_neither_training_nor_the_program_and_is_reported_at_the_end() {
        fn panics(_: &Snapshot<f32>) -> Result<(), Error> {
            panic!("where nobody looks");
        }
        let mut checkpoints = Checkpoints::writing("folder".into(), Some(1), || panics).unwrap();
        let digits = synthetic::digits(1, 60, 10);
        let training = digits.training(TrainOn::All);
        let options = TrainingOptions {
            epochs: 2,
            ..Default::default()
        };
        let mut network = Network::<f32>::new(&[784, 5, 10], 0).unwrap();
        let outcome = train(
            &mut network,
            TrainingData::new(&training),
            &options.check().unwrap(),
            |event| {
                if let TrainingEvent::Resumable(state) = event {
                    assert!(checkpoints.tell(state, false).is_none());
                }
                ControlFlow::Continue(())
            },
        );
        assert_eq!(outcome.unwrap().reports.len(), 2);
        let (_, end) = checkpoints.finish();
        assert_eq!(end.unwrap(), "folder: the thread that writes checkpoints failed");
    }
}
