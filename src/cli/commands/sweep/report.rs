//! What `sweep` prints: a sorted table for people, or JSON for programs.

use std::ops::ControlFlow;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::super::train::Saved;
use super::command;
use super::figures::Figures;
use super::file::Key;
use super::halving::Rung;
use super::incomplete::Incomplete;
use super::points::Point;
use super::setup::Setup;
use super::standing::Standing;
use crate::cli::options::run_files::{Csv, RunFiles};
use crate::cli::options::share::Share;
use crate::cli::output::format::{OutputFormat, Printer, threads_line};
use crate::cli::output::table::table;
use crate::cli::output::terminal::Terminal;
use crate::cli::output::words::{about_line, counted, given, grouped, percent, remark};
use crate::cli::records::runs::PartFile;
use crate::cli::records::runs::report::{file_lines, file_names, part_count};
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::math::blas;
use batchprop::{Score, TrainOn};

/// The best point, trained once more and saved.
pub struct SavedBest {
    pub path: PathBuf,
    /// That did it.
    pub command: String,
    pub saved: Saved,
}

impl SavedBest {
    fn in_words(&self, seed: u64) -> String {
        let Saved { images, test, .. } = &self.saved;
        let test = test.map_or_else(String::new, |test| {
            let Score { correct, images, .. } = test;
            format!(
                ": {correct} / {images} test images, {:.2} %",
                100.0 * test.accuracy()
            )
        });
        let (path, images) = (self.path.display(), grouped(*images as f64));
        format!("Saved: {path}, the best trained on {images} images from seed {seed}{test}.")
    }
}

/// Prints results to stdout as they come.
pub struct SweepReport<'a> {
    printer: Printer,
    setup: &'a Setup<'a>,
    files: &'a RunFiles,
    /// That were merged.
    parts: Vec<PartFile>,
    precision: &'static str,
    is_quiet: bool,
}

impl<'a> SweepReport<'a> {
    pub fn new(
        format: OutputFormat,
        setup: &'a Setup<'a>,
        files: &'a RunFiles,
        parts: Vec<PartFile>,
        precision: &'static str,
    ) -> Self {
        Self {
            printer: Printer::new(format),
            setup,
            files,
            parts,
            precision,
            is_quiet: format == OutputFormat::Quiet,
        }
    }

    /// The first lines; `done` runs were done by an earlier sweep.
    pub fn start(&mut self, done: usize) -> Result<(), Stop> {
        let Setup {
            digits,
            points,
            seeds,
            rungs,
            threads_asked,
            started,
            ..
        } = self.setup;
        let training = digits.training(TrainOn::Train).len();
        let validation = digits.validation().len();
        let (threads, precision) = (rayon::current_num_threads(), self.precision);
        let load_seconds = started.elapsed().as_secs_f64();
        let options = self.options();
        let (files, parts) = (self.files, &self.parts);
        let json = || {
            let rung = |rung: &Rung| json!({"points": rung.points, "epochs": rung.epochs});
            json!({
                "event": "start", "data": digits.origin(), "about": digits.about(),
                "splits": given(digits.splits()), "training_images": training,
                "validation_images": validation, "points": points.len(), "seeds": seeds,
                "options": options, "rungs": (rungs.len() > 1).then(|| rungs.iter().map(rung).collect::<Vec<_>>()),
                "part": files.share().map(|share| share.to_string()),
                "part_from": files.part.as_ref().and_then(|part| part.from.as_ref()),
                "merged_files": files.merges().then(|| file_names(parts)),
                "done": done, "precision": precision, "threads": threads, "blas": blas::name(),
                "load_seconds": load_seconds,
            })
        };
        let text = || {
            let mut lines = vec![format!(
                "Data      {} ({} training, {} validation images, {load_seconds:.2} s)",
                digits.origin(),
                grouped(training as f64),
                grouped(validation as f64),
            )];
            lines.extend(about_line(digits));
            lines.push(format!(
                "Sweep     {} of {}, {precision}",
                counted(points.len(), "point"),
                counted(seeds.len(), "run")
            ));
            if rungs.len() > 1 {
                let rung =
                    |rung: &Rung| format!("{} to epoch {}", counted(rung.points, "point"), rung.epochs);
                let rungs: Vec<String> = rungs.iter().map(rung).collect();
                lines.push(format!("Halving   {}", rungs.join(", ")));
            }
            lines.extend(file_lines(files, parts, done));
            lines.push(format!("BLAS      {}", blas::name()));
            lines.push(threads_line(threads, *threads_asked, true));
            lines
        };
        let _ = self.printer.event(json, text);
        Ok(self.printer.check()?)
    }

