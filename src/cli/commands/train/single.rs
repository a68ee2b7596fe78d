//! One run: training, printing, logging and saving.

use std::ops::ControlFlow;

use super::checkpoints::Checkpoints;
use super::job::Job;
use super::lengthen;
use super::pace::Pace;
use super::page::Watched;
use super::remedy::Fault;
use super::report::RunReport;
use super::resume::{Checkpoint, note_other_bits};
use super::save::save;
use super::together::{check_alike, too_small, train_together};
use crate::cli::output::messages::{complain, note, of_error};
use crate::cli::output::words::{capital, totals};
use crate::cli::page::server::Server;
use crate::cli::records::log::Log;
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::storage::checkpoint::Folder;
use batchprop::training::Snapshot;
use batchprop::{Error, Real, TrainingEvent};

/// Trains a new run, or the rest of one from `checkpoint`, and reports; also on the page of `server`, if there is one, which
/// stays until Ctrl-C.
pub fn train_one<F: Real>(
    job: &Job,
    folder: Option<Folder>,
    checkpoint: Option<Checkpoint>,
    server: Option<Server>,
) -> Result<(), Stop> {
    let snapshot = checkpoint.as_ref().map(Checkpoint::snapshot::<F>).transpose()?;
    check_alike(job, snapshot.as_ref())?;
    let Some(server) = server else {
        return run(job, folder, checkpoint, snapshot, None);
    };
    let mut watched = Watched::start(server, job, snapshot.as_ref())?;
    let result = run(job, folder, checkpoint, snapshot, Some(&mut watched));
    watched.stay(result)
}

fn run<F: Real>(
    job: &Job,
    folder: Option<Folder>,
    checkpoint: Option<Checkpoint>,
    snapshot: Option<Snapshot<F>>,
    mut watched: Option<&mut Watched>,
) -> Result<(), Stop> {
    let (options, settings, data) = (&job.run.options, &job.settings, job.data());
    let mut report = RunReport::new(job);
    if let Some(checkpoint) = &checkpoint {
        note_other_bits(checkpoint, job.bits());
    }
    report.start()?;
    if let Some(message) = too_small::<F>(job) {
        report.warn(&message);
    }
    if let Some(checkpoint) = &checkpoint {
        report.resumed(checkpoint)?;
        if let Some(message) = lengthen::note(checkpoint, options.get(), data.training.len()) {
            note(&message);
        }
    }
    drop(checkpoint);
    let log = settings
        .log
        .as_ref()
        .map(|path| Log::create(&path.path(), job.run_id(options.get().seed)));
    let mut log = log.transpose()?;
    if let (Some(log), Some(snapshot)) = (&mut log, &snapshot) {
        snapshot.reports.iter().try_for_each(|epoch| log.epoch(epoch))?;
    }
    let mut log_is_failing = false;
    let checkpoints = folder.map(|folder| Checkpoints::start(folder, job));
    let mut checkpoints = checkpoints.transpose()?;
    signals::listen();
    // What is wrong with the network, and whether that was printed.
    let (mut fault, mut is_told) = (Fault::default(), false);
    let position = snapshot.as_ref().map(|snapshot| &snapshot.position);
    let is_watched = report.has_bar() || watched.is_some();
    let mut pace = is_watched.then(|| Pace::new(job, position));
    let listener = |event: TrainingEvent<F>| {
        if let Some(standing) = pace.as_mut().and_then(|pace| pace.event(&event)) {
            report.standing(&standing);
            watched.iter().for_each(|watched| watched.standing(&standing));
        }
        if let TrainingEvent::Epoch(epoch) = &event {
            report.epoch(epoch)?;
        }
        watched.iter_mut().for_each(|watched| watched.event(&event));
        match &event {
            TrainingEvent::Tested(evaluation) => {
                fault.look(evaluation, &job.run, &job.digits, data.training.len());
            }
            // One epoch may be too few.
            TrainingEvent::Epoch(epoch) if epoch.epoch > 0 && !is_told => {
                is_told = fault.found_early().inspect(|found| report.warn(found)).is_some();
            }
            _ => {}
        }
        let is_interrupted = signals::is_interrupted();
        if let (Some(log), TrainingEvent::Epoch(epoch)) = (&mut log, &event) {
            let written = log.epoch(epoch);
            let was_failing = std::mem::replace(&mut log_is_failing, written.is_err());
            if let (Err(failure), false) = (written, was_failing) {
                report.warn(&format!(
                    "no log: {}. Training goes on; the line is written with the next",
                    of_error(&failure)
                ));
            }
        }
        if let (Some(checkpoints), TrainingEvent::Resumable(state)) = (&mut checkpoints, &event)
            && let Some(failure) = checkpoints.tell(state, is_interrupted)
        {
            report.warn(&no_checkpoint(&failure));
        }
        if is_interrupted {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let (network, outcome) = train_together(job, snapshot, listener)?;
    let saved = settings
        .save
        .as_ref()
        .map(|path| save(&path.path(), &network, &outcome, options, job));
    let (failure, checkpoints) = checkpoints.map_or((None, None), Checkpoints::finish);
    if let Some(failure) = failure {
        report.warn(&no_checkpoint(&failure));
    }
    let (_, trained) = totals(&outcome);
    fault.look_at_end(&network, &job.run, &job.digits, data, trained);
    if let Some(found) = fault.found().filter(|_| !is_told) {
        report.warn(found);
    }
    let saved_to = match (&saved, &settings.save) {
        (Some(Ok(())), Some(path)) => Some(path.path()),
        _ => None,
    };
    let printed = report.summary(&outcome, &network, saved_to.as_deref());
    if let (Some(watched), Ok(lines)) = (watched, &printed) {
        let found = fault.found().map(|found| format!("{}.", capital(found)));
        let lines: Vec<&str> = lines.iter().chain(&found).map(String::as_str).collect();
        watched.done(&network, lines.join(" "));
    }
    let failures = [
        checkpoints,
        saved.and_then(Result::err).as_ref().map(of_error),
        log.and_then(|mut log| log.finish().err()).as_ref().map(of_error),
    ];
    end(failures.into_iter().flatten())?;
    printed?;
    signals::end()
}

fn no_checkpoint(failure: &Error) -> String {
    let failure = of_error(failure);
    format!("no checkpoint: {failure}. Training goes on; earlier checkpoints are unchanged")
}

/// Prints failures of files. Training itself has succeeded.
fn end(failures: impl Iterator<Item = String>) -> Result<(), Stop> {
    let mut end = Ok(());
    for failure in failures {
        complain(&failure);
        end = Err(Stop::Failed);
    }
    end
}
