//! What `bench` prints: a table for people, or JSON for programs.

use std::io::{self, Write};
use std::num::NonZero;
use std::thread::available_parallelism;

use serde_json::json;
use sysinfo::{CpuRefreshKind, System};

use super::peak::{Figures, SIZE};
use super::rows::{Measured, Task};
use crate::cli::output::table::table;
use crate::cli::output::terminal::Terminal;
use crate::cli::output::words::grouped;
use crate::cli::stop::Stop;
use batchprop::Digits;
use batchprop::math::blas;
use batchprop::training::minibatch::InputForm;

/// Prints to stdout.
pub struct BenchReport {
    json: bool,
    out: io::Stdout,
    precision: &'static str,
    training: usize,
}

/// Printed below the table.
const NOTES: &str = "\
seconds    an epoch, or an evaluation of the test images:
           median of all rounds
× article  work per second, relative to the article's
           algorithm: one image at a time (first row)
GFLOP/s    dense-equivalent: counted as if no pixel were
           skipped. Where inputs are \"auto\" and most pixels
           are blank, products with blank pixels are
           skipped, and the figure may exceed the peak;
           where they are \"dense\", all are computed
of peak    share of the peak of all threads
";

impl BenchReport {
    /// A report for numbers in `precision` and this many training images.
    pub fn new(json: bool, precision: &'static str, training: usize) -> Self {
        Self {
            json,
            out: io::stdout(),
            precision,
            training,
        }
    }

    /// The first lines.
    pub fn start(&mut self, digits: &Digits, rounds: u32) -> Result<(), Stop> {
        let (precision, training) = (self.precision, self.training);
        let (cpu, cores) = (cpu(), available_parallelism().map_or(1, NonZero::get));
        let (test, threads) = (digits.test().len(), rayon::current_num_threads());
        let out = &mut self.out;
        if self.json {
            let start = json!({
                "event": "start", "cpu": cpu, "cores": cores, "blas": blas::name(), "threads": threads,
                "data": digits.origin(), "training_images": training, "test_images": test,
                "precision": precision, "rounds": rounds,
            });
            writeln!(out, "{start}")?;
            return Ok(());
        }
        let cores = match cores {
            1 => "1 core".to_owned(),
            cores => format!("{cores} cores"),
        };
        writeln!(out, "Machine   {cpu}, {cores}")?;
        writeln!(out, "BLAS      {}", blas::name())?;
        writeln!(out, "Threads   {threads}")?;
        writeln!(
            out,
            "Data      {} ({} training, {} test images)",
            digits.origin(),
            grouped(training as f64),
            grouped(test as f64)
        )?;
        Ok(())
    }

    /// Peak and rows; the first row is the one the others are compared with.
    pub fn results(&mut self, peak: &Figures, rows: &[Measured]) -> Result<(), Stop> {
        if self.json {
            self.json_results(peak, rows)?;
        } else {
            self.table(peak, rows)?;
        }
        Ok(())
    }

    fn table(&mut self, peak: &Figures, rows: &[Measured]) -> io::Result<()> {
        let out = &mut self.out;
        let together = match peak.threads {
            1 => String::new(),
            threads => format!(", {:.1} on {threads}", peak.all_threads),
        };
        writeln!(
            out,
            "Peak      {:.1} GFLOP/s on one thread{together}: {} products of {SIZE}×{SIZE} matrices",
            peak.one_thread, self.precision
        )?;
        if let Some(rust) = peak.rust {
            writeln!(
                out,
                "          {rust:.1} GFLOP/s on one thread by the pure-Rust kernels of builds without a BLAS ({})",
                blas::rust::kernels()
            )?;
        }
        let headings = [
            "",
            "work",
            "network",
            "B",
            "engine",
            "inputs",
            "seconds",
            "images/s",
            "× article",
            "GFLOP/s",
            "of peak",
        ];
        let mut table_rows = vec![headings.map(str::to_owned).to_vec()];
        for measured in rows {
            let words = Words::of(measured);
            // The reference is measured on a part of an epoch.
            let images = match measured.row.task {
                Task::Train(_) => self.training,
                Task::Evaluate => measured.images,
            };
            table_rows.push(vec![
                table_rows.len().to_string(),
                words.work.to_owned(),
                measured.row.network(),
                words.batch_size.map_or_else(String::new, |size| size.to_string()),
                words.engine.to_owned(),
                words.inputs.to_owned(),
                format!("{:.4}", images as f64 / measured.images_per_second()),
                grouped(measured.images_per_second()),
                format!("{:.1}", measured.gflops() / rows[0].gflops()),
                format!("{:.1}", measured.gflops()),
                format!("{:.0} %", 100.0 * measured.gflops() / peak.all_threads),
            ]);
        }
        write!(out, "\n{}", table(&table_rows, Terminal::most_columns()))?;
        write!(out, "\n{NOTES}")
    }

    fn json_results(&mut self, peak: &Figures, rows: &[Measured]) -> io::Result<()> {
        let peak_event = json!({
            "event": "peak", "precision": self.precision, "size": SIZE,
            "one_thread_gflops": peak.one_thread, "all_threads_gflops": peak.all_threads,
            "threads": peak.threads, "rust_one_thread_gflops": peak.rust,
        });
        writeln!(self.out, "{peak_event}")?;
        for measured in rows {
            let words = Words::of(measured);
            let row = json!({
                "event": "row", "work": words.work, "sizes": measured.row.sizes,
                "batch_size": words.batch_size, "engine": words.engine, "inputs": words.inputs,
                "images": measured.images, "seconds": measured.median_seconds(),
                "seconds_min": measured.seconds.first(), "seconds_max": measured.seconds.last(),
                "images_per_second": measured.images_per_second(),
                "times_article": measured.gflops() / rows[0].gflops(),
                "dense_equivalent_gflops": measured.gflops(),
                "percent_of_peak": 100.0 * measured.gflops() / peak.all_threads,
            });
            writeln!(self.out, "{row}")?;
        }
        Ok(())
    }
}

/// A row in words.
struct Words {
    work: &'static str,
    batch_size: Option<usize>,
    engine: &'static str,
    inputs: &'static str,
}

impl Words {
    fn of(measured: &Measured) -> Self {
        match &measured.row.task {
            Task::Train(options) => Self {
                work: "train",
                batch_size: Some(options.batch_size),
                engine: options.engine.name(),
                inputs: match options.inputs {
                    InputForm::Auto => "auto",
                    InputForm::Dense => "dense",
                },
            },
            Task::Evaluate => Self {
                work: "evaluate",
                batch_size: None,
                engine: "batched",
                inputs: "auto",
            },
        }
    }
}

/// The CPU's name, or at least its architecture.
fn cpu() -> String {
    let brand = System::new().ok().and_then(|mut system| {
        system.refresh_cpu_list(CpuRefreshKind::nothing());
        Some(system.cpus().first()?.brand().trim().to_owned())
    });
    brand
        .filter(|brand| !brand.is_empty())
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}