    /// The given options, as they were written.
    fn options(&self) -> Value {
        let mut options = Map::new();
        for (index, list) in self.setup.lists.lists.iter().enumerate() {
            let points = self.setup.points.iter();
            let values = points.map(|point| number_or_text(&point.values[index]));
            let mut values: Vec<Value> = values.collect();
            let mut seen = Vec::new();
            values.retain(|value| {
                let is_new = !seen.contains(value);
                seen.push(value.clone());
                is_new
            });
            options.insert(list.option.clone(), Value::Array(values));
        }
        for flag in &self.setup.lists.flags {
            options.insert(flag.trim_start_matches('-').to_owned(), Value::Bool(true));
        }
        Value::Object(options)
    }

    fn settings(&self, point: &Point) -> Map<String, Value> {
        let lists = self.setup.lists.lists.iter().zip(&point.values);
        lists
            .map(|(list, value)| (list.option.clone(), number_or_text(value)))
            .collect()
    }

    /// A run is done.
    pub fn run(&mut self, point: &Point, key: Key, figures: &Figures) -> ControlFlow<()> {
        let accuracies = figures.accuracies.as_ref();
        let settings = self.settings(point);
        let json = || {
            json!({
                "event": "run", "settings": settings, "seed": key.seed, "compared_after": key.epochs,
                "epochs": figures.epochs, "ending": figures.ending,
                "validation_accuracy": accuracies.map(|it| it.last),
                "best_validation_accuracy": accuracies.map(|it| it.best),
                "best_validation_epoch": accuracies.map(|it| it.best_epoch),
                "validation_cost": accuracies.map(|it| it.validation_cost),
                "training_cost": accuracies.map(|it| it.training_cost),
                "train_seconds": figures.train_seconds, "weights_sha256": figures.weights,
            })
        };
        self.printer.event(json, Vec::new)
    }

    /// The end of a part: its rung, the runs of that rung that are done, and all runs of that rung.
    pub fn part(mut self, share: Share, (rung, done, runs): (usize, usize, usize)) -> Result<(), Stop> {
        self.printer.check()?;
        let total = self.setup.started.elapsed().as_secs_f64();
        let is_interrupted = signals::is_interrupted();
        let json = || {
            json!({
                "event": "summary", "part": share.to_string(), "rung": rung + 1, "runs": runs, "done": done,
                "interrupted": is_interrupted, "total_seconds": total,
            })
        };
        let text = || {
            let of_rung = match self.setup.rungs.len() {
                1 => String::new(),
                rungs => format!(" of rung {} of {rungs}", rung + 1),
            };
            let own = counted(runs, "run");
            let mut lines = vec![format!(
                "Part {}{of_rung}: {done} of {own} done, in {total:.2} s.",
                share.in_words()
            )];
            if is_interrupted {
                lines.push("Interrupted. The same command continues from here.".to_owned());
            } else if done == runs {
                lines.push(self.files.merge_line());
            }
            lines
        };
        Ok(self.printer.summary(json, text)?)
    }

    /// The points, the best first; the number of runs; what is missing.
    pub fn summary(
        mut self,
        standings: &[Standing],
        runs: usize,
        incomplete: Option<&Incomplete>,
        saved: Option<&SavedBest>,
    ) -> Result<(), Stop> {
        self.printer.check()?;
        let setup = self.setup;
        let kept = !matches!(self.files.csv, Csv::None);
        let incomplete = incomplete.filter(|_| self.files.merges());
        let best = standings
            .first()
            .filter(|standing| incomplete.is_none() && standing.accuracy().is_some());
        let best_line = best.map(|standing| self.best_line(standing));
        let best = best.map(|standing| &setup.points[standing.point]);
        let command = best.map(|point| match saved {
            Some(saved) => saved.command.clone(),
            None => command::of_point(setup, point),
        });
        let total = setup.started.elapsed().as_secs_f64();
        let is_interrupted = signals::is_interrupted();
        for (index, standing) in standings.iter().enumerate() {
            let event = self.point_json(index + 1, standing);
            let _ = self.printer.event(|| event, Vec::new);
        }
        let settings = best.map(|point| self.settings(point));
        let table = self.table(standings);
        let is_quiet = self.is_quiet;
        let next = incomplete.map(|it| it.lines(setup, self.files, &self.parts));
        let (missing, next_rung) = match incomplete {
            Some(it) if it.is_next() => (None, Some(it.rung + 1)),
            Some(it) => (Some(self.missing_json(it)), None),
            None => (None, None),
        };
        let json = || {
            json!({
                "event": "summary", "points": standings.len(), "runs": runs, "interrupted": is_interrupted,
                "best": settings, "command": command, "missing": missing, "next_rung": next_rung, "total_seconds": total,
                "saved": saved.map(|it| it.path.to_string_lossy()), "saved_images": saved.map(|it| it.saved.images),
                "test_correct": saved.and_then(|it| it.saved.test).map(|test| test.correct),
                "test_images": saved.and_then(|it| it.saved.test).map(|test| test.images),
                "weights_sha256": saved.map(|it| &it.saved.weights_sha256),
            })
        };
        let text = || {
            let mut lines = Vec::new();
            if is_quiet {
                lines.extend(best_line);
            } else if !standings.is_empty() {
                let validation = grouped(setup.digits.validation().len() as f64);
                lines.push(format!("\n{table}"));
                lines.push(format!(
                    "Chosen by the {validation} validation images{}; the test images were not used.",
                    remark(setup.digits)
                ));
            }
            lines.push(format!("{} in {total:.2} s.", counted(runs, "run")));
            if is_interrupted {
                lines.push(match kept {
                    true => "Interrupted. The same command continues from here.".to_owned(),
                    false => "Interrupted. With --csv, the same command could continue from here.".to_owned(),
                });
            } else {
                lines.extend(next.into_iter().flatten());
            }
            if let Some(command) = &command {
                let what = match saved {
                    Some(saved) => saved.in_words(setup.seeds.first().copied().unwrap_or(0)),
                    None => "To train the best again and evaluate the test images:".to_owned(),
                };
                lines.push(format!("{what}\n  {command}"));
            }
            lines
        };
        Ok(self.printer.summary(json, text)?)
    }

