//! Finds the digits in a picture, and makes of each what a network wants.
//!
//! 1. `frame`: bands along the picture's sides are cut off: frames, a table beyond the paper;
//! 2. `paper`: the paper, light or dark, evenly lit or not, is told from the ink and taken away; what stands out no more
//!    than the paper's noise is paper (`levels`), and so are soft shadows (`shadows`);
//! 3. `lines` and `erase`: rules, grids, boxes and edges of cells are taken away, and the strokes that cross them are kept;
//! 4. `parts` and `group`: connected parts of the ink make up digits; rings around others, specks, and what lies at the border
//!    are no part of them;
//! 5. `stroke` and `fit`: each digit is cropped, its strokes are brought to MNIST's width, and it is made smaller or larger
//!    and centred.

mod erase;
mod fit;
mod frame;
mod group;
mod levels;
mod lines;
mod paper;
mod parts;
mod place;
mod shadows;
mod stroke;
mod thickness;

use image::{GrayImage, imageops};

use self::levels::Levels;
use self::lines::Line;
use self::parts::{Parts, around};
use self::place::Place;
use super::grey::Grey;
use super::pixels::ImageShape;

/// Pictures are worked on at no more than this many rows or columns: many times what a network sees.
const WORKING_SIDE: u32 = 1024;

/// A line along a row is no digit's when it is so many times as long as the longest digit…
const LONGER_ROW: f64 = 1.2;

/// …and one along a column, where it may be a one, or the stem of a four.
const LONGER_COLUMN: f64 = 2.5;

/// What is so many times as long as all that is left without it is a digit beside specks.
const LONGEST: f64 = 5.0;

/// Ink shorter than this part of the picture is no digit.
const SPECK: u32 = 32;

/// A digit as a network sees it: 0 is paper, 255 is ink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digit {
    /// A square.
    pub shape: ImageShape,
    /// Row by row; a byte `k` means `k / 256`, as in a [`Dataset`](crate::Dataset).
    pub pixels: Vec<u8>,
}

/// Why there is no digit in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoDigit {
    /// Nothing stands out from the paper.
    #[error("there is no ink in it")]
    Blank,
    /// What stands out is too small to be a digit.
    #[error("there is nothing in it but specks")]
    Specks,
    /// There are more things that could be digits than anybody asks for.
    #[error("there are more than 1,000 things in it that could be digits")]
    Many,
}

/// A digit in a picture, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As a network sees it.
    pub digit: Digit,
    /// Where its ink is, in the picture's pixels.
    pub place: BoundingBox,
}

/// A rectangle in a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundingBox {
    /// The first of its columns.
    pub left: u32,
    /// The first of its rows.
    pub top: u32,
    /// How many columns it has.
    pub columns: u32,
    /// How many rows it has.
    pub rows: u32,
}

/// The digits in `picture`, left to right in each row, top to bottom, as a network of `side` × `side` inputs wants them: for
/// 28, in MNIST's form; for other sides a digit fills the square, as in the data sets of 8 × 8 and 16 × 16 pixels.
///
/// # Errors
/// [`NoDigit`] when there is none.
///
/// # Panics
/// When `side` is 0.
pub fn digits(picture: &Grey, side: usize) -> Result<Vec<Found>, NoDigit> {
    let (columns, rows) = picture.pixels.dimensions();
    let longest = columns.max(rows);
    let shrunk = |length: u32| match longest <= WORKING_SIDE {
        true => length,
        false => (u64::from(length) * u64::from(WORKING_SIDE)).div_ceil(longest.into()) as u32,
    };
    let (working_columns, working_rows) = (shrunk(columns), shrunk(rows));
    let smaller;
    let working = if longest <= WORKING_SIDE {
        &picture.pixels
    } else {
        smaller = imageops::thumbnail(&picture.pixels, working_columns, working_rows);
        &smaller
    };
    // Where cutting off a frame leaves nothing, it was none.
    let window = frame::inside(working);
    let found = match found_in(&window.of(working).to_image(), side) {
        Err(_) if window != frame::Window::whole(working) => {
            return Ok(placed(
                found_in(working, side)?,
                (0, 0),
                (columns, rows),
                (working_columns, working_rows),
            ));
        }
        found => found?,
    };
    Ok(placed(
        found,
        (window.left, window.top),
        (columns, rows),
        (working_columns, working_rows),
    ))
}

