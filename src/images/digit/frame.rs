//! Finds what a frame surrounds: bands of one shade along the picture's sides are cut off, such as the border of a canvas and
//! a table beyond the paper.
//!
//! A band begins at the picture's side, has nearly one shade from end to end, which is not the shade of the paper inside, and
//! ends where much of the next line has another. Ink alone never does that: a stroke would have to run straight along the
//! whole side.

use image::{GenericImageView, GrayImage, SubImage};

use super::levels;

/// This part of a band has its shade.
const PLAIN: f64 = 0.85;

/// This part of the first line behind a band has another shade: ink may touch the frame, and other bands cross it.
const OTHER: f64 = 0.45;

/// This part of the border inside all bands is paper.
const PAPER: f64 = 0.6;

/// A band takes away no more than this part of what is left.
const WIDEST: f64 = 0.35;

/// The blurred edge of a band is no wider.
const EDGE: u32 = 3;

/// Shades differ from so many levels on…
const LEAST_STEP: f64 = 10.0;

/// …or from so many standard deviations of the noise on.
const SIGNIFICANT: f64 = 5.0;

/// A part of a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub left: u32,
    pub top: u32,
    pub columns: u32,
    pub rows: u32,
}

impl Window {
    pub(super) fn whole(picture: &GrayImage) -> Self {
        Self {
            left: 0,
            top: 0,
            columns: picture.width(),
            rows: picture.height(),
        }
    }

    pub(super) fn of(self, picture: &GrayImage) -> SubImage<&GrayImage> {
        picture.view(self.left, self.top, self.columns, self.rows)
    }
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Top,
    Bottom,
    Left,
    Right,
}

/// What is left of `picture` inside all bands: where paper of another shade begins, of which most of the border is. Else it was
/// the paper that was cut off, down to a thick digit.
pub(super) fn inside(picture: &GrayImage) -> Window {
    let step = (SIGNIFICANT * levels::noise(picture)).max(LEAST_STEP);
    let mut inside = Window::whole(picture);
    let mut window = inside;
    let mut shades = Vec::new();
    loop {
        let before = window;
        for side in [Side::Top, Side::Bottom, Side::Left, Side::Right] {
            let Some((shade, band)) = band(picture, window, side, step) else {
                continue;
            };
            shades.push(shade);
            match side {
                Side::Top => (window.top, window.rows) = (window.top + band, window.rows - band),
                Side::Bottom => window.rows -= band,
                Side::Left => (window.left, window.columns) = (window.left + band, window.columns - band),
                Side::Right => window.columns -= band,
            }
        }
        if window == before {
            return inside;
        }
        let (paper, share) = border(picture, window, step);
        let is_other = |&shade: &u8| f64::from(paper.abs_diff(shade)) >= step;
        if share >= PAPER && shades.iter().all(is_other) {
            inside = window;
        }
    }
}

/// The shade of a window's border, and which part of the border has it.
fn border(picture: &GrayImage, window: Window, step: f64) -> (u8, f64) {
    let (right, bottom) = (window.left + window.columns - 1, window.top + window.rows - 1);
    let mut levels: Vec<u8> = (window.left..=right)
        .flat_map(|column| [(column, window.top), (column, bottom)])
        .chain((window.top..=bottom).flat_map(|row| [(window.left, row), (right, row)]))
        .map(|(column, row)| picture.get_pixel(column, row).0[0])
        .collect();
    let middle = levels.len() / 2;
    let shade = *levels.select_nth_unstable(middle).1;
    let near = levels
        .iter()
        .filter(|level| f64::from(level.abs_diff(shade)) < step);
    (shade, near.count() as f64 / levels.len() as f64)
}

/// The shade of most of what is in the middle of the `window`.
fn middle_shade(picture: &GrayImage, window: Window) -> u8 {
    let Window {
        left,
        top,
        columns,
        rows,
    } = window;
    let mut histogram = [0_u64; 256];
    for row in top + rows / 4..top + (3 * rows).div_ceil(4) {
        for column in left + columns / 4..left + (3 * columns).div_ceil(4) {
            histogram[usize::from(picture.get_pixel(column, row).0[0])] += 1;
        }
    }
    levels::quantile(&histogram, 0.5) as u8
}

/// The shade of the band at a `side` of the `window`, and how many lines of pixels it has.
fn band(picture: &GrayImage, window: Window, side: Side, step: f64) -> Option<(u8, u32)> {
    let (lines, length) = match side {
        Side::Top | Side::Bottom => (window.rows, window.columns),
        Side::Left | Side::Right => (window.columns, window.rows),
    };
    let line = |index: u32| {
        (0..length).map(move |along| {
            let (column, row) = match side {
                Side::Top => (along, index),
                Side::Bottom => (along, window.rows - 1 - index),
                Side::Left => (index, along),
                Side::Right => (window.columns - 1 - index, along),
            };
            picture.get_pixel(window.left + column, window.top + row).0[0]
        })
    };
    let median = |index: u32| {
        let mut levels: Vec<u8> = line(index).collect();
        let middle = levels.len() / 2;
        *levels.select_nth_unstable(middle).1
    };
    let part = |index: u32, is_counted: &dyn Fn(u8) -> bool| {
        line(index).filter(|&level| is_counted(level)).count() as f64 / f64::from(length)
    };
    let widest = (f64::from(lines) * WIDEST) as u32;
    if length == 0 || widest == 0 {
        return None;
    }
    let shade = median(0);
    let has_shade = |level: u8| f64::from(level.abs_diff(shade)) < step;
    let end = (0..=widest).find(|&index| part(index, &has_shade) < PLAIN)?;
    if end == 0 || f64::from(shade.abs_diff(middle_shade(picture, window))) < step {
        return None;
    }
    // The first line with another shade of its own: neither the band's nor that of the blurred edge.
    for index in end..(end + EDGE).min(lines) {
        let other = median(index);
        let has_other = |level: u8| f64::from(level.abs_diff(other)) < step && !has_shade(level);
        if part(index, &has_other) >= OTHER {
            let is_edge = index + 1 < lines && f64::from(median(index + 1).abs_diff(other)) >= step;
            let is_edge = is_edge && index + 1 < end + EDGE;
            return Some((shade, index + u32::from(is_edge)));
        }
    }
    None
}
