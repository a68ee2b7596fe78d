//! Leaves out shadows that are too narrow to be told from ink by their width.

use image::GrayImage;

use super::levels::Levels;
use super::paper;

/// Ink is thinner than the picture's longer side divided by the first of these, or by the next ones where that leaves shadows.
const WIDEST_PARTS: [u32; 3] = [2, 4, 6];

/// With more than this part of soft pixels, there are shadows.
const SOFT: f64 = 0.10;

/// Less of the range from paper to ink is paper, where shadows are sought.
const FAINT: f64 = 0.1;

/// What stands out from the paper. Shadows that are narrower than half the picture stand out too, but their edges are soft:
/// where there is much of them, narrower things are sought.
pub(super) fn left_out(picture: &GrayImage) -> GrayImage {
    let mut standing_out = paper::taken_away(picture, WIDEST_PARTS[0]);
    let mut soft = softness(&standing_out);
    for &part in &WIDEST_PARTS[1..] {
        if soft < SOFT {
            break;
        }
        let narrower = paper::taken_away(picture, part);
        let softer = softness(&narrower);
        if softer >= soft {
            break;
        }
        (standing_out, soft) = (narrower, softer);
    }
    standing_out
}

/// Which part of all that stands out is neither ink nor at an edge of ink: whose neighbours, two pixels around, are nearly as
/// dark.
fn softness(standing_out: &GrayImage) -> f64 {
    let Some(levels) = Levels::of(standing_out) else {
        return 0.0;
    };
    let (columns, rows) = (standing_out.width() as usize, standing_out.height() as usize);
    let level =
        |column: usize, row: usize| f64::from(standing_out.as_raw()[row * columns + column]) - levels.paper;
    let range = (levels.ink - levels.paper).max(1.0);
    let (mut soft, mut all) = (0_u64, 0_u64);
    for row in 2..rows.saturating_sub(2) {
        for column in 2..columns.saturating_sub(2) {
            let middle = level(column, row) / range;
            if middle < FAINT {
                continue;
            }
            all += 1;
            let around = [
                level(column - 2, row),
                level(column + 2, row),
                level(column, row - 2),
                level(column, row + 2),
            ];
            let is_even = around.iter().all(|other| (other / range - middle).abs() < 0.15);
            soft += u64::from(middle < 0.6 && is_even);
        }
    }
    soft as f64 / all.max(1) as f64
}