/// With the places of the picture itself, for those in its working copy.
fn placed(
    found: Vec<(Digit, Place)>,
    (left, top): (u32, u32),
    (columns, rows): (u32, u32),
    (working_columns, working_rows): (u32, u32),
) -> Vec<Found> {
    let scaled = |start: u32, length: u32, whole: u32, working: u32| {
        let at = |place: u32| (u64::from(place) * u64::from(whole) / u64::from(working)) as u32;
        let first = at(start);
        (first, (at(start + length) - first).max(1))
    };
    let placed = |(digit, place): (Digit, Place)| {
        let (left, columns) = scaled(left + place.left, place.columns(), columns, working_columns);
        let (top, rows) = scaled(top + place.top, place.rows(), rows, working_rows);
        Found {
            digit,
            place: BoundingBox {
                left,
                top,
                columns,
                rows,
            },
        }
    };
    found.into_iter().map(placed).collect()
}

/// The digits in a picture without a frame.
fn found_in(picture: &GrayImage, side: usize) -> Result<Vec<(Digit, Place)>, NoDigit> {
    let standing_out = shadows::left_out(picture);
    let levels = Levels::of(&standing_out).ok_or(NoDigit::Blank)?;
    let (mut lines, others) = lines::of(&standing_out, levels.least);
    if !others.is_empty() {
        lines.extend(longer_than_digits(&standing_out, levels, &lines, &others));
    }
    if !lines.is_empty() {
        let without = erase::without(&standing_out, &lines, levels.ink);
        // Where nothing but lines is left out, they are the digit.
        if let Ok(found) = Inked::of(&without).and_then(|inked| inked.fitted(side)) {
            return Ok(found);
        }
    }
    Inked::of(&standing_out)?.fitted(side)
}

/// Those of `others` that are longer than the digits that are left without them: underlines, and lines through a digit.
fn longer_than_digits(
    standing_out: &GrayImage,
    levels: Levels,
    lines: &[Line],
    others: &[Line],
) -> Vec<Line> {
    let all: Vec<Line> = lines.iter().chain(others).copied().collect();
    let Ok(rest) = Inked::of(&erase::without(standing_out, &all, levels.ink)) else {
        return Vec::new();
    };
    let longest = rest.groups.iter().map(|group| group.place.longer()).max();
    let longest = f64::from(longest.unwrap_or_default());
    let is_longer = |line: &&Line| {
        let times = if line.is_column { LONGER_COLUMN } else { LONGER_ROW };
        // Beside specks, a line is the digit.
        (times * longest..=LONGEST * longest).contains(&line.length())
    };
    others.iter().filter(is_longer).copied().collect()
}

/// The digits in what stands out from the paper.
struct Inked {
    ink: GrayImage,
    parts: Parts,
    groups: Vec<group::Group>,
}

impl Inked {
    fn of(standing_out: &GrayImage) -> Result<Self, NoDigit> {
        let levels = Levels::of(standing_out).ok_or(NoDigit::Blank)?;
        let mut ink = standing_out.clone();
        ink.iter_mut().for_each(|pixel| *pixel = levels.stretched(*pixel));
        let mut parts = Parts::of(&ink);
        parts.without_rings();
        let mut groups = group::digits(&parts)?;
        groups.retain(|group| group.place.longer() * SPECK >= parts.longer_side());
        if groups.is_empty() {
            Err(NoDigit::Specks)
        } else {
            Ok(Self { ink, parts, groups })
        }
    }

    fn fitted(&self, side: usize) -> Result<Vec<(Digit, Place)>, NoDigit> {
        let fitted = |group: &group::Group| {
            Ok((
                fit::fit(&alone(&self.ink, &self.parts, group), side)?,
                group.place,
            ))
        };
        self.groups.iter().map(fitted).collect()
    }
}

/// The ink of one digit and nothing else.
fn alone(ink: &GrayImage, parts: &Parts, group: &group::Group) -> GrayImage {
    let place = group.place;
    let (left, top) = (place.left.saturating_sub(1), place.top.saturating_sub(1));
    let (right, bottom) = (
        (place.right + 1).min(ink.width() - 1),
        (place.bottom + 1).min(ink.height() - 1),
    );
    let belongs = |(column, row): (u32, u32)| {
        group
            .numbers
            .contains(&parts.number_of[(row * ink.width() + column) as usize])
    };
    GrayImage::from_fn(right - left + 1, bottom - top + 1, |column, row| {
        let (column, row) = (left + column, top + row);
        let pixel = *ink.get_pixel(column, row);
        // With its soft edge, one pixel wide, which is too faint to be found by itself.
        let is_own = pixel.0[0] > 0 && around(ink, column, row).any(belongs);
        if is_own { pixel } else { image::Luma([0]) }
    })
}

/// As [`digits`], where ink is told from paper already and is one digit, as in a drawing: `ink` is 0 on paper and 255 where it is
/// darkest. All of it belongs to the digit, to the edge of the sheet.
///
/// # Errors
/// [`NoDigit`] when there is none.
///
/// # Panics
/// When `side` is 0.
pub fn digit_of_ink(ink: &Grey, side: usize) -> Result<Digit, NoDigit> {
    fit::fit(&ink.pixels, side)
}
