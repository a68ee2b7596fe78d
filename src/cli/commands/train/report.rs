//! What `train` shows: lines for people, which begin as the article's do, or JSON for programs.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::header::{Header, bits_line, parts};
use crate::cli::output::format::{Format, threads_line};
use crate::cli::output::messages::warn;
use crate::cli::output::words::{
    best_report, correct, dashed, ending, epochs, final_report, grouped, remark, seeds,
};
use crate::cli::stop::Stop;
use batchprop::math::blas;
use batchprop::training::{Ending, Position};
use batchprop::{EpochReport, Network, Outcome, Real, Score, TrainingEvent};

/// Writes results to stdout as they come, and a progress bar to stderr where that is a terminal.
pub struct Reporter {
    format: Format,
    out: io::Stdout,
    /// Only where somebody sees it: it costs time after every mini-batch.
    bar: Option<ProgressBar>,
    started: Instant,
    /// Of the run, before it was resumed.
    before: Duration,
    /// What the last line must say of data that are not MNIST's: the header may not have been shown.
    remark: &'static str,
    /// What ended the run early: stdout no longer takes what is written.
    failure: Option<io::Error>,
}

impl Reporter {
    pub fn new(format: Format, header: &Header, started: Instant) -> Self {
        let bar = (format == Format::Text && io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("epoch {msg} {bar:30} {human_pos}/{human_len}");
            ProgressBar::new(header.training as u64).with_style(style.expect("the template is constant"))
        });
        Self {
            format,
            out: io::stdout(),
            bar,
            started,
            remark: remark(header.digits),
            before: Duration::ZERO,
            failure: None,
        }
    }

    /// The header.
    pub fn start(&mut self, header: &Header) -> Result<(), Stop> {
        let Header {
            digits,
            run,
            load_seconds,
            ..
        } = header;
        let options = run.options.get();
        let threads = rayon::current_num_threads();
        match self.format {
            Format::Quiet => {}
            Format::Json => {
                let event = json!({
                    "event": "start", "data": digits.origin(), "pixel_max": digits.pixel_max(), "training_images": header.training,
                    "test_images": header.test, "sizes": run.sizes, "activation": run.functions.activation,
                    "output": run.functions.output, "cost": run.functions.cost, "init": run.initialisation,
                    "precision": header.precision,
                    "epochs": options.epochs, "batch_size": options.batch_size,
                    "learning_rate": options.learning_rate, "seed": options.seed, "runs": header.runs,
                    "optimizer": options.optimizer, "schedule": options.schedule,
                    "warmup_epochs": options.warmup_epochs, "dropout": options.dropout,
                    "label_smoothing": options.label_smoothing, "augmentation": options.augmentation,
                    "control": options.control,
                    "engine": options.engine.name(), "threads": threads, "blas": blas::name(),
                    "bits": header.bits, "load_seconds": load_seconds,
                });
                writeln!(self.out, "{event}")?;
            }
            Format::Text => {
                writeln!(
                    self.out,
                    "Data      {} ({} training, {} test images, {load_seconds:.2} s)",
                    digits.origin(),
                    grouped(header.training as f64),
                    grouped(header.test as f64),
                )?;
                if !digits.about().is_empty() {
                    writeln!(self.out, "          {}", digits.about().join(", "))?;
                }
                writeln!(
                    self.out,
                    "Network   {}, {}, {}",
                    dashed(&run.sizes),
                    run.functions,
                    header.precision
                )?;
                writeln!(
                    self.out,
                    "Training  {}, mini-batches of {}, learning rate {:?}, {}, {} engine",
                    epochs(options.epochs),
                    options.batch_size.min(header.training),
                    options.learning_rate,
                    seeds(options.seed, header.runs.unwrap_or(1)),
                    options.engine.name()
                )?;
                let parts = parts(header);
                if !parts.is_empty() {
                    writeln!(self.out, "With      {}", parts.join(", "))?;
                }
                if !options.augmentation.is_none() {
                    writeln!(self.out, "Images    distorted: {}", options.augmentation)?;
                }
                writeln!(self.out, "BLAS      {}", blas::name())?;
                if let Some(advice) = blas::advice() {
                    writeln!(self.out, "          {advice}")?;
                }
                writeln!(self.out, "{}", bits_line(header.bits))?;
                let line = threads_line(threads, header.threads_asked, header.runs.is_some());
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    /// What the run goes on from.
    pub fn resumed(&mut self, path: &Path, position: &Position) -> Result<(), Stop> {
        self.before = position.total_time();
        let (epoch, images) = (position.epoch(), position.images());
        match self.format {
            Format::Quiet => {}
            Format::Json => {
                let checkpoint = path.to_string_lossy();
                let event = json!({
                    "event": "resume", "checkpoint": checkpoint, "epoch": epoch, "images": images,
                });
                writeln!(self.out, "{event}")?;
            }
            Format::Text => writeln!(
                self.out,
                "Resumed   {}: epoch {epoch}, after {} images",
                path.display(),
                grouped(images as f64)
            )?,
        }
        Ok(())
    }

    /// Says on stderr what must be known before the end.
    pub fn warn(&self, message: &str) {
        let write = || warn(message);
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// A listener for [`batchprop::train`], which it stops when nobody reads on.
    pub fn event<F: Real>(&mut self, event: &TrainingEvent<F>) -> ControlFlow<()> {
        match event {
            TrainingEvent::MiniBatch { epoch, images } => {
                if let Some(bar) = &self.bar {
                    // The message only when it changes: setting it costs more than a mini-batch.
                    if bar.position() > *images as u64 || bar.message().is_empty() {
                        bar.set_message(epoch.to_string());
                    }
                    bar.set_position(*images as u64);
                }
            }
            TrainingEvent::Epoch(report) => {
                let line = match self.format {
                    Format::Quiet => return ControlFlow::Continue(()),
                    Format::Json => epoch_json(report),
                    Format::Text => epoch_text(report),
                };
                let out = &mut self.out;
                let mut write = || writeln!(out, "{line}");
                let written = match &self.bar {
                    Some(bar) => bar.suspend(write),
                    None => write(),
                };
                if let Err(failure) = written {
                    self.failure = Some(failure);
                    return ControlFlow::Break(());
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// The last line. Fails where an earlier line could not be written.
    pub fn summary<F: Real>(
        mut self,
        outcome: &Outcome,
        kept_best: bool,
        network: &Network<F>,
    ) -> Result<(), Stop> {
        let reports = &outcome.reports;
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some(failure) = self.failure {
            return Err(failure.into());
        }
        let best = best_report(outcome);
        let train_time: Duration = reports.iter().map(|report| report.train_time).sum();
        let images: usize = reports.iter().map(|report| report.images).sum();
        let images_per_second = images as f64 / train_time.as_secs_f64();
        let total = self.before.saturating_add(self.started.elapsed()).as_secs_f64();
        let weights = network.sha256();
        if self.format == Format::Json {
            let event = json!({
                "event": "summary", "best_correct": best.and_then(correct),
                "best_epoch": best.filter(|best| best.test.is_some()).map(|best| best.epoch),
                "final_correct": final_report(outcome, kept_best).and_then(correct),
                "ending": ending(outcome.ending), "best_validation_epoch": outcome.best_epoch,
                "total_seconds": total,
                "train_seconds": train_time.as_secs_f64(), "images_per_second": images_per_second,
                "weights_sha256": weights,
            });
            writeln!(self.out, "{event}")?;
            return Ok(());
        }
        if outcome.ending != Ending::Epochs {
            writeln!(self.out, "Ended early: {}.", ending(outcome.ending))?;
        }
        if let (true, Some(epoch)) = (kept_best, outcome.best_epoch) {
            writeln!(
                self.out,
                "Kept: epoch {epoch}, the best on the validation images."
            )?;
        }
        let best = best.and_then(|best| Some((best.epoch, best.test?)));
        let best = best.map_or_else(String::new, |(epoch, score)| {
            format!(
                "Best: epoch {epoch}, {} / {}{}. ",
                score.correct, score.images, self.remark
            )
        });
        writeln!(
            self.out,
            "{best}{}{} in {total:.2} s, of which {:.2} s training ({} images/s).",
            epochs(reports.len()),
            if best.is_empty() { self.remark } else { "" },
            train_time.as_secs_f64(),
            grouped(images_per_second)
        )?;
        Ok(())
    }
}

fn epoch_text(report: &EpochReport) -> String {
    let EpochReport { epoch, cost, .. } = report;
    let result = match report.test {
        None => "complete".to_owned(),
        Some(Score { correct, images, .. }) => {
            let percent = 100.0 * correct as f64 / images as f64;
            format!("{correct} / {images}  {percent:.2} %")
        }
    };
    let separator = if report.test.is_some() { ": " } else { " " };
    let validation = report.validation.map_or_else(String::new, |validation| {
        format!("  validation {} / {}", validation.correct, validation.images)
    });
    format!(
        "Epoch {epoch}{separator}{result}{validation}  cost {cost:.4}  {:.3} s  {} images/s",
        report.train_time.as_secs_f64(),
        grouped(report.images_per_second)
    )
}

fn epoch_json(report: &EpochReport) -> String {
    let (evaluation, validation) = (report.test, report.validation);
    json!({
        "event": "epoch", "epoch": report.epoch,
        "correct": evaluation.map(|evaluation| evaluation.correct),
        "test_images": evaluation.map(|evaluation| evaluation.images),
        "cost": report.cost, "test_cost": evaluation.map(|evaluation| evaluation.cost),
        "validation_correct": validation.map(|validation| validation.correct),
        "validation_images": validation.map(|validation| validation.images),
        "validation_cost": validation.map(|validation| validation.cost),
        "learning_rate": report.learning_rate, "gradient_norm": report.gradient_norm,
        "train_seconds": report.train_time.as_secs_f64(),
        "eval_seconds": report.eval_time.as_secs_f64(),
        "images_per_second": report.images_per_second,
    })
    .to_string()
}