    fn missing_json(&self, incomplete: &Incomplete) -> Vec<Value> {
        let count = part_count(&self.parts);
        let of_run = |&(key, place): &(Key, usize)| {
            let share = count.map(|count| Share::at(place, incomplete.runs, count));
            json!({
                "settings": self.settings(&self.setup.points[key.point]), "seed": key.seed, "compared_after": key.epochs,
                "part": share.map(|share| share.to_string()),
            })
        };
        incomplete.missing.iter().map(of_run).collect()
    }

    /// "Best: --hidden=100, 96.19 % of the 10,000 validation images."
    fn best_line(&self, standing: &Standing) -> String {
        let name = match self.setup.name(&self.setup.points[standing.point]) {
            name if name.is_empty() => "the only point".to_owned(),
            name => name,
        };
        let validation = grouped(self.setup.digits.validation().len() as f64);
        let accuracy = standing.accuracy().map_or_else(String::new, percent);
        format!(
            "Best: {name}, {accuracy} of the {validation} validation images{}.",
            remark(self.setup.digits)
        )
    }

    fn point_json(&self, rank: usize, standing: &Standing) -> Value {
        let accuracy = standing.accuracy();
        let best = standing.best_accuracy();
        json!({
            "event": "point", "rank": rank, "settings": self.settings(&self.setup.points[standing.point]),
            "runs": standing.figures.len(), "diverged": standing.diverged(),
            "epochs": standing.epochs(),
            "validation_accuracy_mean": accuracy.map(|it| it.mean),
            "validation_accuracy_sd": accuracy.and_then(|it| it.deviation),
            "best_validation_accuracy_mean": best.map(|it| it.mean),
            "best_validation_accuracy_sd": best.and_then(|it| it.deviation),
            "train_seconds_mean": standing.seconds(),
        })
    }

    fn table(&self, standings: &[Standing]) -> String {
        let mut rows = vec![vec!["rank".to_owned()]];
        rows[0].extend(
            self.setup
                .varied
                .iter()
                .map(|&list| self.setup.lists.lists[list].option.clone()),
        );
        rows[0].extend(["validation", "best epoch's", "epochs", "seconds"].map(str::to_owned));
        for (index, standing) in standings.iter().enumerate() {
            let values = &self.setup.points[standing.point].values;
            let mut row = vec![(index + 1).to_string()];
            row.extend(self.setup.varied.iter().map(|&list| values[list].clone()));
            let (runs, diverged) = (standing.figures.len(), standing.diverged());
            let accuracy = standing.accuracy().map(percent);
            row.push(match accuracy {
                Some(accuracy) if diverged == 0 => accuracy,
                Some(accuracy) => format!("{diverged} of {runs} diverged, else {accuracy}"),
                None => "diverged".to_owned(),
            });
            row.push(standing.best_accuracy().map_or_else(String::new, percent));
            row.push(standing.epochs().to_string());
            row.push(format!("{:.2}", standing.seconds()));
            rows.push(row);
        }
        table(&rows, Terminal::most_columns())
    }
}

/// As programs want it.
fn number_or_text(value: &str) -> Value {
    let number = value.parse::<serde_json::Number>();
    number.map_or_else(|_| Value::from(value), Value::Number)
}
