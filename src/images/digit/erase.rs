//! Takes lines away, and leaves the strokes that cross them.
//!
//! Where a line is lighter than the digit, what is darker than the line is ink. Where it is as dark, a pixel is ink when there
//! is ink beyond the line on both sides of it, straight across or slanting.

use image::{GrayImage, Luma};

use super::lines::Line;

/// A line's soft edge, in pixels beside it.
const EDGE: f64 = 1.5;

/// What is darker than a line by this part of the range from paper to the darkest ink is no part of it.
const DARKER: f64 = 0.25;

/// Ink crosses a line straight, or shifted by so many pixels for each pixel across.
const SHIFTS: [f64; 7] = [0.0, -0.4, 0.4, -0.8, 0.8, -1.4, 1.4];

/// `picture` without the `lines`. It says of each pixel how much it stands out from the paper; `darkest` is its darkest ink.
pub(super) fn without(picture: &GrayImage, lines: &[Line], darkest: f64) -> GrayImage {
    let (columns, rows) = (picture.width() as usize, picture.height() as usize);
    // Of each pixel, the lines it is on: along rows 1, along columns 2.
    let mut on = vec![0_u8; columns * rows];
    for line in lines {
        let (long, wide) = if line.is_column {
            (rows, columns)
        } else {
            (columns, rows)
        };
        let half = line.width / 2.0 + EDGE + 0.1 * line.width;
        let still_line = f64::from(line.level) + (DARKER * darkest).max(12.0);
        let beyond = 3 + line.width as usize;
        for along in line.from.saturating_sub(beyond)..(line.to + beyond + 1).min(long) {
            let middle = line.middle(along);
            let first = (middle - half).ceil().max(0.0) as usize;
            let last = ((middle + half).floor().max(-1.0) + 1.0) as usize;
            for across in first..last.min(wide) {
                let (column, row) = if line.is_column {
                    (across, along)
                } else {
                    (along, across)
                };
                let Luma([level]) = *picture.get_pixel(column as u32, row as u32);
                if f64::from(level) < still_line {
                    on[row * columns + column] |= if line.is_column { 2 } else { 1 };
                }
            }
        }
    }
    let widest = lines.iter().map(|line| line.width).fold(1.0, f64::max);
    let far = (2.0 * widest + 4.0 * EDGE + 3.0) as i64;
    let mut without = picture.clone();
    for (index, &kinds) in on.iter().enumerate() {
        if kinds != 0 {
            let (column, row) = (index % columns, index / columns);
            let level = crossing(picture, &on, kinds, column, row, far);
            without.put_pixel(column as u32, row as u32, Luma([level]));
        }
    }
    without
}

/// How dark the ink is that crosses the lines at a pixel; 0 for none.
fn crossing(picture: &GrayImage, on: &[u8], kinds: u8, column: usize, row: usize, far: i64) -> u8 {
    let columns = picture.width() as usize;
    let off = |across: (f64, f64)| {
        (1..=far).find_map(|step| {
            let place = |at: usize, by: f64| at as i64 + (by * step as f64).round() as i64;
            let (column, row) = (place(column, across.0), place(row, across.1));
            let column = u32::try_from(column)
                .ok()
                .filter(|&column| column < picture.width())?;
            let row = u32::try_from(row).ok().filter(|&row| row < picture.height())?;
            let is_off = on[row as usize * columns + column as usize] == 0;
            is_off.then(|| picture.get_pixel(column, row).0[0])
        })
    };
    let along_columns = kinds & 1 != 0;
    let along_rows = kinds & 2 != 0;
    let mut darkest = 0;
    for shift in SHIFTS {
        let mut across = Vec::new();
        if along_columns {
            across.push((shift, 1.0));
        }
        if along_rows {
            across.push((1.0, shift));
        }
        for (right, down) in across {
            if let (Some(one), Some(other)) = (off((right, down)), off((-right, -down))) {
                darkest = darkest.max(one.min(other));
            }
        }
    }
    darkest
}
