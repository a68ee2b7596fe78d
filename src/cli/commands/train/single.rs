//! One run: what is printed, logged and kept of it.

use std::ops::ControlFlow;
use std::time::Instant;

use super::checkpoints::Checkpoints;
use super::header::Header;
use super::plan::Plan;
use super::remedy::remedy;
use super::report::RunReport;
use super::save::save;
use crate::cli::output::format::Format;
use crate::cli::output::messages::{complain, of_error};
use crate::cli::records::log::Log;
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::training::Snapshot;
use batchprop::{Error, Network, Real, TrainingData, TrainingEvent, resume, train};

/// Images after which it can be said that a network does not learn.
const ENOUGH: usize = 10_000;

/// Where a run starts.
pub enum Start<F: Real> {
    Anew(Network<F>),
    Resumed(Box<Snapshot<F>>),
}

/// Trains and reports.
pub fn train_one<F: Real>(
    format: Format,
    plan: Plan,
    start: Start<F>,
    data: TrainingData,
    header: &Header,
    started: Instant,
) -> Result<(), Stop> {
    let Plan {
        options,
        settings,
        folder,
        checkpoint,
        ..
    } = plan;
    let digits = header.digits;
    let mut report = RunReport::new(format, header, started);
    report.start(header)?;
    if let Some(checkpoint) = &checkpoint {
        report.resumed(checkpoint.path(), checkpoint.position())?;
    }
    drop(checkpoint);
    let log = settings.log.as_ref().map(|path| Log::create(&path.path()));
    let mut log = log.transpose()?;
    if let (Some(log), Start::Resumed(snapshot)) = (&mut log, &start) {
        snapshot.reports.iter().try_for_each(|epoch| log.epoch(epoch))?;
    }
    let mut log_is_failing = false;
    let checkpoints = folder.map(|folder| Checkpoints::start(folder, &options, &settings, digits));
    let mut checkpoints = checkpoints.transpose()?;
    signals::listen();
    // What is wrong with the network, and whether that was said.
    let (mut fault, mut is_told) = (None, false);
    let mut seen = 0;
    let listener = |event: TrainingEvent<F>| {
        report.event(&event)?;
        match &event {
            TrainingEvent::Tested(evaluation) => {
                seen += data.training.len();
                fault = remedy(evaluation, header.run, data.training.len()).filter(|_| seen >= ENOUGH);
            }
            // One epoch may be too few to say.
            TrainingEvent::Epoch(epoch) if epoch.epoch > 0 && !is_told => {
                is_told = fault.as_ref().inspect(|fault| report.warn(fault)).is_some();
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
    let (network, outcome) = match start {
        Start::Anew(mut network) => {
            let outcome = train(&mut network, data, &options, listener)?;
            (network, outcome)
        }
        Start::Resumed(snapshot) => resume(*snapshot, data, &options, listener)?,
    };
    let saved = settings
        .save
        .as_ref()
        .map(|path| save(&path.path(), &network, &outcome, &options, &settings, header));
    let (failure, checkpoints) = checkpoints.map_or((None, None), Checkpoints::finish);
    if let Some(failure) = failure {
        report.warn(&no_checkpoint(&failure));
    }
    if let Some(fault) = fault.filter(|_| !is_told) {
        report.warn(&fault);
    }
    let saved_to = match (&saved, &settings.save) {
        (Some(Ok(())), Some(path)) => Some(path.path()),
        _ => None,
    };
    let kept_best = options.get().control.keep_best;
    let printed = report.summary(&outcome, kept_best, &network, saved_to.as_deref());
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

/// Prints what went wrong beside the training.
fn end(failures: impl Iterator<Item = String>) -> Result<(), Stop> {
    let mut end = Ok(());
    for failure in failures {
        complain(&failure);
        end = Err(Stop::Failed);
    }
    end
}
