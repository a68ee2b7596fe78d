//! Strokes to pixels: fitted into 20 × 20 and drawn with soft edges, of which the box cuts off the outermost
//! faint half pixel.

use super::curve::Point;
use super::hand::Stroke;

/// Height and width of the box the ink fills, in pixels, as in MNIST.
pub(super) const BOX: usize = 20;

/// Width of the soft edge of a stroke, in pixels: from paper to full ink.
const EDGE: f32 = 1.3;

/// The ink of every pixel of the box, row by row, 0 (paper) to 255.
pub(super) fn draw(strokes: &[Stroke]) -> [u8; BOX * BOX] {
    let fit = Fit::new(strokes);
    // How deep inside a stroke each pixel's middle lies, in pixels; negative outside.
    let mut depth = [-EDGE; BOX * BOX];
    for stroke in strokes {
        let pieces = stroke.line.len().saturating_sub(1).max(1) as f32;
        let widening = (stroke.end_radius - stroke.start_radius) / pieces;
        for (index, pair) in stroke.line.windows(2).enumerate() {
            let radius = stroke.start_radius + widening * (index as f32 + 0.5);
            draw_piece(fit.apply(pair[0]), fit.apply(pair[1]), radius, &mut depth);
        }
    }
    let cover = depth.map(|depth| (depth / EDGE + 0.5).clamp(0.0, 1.0));
    // A pen too thin to fill a pixel still writes black: MNIST's images all reach 254 or 255.
    let darkest = cover.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    cover.map(|cover| (255.0 * (cover / darkest) + 0.5) as u8)
}

/// Draws a straight line with round ends.
fn draw_piece(from: Point, to: Point, radius: f32, depth: &mut [f32; BOX * BOX]) {
    let (along_x, along_y) = (to.x - from.x, to.y - from.y);
    let inverse_square = 1.0 / (along_x * along_x + along_y * along_y).max(1e-6);
    let reach = radius + EDGE / 2.0;
    // Pixel `k` has its middle at `k + 0.5`.
    let first = |low: f32| (low - reach - 0.5).max(0.0) as usize;
    let end = |high: f32| ((high + reach + 0.5).max(0.0) as usize).min(BOX);
    for row in first(from.y.min(to.y))..end(from.y.max(to.y)) {
        for column in first(from.x.min(to.x))..end(from.x.max(to.x)) {
            let (x, y) = (column as f32 + 0.5 - from.x, row as f32 + 0.5 - from.y);
            let t = ((x * along_x + y * along_y) * inverse_square).clamp(0.0, 1.0);
            let (away_x, away_y) = (x - t * along_x, y - t * along_y);
            let distance = (away_x * away_x + away_y * away_y).sqrt();
            let pixel = &mut depth[row * BOX + column];
            *pixel = pixel.max(radius - distance);
        }
    }
}

/// The enlargement and shift that let the ink just fill the box in its longer direction.
struct Fit {
    scale: f32,
    left: f32,
    top: f32,
}

impl Fit {
    fn new(strokes: &[Stroke]) -> Self {
        let points = || strokes.iter().flat_map(|stroke| &stroke.line);
        let range = |coordinate: fn(&Point) -> f32| {
            points()
                .map(coordinate)
                .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
                    (low.min(value), high.max(value))
                })
        };
        let (left, right) = range(|point| point.x);
        let (top, bottom) = range(|point| point.y);
        let radius = strokes
            .iter()
            .map(|stroke| stroke.start_radius.max(stroke.end_radius))
            .fold(0.0, f32::max);
        let longer = (right - left).max(bottom - top).max(1e-3);
        let scale = (BOX as f32 - 2.0 * radius) / longer;
        // The ink's middle comes to the box's middle.
        let shift = |low: f32, high: f32| BOX as f32 / 2.0 - scale * (low + high) / 2.0;
        Self {
            scale,
            left: shift(left, right),
            top: shift(top, bottom),
        }
    }

    fn apply(&self, point: Point) -> Point {
        Point {
            x: self.left + self.scale * point.x,
            y: self.top + self.scale * point.y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f32, f32)], radius: f32) -> Stroke {
        Stroke {
            line: points.iter().map(|&(x, y)| Point { x, y }).collect(),
            start_radius: radius,
            end_radius: radius,
        }
    }

    #[test]
    fn the_ink_fills_the_box_in_its_longer_direction_wherever_the_strokes_are() {
        let ink = draw(&[line(&[(70.0, -3.0), (70.0, 5.0)], 1.0)]);
        let row_has_ink = |row: usize| ink[row * BOX..][..BOX].iter().any(|&pixel| pixel > 0);
        assert!((0..BOX).all(row_has_ink));
        let column_has_ink = |column: usize| (0..BOX).any(|row| ink[row * BOX + column] > 0);
        let columns: Vec<usize> = (0..BOX).filter(|&column| column_has_ink(column)).collect();
        assert_eq!(
            columns,
            [8, 9, 10, 11],
            "a line of 2 pixels with soft edges, in the middle"
        );
    }

    #[test]
    fn ink_is_as_much_as_the_pen_covers() {
        let ink = draw(&[line(&[(0.0, 0.0), (0.0, 1.0)], 1.5)]);
        let middle_row: f32 = ink[10 * BOX..][..BOX]
            .iter()
            .map(|&pixel| f32::from(pixel) / 255.0)
            .sum();
        assert!((middle_row - 3.0).abs() < 0.2, "{middle_row}");
    }

    #[test]
    fn the_thinnest_pen_still_writes_black() {
        let ink = draw(&[line(&[(0.0, 0.0), (0.3, 1.0)], 0.2)]);
        assert_eq!(ink.iter().max(), Some(&255));
    }
}
