//! Draws a table of seconds as bars: `cargo run --example speed_chart -- README.md docs/speed.svg`.
//!
//! The table is the first one in a Markdown file that has a column `batchprop`. Each row becomes a panel, each column of
//! numbers a bar; an empty cell has no bar. Every panel has its own scale, from 0 to its longest bar. The picture is SVG or,
//! where its name says so, PNG.

use std::error::Error;
use std::{env, fs};

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

#[path = "../../src/cli/commands/show/curves/canvas.rs"]
mod canvas;

use canvas::{DrawResult, FINE, TEXT, TEXT_SIZE, TITLE_SIZE, text_style, text_width};

const OURS: &str = "batchprop";

const COLUMNS: u32 = 2;
const PANEL_WIDTH: u32 = 480;
const MARGIN: u32 = 16;
const TITLE_HEIGHT: u32 = 30;
const BAR: u32 = 18;
const GAP: u32 = 8;
/// For the seconds beside the longest bar.
const NUMBER_WIDTH: u32 = 70;

const OUR_COLOUR: RGBColor = RGBColor(0, 114, 178);
const PEER_COLOUR: RGBColor = RGBColor(176, 176, 176);

/// A row of the table.
struct Panel {
    title: String,
    /// Names of programs, and their seconds as the table writes them.
    bars: Vec<(String, String)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [table, picture] = arguments.as_slice() else {
        return Err(
            "expected two arguments: a Markdown file, and the picture to write (.svg or .png)".into(),
        );
    };
    let panels = read_table(&fs::read_to_string(table)?)?;
    let chart = Chart::new(&panels);
    if picture.ends_with(".png") {
        fs::write(picture, canvas::png(chart.size(), |area| chart.draw(area))?)?;
    } else {
        fs::write(picture, canvas::svg(chart.size(), |area| chart.draw(area))?)?;
    }
    Ok(())
}

fn read_table(markdown: &str) -> Result<Vec<Panel>, Box<dyn Error>> {
    let mut lines = markdown.lines();
    let names = lines
        .by_ref()
        .find_map(|line| cells(line).filter(|names| names.contains(&OURS)))
        .ok_or("expected a table with a column `batchprop`")?;
    let rows = lines.skip(1).map_while(cells);
    let panels = rows.map(|row| {
        let bars = names.iter().zip(&row).skip(1);
        let bars = bars.filter(|(_, cell)| !cell.is_empty());
        for (name, cell) in bars.clone() {
            seconds(cell)
                .map_err(|_| format!("row {:?}, {name}: expected seconds, found {cell:?}", row[0]))?;
        }
        Ok(Panel {
            title: row[0].to_owned(),
            bars: bars
                .map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned()))
                .collect(),
        })
    });
    panels.collect()
}

/// Of a row of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

fn seconds(cell: &str) -> Result<f64, std::num::ParseFloatError> {
    cell.parse()
}

struct Chart<'a> {
    panels: &'a [Panel],
    name_width: u32,
}

impl<'a> Chart<'a> {
    fn new(panels: &'a [Panel]) -> Self {
        let bars = panels.iter().flat_map(|panel| &panel.bars);
        Self {
            panels,
            name_width: bars.map(|(name, _)| text_width(name)).max().unwrap_or(0),
        }
    }

    fn rows(&self) -> impl Iterator<Item = &'a [Panel]> {
        self.panels.chunks(COLUMNS as usize)
    }

    fn size(&self) -> (u32, u32) {
        (
            COLUMNS * PANEL_WIDTH,
            MARGIN + self.rows().map(row_height).sum::<u32>(),
        )
    }

    fn draw<DB: DrawingBackend>(&self, picture: &DrawingArea<DB, Shift>) -> DrawResult<DB> {
        let mut top = MARGIN;
        for row in self.rows() {
            for (column, panel) in (0..).zip(row) {
                self.draw_panel(panel, column * PANEL_WIDTH + MARGIN, top, picture)?;
            }
            top += row_height(row);
        }
        Ok(())
    }

    fn draw_panel<DB: DrawingBackend>(
        &self,
        panel: &Panel,
        left: u32,
        top: u32,
        picture: &DrawingArea<DB, Shift>,
    ) -> DrawResult<DB> {
        let at = |x: u32, y: u32| ((FINE * x) as i32, (FINE * y) as i32);
        let centred = |size, horizontal| text_style(size).pos(Pos::new(horizontal, VPos::Center));
        let zero = left + self.name_width + GAP;
        picture.draw_text(
            &format!("{}: seconds", panel.title),
            &centred(TITLE_SIZE, HPos::Left),
            at(zero, top + TITLE_HEIGHT / 3),
        )?;
        let all = || panel.bars.iter().filter_map(|(_, cell)| seconds(cell).ok());
        let longest = all().fold(f64::MIN_POSITIVE, f64::max);
        let room = PANEL_WIDTH - 2 * MARGIN - self.name_width - GAP - NUMBER_WIDTH;
        for (index, (name, cell)) in (0..).zip(&panel.bars) {
            let y = top + TITLE_HEIGHT + index * (BAR + GAP);
            let length = seconds(cell).unwrap_or(0.0) / longest * f64::from(FINE * room);
            let colour = if name == OURS { OUR_COLOUR } else { PEER_COLOUR };
            let (x0, y0) = at(zero, y);
            let (x1, y1) = (x0 + (length.round() as i32).max(1), y0 + (FINE * BAR) as i32);
            picture.draw(&Rectangle::new([(x0, y0), (x1, y1)], colour.filled()))?;
            let middle = y + BAR / 2;
            picture.draw_text(name, &centred(TEXT_SIZE, HPos::Right), at(zero - GAP, middle))?;
            let beside = (x1 + (FINE * GAP) as i32, at(0, middle).1);
            picture.draw_text(cell, &centred(TEXT_SIZE, HPos::Left).color(&TEXT), beside)?;
        }
        Ok(())
    }
}

fn row_height(row: &[Panel]) -> u32 {
    let most = row.iter().map(|panel| panel.bars.len()).max().unwrap_or(0);
    TITLE_HEIGHT + most as u32 * (BAR + GAP) + MARGIN
}
