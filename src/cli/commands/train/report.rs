//! What `train` prints of one run: lines for people, which begin as the article's do, or JSON for programs.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::job::Job;
use super::lengthen;
use super::pace::Standing;
use super::resume::Checkpoint;
use crate::cli::output::format::{OutputFormat, Printer};
use crate::cli::output::messages::warn;
use crate::cli::output::status_line::StatusLine;
use crate::cli::output::words::{
    best_report, clock, correct, ending, ending_code, epochs, final_report, from_here, grouped, remark,
    totals,
};
use crate::cli::stop::Stop;
use batchprop::training::Ending;
use batchprop::{EpochReport, Network, Outcome, Real};

/// Prints results to stdout as they come, and a progress bar to stderr where that is a terminal.
pub struct RunReport<'a> {
    printer: Printer,
    bar: Option<StatusLine>,
    job: &'a Job<'a>,
    /// Time of the run before it was resumed.
    before: Duration,
    /// Time of communicating with other ranks that has been printed.
    communicated: Duration,
}

impl<'a> RunReport<'a> {
    pub fn new(job: &'a Job) -> Self {
        let format = job.args.format();
        let bar = (format == OutputFormat::Text).then(StatusLine::of_stderr);
        Self {
            printer: Printer::new(format),
            bar: bar.flatten(),
            job,
            before: Duration::ZERO,
            communicated: Duration::ZERO,
        }
    }

    /// The first lines.
    pub fn start(&mut self) -> Result<(), Stop> {
        let _ = self.printer.event(|| self.job.json(), || self.job.text());
        Ok(self.printer.check()?)
    }

    /// The checkpoint that the run was resumed from.
    pub fn resumed(&mut self, checkpoint: &Checkpoint) -> Result<(), Stop> {
        let (path, position) = (checkpoint.path(), checkpoint.position());
        let options = self.job.run.options.get();
        self.before = position.total_time();
        let (epoch, images) = (position.epoch(), position.images());
        let json = || {
            let file = path.to_string_lossy();
            json!({
                "event": "resume", "checkpoint": file, "epoch": epoch, "images": images,
                "epochs_before": checkpoint.options().get().epochs, "is_finished": lengthen::is_finished(checkpoint, options),
            })
        };
        let text = || {
            let (path, images) = (path.display(), grouped(images as f64));
            let resumed = format!("Resumed   {path}: epoch {epoch}, after {images} images");
            std::iter::once(resumed)
                .chain(lengthen::line(checkpoint, options))
                .collect()
        };
        let _ = self.printer.event(json, text);
        Ok(self.printer.check()?)
    }

    /// Prints a warning to stderr, above the bar.
    pub fn warn(&mut self, message: &str) {
        let write = || warn(message);
        match &mut self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Whether there is a bar.
    pub fn has_bar(&self) -> bool {
        self.bar.is_some()
    }

    /// Draws the bar, if there is one.
    pub fn standing(&mut self, standing: &Standing) {
        if let Some(bar) = &mut self.bar {
            let Standing {
                epoch, epochs, done, ..
            } = *standing;
            bar.show(
                &format!("epoch {epoch}/{epochs}"),
                done / epochs as f64,
                &standing_text(standing),
            );
        }
    }

    /// Prints the line of an epoch. Breaks when stdout is closed.
    pub fn epoch(&mut self, report: &EpochReport) -> ControlFlow<()> {
        let communicated = self.communicated();
        let json = || {
            let mut line = epoch_json(report);
            if let Some(time) = communicated {
                line["communication_seconds"] = json!(time.saturating_sub(self.communicated).as_secs_f64());
            }
            line
        };
        let printer = &mut self.printer;
        let mut print = || printer.event(json, || vec![epoch_text(report)]);
        let flow = match &mut self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        };
        self.communicated = communicated.unwrap_or_default();
        flow
    }

    /// Time of communicating with other ranks so far, and of waiting for them.
    fn communicated(&self) -> Option<Duration> {
        self.job.members.as_ref()?.communication_time()
    }

    /// Prints the last lines, and returns them. `saved` is the file of the network, if there is one. Fails if an earlier line
    /// could not be printed.
    pub fn summary<F: Real>(
        mut self,
        outcome: &Outcome,
        network: &Network<F>,
        saved: Option<&Path>,
    ) -> Result<Vec<String>, Stop> {
        self.bar = None;
        self.printer.check()?;
        let best = best_report(outcome);
        let last = final_report(outcome, self.job.keeps_best());
        let (train_time, images) = totals(outcome);
        let total = self.before.saturating_add(self.job.started.elapsed());
        let json = || {
            json!({
                "event": "summary", "best_correct": best.and_then(correct),
                "best_epoch": best.filter(|best| best.test.is_some()).map(|best| best.epoch),
                "final_correct": last.and_then(correct), "final_epoch": last.map(|last| last.epoch),
                "saved": saved.map(Path::to_string_lossy),
                "ending": ending_code(outcome.ending), "best_validation_epoch": outcome.best_epoch,
                "total_seconds": total.as_secs_f64(), "train_seconds": train_time.as_secs_f64(),
                "images_per_second": images as f64 / train_time.as_secs_f64(),
                "weights_sha256": network.sha256(),
            })
        };
        let lines = summary_lines(self.job, outcome, saved, total);
        self.printer.summary(json, || lines.clone())?;
        Ok(lines)
    }
}

