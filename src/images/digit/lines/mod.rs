//! Finds straight lines that are no part of a digit: rules and grids of paper, edges of cells, boxes of forms, frames.
//!
//! A line is sought among all straight paths within 5° of the picture's rows and columns, in a copy of the picture
//! that is small enough to try them all. It is long, thin beside its length, and straight to a pixel. Whether it is a
//! digit's own stroke, its ends tell: a line of the paper ends at the picture's border or at other lines.

mod choose;
mod mask;
mod measure;
mod search;

use image::GrayImage;

use self::mask::Mask;

/// In smaller pictures, a stroke of a digit may be straight to a pixel.
const SMALLEST_SIDE: usize = 64;

/// A line shorter than this part of the picture's longer side may be a piece of a stroke…
const SHORT: f64 = 0.15;

/// …unless at least this many others have the same ends, as the sides of cells in a row do.
const ALIKE: usize = 3;

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
    /// The median along it of the darkest level across.
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

/// The lines in `picture`, which says of each pixel how much it stands out from the paper: those that are the paper's, and
/// those that may be a digit's.
pub(super) fn of(picture: &GrayImage, least: u8) -> (Vec<Line>, Vec<Line>) {
    let sides = [picture.width() as usize, picture.height() as usize];
    if sides[0].max(sides[1]) < SMALLEST_SIDE {
        return (Vec::new(), Vec::new());
    }
    let mut lines = Vec::new();
    for is_column in [false, true] {
        lines.extend(search::along(
            picture,
            &Mask::of(picture, least, is_column),
            is_column,
        ));
    }
    let is_one_of_many = |line: &Line| {
        let is_near = |one: usize, other: usize| one.abs_diff(other) <= 3;
        let is_beside = |other: &&Line| {
            other.is_column == line.is_column
                && is_near(other.from, line.from)
                && is_near(other.to, line.to)
                && (other.start - line.start).abs() > 4.0
        };
        lines.iter().filter(is_beside).count() >= ALIKE
    };
    let longer = sides[0].max(sides[1]) as f64;
    let is_kept = |line: &&Line| line.length() >= SHORT * longer || is_one_of_many(line);
    let lines: Vec<Line> = lines.iter().filter(is_kept).copied().collect();
    let mut is_papers = choose::are_the_papers(&lines, sides).into_iter();
    lines.into_iter().partition(|_| is_papers.next().unwrap_or(false))
}
