//! `batchprop train --runs N`: the same run from many seeds, one core each.

mod logs;
mod report;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use super::Stop;
use super::control;
use super::report::{Format, Header, Reporter};
use super::runs_bar::RunsBar;
use batchprop::runs::{Run, train_many};
use batchprop::training::Ending;
use batchprop::{Error, Real, TrainingData, TrainingEvent};
use logs::Logs;
use report::Report;

/// More are a mistyped number.
pub const MOST_RUNS: u64 = 10_000;

/// Whether there are so many seeds, and a file for the log of each.
pub fn check(seed: u64, count: usize, log: Option<&Path>) -> Result<(), Error> {
    if seed.checked_add(count as u64 - 1).is_none() {
        return Err(Error::Option {
            option: "--runs",
            given: count.to_string(),
            expected: format!("as many as there are seeds from --seed {seed} to {}", u64::MAX),
        });
    }
    match log {
        Some(path) if count > 1 => Logs::check(path),
        _ => Ok(()),
    }
}

/// Trains and reports.
pub fn train<F: Real>(
    count: usize,
    data: TrainingData,
    header: &Header,
    format: Format,
    log: Option<&Path>,
    started: Instant,
) -> Result<(), Stop> {
    let options = header.run.options.get();
    let seeds = (0..count as u64).map(|index| options.seed + index);
    let runs: Vec<Run> = seeds.map(|seed| header.run.with_seed(seed)).collect();
    let at_once = rayon::current_num_threads();

    control::listen_to_ctrl_c();
    Reporter::new(format, header, started).start(header)?;
    let mut report = Report::new(format, header, started);
    let logs = log.map(|path| Logs::new(path, &runs));
    let bar = RunsBar::new(count, count * options.epochs);
    train_many::<F>(
        &runs,
        data,
        at_once,
        |index, event| {
            if let TrainingEvent::Epoch(epoch) = event {
                bar.epoch();
                if let Some(logs) = &logs {
                    logs.epoch(index, epoch)?;
                }
            }
            match control::is_interrupted() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        },
        |index, result| {
            let log_failure = logs.as_ref().and_then(|logs| logs.end(index));
            let result = log_failure.map_or(result, Err);
            let epochs = result.as_ref().map_or(0, |(_, outcome)| outcome.reports.len());
            bar.run(options.epochs.saturating_sub(epochs));
            let seed = runs[index].options.get().seed;
            let is_broken_off = |ending| ending == Ending::Listener;
            bar.suspend(|| match result {
                Err(error) => report.failure(seed, &error),
                Ok((_, outcome)) if is_broken_off(outcome.ending) => report.interruption(seed, &outcome),
                Ok((network, outcome)) => report.run(seed, &outcome, &network.sha256()),
            })
        },
    )?;
    drop(bar);
    report.summary()
}
