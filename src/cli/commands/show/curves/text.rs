//! Curves as text: dots of braille, 2 × 4 in a character; bands as the dots of their edges. Where there are several lines and no colours, letters distinguish
//! them.

use super::figure::{Figure, Panel, number};
use crate::cli::output::colours::of_line;
use crate::cli::output::terminal::Terminal;
use crate::cli::output::words::shortened;

/// Lines of text in a plot: usually, and at least, with three labels at the left.
const ROWS: usize = 10;
const LEAST_ROWS: usize = 3;

/// Largest width of a plot.
const MOST_COLUMNS: usize = 100;

/// The dots of a character, by row and column, as Unicode numbers them after its empty one.
const EMPTY: u32 = 0x2800;
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// The marks of a line.
const BEST: char = '●';
const LAST: char = '○';

/// Characters for a name beside its best and last value, at least.
const LEAST_NAME: usize = 8;

/// Lines around the rows of a plot: title, axis, epochs, and an empty one.
const AROUND: usize = 4;

/// The rows of plots with which the figure has no more than `lines` lines, as far as there are such.
pub fn fitting_rows(figure: &Figure, lines: usize) -> usize {
    let title = figure.title.as_ref().map_or(0, |_| 2);
    let left = lines.saturating_sub(title + figure.names.len());
    let rows = (left / figure.panels.len().max(1)).saturating_sub(AROUND);
    rows.clamp(LEAST_ROWS, ROWS)
}

/// The whole figure, with the best and the last value of each line in words.
pub fn draw(figure: &Figure, terminal: Terminal) -> String {
    drawn(figure, terminal, ROWS, true)
}

/// The whole figure in a low terminal, with `rows` rows in each plot.
pub fn draw_low(figure: &Figure, terminal: Terminal, rows: usize) -> String {
    drawn(figure, terminal, rows, false)
}

fn drawn(figure: &Figure, terminal: Terminal, rows: usize, in_words: bool) -> String {
    let has_letters = !terminal.coloured && figure.names.len() > 1;
    let mut text = String::new();
    if let Some(title) = &figure.title {
        text.push_str(&format!("{title}\n\n"));
    }
    for panel in &figure.panels {
        let canvas = Canvas::of(panel, terminal.columns, rows);
        let paint = |cell: Cell| match cell {
            Cell {
                mark: Some(mark),
                line,
                ..
            } => terminal.paint(&mark.to_string(), of_line(line, figure.names.len()), None),
            Cell { dots: 0, .. } => " ".to_owned(),
            Cell { is_edge: true, .. } if has_letters => "·".to_owned(),
            Cell { line, .. } if has_letters => letter(line).to_string(),
            Cell { dots, line, .. } => {
                let braille = char::from_u32(EMPTY + u32::from(dots)).unwrap_or(' ').to_string();
                terminal.paint(&braille, of_line(line, figure.names.len()), None)
            }
        };
        canvas.write(panel, paint, &mut text);
        for line in panel.lines.iter().filter(|_| in_words) {
            if let Some([(epoch, best), (_, last)]) = line.marks(panel.measure) {
                let indent = canvas.label_width;
                let words = format!(
                    "best {} at {epoch}, last {}",
                    panel.exactly(best),
                    panel.exactly(last)
                );
                let name = figure.names.get(line.colour).map_or("", String::as_str);
                let left = terminal
                    .columns
                    .saturating_sub(indent + words.len() + 4)
                    .max(LEAST_NAME);
                text.push_str(&format!("{:indent$}  {}: {words}\n", "", shortened(name, left)));
            }
        }
        text.push('\n');
    }
    for (index, name) in figure.names.iter().enumerate() {
        let sample = if has_letters {
            letter(index).to_string()
        } else {
            "━━".to_owned()
        };
        let sample = terminal.paint(&sample, of_line(index, figure.names.len()), None);
        text.push_str(&format!("{sample} {name}\n"));
    }
    text
}

/// That of a line; after z comes a.
fn letter(line: usize) -> char {
    char::from(b'a' + (line % 26) as u8)
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    dots: u8,
    /// The line that is drawn last.
    line: usize,
    /// Whether only the edge of its band is here.
    is_edge: bool,
    /// What marks its best or its last point.
    mark: Option<char>,
}

