//! Finds straight lines that are no part of a digit: rules and grids of paper, edges of cells, boxes of forms, frames.
//!
//! A line is sought among all straight paths within [`STEEPEST`] of the picture's rows and columns, in a copy of the picture
//! that is small enough to try them all. It is long, thin beside its length, and straight to a pixel. Whether it is a
//! digit's own stroke, its ends tell: a line of the paper ends at the picture's border or at other lines.

use image::{GrayImage, Luma};

/// Pictures are searched at no more than this many rows or columns.
const SEARCHED_SIDE: usize = 256;

/// Rise of the steepest path over a run of 1: the paper may be turned by 5°.
const STEEPEST: f64 = 0.09;

/// Shorter lines, as parts of the picture's longer side, are not sought.
const SHORTEST: f64 = 0.15;

/// No line is wider than this part of the picture's longer side…
const WIDEST: f64 = 1.0 / 16.0;

/// …or than this part of its own length.
const SLENDER: f64 = 1.0 / 10.0;

/// This part of a path is inked…
const INKED: f64 = 0.85;

/// …and this part is as thin as a line may be: the rest crosses strokes and other lines.
const THIN: f64 = 0.4;

/// Holes that a path may have, in pixels of the searched picture.
const HOLE: usize = 2;

/// A line whose ends are so near the border reaches it. A part of the picture's side.
const AT_BORDER: f64 = 0.03;

/// A line that reaches the border has at least this part of the picture's side, unless it ends at another.
const LONG: f64 = 0.45;

/// A straight line along a row, or along a column with rows for columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub is_column: bool,
    /// From here…
    pub from: usize,
    /// …to here, that included.
    pub to: usize,
    /// Its middle at 0.
    pub start: f64,
    /// By how much its middle rises a pixel.
    pub slope: f64,
    pub width: f64,
    /// The median level along it.
    pub level: u8,
}

impl Line {
    pub(super) fn middle(&self, along: usize) -> f64 {
        self.start + self.slope * along as f64
    }

    pub(super) fn length(&self) -> f64 {
        (self.to - self.from + 1) as f64
    }

    fn ends(&self) -> [usize; 2] {
        [self.from, self.to]
    }
}

/// Pixels, some of them inked, that can be read along rows and along columns.
struct Mask {
    along: usize,
    across: usize,
    inked: Vec<bool>,
}

impl Mask {
    fn is_inked(&self, along: usize, across: usize) -> bool {
        self.inked[across * self.along + along]
    }

    /// What of `picture` is at least as dark as `least`; columns are read as rows where `is_column`.
    fn of(picture: &GrayImage, least: u8, is_column: bool) -> Self {
        let (columns, rows) = (picture.width() as usize, picture.height() as usize);
        let inked: Vec<bool> = picture.iter().map(|&level| level >= least).collect();
        if !is_column {
            return Self {
                along: columns,
                across: rows,
                inked,
            };
        }
        let turned = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
        Self {
            along: rows,
            across: columns,
            inked: turned.map(|index| inked[index]).collect(),
        }
    }

    /// Smaller by `factor`: a pixel is inked where any of its pixels is.
    fn smaller(&self, factor: usize) -> Self {
        let (along, across) = (self.along.div_ceil(factor), self.across.div_ceil(factor));
        let mut inked = vec![false; along * across];
        for (index, &is_inked) in self.inked.iter().enumerate() {
            let place = index / self.along / factor * along + index % self.along / factor;
            inked[place] |= is_inked;
        }
        Self { along, across, inked }
    }

    /// Of each inked pixel, how many hang together with it across.
    fn thicknesses(&self) -> Vec<u16> {
        let mut thicknesses = vec![0; self.inked.len()];
        for along in 0..self.along {
            let mut across = 0;
            while across < self.across {
                let start = across;
                while across < self.across && self.is_inked(along, across) {
                    across += 1;
                }
                for inside in start..across {
                    thicknesses[inside * self.along + along] = (across - start).min(u16::MAX.into()) as u16;
                }
                across += 1;
            }
        }
        thicknesses
    }
}

