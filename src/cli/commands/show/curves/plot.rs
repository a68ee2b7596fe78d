//! Curves as a picture.

use std::io;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{self, DrawResult, FINE, TEXT, TEXT_SIZE, TITLE_SIZE, text_style, text_width};
use super::figure::{Figure, Line, Panel, number};
use crate::cli::output::colours::of_line;
use crate::cli::records::log::Measure;

const PANEL_HEIGHT: u32 = 280;
const TITLE_HEIGHT: u32 = 28;
const LEGEND_ROW_HEIGHT: u32 = 20;
const LEGEND_SAMPLE: u32 = 24;
const MARGIN: u32 = 12;

/// For the labels of the epochs.
const AXIS_HEIGHT: u32 = 38;

/// For the last values at the right of a plot.
const MARKS_WIDTH: u32 = 44;

/// With more lines the marks have no values.
const MOST_MARKED: usize = 4;

/// Most labels on a vertical axis.
const TICKS: usize = 8;

/// Of the bands around means.
const BAND_OPACITY: f64 = 0.2;

const GRID: RGBColor = RGBColor(228, 228, 228);

/// The figure as SVG.
pub fn svg(figure: &Figure) -> io::Result<String> {
    let layout = Layout::of(figure);
    canvas::svg((layout.width, layout.height), |picture| draw(&layout, picture))
}

/// The figure as PNG.
pub fn png(figure: &Figure) -> io::Result<Vec<u8>> {
    let layout = Layout::of(figure);
    canvas::png((layout.width, layout.height), |picture| draw(&layout, picture))
}

/// Positions, in pixels of the picture.
struct Layout<'f> {
    figure: &'f Figure,
    width: u32,
    height: u32,
    title: u32,
    legend: u32,
    /// Names in a row of the legend.
    legend_columns: u32,
    legend_entry: u32,
}

impl<'f> Layout<'f> {
    fn of(figure: &'f Figure) -> Self {
        let columns = figure.columns as u32;
        let width = match columns {
            1 => 640,
            2 => 960,
            columns => 400 * columns,
        };
        let longest = figure
            .names
            .iter()
            .map(|name| text_width(name))
            .max()
            .unwrap_or(0);
        let legend_entry = (longest + LEGEND_SAMPLE + 3 * MARGIN).min(width - 2 * MARGIN);
        let legend_columns = (width - 2 * MARGIN) / legend_entry;
        let names = figure.names.len() as u32;
        let title = figure.title.as_ref().map_or(0, |_| TITLE_HEIGHT);
        let legend = names.div_ceil(legend_columns) * LEGEND_ROW_HEIGHT + MARGIN;
        let rows = (figure.panels.len() as u32).div_ceil(columns);
        Self {
            figure,
            width,
            height: title + rows * PANEL_HEIGHT + legend,
            title,
            legend,
            legend_columns,
            legend_entry,
        }
    }
}

fn draw<DB: DrawingBackend>(layout: &Layout, picture: &DrawingArea<DB, Shift>) -> DrawResult<DB> {
    let figure = layout.figure;
    let (title, rest) = picture.split_vertically(FINE * layout.title);
    let (panels, legend) = rest.split_vertically(FINE * (layout.height - layout.title - layout.legend));
    if let Some(text) = &figure.title {
        let style = text_style(TITLE_SIZE).pos(Pos::new(HPos::Center, VPos::Center));
        let middle = (FINE * layout.width / 2, FINE * (layout.title + MARGIN) / 2);
        let text = fitted(text, layout.width - 2 * MARGIN);
        title.draw_text(&text, &style, (middle.0 as i32, middle.1 as i32))?;
    }
    let rows = figure.panels.len().div_ceil(figure.columns);
    for (area, panel) in panels
        .split_evenly((rows, figure.columns))
        .iter()
        .zip(&figure.panels)
    {
        draw_panel(panel, figure.names.len(), area)?;
    }
    draw_legend(layout, &legend)
}

fn draw_panel<DB: DrawingBackend>(
    panel: &Panel,
    colours: usize,
    area: &DrawingArea<DB, Shift>,
) -> DrawResult<DB> {
    let (first, last) = panel.epochs();
    let (least, most) = panel.values();
    let mut builder = ChartBuilder::on(area);
    builder
        .margin(FINE * MARGIN)
        .margin_right(FINE * (MARGIN + MARKS_WIDTH))
        .x_label_area_size(FINE * AXIS_HEIGHT)
        .y_label_area_size(FINE * 58);
    if let Some(part) = panel.part {
        builder.caption(format!("{part} images"), text_style(TEXT_SIZE));
    }
    let mut chart = builder.build_cartesian_2d(first..last, least..most)?;
    let decimals = decimals_of_ticks(most - least);
    let format = |value: &f64| number(*value, decimals);
    chart
        .configure_mesh()
        .x_labels(10.min(last - first + 1) as usize)
        .y_labels(TICKS)
        .bold_line_style(GRID.stroke_width(FINE))
        .light_line_style(TRANSPARENT)
        .axis_style(TEXT.mix(0.5).stroke_width(FINE))
        .set_all_tick_mark_size(FINE * 4)
        .label_style(text_style(TEXT_SIZE))
        .axis_desc_style(text_style(TEXT_SIZE))
        .x_desc("epoch")
        .y_desc(panel.unit())
        .y_label_formatter(&format)
        .draw()?;
    for line in panel.lines.iter().filter(|line| line.band.len() > 1) {
        let [red, green, blue] = of_line(line.colour, colours);
        let low = line.band.iter().map(|&(epoch, low, _)| (epoch, low));
        let high = line.band.iter().rev().map(|&(epoch, _, high)| (epoch, high));
        let style = RGBColor(red, green, blue).mix(BAND_OPACITY).filled();
        chart.draw_series([Polygon::new(low.chain(high).collect::<Vec<_>>(), style)])?;
    }
    for line in &panel.lines {
        let [red, green, blue] = of_line(line.colour, colours);
        let style = RGBColor(red, green, blue).stroke_width(2 * FINE);
        if let [point] = line.points[..] {
            chart.draw_series([Circle::new(point, 3 * FINE, style.filled())])?;
        } else {
            chart.draw_series(LineSeries::new(line.points.iter().copied(), style))?;
        }
    }
    let (left, top) = area.get_base_pixel();
    let mut marks = Vec::new();
    for line in &panel.lines {
        let Some(points) = line.marks(panel.measure) else {
            continue;
        };
        let [red, green, blue] = of_line(line.colour, colours);
        let colour = RGBColor(red, green, blue);
        let [best, last] = points.map(|point| {
            let (x, y) = chart.plotting_area().map_coordinate(&point);
            (x - left, y - top)
        });
        // The last is a ring, the best a disc.
        let (ring, disc) = (WHITE.filled(), colour.stroke_width(2 * FINE));
        area.draw(&Circle::new(last, 4 * FINE, ring))?;
        area.draw(&Circle::new(last, 4 * FINE, disc))?;
        area.draw(&Circle::new(best, 4 * FINE, colour.filled()))?;
        marks.push((line, best, last, colour));
    }
    if marks.len() <= MOST_MARKED {
        label_marks(panel, &marks, area)?;
    }
    Ok(())
}

