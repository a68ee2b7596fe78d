//! Tries all straight paths in a smaller copy of the picture.

use image::GrayImage;

use super::Line;
use super::mask::Mask;
use super::measure::measured;

/// Pictures are searched at no more than this many rows or columns.
const SEARCHED_SIDE: usize = 256;

/// Rise of the steepest path over a run of 1: the paper may be turned by 5°.
const STEEPEST: f64 = 0.09;

/// Shorter lines, as parts of the picture's longer side, are not sought.
const SHORTEST: f64 = 0.06;

/// No line is wider than this part of the picture's longer side.
const WIDEST: f64 = 1.0 / 16.0;

/// This part of a path is inked.
const INKED: f64 = 0.85;

/// This part of a path is as thin as a line may be: the rest crosses strokes and other lines.
pub(super) const THIN: f64 = 0.4;

/// Holes that a path may have, in pixels of the searched picture.
const HOLE: usize = 2;

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
pub(super) fn along(picture: &GrayImage, mask: &Mask, is_column: bool) -> Vec<Line> {
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
