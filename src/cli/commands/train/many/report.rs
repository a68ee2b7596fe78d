//! What `train --runs` prints: one line when each run ends, and a summary.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::job::Job;
use crate::cli::output::format::Printer;
use crate::cli::output::messages::{complain, of_error, warn};
use crate::cli::output::words::{
    best_report, correct, counted, ending_code, epochs, final_report, from_here, grouped, listed, percent,
    remark, totals,
};
use crate::cli::stop::Stop;
use batchprop::training::evaluation::Score;
use batchprop::training::many::Statistics;
use batchprop::{Error, Outcome};

/// Prints results to stdout and failures to stderr, as they come.
pub struct RunsReport<'a> {
    printer: Printer,
    job: &'a Job<'a>,
    /// In the order in which they ended.
    runs: Vec<Accuracies>,
    ended: usize,
    interrupted: usize,
    failed: usize,
    has_lost_files: bool,
    /// What is wrong with networks, and the seeds of the runs that ended so.
    faults: BTreeMap<String, Vec<u64>>,
    images: usize,
    train_time: Duration,
}

/// The test results of a run.
struct Accuracies {
    seed: u64,
    last: Score,
    best: Score,
    best_epoch: usize,
}

impl<'a> RunsReport<'a> {
    pub fn new(job: &'a Job) -> Self {
        Self {
            printer: Printer::new(job.args.format()),
            job,
            runs: Vec::new(),
            ended: 0,
            interrupted: 0,
            failed: 0,
            has_lost_files: false,
            faults: BTreeMap::new(),
            images: 0,
            train_time: Duration::ZERO,
        }
    }

    /// A run that ended by itself.
    pub fn run(&mut self, seed: u64, outcome: &Outcome, weights: &str) -> ControlFlow<()> {
        self.ended += 1;
        let kept_best = self.job.keeps_best();
        let accuracies = accuracies(seed, outcome, kept_best);
        let (train_time, images) = totals(outcome);
        let images_per_second = images as f64 / train_time.as_secs_f64();
        self.images += images;
        self.train_time += train_time;
        let json = || {
            json!({
                "event": "run", "seed": seed,
                "final_correct": final_report(outcome, kept_best).and_then(correct),
                "best_correct": accuracies.as_ref().map(|it| it.best.correct),
                "best_epoch": accuracies.as_ref().map(|it| it.best_epoch),
                "test_images": accuracies.as_ref().map(|it| it.last.images),
                "epochs": outcome.reports.len(), "ending": ending_code(outcome.ending),
                "best_validation_epoch": outcome.best_epoch,
                "train_seconds": train_time.as_secs_f64(), "images_per_second": images_per_second,
                "weights_sha256": weights,
            })
        };
        let text = || {
            let result = accuracies.as_ref().map_or_else(
                || format!("Seed {seed} complete"),
                |it| {
                    format!(
                        "Seed {seed}: {} / {}  {:.2} %  best {} in epoch {}",
                        it.last.correct,
                        it.last.images,
                        100.0 * it.last.accuracy(),
                        it.best.correct,
                        it.best_epoch
                    )
                },
            );
            vec![format!(
                "{result}  {} in {:.3} s  {} images/s",
                epochs(outcome.reports.len()),
                train_time.as_secs_f64(),
                grouped(images_per_second)
            )]
        };
        let flow = self.printer.event(json, text);
        self.runs.extend(accuracies);
        flow
    }

    /// A run that failed. The others continue.
    pub fn failure(&mut self, seed: u64, error: &Error) -> ControlFlow<()> {
        self.failed += 1;
        let error = of_error(error);
        complain(&format!("seed {seed}: {error}"));
        let json = || json!({"event": "run", "seed": seed, "error": error});
        self.printer.event(json, Vec::new)
    }

    /// A file of a run that could not be written. The run counts.
    pub fn file_failure(&mut self, seed: u64, error: &Error) {
        self.has_lost_files = true;
        complain(&format!("seed {seed}: {}", of_error(error)));
    }

    /// A run whose network did not learn.
    pub fn fault(&mut self, seed: u64, found: &str) {
        self.faults.entry(found.to_owned()).or_default().push(seed);
    }

