//! Where exactly a line is, how wide and how dark, and whether it is straight.

use image::{GrayImage, Luma};

use super::Line;
use super::mask::Mask;
use super::search::THIN;

/// No line is wider than this part of its own length.
const SLENDER: f64 = 1.0 / 10.0;

/// The line along a path in the picture itself: none where it is not straight or not thin.
pub(super) fn measured(
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
    let level = |along: usize, across: usize| {
        let (column, row) = if is_column {
            (across, along)
        } else {
            (along, across)
        };
        let Luma([level]) = *picture.get_pixel(column as u32, row as u32);
        level
    };
    // Where a line lies between two rows of pixels, one of them is darker.
    let darkest = |&(along, top, bottom): &(usize, usize, usize)| {
        (top..=bottom).map(|across| level(along, across)).max()
    };
    let mut levels: Vec<u8> = runs.iter().filter_map(darkest).collect();
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
