//! A line at the bottom of the terminal at stderr that is drawn over and over: how far some work is.

use std::time::{Duration, Instant};

use console::{Term, measure_text_width, truncate_str};

/// Cells of the bar: fewer in a narrow terminal, and none where fewer than the least fit.
const CELLS: usize = 30;
const LEAST_CELLS: usize = 5;

/// Time between two drawings.
const PAUSE: Duration = Duration::from_millis(50);

/// Columns that stay free: Ctrl-C prints `^C` behind the cursor, and with a line break nothing could clear the line.
const FREE: usize = 3;

/// The line. It clears itself when dropped.
#[derive(Debug)]
pub struct StatusLine {
    terminal: Term,
    line: String,
    drawn: Option<Instant>,
}

impl StatusLine {
    /// `None` where stderr is not a terminal.
    pub fn of_stderr() -> Option<Self> {
        let terminal = Term::stderr();
        terminal.is_term().then_some(Self {
            terminal,
            line: String::new(),
            drawn: None,
        })
    }

    /// Draws `before`, a bar of which `part` is full, and `after`, unless the last drawing was a moment ago.
    pub fn show(&mut self, before: &str, part: f64, after: &str) {
        if self.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) {
            let (_, columns) = self.terminal.size();
            self.line = line(before, part, after, columns.into());
            self.draw();
        }
    }

    /// Clears the line while `print` prints.
    pub fn suspend<R>(&mut self, print: impl FnOnce() -> R) -> R {
        self.clear();
        let result = print();
        if self.drawn.is_some() {
            self.draw();
        }
        result
    }

    /// A terminal that is gone is no reason to end the work.
    fn draw(&mut self) {
        self.clear();
        let _ = self.terminal.write_str(&self.line);
        self.drawn = Some(Instant::now());
    }

    fn clear(&self) {
        if self.drawn.is_some() {
            let _ = self.terminal.clear_line();
        }
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Text, bar, text, as far as there is room.
fn line(before: &str, part: f64, after: &str, columns: usize) -> String {
    let room = columns.saturating_sub(FREE);
    let taken = measure_text_width(before) + measure_text_width(after) + 2;
    let cells = room.saturating_sub(taken).min(CELLS);
    let line = match cells < LEAST_CELLS {
        true => format!("{before} {after}"),
        false => {
            let full = (part.clamp(0.0, 1.0) * cells as f64) as usize;
            format!(
                "{before} {}{} {after}",
                "█".repeat(full),
                "░".repeat(cells - full)
            )
        }
    };
    truncate_str(&line, room, "").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_takes_the_room_that_is_left_and_three_columns_stay_free() {
        let at = |columns| line("epoch 5/30", 0.5, "ETA 0:27", columns);
        let wide = format!("epoch 5/30 {}{} ETA 0:27", "█".repeat(15), "░".repeat(15));
        assert_eq!(at(200), wide);
        assert_eq!(at(33), "epoch 5/30 █████░░░░░ ETA 0:27");
        assert_eq!(at(27), "epoch 5/30 ETA 0:27");
        assert_eq!(at(13), "epoch 5/30");
        assert_eq!(at(2), "");
        for columns in 3..60 {
            assert!(measure_text_width(&at(columns)) <= columns - 3, "{columns}");
        }
    }

    #[test]
    fn a_bar_is_empty_at_the_start_and_full_at_the_end() {
        for (part, bar) in [(0.0, "░░░░░░░░░░"), (1.0, "██████████"), (7.0, "██████████")]
        {
            assert_eq!(line("a", part, "b", 17), format!("a {bar} b"));
        }
    }
}