/// The lines in `picture`, which says of each pixel how much it stands out from the paper: those that are the paper's, and
/// those that may be a digit's.
pub(super) fn of(picture: &GrayImage, least: u8) -> (Vec<Line>, Vec<Line>) {
    let mut lines = Vec::new();
    for is_column in [false, true] {
        lines.extend(along(picture, &Mask::of(picture, least, is_column), is_column));
    }
    let sides = [picture.width() as usize, picture.height() as usize];
    let mut is_papers = are_the_papers(&lines, sides).into_iter();
    lines.into_iter().partition(|_| is_papers.next().unwrap_or(false))
}

/// A straight path of ink in the smaller picture.
#[derive(Debug, Clone, Copy)]
struct Path {
    from: usize,
    to: usize,
    /// Where it is at each pixel along, as a number of a slope, and across.
    slope: usize,
    across: i32,
}

/// All thin straight lines that go roughly along the mask's rows.
fn along(picture: &GrayImage, mask: &Mask, is_column: bool) -> Vec<Line> {
    let longer = mask.along.max(mask.across);
    let factor = longer.div_ceil(SEARCHED_SIDE);
    let small = mask.smaller(factor);
    let thicknesses = small.thicknesses();
    let widest = (longer as f64 * WIDEST).max(3.0);
    let thin = (widest / factor as f64).ceil() as u16 + 1;
    let shortest = (longer as f64 * SHORTEST / factor as f64).max(8.0) as usize;
    let steepest = (small.along as f64 * STEEPEST).ceil() as i32;
    let slopes: Vec<Vec<i32>> = (-steepest..=steepest)
        .map(|rise| {
            let rise = f64::from(rise) / small.along as f64;
            let at = |along: usize| (rise * (along as f64 - small.along as f64 / 2.0)).round() as i32;
            (0..small.along).map(at).collect()
        })
        .collect();
    let mut paths = Vec::new();
    for (slope, offsets) in slopes.iter().enumerate() {
        for across in 0..small.across as i32 {
            longest(
                &small,
                &thicknesses,
                thin,
                offsets,
                across,
                shortest,
                |from, to| {
                    paths.push(Path {
                        from,
                        to,
                        slope,
                        across,
                    });
                },
            );
        }
    }
    // The longest first, and of equals the straightest.
    paths.sort_by_key(|path| {
        let slope = (path.slope as i32 - steepest).unsigned_abs();
        (std::cmp::Reverse(path.to - path.from), slope)
    });
    let mut is_taken = vec![false; small.inked.len()];
    let mut lines = Vec::new();
    for path in paths {
        let cells = |path: Path| {
            let offsets = &slopes[path.slope];
            (path.from..=path.to).filter_map(move |along| {
                let across = usize::try_from(path.across + offsets[along]).ok()?;
                (across < small.across).then_some((along, across))
            })
        };
        let free = cells(path).filter(|&(along, across)| !is_taken[across * small.along + along]);
        if 2 * free.count() < path.to - path.from {
            continue;
        }
        for (along, across) in cells(path) {
            for near in across.saturating_sub(2)..(across + 3).min(small.across) {
                is_taken[near * small.along + along] = true;
            }
        }
        let expected: Vec<(usize, i32)> = (path.from..=path.to)
            .map(|along| (along, path.across + slopes[path.slope][along]))
            .collect();
        lines.extend(measured(picture, mask, &expected, factor, widest, is_column));
    }
    lines
}

