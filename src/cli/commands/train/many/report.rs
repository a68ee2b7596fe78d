//! What `train --runs` prints: one line when each run ends, and a summary.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::job::Job;
use super::runs::{Figures, SeedRuns, TestFigures};
use crate::cli::options::run_files::{Csv, RunFiles};
use crate::cli::output::format::Printer;
use crate::cli::output::messages::{complain, of_error, warn};
use crate::cli::output::words::{
    counted, ending_code, epochs, from_here, grouped, listed, percent, remark, seeds, totals,
};
use crate::cli::records::runs::report::{file_lines, file_names, missing_lines};
use crate::cli::records::runs::{Done, PartFile};
use crate::cli::stop::Stop;
use batchprop::training::many::Statistics;
use batchprop::{Error, Outcome};

/// Prints results to stdout and failures to stderr, as they come.
pub struct RunsReport<'a> {
    printer: Printer,
    job: &'a Job<'a>,
    files: &'a RunFiles,
    /// That were merged.
    parts: &'a [PartFile],
    /// Of the runs that this command trains or merges.
    seeds: Vec<u64>,
    /// Of those, the ones that ended or failed.
    done: BTreeSet<u64>,
    /// The test results of seeds, in the order in which they ended.
    runs: Vec<(u64, TestFigures)>,
    ended: usize,
    interrupted: usize,
    failed: usize,
    has_lost_files: bool,
    /// What is wrong with networks, and the seeds of the runs that ended so.
    faults: BTreeMap<String, Vec<u64>>,
    images: usize,
    train_time: Duration,
}