/// A line, the places of its best and its last point, and its colour.
type Mark<'a> = (&'a Line, (i32, i32), (i32, i32), RGBColor);

/// Writes the best values beside their discs, and the last ones at the right edge.
fn label_marks<DB: DrawingBackend>(
    panel: &Panel,
    marks: &[Mark],
    area: &DrawingArea<DB, Shift>,
) -> DrawResult<DB> {
    let (fine, height) = (FINE as i32, (FINE * TEXT_SIZE) as i32);
    // From the top to the bottom, one text height apart.
    let mut lasts: Vec<&Mark> = marks.iter().collect();
    lasts.sort_by_key(|(_, _, last, _)| last.1);
    let mut lowest = i32::MIN;
    for (line, _, (x, y), colour) in lasts {
        let Some([_, (_, value)]) = line.marks(panel.measure) else {
            continue;
        };
        lowest = (*y).max(lowest.saturating_add(height));
        let style = coloured(colour, HPos::Left, VPos::Center);
        area.draw_text(&panel.exactly(value), &style, (x + 9 * fine, lowest))?;
    }
    let mut taken: Vec<(i32, i32)> = Vec::new();
    // Labels below would reach the axis.
    let axis = area.dim_in_pixel().1 as i32 - (MARGIN as i32 + AXIS_HEIGHT as i32) * fine;
    let lowest_label = axis - 2 * height;
    for (line, best, last, colour) in marks {
        let Some([(_, value), _]) = line.marks(panel.measure) else {
            continue;
        };
        let (x, y) = *best;
        let is_near = |(other_x, other_y): &(i32, i32)| {
            (x - other_x).abs() < 4 * height && (y - other_y).abs() < height
        };
        if best == last || taken.iter().any(is_near) {
            continue;
        }
        taken.push((x, y));
        let (vertical, y) = match panel.measure {
            Measure::Accuracy => (VPos::Bottom, y - 7 * fine),
            Measure::Cost if y < lowest_label => (VPos::Top, y + 7 * fine),
            Measure::Cost => (VPos::Bottom, y - 7 * fine),
        };
        area.draw_text(
            &panel.exactly(value),
            &coloured(colour, HPos::Right, vertical),
            (x, y),
        )?;
    }
    Ok(())
}

fn coloured(colour: &RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'_> {
    text_style(TEXT_SIZE)
        .color(colour)
        .pos(Pos::new(horizontal, vertical))
}

fn draw_legend<DB: DrawingBackend>(layout: &Layout, area: &DrawingArea<DB, Shift>) -> DrawResult<DB> {
    let names = &layout.figure.names;
    for (index, name) in names.iter().enumerate() {
        let (row, column) = (
            index as u32 / layout.legend_columns,
            index as u32 % layout.legend_columns,
        );
        let left = MARGIN + column * layout.legend_entry;
        let at = |x: u32| {
            (
                (FINE * x) as i32,
                (FINE * (row * LEGEND_ROW_HEIGHT + LEGEND_ROW_HEIGHT / 2)) as i32,
            )
        };
        let [red, green, blue] = of_line(index, names.len());
        let style = RGBColor(red, green, blue).stroke_width(3 * FINE);
        area.draw(&PathElement::new([at(left), at(left + LEGEND_SAMPLE)], style))?;
        let text = fitted(name, layout.legend_entry - LEGEND_SAMPLE - 2 * MARGIN);
        let style = text_style(TEXT_SIZE).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(&text, &style, at(left + LEGEND_SAMPLE + 8))?;
    }
    Ok(())
}

/// The end of `text` that fits into `width`.
fn fitted(text: &str, width: u32) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let starts = text.char_indices().map(|(start, _)| start);
    let ends = starts.map(|start| format!("…{}", &text[start..]));
    ends.skip(1)
        .find(|end| text_width(end) <= width)
        .unwrap_or_default()
}

/// Values of the labels of an axis of length `span`, 1, 2 or 5 times a power of ten apart.
fn decimals_of_ticks(span: f64) -> usize {
    let least = span / TICKS as f64;
    let power = least.log10().floor();
    let power = if least > 5.0 * 10_f64.powf(power) {
        power + 1.0
    } else {
        power
    };
    (-power).max(0.0) as usize
}