/// Calls `found` with each run of ink on a path that is long and thin enough.
fn longest(
    small: &Mask,
    thicknesses: &[u16],
    thin: u16,
    offsets: &[i32],
    across: i32,
    shortest: usize,
    mut found: impl FnMut(usize, usize),
) {
    let (mut start, mut last) = (None, 0);
    let (mut inked, mut thin_ones) = (0, 0);
    let mut end = |start: Option<usize>, last: usize, inked: usize, thin_ones: usize| {
        if let Some(start) = start {
            let length = last - start + 1;
            if length >= shortest
                && inked as f64 >= INKED * length as f64
                && thin_ones as f64 >= THIN * length as f64
            {
                found(start, last);
            }
        }
    };
    for (along, offset) in offsets.iter().enumerate() {
        // Between two whole pixels a path is beside the line that it follows.
        let thickness_at = |across: i32| {
            let place = usize::try_from(across).ok().filter(|&place| place < small.across);
            place.map_or(0, |place| thicknesses[place * small.along + along])
        };
        let middle = across + offset;
        let thickness = match thickness_at(middle) {
            0 => thickness_at(middle - 1).max(thickness_at(middle + 1)),
            thickness => thickness,
        };
        if thickness > 0 {
            if start.is_none() {
                (start, inked, thin_ones) = (Some(along), 0, 0);
            }
            last = along;
            inked += 1;
            thin_ones += usize::from(thickness <= thin);
        } else if start.is_some() && along - last > HOLE {
            end(start, last, inked, thin_ones);
            start = None;
        }
    }
    end(start, last, inked, thin_ones);
}

/// The line along a path in the picture itself: none where it is not straight or not thin.
fn measured(
    picture: &GrayImage,
    mask: &Mask,
    path: &[(usize, i32)],
    factor: usize,
    widest: f64,
    is_column: bool,
) -> Option<Line> {
    let half = factor / 2;
    // Of each pixel along, the run of ink across that is nearest to the path.
    let mut runs = Vec::new();
    for &(along, across) in path {
        for along in (along * factor..(along + 1) * factor).filter(|&along| along < mask.along) {
            let expected = (i64::from(across) * factor as i64 + half as i64).clamp(0, mask.across as i64 - 1);
            if let Some((top, bottom)) = run_near(mask, along, expected as usize, factor + 2) {
                runs.push((along, top, bottom));
            }
        }
    }
    let thickness = |&(_, top, bottom): &(usize, usize, usize)| bottom - top + 1;
    let mut widths: Vec<usize> = runs
        .iter()
        .map(thickness)
        .filter(|&width| width as f64 <= widest)
        .collect();
    if widths.len() < 8 {
        return None;
    }
    widths.sort_unstable();
    // Less than the median: where ink crosses, runs are longer.
    let width = widths[widths.len() * 2 / 5] as f64;
    runs.retain(|run| thickness(run) as f64 <= width * 1.3 + 1.0);
    let (from, to) = (runs.first()?.0, runs.last()?.0);
    let length = (to - from + 1) as f64;
    if width > length * SLENDER || (runs.len() as f64) < THIN * length {
        return None;
    }
    let middle = |&(along, top, bottom): &(usize, usize, usize)| (along as f64, (top + bottom) as f64 / 2.0);
    let points: Vec<(f64, f64)> = runs.iter().map(middle).collect();
    let (start, slope) = fitted(&points);
    let deviation = |&(along, across): &(f64, f64)| (across - start - slope * along).abs();
    let near: Vec<(f64, f64)> = points
        .iter()
        .copied()
        .filter(|point| deviation(point) <= 2.0 + width / 2.0)
        .collect();
    if (near.len() as f64) < 0.8 * points.len() as f64 {
        return None;
    }
    let (start, slope) = fitted(&near);
    let squares: f64 = near
        .iter()
        .map(|(along, across)| (across - start - slope * along).powi(2))
        .sum();
    if (squares / near.len() as f64).sqrt() > 0.7 + 0.1 * width {
        return None;
    }
    let mut levels: Vec<u8> = runs
        .iter()
        .map(|&(along, top, bottom)| {
            let across = ((top + bottom) / 2) as u32;
            let (column, row) = if is_column {
                (across, along as u32)
            } else {
                (along as u32, across)
            };
            let Luma([level]) = *picture.get_pixel(column, row);
            level
        })
        .collect();
    levels.sort_unstable();
    Some(Line {
        is_column,
        from,
        to,
        start,
        slope,
        width,
        level: levels[levels.len() / 2],
    })
}

