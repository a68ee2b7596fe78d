//! `batchprop train --runs N`: the same run with many seeds, one core each.

mod logs;
pub mod names;
mod report;
mod runs;

use std::sync::{Mutex, PoisonError};

use super::job::Job;
use super::remedy::Fault;
use super::report::RunReport;
use super::save::save;
use super::settings::AnyPath;
use crate::cli::output::runs_bar::RunsBar;
use crate::cli::output::words::totals;
use crate::cli::records::runs::{Opened, open};
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::training::Ending;
use batchprop::training::many::{Run, train_many};
use batchprop::{Real, TrainingEvent};
use logs::Logs;
use report::RunsReport;
use runs::{Figures, SeedRuns};

/// Trains `count` seeds from that of the job on, or a part of them, and reports.
pub fn train_many_seeds<F: Real>(job: &Job, count: usize) -> Result<(), Stop> {
    let (settings, options, data) = (&job.settings, job.run.options.get(), job.data());
    let files = job.args.run_files.check()?;
    let seed_runs = SeedRuns::new(job, count);
    let Opened {
        mut record,
        done,
        parts,
    } = open(&files, &seed_runs)?;
    let own = files.share().map_or(0..count, |share| share.of(count));
    let seeds: Vec<u64> = own.map(|index| options.seed + index as u64).collect();
    let is_trained = !files.merges() || files.finish;
    let runs: Vec<Run> = seeds
        .iter()
        .filter(|seed| is_trained && !done.contains_key(seed))
        .map(|&seed| job.run.with_seed(seed))
        .collect();
    let at_once = rayon::current_num_threads();

    signals::listen();
    RunReport::new(job).start()?;
    let mut report = RunsReport::new(job, &files, &parts, seeds);
    report.start(&done)?;
    let logs = settings
        .log
        .as_ref()
        .map(|path| Logs::new(&path.path(), &runs, job));
    let logs = logs.transpose()?;
    let save_to = settings.save.as_ref().map(AnyPath::path);
    let faults: Vec<Mutex<Fault>> = runs.iter().map(|_| Mutex::default()).collect();
    let fault = |index: usize| faults[index].lock().unwrap_or_else(PoisonError::into_inner);
    let bar = RunsBar::new(runs.len(), runs.len() * options.epochs);
    train_many::<F>(
        &runs,
        data,
        at_once,
        |index, event| {
            match event {
                TrainingEvent::Tested(evaluation) => {
                    fault(index).look(evaluation, &runs[index], &job.digits, data.training.len());
                }
                TrainingEvent::Epoch(epoch) => {
                    bar.epoch();
                    if let Some(logs) = &logs {
                        logs.epoch(index, epoch);
                    }
                }
                _ => {}
            }
            signals::flow()
        },
        |index, result| {
            let is_interrupted = |ending| ending == Ending::Listener;
            // A run whose files could not be written still counts.
            let mut failures = Vec::from_iter(logs.as_ref().and_then(|logs| logs.end(index)));
            if let (Some(path), Ok((network, outcome))) = (&save_to, &result) {
                let options = &runs[index].options;
                let path = names::of_seed(path, options.get().seed);
                let saved = save(&path, network, outcome, options, job);
                failures.extend(saved.err());
            }
            let figures = match &result {
                Ok((_, outcome)) if is_interrupted(outcome.ending) => None,
                Ok((network, outcome)) => Some(Figures::new(outcome, job.keeps_best(), network.sha256())),
                Err(error) => Figures::of_error(error),
            };
            let epochs = result.as_ref().map_or(0, |(_, outcome)| outcome.reports.len());
            bar.run(options.epochs.saturating_sub(epochs));
            let seed = runs[index].options.get().seed;
            if let Ok((network, outcome)) = &result {
                let mut fault = fault(index);
                let (_, trained) = totals(outcome);
                fault.look_at_end(network, &runs[index], &job.digits, data, trained);
                fault.found().inspect(|found| report.fault(seed, found));
            }
            bar.suspend(|| {
                if let (Some(record), Some(figures)) = (&mut record, &figures) {
                    record.add_or_warn(&seed_runs, seed, figures);
                }
                failures.iter().for_each(|error| report.file_failure(seed, error));
                match (result, figures) {
                    (Err(error), _) => report.failure(seed, &error),
                    (Ok((_, outcome)), Some(figures)) => report.run(seed, &outcome, &figures),
                    (Ok((_, outcome)), None) => report.interruption(seed, &outcome),
                }
            })
        },
    )?;
    drop(bar);
    if let Some(record) = &mut record
        && let Err(error) = record.finish(&seed_runs)
    {
        report.lost_lines(&error);
    }
    report.summary(save_to.as_deref())?;
    signals::end()
}