/// The last lines for people.
fn summary_lines(job: &Job, outcome: &Outcome, saved: Option<&Path>, total: Duration) -> Vec<String> {
    let kept_best = job.keeps_best();
    // The last line also says it, because the header may not have been printed.
    let remark = remark(&job.digits);
    let (train_time, images) = totals(outcome);
    let train_seconds = train_time.as_secs_f64();
    let mut lines = Vec::new();
    if outcome.ending != Ending::Epochs {
        lines.push(format!("Ended early: {}.", ending(outcome.ending)));
    }
    if let (true, Some(epoch)) = (kept_best, outcome.best_epoch) {
        lines.push(format!("Kept: epoch {epoch}, the best on the validation images."));
    }
    if let Some(path) = saved {
        let weights = saved_weights(outcome, kept_best, job.data().training.len());
        let form = match path.extension() {
            None => " as safetensors",
            Some(_) => "",
        };
        lines.push(format!(
            "Saved: {}{form}, the weights {weights}.",
            from_here(path).display()
        ));
    }
    let scored = |report: Option<&EpochReport>| report.and_then(|report| Some((report.epoch, report.test?)));
    let (results, rest) = match (
        scored(final_report(outcome, kept_best)),
        scored(best_report(outcome)),
    ) {
        (Some((epoch, score)), Some((best_epoch, best))) => {
            let last = format!(
                "Final: epoch {epoch}, {} / {} ({:.2} %). ",
                score.correct,
                score.images,
                100.0 * score.accuracy()
            );
            let best = format!(
                "Best: epoch {best_epoch}, {} / {}{remark}. ",
                best.correct, best.images
            );
            (last + &best, "")
        }
        _ => (String::new(), remark),
    };
    lines.push(format!(
        "{results}{}{rest} in {:.2} s, of which {train_seconds:.2} s training ({} images/s).",
        epochs(outcome.reports.len()),
        total.as_secs_f64(),
        grouped(images as f64 / train_seconds)
    ));
    lines
}

/// What is beside the bar: "cost 0.0213  145,900 images/s  ETA 0:27"
pub fn standing_text(standing: &Standing) -> String {
    format!(
        "cost {:.4}  {} images/s  ETA {}",
        standing.cost,
        grouped(standing.images_per_second),
        clock(standing.left)
    )
}

/// "of epoch 29, the last"
fn saved_weights(outcome: &Outcome, kept_best: bool, training: usize) -> String {
    match (final_report(outcome, kept_best), outcome.best_epoch) {
        (None, _) => "before the first step".to_owned(),
        (Some(report), Some(_)) if kept_best => {
            format!("of epoch {}, the best on the validation images", report.epoch)
        }
        (Some(report), _) if report.images < training => format!(
            "of epoch {}, the last, which ended after {} images",
            report.epoch,
            grouped(report.images as f64)
        ),
        (Some(report), _) => format!("of epoch {}, the last", report.epoch),
    }
}

fn epoch_text(report: &EpochReport) -> String {
    let EpochReport { epoch, cost, .. } = report;
    let result = match report.test {
        None => " complete".to_owned(),
        Some(score) => format!(
            ": {} / {}  {:.2} %",
            score.correct,
            score.images,
            100.0 * score.accuracy()
        ),
    };
    let validation = report.validation.map_or_else(String::new, |validation| {
        format!(
            "  validation {} / {}  {:.2} %",
            validation.correct,
            validation.images,
            100.0 * validation.accuracy()
        )
    });
    format!(
        "Epoch {epoch}{result}{validation}  cost {cost:.4}  {:.3} s  {} images/s",
        report.train_time.as_secs_f64(),
        grouped(report.images_per_second)
    )
}

fn epoch_json(report: &EpochReport) -> Value {
    let (test, validation) = (report.test, report.validation);
    json!({
        "event": "epoch", "epoch": report.epoch,
        "correct": test.map(|test| test.correct),
        "test_images": test.map(|test| test.images),
        "cost": report.cost, "test_cost": test.map(|test| test.cost),
        "validation_correct": validation.map(|validation| validation.correct),
        "validation_images": validation.map(|validation| validation.images),
        "validation_cost": validation.map(|validation| validation.cost),
        "learning_rate": report.learning_rate, "gradient_norm": report.gradient_norm,
        "train_seconds": report.train_time.as_secs_f64(),
        "eval_seconds": report.eval_time.as_secs_f64(),
        "images_per_second": report.images_per_second,
    })
}