/// The run of inked pixels across that contains `expected`, or is at most `far` from it.
fn run_near(mask: &Mask, along: usize, expected: usize, far: usize) -> Option<(usize, usize)> {
    let nearest = (0..=far).find_map(|distance| {
        let candidates = [expected.checked_sub(distance), expected.checked_add(distance)];
        candidates
            .into_iter()
            .flatten()
            .find(|&across| across < mask.across && mask.is_inked(along, across))
    })?;
    let mut top = nearest;
    while top > 0 && mask.is_inked(along, top - 1) {
        top -= 1;
    }
    let mut bottom = nearest;
    while bottom + 1 < mask.across && mask.is_inked(along, bottom + 1) {
        bottom += 1;
    }
    Some((top, bottom))
}

/// Least squares: where a straight line starts, and how it rises.
fn fitted(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len().max(1) as f64;
    let (sum_x, sum_y) = points
        .iter()
        .fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (mut squares, mut products) = (0.0, 0.0);
    for (x, y) in points {
        squares += (x - mean_x).powi(2);
        products += (x - mean_x) * (y - mean_y);
    }
    let slope = if squares > 0.0 { products / squares } else { 0.0 };
    (mean_y - slope * mean_x, slope)
}

/// Which of `lines` are the paper's: which reach across the picture, whose ends are at the border or at other lines of
/// the paper, or which make a rectangle.
fn are_the_papers(lines: &[Line], [columns, rows]: [usize; 2]) -> Vec<bool> {
    let side = |line: &Line| if line.is_column { rows } else { columns };
    let is_at_border = |line: &Line, end: usize| {
        let margin = (AT_BORDER * side(line) as f64).max(2.0);
        (end as f64) < margin || ((side(line) - end) as f64) <= margin
    };
    let mut is_chosen: Vec<bool> = lines
        .iter()
        .map(|line| {
            let at_border = line.ends().iter().filter(|&&end| is_at_border(line, end)).count();
            at_border == 2 || at_border == 1 && line.length() >= LONG * side(line) as f64
        })
        .collect();
    for corners in rectangles(lines) {
        corners.into_iter().for_each(|line| is_chosen[line] = true);
    }
    // Lines between lines, as in a table; then those that end at these.
    loop {
        let found = (0..lines.len()).find(|&index| {
            let line = &lines[index];
            let ends_well = |end: usize| {
                is_at_border(line, end)
                    || (0..lines.len()).any(|other| is_chosen[other] && meets(line, end, &lines[other]))
            };
            !is_chosen[index] && line.ends().into_iter().all(ends_well)
        });
        match found {
            Some(index) => is_chosen[index] = true,
            None => return is_chosen,
        }
    }
}

/// Whether the `end` of `line` is at `other`, which goes across.
fn meets(line: &Line, end: usize, other: &Line) -> bool {
    let across = line.middle(end);
    let near = (0.06 * line.length().max(other.length())).max(3.0) + line.width + other.width;
    line.is_column != other.is_column
        && (other.middle(across.max(0.0) as usize) - end as f64).abs() <= near
        && across >= other.from as f64 - near
        && across <= other.to as f64 + near
}

/// Four lines each, or three, that are sides of one rectangle: which meet at all of their ends, or all but two.
fn rectangles(lines: &[Line]) -> Vec<Vec<usize>> {
    let corner = |one: usize, end: usize, other: usize| {
        meets(&lines[one], end, &lines[other])
            && lines[other].ends().into_iter().any(|other_end| {
                let place = lines[one].middle(end);
                let near = (0.06 * lines[one].length().max(lines[other].length())).max(3.0)
                    + lines[one].width
                    + lines[other].width;
                (other_end as f64 - place).abs() <= near
            })
    };
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let at = |end: usize| (0..lines.len()).filter(move |&other| corner(index, end, other));
        for one in at(line.from) {
            for other in at(line.to) {
                // Sides of one length, on one side of the line.
                let (first, second) = (&lines[one], &lines[other]);
                let tolerance = 0.1 * first.length().max(second.length()) + 3.0;
                let is_parallel = (first.from as f64 - second.from as f64).abs() <= tolerance
                    && (first.to as f64 - second.to as f64).abs() <= tolerance;
                if one != other && is_parallel {
                    found.push(vec![one, index, other]);
                }
            }
        }
    }
    found
}
