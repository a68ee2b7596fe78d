//! Results on stdout: lines of text for people, or one JSON object per line for programs.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde_json::Value;

/// The form of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// All lines.
    Text,
    /// The summary only.
    Quiet,
    /// One JSON object per line.
    Json,
}

/// Prints results as they come, until stdout is closed.
#[derive(Debug)]
pub struct Printer {
    format: OutputFormat,
    /// The error after which nothing more is printed.
    failure: Option<io::Error>,
}

impl Printer {
    pub fn new(format: OutputFormat) -> Self {
        Self {
            format,
            failure: None,
        }
    }

    /// Prints an event, unless only the summary is wanted. Breaks when stdout is closed.
    pub fn event(
        &mut self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce() -> Vec<String>,
    ) -> ControlFlow<()> {
        match self.format {
            OutputFormat::Quiet => ControlFlow::Continue(()),
            _ => self.print(json, text),
        }
    }

    /// Prints the summary.
    ///
    /// # Errors
    /// When this or an earlier line could not be printed.
    pub fn summary(
        &mut self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce() -> Vec<String>,
    ) -> io::Result<()> {
        let _ = self.print(json, text);
        self.check()
    }

    /// Fails when an earlier line could not be printed.
    pub fn check(&mut self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    fn print(&mut self, json: impl FnOnce() -> Value, text: impl FnOnce() -> Vec<String>) -> ControlFlow<()> {
        if self.failure.is_some() {
            return ControlFlow::Break(());
        }
        let lines = match self.format {
            OutputFormat::Json => vec![json().to_string()],
            OutputFormat::Text | OutputFormat::Quiet => text(),
        };
        let lines: String = lines.into_iter().map(|line| line + "\n").collect();
        match io::stdout().write_all(lines.as_bytes()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }
}

/// The number of threads, and why there are fewer than requested.
pub fn threads_line(threads: usize, asked: Option<usize>, one_per_run: bool) -> String {
    match asked {
        Some(asked) if asked > threads => {
            format!("Threads   {threads}, one per core ({asked} asked for)")
        }
        _ if one_per_run => format!("Threads   {threads}, one per run"),
        _ => format!("Threads   {threads}"),
    }
}