/// A panel as dots.
struct Canvas {
    columns: usize,
    rows: usize,
    /// Of the labels at the left.
    label_width: usize,
    /// Row by row.
    cells: Vec<Cell>,
}

impl Canvas {
    fn of(panel: &Panel, columns: usize, rows: usize) -> Self {
        let label_width = labels(panel, rows)
            .map(|label| label.len())
            .into_iter()
            .max()
            .unwrap_or(0);
        let columns = columns.min(MOST_COLUMNS).saturating_sub(label_width + 2).max(10);
        let mut canvas = Self {
            columns,
            rows,
            label_width,
            cells: vec![Cell::default(); rows * columns],
        };
        let (first, last) = panel.epochs();
        let (least, most) = panel.values();
        let place = |(epoch, value): (u32, f64)| {
            let right = f64::from(epoch - first) / f64::from(last - first);
            let up = (value - least) / (most - least);
            (
                right * (2 * columns - 1) as f64,
                (1.0 - up) * (4 * rows - 1) as f64,
            )
        };
        for line in &panel.lines {
            for &(epoch, low, high) in &line.band {
                for edge in [low, high].map(|value| place((epoch, value))) {
                    canvas.mark(edge, line.colour, true);
                }
            }
        }
        for line in &panel.lines {
            let places = || line.points.iter().copied().map(place);
            for (from, to) in places().zip(places().skip(1).chain(places().next_back())) {
                canvas.connect(from, to, line.colour);
            }
        }
        for line in &panel.lines {
            if let Some([best, last]) = line.marks(panel.measure) {
                for (point, mark) in [(last, LAST), (best, BEST)] {
                    let (column, row) = place(point);
                    let at = row.round() as usize / 4 * columns + column.round() as usize / 2;
                    (canvas.cells[at].mark, canvas.cells[at].line) = (Some(mark), line.colour);
                }
            }
        }
        canvas
    }

    /// A straight line between two places, in dots from the top left corner.
    fn connect(&mut self, from: (f64, f64), to: (f64, f64), line: usize) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).ceil().max(1.0);
        for step in 0..=steps as usize {
            let part = step as f64 / steps;
            let at = (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1));
            self.mark(at, line, false);
        }
    }

    /// A dot of a line, or of the edge of its band.
    fn mark(&mut self, at: (f64, f64), line: usize, is_edge: bool) {
        let [column, row] = [at.0, at.1].map(|place| place.round() as usize);
        let cell = &mut self.cells[row / 4 * self.columns + column / 2];
        cell.dots |= DOTS[row % 4][column % 2];
        (cell.line, cell.is_edge) = (line, is_edge);
    }

    /// With its title and axes.
    fn write(&self, panel: &Panel, paint: impl Fn(Cell) -> String, text: &mut String) {
        let indent = self.label_width;
        let of_part = panel
            .part
            .map(|part| format!(", {part} images"))
            .unwrap_or_default();
        text.push_str(&format!("{:indent$}  {}{of_part}\n", "", panel.unit()));
        let [top, middle, bottom] = labels(panel, self.rows);
        for (row, cells) in self.cells.chunks(self.columns).enumerate() {
            let (label, axis) = match row {
                0 => (top.as_str(), '┤'),
                row if row == self.rows / 2 => (middle.as_str(), '┤'),
                row if row == self.rows - 1 => (bottom.as_str(), '┤'),
                _ => ("", '│'),
            };
            let cells: String = cells.iter().copied().map(&paint).collect();
            let line = format!("{label:>indent$} {axis}{cells}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        let (first, last) = panel.epochs();
        let space = self
            .columns
            .saturating_sub(first.to_string().len() + last.to_string().len());
        text.push_str(&format!("{:indent$} └{}\n", "", "─".repeat(self.columns)));
        text.push_str(&format!("{:indent$}  {first}{:^space$}{last}\n", "", "epoch"));
    }
}

/// At the top, in the middle and at the bottom.
fn labels(panel: &Panel, rows: usize) -> [String; 3] {
    let (least, most) = panel.values();
    let middle = least + (most - least) * (rows - 1 - rows / 2) as f64 / (rows - 1) as f64;
    // To a hundredth of the axis.
    let decimals = (2.0 - (most - least).log10()).floor().max(0.0) as usize;
    [most, middle, least].map(|value| number(value, decimals))
}