impl<'a> RunsReport<'a> {
    pub fn new(job: &'a Job, files: &'a RunFiles, parts: &'a [PartFile], seeds: Vec<u64>) -> Self {
        Self {
            printer: Printer::new(job.args.format()),
            job,
            files,
            parts,
            seeds,
            done: BTreeSet::new(),
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

    /// The lines about files of runs, and the runs that were done before.
    pub fn start(&mut self, done: &Done<SeedRuns>) -> Result<(), Stop> {
        let before: Vec<u64> = self
            .seeds
            .iter()
            .copied()
            .filter(|seed| done.contains_key(seed))
            .collect();
        for seed in &before {
            let figures = &done[seed];
            self.done.insert(*seed);
            if figures.is_diverged() {
                self.failed += 1;
                complain(&format!(
                    "seed {seed}: training diverged in epoch {}",
                    figures.epochs
                ));
            } else {
                self.ended += 1;
                self.runs.extend(figures.test.map(|test| (*seed, test)));
            }
        }
        let mut lines = file_lines(self.files, self.parts, before.len());
        if let (Some(share), Some(&first)) = (self.files.share(), self.seeds.first()) {
            let own = seeds(first, self.seeds.len());
            lines.insert(1, format!("          {own} in part {share}"));
        }
        if lines.is_empty() {
            return Ok(());
        }
        let files = self.files;
        let json = || {
            json!({
                "event": "files", "part": files.share().map(|share| share.to_string()),
                "part_from": files.part.as_ref().and_then(|part| part.from.as_ref()), "seeds": self.seeds,
                "merged_files": files.merges().then(|| file_names(self.parts)), "done": before.len(),
            })
        };
        let _ = self.printer.event(json, || lines);
        Ok(self.printer.check()?)
    }

    /// A run that ended by itself.
    pub fn run(&mut self, seed: u64, outcome: &Outcome, figures: &Figures) -> ControlFlow<()> {
        self.ended += 1;
        self.done.insert(seed);
        let test = figures.test;
        let (train_time, images) = totals(outcome);
        let images_per_second = images as f64 / train_time.as_secs_f64();
        self.images += images;
        self.train_time += train_time;
        let json = || {
            json!({
                "event": "run", "seed": seed,
                "final_correct": test.map(|it| it.last),
                "best_correct": test.map(|it| it.best),
                "best_epoch": test.map(|it| it.best_epoch),
                "test_images": test.map(|it| it.images),
                "epochs": outcome.reports.len(), "ending": ending_code(outcome.ending),
                "best_validation_epoch": outcome.best_epoch,
                "train_seconds": train_time.as_secs_f64(), "images_per_second": images_per_second,
                "weights_sha256": figures.weights,
            })
        };
        let text = || {
            let result = test.map_or_else(
                || format!("Seed {seed} complete"),
                |it| {
                    format!(
                        "Seed {seed}: {} / {}  {:.2} %  best {} in epoch {}",
                        it.last,
                        it.images,
                        100.0 * it.accuracy(it.last),
                        it.best,
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
        self.runs.extend(test.map(|test| (seed, test)));
        flow
    }

    /// A run that failed. The others continue.
    pub fn failure(&mut self, seed: u64, error: &Error) -> ControlFlow<()> {
        self.failed += 1;
        if matches!(error, Error::Diverged { .. }) {
            self.done.insert(seed);
        }
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

    /// Lines of the file of runs that could not be written.
    pub fn lost_lines(&mut self, error: &Error) {
        self.has_lost_files = true;
        complain(&of_error(error));
    }

    /// A run whose network did not learn.
    pub fn fault(&mut self, seed: u64, found: &str) {
        self.faults.entry(found.to_owned()).or_default().push(seed);
    }

    /// A run that was interrupted, like all others. It is no part of the means.
    pub fn interruption(&mut self, seed: u64, outcome: &Outcome) -> ControlFlow<()> {
        self.interrupted += 1;
        let trained = outcome.reports.len();
        let test = TestFigures::of(outcome, self.job.keeps_best());
        let json = || {
            json!({
                "event": "run", "seed": seed, "final_correct": test.map(|it| it.last),
                "test_images": test.map(|it| it.images), "epochs": trained, "ending": ending_code(outcome.ending),
            })
        };
        let text = || {
            let result = test.map_or_else(String::new, |it| {
                format!(
                    ": {} / {}  {:.2} %",
                    it.last,
                    it.images,
                    100.0 * it.accuracy(it.last)
                )
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
        self.runs.sort_by_key(|(seed, _)| *seed);
        let of = |value: fn(&TestFigures) -> f64| {
            let values: Vec<f64> = self.runs.iter().map(|(_, test)| value(test)).collect();
            Statistics::of(&values)
        };
        let (last, best) = (of(|run| run.accuracy(run.last)), of(|run| run.accuracy(run.best)));
        // The first of equals.
        let best_run = self.runs.iter().rev().max_by_key(|(_, run)| run.best);
        let remark = remark(&self.job.digits);
        let total = self.job.started.elapsed().as_secs_f64();
        let images_per_second = self.images as f64 / total;
        let missing: Vec<(u64, usize)> = self
            .seeds
            .iter()
            .copied()
            .zip(0..)
            .filter(|(seed, _)| self.files.merges() && !self.done.contains(seed))
            .collect();
        let part = self.files.share().map(|share| share.to_string());
        let next = self.next(&missing);
        let json = || {
            let missing: Vec<u64> = missing.iter().map(|(seed, _)| *seed).collect();
            let mean = |statistics: Option<Statistics>| json!(statistics.map(|it| it.mean));
            let deviation = |statistics: Option<Statistics>| json!(statistics.and_then(|it| it.deviation));
            let of_best = |value: fn(&(u64, TestFigures)) -> Value| best_run.map(value);
            json!({
                "event": "summary", "runs": self.ended, "interrupted": self.interrupted, "failed": self.failed,
                "final_accuracy_mean": mean(last), "final_accuracy_sd": deviation(last),
                "best_accuracy_mean": mean(best), "best_accuracy_sd": deviation(best),
                "best_seed": of_best(|(seed, _)| json!(seed)), "best_epoch": of_best(|(_, run)| json!(run.best_epoch)),
                "best_correct": of_best(|(_, run)| json!(run.best)), "part": part, "missing": missing,
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
                lines.extend(next);
                return lines;
            }
            if let (Some(last), Some(best)) = (last, best) {
                let (last, best) = (percent(last), percent(best));
                lines.push(format!("Mean: final {last}, best {best}{remark}."));
            }
            let (best, rest) = match best_run {
                Some((seed, run)) => {
                    let (epoch, correct, images) = (run.best_epoch, run.best, run.images);
                    (
                        format!("Best: seed {seed}, epoch {epoch}, {correct} / {images}. "),
                        "",
                    )
                }
                None => (String::new(), remark),
            };
            let speed = match self.images {
                0 => String::new(),
                _ => format!(" ({} images/s)", grouped(images_per_second)),
            };
            lines.push(format!(
                "{best}{}{rest} in {total:.2} s{speed}.",
                counted(self.ended, "run")
            ));
            lines.extend(next);
            lines
        };
        self.printer.summary(json, text)?;
        match self.failed > 0 || self.has_lost_files || !missing.is_empty() {
            false => Ok(()),
            true => Err(Stop::Failed),
        }
    }

    /// What is to be done about runs of parts.
    fn next(&self, missing: &[(u64, usize)]) -> Vec<String> {
        let has_csv = !matches!(self.files.csv, Csv::None);
        if self.interrupted > 0 && has_csv {
            return vec!["The same command continues from here.".to_owned()];
        }
        if let Some(share) = self.files.share() {
            let done = format!(
                "Part {}: {} of {} done.",
                share.in_words(),
                self.done.len(),
                counted(self.seeds.len(), "run")
            );
            let is_whole = self.done.len() == self.seeds.len();
            let merge = (has_csv && is_whole).then(|| self.files.merge_line());
            return std::iter::once(done).chain(merge).collect();
        }
        if missing.is_empty() {
            return Vec::new();
        }
        let runs = self.seeds.len();
        let mut lines = vec![format!("Missing: {} of {}.", missing.len(), counted(runs, "run"))];
        let named = missing
            .iter()
            .map(|(seed, place)| (format!("seed {seed}"), *place));
        lines.extend(missing_lines(self.parts, named, runs));
        lines
    }
}
