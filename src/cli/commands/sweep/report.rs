//! What `sweep` shows: a sorted table for people, or JSON for programs.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::figures::Figures;
use super::file::Key;
use super::lists::Lists;
use super::points::{Point, arguments};
use super::standing::Standing;
use super::table::table;
use crate::cli::commands::sweep::halving::Rung;
use crate::cli::output::format::{Format, threads_line};
use crate::cli::output::words::grouped;
use crate::cli::output::words::{counted, percent, remark};
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::Digits;
use batchprop::math::blas;

/// What is known before the first run.
pub struct Header<'a> {
    pub digits: &'a Digits,
    pub lists: &'a Lists,
    pub points: &'a [Point],
    pub seeds: &'a [u64],
    pub rungs: &'a [Rung],
    pub precision: &'a str,
    pub threads_asked: Option<usize>,
    /// Runs that an earlier sweep did.
    pub done: usize,
    pub started: Instant,
}

/// Writes to stdout.
pub struct Report<'a> {
    format: Format,
    header: Header<'a>,
    /// The lists whose values differ.
    varied: Vec<usize>,
    failure: Option<io::Error>,
}

impl<'a> Report<'a> {
    pub fn new(format: Format, header: Header<'a>) -> Self {
        let differs = |&list: &usize| {
            let mut values = header.points.iter().map(|point| &point.values[list]);
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        Self {
            format,
            varied: (0..header.lists.lists.len()).filter(differs).collect(),
            header,
            failure: None,
        }
    }

    /// The first lines.
    pub fn start(&self) -> Result<(), Stop> {
        let Header {
            digits,
            points,
            seeds,
            rungs,
            done,
            ..
        } = &self.header;
        let (training, validation) = (
            digits.training(Default::default()).len(),
            digits.validation().len(),
        );
        let threads = rayon::current_num_threads();
        let load_seconds = self.header.started.elapsed().as_secs_f64();
        let mut out = io::stdout();
        if self.format == Format::Json {
            let rung = |rung: &Rung| json!({"points": rung.points, "epochs": rung.epochs});
            let event = json!({
                "event": "start", "data": digits.origin(), "training_images": training,
                "validation_images": validation, "points": points.len(), "seeds": seeds,
                "options": self.options(), "rungs": (rungs.len() > 1).then(|| rungs.iter().map(rung).collect::<Vec<_>>()),
                "done": done, "precision": self.header.precision, "threads": threads, "blas": blas::name(),
                "load_seconds": load_seconds,
            });
            writeln!(out, "{event}")?;
            return Ok(());
        }
        writeln!(
            out,
            "Data      {} ({} training, {} validation images, {load_seconds:.2} s)",
            digits.origin(),
            grouped(training as f64),
            grouped(validation as f64),
        )?;
        writeln!(
            out,
            "Sweep     {} of {}, {}",
            counted(points.len(), "point"),
            counted(seeds.len(), "run"),
            self.header.precision
        )?;
        if rungs.len() > 1 {
            let rung = |rung: &Rung| format!("{} to epoch {}", counted(rung.points, "point"), rung.epochs);
            let rungs: Vec<String> = rungs.iter().map(rung).collect();
            writeln!(out, "Halving   {}", rungs.join(", "))?;
        }
        if *done > 0 {
            writeln!(out, "Done      {} before", counted(*done, "run"))?;
        }
        writeln!(out, "BLAS      {}", blas::name())?;
        writeln!(out, "{}", threads_line(threads, self.header.threads_asked, true))?;
        Ok(())
    }

    /// All that was asked for, as it was written.
    fn options(&self) -> Value {
        let mut options = Map::new();
        for (index, list) in self.header.lists.lists.iter().enumerate() {
            let values = self
                .header
                .points
                .iter()
                .map(|point| number_or_text(&point.values[index]));
            let mut values: Vec<Value> = values.collect();
            let mut seen = Vec::new();
            values.retain(|value| {
                let is_new = !seen.contains(value);
                seen.push(value.clone());
                is_new
            });
            options.insert(list.option.clone(), Value::Array(values));
        }
        for flag in &self.header.lists.flags {
            options.insert(flag.trim_start_matches('-').to_owned(), Value::Bool(true));
        }
        Value::Object(options)
    }

    /// What a point has that others have not: "--hidden=30 --dropout=0.1".
    pub fn name(&self, point: &Point) -> String {
        let of = |&list: &usize| {
            format!(
                "--{}={}",
                self.header.lists.lists[list].option, point.values[list]
            )
        };
        self.varied.iter().map(of).collect::<Vec<_>>().join(" ")
    }

    fn settings(&self, point: &Point) -> Map<String, Value> {
        let lists = self.header.lists.lists.iter().zip(&point.values);
        lists
            .map(|(list, value)| (list.option.clone(), number_or_text(value)))
            .collect()
    }

    /// A run is done.
    pub fn run(&mut self, point: &Point, key: Key, figures: &Figures) -> ControlFlow<()> {
        if self.format != Format::Json {
            return ControlFlow::Continue(());
        }
        let accuracies = figures.accuracies.as_ref();
        let event = json!({
            "event": "run", "settings": self.settings(point), "seed": key.seed, "compared_after": key.epochs,
            "epochs": figures.epochs, "ending": figures.ending,
            "validation_accuracy": accuracies.map(|it| it.last),
            "best_validation_accuracy": accuracies.map(|it| it.best),
            "best_validation_epoch": accuracies.map(|it| it.best_epoch),
            "validation_cost": accuracies.map(|it| it.validation_cost),
            "training_cost": accuracies.map(|it| it.training_cost),
            "train_seconds": figures.train_seconds, "weights_sha256": figures.weights,
        });
        match writeln!(io::stdout(), "{event}") {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }

    /// The points, the best first. `kept` says whether a file has all runs that are done.
    pub fn summary(self, standings: &[Standing], runs: usize, kept: bool) -> Result<(), Stop> {
        if let Some(failure) = self.failure {
            return Err(failure.into());
        }
        let best = standings.first().filter(|standing| standing.accuracy().is_some());
        let best = best.map(|standing| &self.header.points[standing.point]);
        let command = best.map(|point| self.command(point));
        let total = self.header.started.elapsed().as_secs_f64();
        let mut out = io::stdout();
        if self.format == Format::Json {
            for (index, standing) in standings.iter().enumerate() {
                writeln!(out, "{}", self.point_json(index + 1, standing))?;
            }
            let event = json!({
                "event": "summary", "points": standings.len(), "runs": runs,
                "interrupted": signals::is_interrupted(),
                "best": best.map(|point| self.settings(point)), "command": command, "total_seconds": total,
            });
            writeln!(out, "{event}")?;
            return Ok(());
        }
        if !standings.is_empty() {
            write!(out, "\n{}", self.table(standings))?;
            writeln!(
                out,
                "\nChosen by the {} validation images{}; no test image was looked at.",
                grouped(self.header.digits.validation().len() as f64),
                remark(self.header.digits)
            )?;
        }
        writeln!(out, "{} in {total:.2} s.", counted(runs, "run"))?;
        if signals::is_interrupted() {
            let go_on = match kept {
                true => "The same command goes on from here.",
                false => "Only with --csv the same command could go on from here.",
            };
            writeln!(out, "Interrupted. {go_on}")?;
        }
        if let Some(command) = command {
            writeln!(out, "The best once more, on the test images:\n  {command}")?;
        }
        Ok(())
    }

    /// The command that trains a point and evaluates the test images.
    fn command(&self, point: &Point) -> String {
        let mut words = vec!["batchprop train".to_owned()];
        words.extend(arguments(self.header.lists, &point.values));
        match *self.header.seeds {
            [0] => {}
            [seed] => words.push(format!("--seed={seed}")),
            [first, ..] => {
                words.push(format!("--runs={}", self.header.seeds.len()));
                if first != 0 {
                    words.push(format!("--seed={first}"));
                }
            }
            [] => {}
        }
        words.join(" ")
    }

    fn point_json(&self, rank: usize, standing: &Standing) -> Value {
        let accuracy = standing.accuracy();
        let best = standing.best_accuracy();
        json!({
            "event": "point", "rank": rank, "settings": self.settings(&self.header.points[standing.point]),
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
            self.varied
                .iter()
                .map(|&list| self.header.lists.lists[list].option.clone()),
        );
        rows[0].extend(["validation", "best epoch's", "epochs", "seconds"].map(str::to_owned));
        for (index, standing) in standings.iter().enumerate() {
            let values = &self.header.points[standing.point].values;
            let mut row = vec![(index + 1).to_string()];
            row.extend(self.varied.iter().map(|&list| values[list].clone()));
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
        table(&rows)
    }
}

/// As programs want it.
fn number_or_text(value: &str) -> Value {
    let number = value.parse::<serde_json::Number>();
    number.map_or_else(|_| Value::from(value), Value::Number)
}