    /// A run that was interrupted, like all others. It is no part of the means.
    pub fn interruption(&mut self, seed: u64, outcome: &Outcome) -> ControlFlow<()> {
        self.interrupted += 1;
        let trained = outcome.reports.len();
        let last = accuracies(seed, outcome, self.job.keeps_best()).map(|it| it.last);
        let json = || {
            json!({
                "event": "run", "seed": seed, "final_correct": last.map(|it| it.correct),
                "test_images": last.map(|it| it.images), "epochs": trained, "ending": ending_code(outcome.ending),
            })
        };
        let text = || {
            let result = last.map_or_else(String::new, |it| {
                format!(": {} / {}  {:.2} %", it.correct, it.images, 100.0 * it.accuracy())
            });
            vec![format!(
                "Seed {seed} interrupted in epoch {}{result}",
                trained.max(1) - 1
            )]
        };
        let _ = self.printer.event(json, text);
        ControlFlow::Break(())
    }

    /// Prints the last lines. `saved` is the name of the networks' files, if there are any. Fails if a run or a file failed, or an earlier line could not be printed.
    pub fn summary(mut self, saved: Option<&Path>) -> Result<(), Stop> {
        self.printer.check()?;
        for (found, seeds) in &mut self.faults {
            seeds.sort_unstable();
            let plural = if seeds.len() == 1 { "" } else { "s" };
            warn(&format!("seed{plural} {}: {found}", listed(seeds)));
        }
        self.runs.sort_by_key(|run| run.seed);
        let of = |value: fn(&Accuracies) -> f64| {
            let values: Vec<f64> = self.runs.iter().map(value).collect();
            Statistics::of(&values)
        };
        let (last, best) = (of(|run| run.last.accuracy()), of(|run| run.best.accuracy()));
        // The first of equals.
        let best_run = self.runs.iter().rev().max_by_key(|run| run.best.correct);
        let remark = remark(&self.job.digits);
        let total = self.job.started.elapsed().as_secs_f64();
        let images_per_second = self.images as f64 / total;
        let json = || {
            let mean = |statistics: Option<Statistics>| json!(statistics.map(|it| it.mean));
            let deviation = |statistics: Option<Statistics>| json!(statistics.and_then(|it| it.deviation));
            let of_best = |value: fn(&Accuracies) -> Value| best_run.map(value);
            json!({
                "event": "summary", "runs": self.ended, "interrupted": self.interrupted, "failed": self.failed,
                "final_accuracy_mean": mean(last), "final_accuracy_sd": deviation(last),
                "best_accuracy_mean": mean(best), "best_accuracy_sd": deviation(best),
                "best_seed": of_best(|run| json!(run.seed)), "best_epoch": of_best(|run| json!(run.best_epoch)),
                "best_correct": of_best(|run| json!(run.best.correct)),
                "total_seconds": total, "train_seconds": self.train_time.as_secs_f64(),
                "images_per_second": images_per_second,
            })
        };
        let text = || {
            let mut lines = Vec::new();
            if let Some(path) = saved.filter(|_| self.ended + self.interrupted > 0) {
                let weights = match self.job.keeps_best() {
                    true => "weights of the epoch that is its best on the validation images",
                    false => "last weights",
                };
                lines.push(format!(
                    "Saved: {}, each run's {weights}.",
                    from_here(path).display()
                ));
            }
            if self.interrupted > 0 {
                lines.push(format!("Interrupted: {}.", counted(self.interrupted, "run")));
            }
            if self.ended == 0 {
                return lines;
            }
            if let (Some(last), Some(best)) = (last, best) {
                let (last, best) = (percent(last), percent(best));
                lines.push(format!("Mean: final {last}, best {best}{remark}."));
            }
            let (best, rest) = match best_run {
                Some(run) => {
                    let (seed, epoch) = (run.seed, run.best_epoch);
                    let (correct, images) = (run.best.correct, run.best.images);
                    (
                        format!("Best: seed {seed}, epoch {epoch}, {correct} / {images}. "),
                        "",
                    )
                }
                None => (String::new(), remark),
            };
            lines.push(format!(
                "{best}{}{rest} in {total:.2} s ({} images/s).",
                counted(self.ended, "run"),
                grouped(images_per_second)
            ));
            lines
        };
        self.printer.summary(json, text)?;
        match self.failed > 0 || self.has_lost_files {
            false => Ok(()),
            true => Err(Stop::Failed),
        }
    }
}

/// The results of a run, if test images were evaluated.
fn accuracies(seed: u64, outcome: &Outcome, kept_best: bool) -> Option<Accuracies> {
    let best = best_report(outcome)?;
    Some(Accuracies {
        seed,
        last: final_report(outcome, kept_best)?.test?,
        best: best.test?,
        best_epoch: best.epoch,
    })
}
