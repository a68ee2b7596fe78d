//! `--follow`: curves that grow with their logs.
//!
//! A run locks its log until it ends, however it ends. So a log that holds epochs and that nobody has locked will not grow.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use console::{Term, truncate_str};

use super::figure::Figure;
use super::text;
use crate::cli::output::terminal::Terminal;
use crate::cli::records::log;
use crate::cli::records::log::Logged;
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::Error;
use batchprop::files::lock;

/// Time between two looks at the logs.
const PAUSE: Duration = Duration::from_millis(250);

/// Draws the `figure` of the logs at `paths` over and over, until none of them will grow.
///
/// # Errors
/// [`Error::Option`] where stdout is not a terminal; those of [`log::read`]; [`Stop::Signal`] after Ctrl-C.
pub fn run(paths: &[PathBuf], figure: impl Fn(&[PathBuf], &[Logged]) -> Figure) -> Result<(), Stop> {
    let mut drawing = Drawing {
        terminal: Term::buffered_stdout(),
        lines: 0,
    };
    if !drawing.terminal.is_term() {
        let expected = "a terminal as the output, in which curves can be drawn again";
        return Err(Error::option("--follow", "without a terminal", expected).into());
    }
    paths.iter().try_for_each(|path| log::check_name(path))?;
    signals::listen();
    let (mut drawn, mut failed) = (None, None);
    loop {
        // First: what is written while the logs are read is new at the next look.
        let state: Vec<_> = paths.iter().map(|path| state(path)).collect();
        let (begun, waiting): (Vec<_>, Vec<_>) =
            paths.iter().cloned().partition(|path| log::has_epochs(path));
        // Before they are read: a run's last lines must not be missed.
        let goes_on = !waiting.is_empty() || begun.iter().any(|path| is_written(path));
        if drawn.as_ref() != Some(&state) || !goes_on {
            match log::read(&begun) {
                Ok(runs) if !runs.is_empty() => {
                    drawing.figure(&figure(&begun, &runs), goes_on)?;
                    drawn = Some(state);
                }
                Ok(_) => {
                    let names: Vec<_> = waiting.iter().map(|path| path.display().to_string()).collect();
                    drawing.replace(&format!("waiting for the first epoch in {}\n", names.join(", ")))?;
                    drawn = Some(state);
                }
                // A line may be half written. What does not change within a pause is damage.
                Err(error) if !goes_on || failed.as_ref() == Some(&state) => return Err(error.into()),
                Err(_) => failed = Some(state),
            }
        }
        if !goes_on {
            return Ok(());
        }
        thread::sleep(PAUSE);
        signals::end()?;
    }
}

/// Whether a run holds the log at `path`. Where files cannot be locked it may.
fn is_written(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| !lock::try_lock(&file, path).is_ok_and(|is_free| is_free))
}

/// What differs after a log has grown.
fn state(path: &Path) -> Option<(u64, SystemTime)> {
    let metadata = path.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

/// The part of the terminal that is drawn again.
struct Drawing {
    terminal: Term,
    lines: usize,
}

impl Drawing {
    /// Draws a figure so that it fits, and below it how to end where it `goes_on`.
    fn figure(&mut self, figure: &Figure, goes_on: bool) -> io::Result<()> {
        let below = if goes_on {
            "\nfollowing the log; Ctrl-C ends this, not the run\n"
        } else {
            ""
        };
        let (height, _) = self.terminal.size();
        let free = usize::from(height).saturating_sub(below.lines().count() + 1);
        let rows = text::fitting_rows(figure, free);
        let drawn = text::draw_low(figure, Terminal::of_stdout(), rows);
        let lines: String = drawn.split_inclusive('\n').take(free).collect();
        self.replace(&(lines + below))
    }

    /// Draws `text` in place of what was drawn before.
    fn replace(&mut self, text: &str) -> io::Result<()> {
        let (_, columns) = self.terminal.size();
        self.terminal.clear_last_lines(self.lines)?;
        self.lines = text.lines().count();
        for line in text.lines() {
            // A line that is broken would be two.
            self.terminal
                .write_line(&truncate_str(line, columns.into(), ""))?;
        }
        self.terminal.flush()
    }
}
