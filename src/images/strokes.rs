//! Strokes of a pen, as a page hands them over, → a picture.
//!
//! A [`Drawing`] comes from outside, as JSON: `{"strokes":[[[0.2,0.1],[0.25,0.3]],[[0.5,0.5]]],"pen":0.075}`. It is
//! believed only after [`Drawing::check`], whose limits also bound what [`CheckedDrawing::ink`] costs.
//!
//! ```
//! use batchprop::images::strokes::Drawing;
//!
//! // A one.
//! let drawing = Drawing { strokes: vec![vec![[0.5, 0.2], [0.5, 0.8]]], ..Drawing::default() };
//! let ink = drawing.check()?.ink(100);
//! assert_eq!((ink[50 * 100 + 50], ink[50 * 100 + 90]), (255, 0));
//! # Ok::<(), batchprop::Error>(())
//! ```

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// More strokes than anybody needs for a digit.
pub const MOST_STROKES: usize = 500;

/// Points of all strokes together: more than a minute of drawing.
pub const MOST_POINTS: usize = 5000;

/// Length of all strokes together, in widths of the sheet: it is black long before.
pub const MOST_LENGTH: f32 = 100.0;

/// Widths a pen may have.
pub const PENS: RangeInclusive<f32> = 0.005..=0.15;

/// Lines on a square sheet, whose upper left corner is (0, 0) and whose lower right one is (1, 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drawing {
    /// Each the points \[x, y\] that the pen went through; one point is a dot.
    pub strokes: Vec<Vec<[f32; 2]>>,
    /// The width of the lines, as a part of the sheet's.
    pub pen: f32,
}

/// An empty sheet, and a pen that makes lines of about MNIST's width where a digit fills most of the sheet.
impl Default for Drawing {
    fn default() -> Self {
        Self {
            strokes: Vec::new(),
            pen: 0.075,
        }
    }
}

impl Drawing {
    /// The only way to a [`CheckedDrawing`].
    ///
    /// # Errors
    /// [`Error::Format`] for more than [`MOST_STROKES`], [`MOST_POINTS`] or [`MOST_LENGTH`], a point
    /// beside the sheet, or a pen not in [`PENS`].
    pub fn check(self) -> Result<CheckedDrawing> {
        let wrong = |place: String, expected: String, found: String, hint: &str| Error::Format {
            path: "drawing".into(),
            place,
            expected,
            found,
            hint: hint.to_owned(),
        };
        let few = "Clear the sheet, or draw with fewer lines.";
        let (strokes, points) = (
            self.strokes.len(),
            self.strokes.iter().map(Vec::len).sum::<usize>(),
        );
        if strokes > MOST_STROKES {
            let expected = format!("{MOST_STROKES} or fewer");
            return Err(wrong("strokes".to_owned(), expected, strokes.to_string(), few));
        }
        if points > MOST_POINTS {
            let expected = format!("{MOST_POINTS} or fewer");
            return Err(wrong(
                "points of all strokes".to_owned(),
                expected,
                points.to_string(),
                few,
            ));
        }
        if !PENS.contains(&self.pen) {
            let expected = format!("{} to {} of the sheet", PENS.start(), PENS.end());
            let hint = "Leave it out for the usual pen.";
            return Err(wrong("pen".to_owned(), expected, self.pen.to_string(), hint));
        }
        for (index, stroke) in self.strokes.iter().enumerate() {
            let on_sheet = |point: &[f32; 2]| point.iter().all(|it| (0.0..=1.0).contains(it));
            if let Some(point) = stroke.iter().position(|point| !on_sheet(point)) {
                let [x, y] = stroke[point];
                return Err(wrong(
                    format!("stroke {index}, point {point}"),
                    "[x, y] from 0 to 1".to_owned(),
                    format!("[{x}, {y}]"),
                    "Divide by the width of the sheet.",
                ));
            }
        }
        let length = self.length();
        if length > MOST_LENGTH {
            let expected = format!("{MOST_LENGTH} widths of the sheet or less");
            return Err(wrong(
                "length of all strokes".to_owned(),
                expected,
                length.to_string(),
                few,
            ));
        }
        Ok(CheckedDrawing(self))
    }

    /// Of all strokes, in widths of the sheet.
    fn length(&self) -> f32 {
        let pairs = self.strokes.iter().flat_map(|stroke| stroke.windows(2));
        pairs
            .map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]))
            .sum()
    }
}

/// A drawing that may be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedDrawing(Drawing);

impl CheckedDrawing {
    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.0.strokes.iter().all(Vec::is_empty)
    }

    /// The ink on each pixel of a sheet of `side` × `side`, row by row: 0 is bare, 255 black. Lines have round ends and
    /// edges that are soft over a pixel.
    pub fn ink(&self, side: usize) -> Vec<u8> {
        let mut sheet = Sheet {
            side,
            radius: self.0.pen * side as f32 / 2.0,
            depth: vec![f32::NEG_INFINITY; side * side],
        };
        let scaled = |[x, y]: [f32; 2]| [x * side as f32, y * side as f32];
        for stroke in &self.0.strokes {
            match stroke[..] {
                [dot] => sheet.draw(scaled(dot), scaled(dot)),
                _ => stroke
                    .windows(2)
                    .for_each(|pair| sheet.draw(scaled(pair[0]), scaled(pair[1]))),
            }
        }
        let ink = sheet.depth.iter();
        ink.map(|depth| (255.0 * (depth + 0.5).clamp(0.0, 1.0)).round() as u8)
            .collect()
    }
}

struct Sheet {
    side: usize,
    /// Of the pen, in pixels.
    radius: f32,
    /// How deep inside a line each pixel's middle lies, in pixels; negative outside.
    depth: Vec<f32>,
}

impl Sheet {
    /// Draws a straight line. Only the pixels beside it are looked at, so that its cost is its length's.
    fn draw(&mut self, from: [f32; 2], to: [f32; 2]) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let inverse_square = 1.0 / (along[0] * along[0] + along[1] * along[1]).max(1e-6);
        let reach = self.radius + 0.5;
        let side = self.side;
        // Pixel k has its middle at k + 0.5.
        let pixels = |low: f32, high: f32| {
            let first = (low - reach - 0.5).max(0.0) as usize;
            first..((high + reach + 0.5).max(0.0) as usize).min(side)
        };
        for row in pixels(from[1].min(to[1]), from[1].max(to[1])) {
            let y = row as f32 + 0.5 - from[1];
            // The part of the line, from 0 to 1, that is near the row.
            let (start, end) = if along[1] == 0.0 {
                (0.0, 1.0)
            } else {
                let (a, b) = ((y - reach) / along[1], (y + reach) / along[1]);
                (a.min(b).clamp(0.0, 1.0), a.max(b).clamp(0.0, 1.0))
            };
            let (left, right) = (from[0] + start * along[0], from[0] + end * along[0]);
            for column in pixels(left.min(right), left.max(right)) {
                let x = column as f32 + 0.5 - from[0];
                let t = ((x * along[0] + y * along[1]) * inverse_square).clamp(0.0, 1.0);
                let distance = (x - t * along[0]).hypot(y - t * along[1]);
                let depth = &mut self.depth[row * side + column];
                *depth = depth.max(self.radius - distance);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawing(strokes: &[&[[f32; 2]]], pen: f32) -> Drawing {
        Drawing {
            strokes: strokes.iter().map(|stroke| stroke.to_vec()).collect(),
            pen,
        }
    }

    #[test]
    fn a_line_has_its_length_and_the_pen_s_width() {
        let ink = drawing(&[&[[0.2, 0.5], [0.8, 0.5]]], 0.1)
            .check()
            .unwrap()
            .ink(100);
        let total: f32 = ink.iter().map(|&ink| f32::from(ink) / 255.0).sum();
        let area = 60.0 * 10.0 + std::f32::consts::PI * 25.0;
        assert!((total - area).abs() < 0.02 * area, "{total} {area}");
        assert_eq!((ink[50 * 100 + 17], ink[50 * 100 + 10]), (255, 0));
    }

    #[test]
    fn one_point_is_a_dot_and_none_is_nothing() {
        let dot = drawing(&[&[[0.5, 0.5]]], 0.1).check().unwrap();
        let total: f32 = dot.ink(50).iter().map(|&ink| f32::from(ink) / 255.0).sum();
        assert!((total - std::f32::consts::PI * 6.25).abs() < 1.0, "{total}");
        for strokes in [&[][..], &[&[][..]][..]] {
            let empty = drawing(strokes, 0.1).check().unwrap();
            assert!(empty.is_empty() && empty.ink(20).iter().all(|&ink| ink == 0));
        }
        assert!(!dot.is_empty());
    }

    #[test]
    fn what_is_beyond_the_limits_is_refused_with_its_place() {
        let point = [0.5, 0.5];
        for (drawing, place) in [
            (
                drawing(&vec![&[point][..]; MOST_STROKES + 1], 0.1),
                "strokes: expected 500",
            ),
            (
                drawing(&[&vec![point; MOST_POINTS + 1]], 0.1),
                "points of all strokes: expected 5000",
            ),
            (
                drawing(&[&[point], &[point, [1.5, 0.0]]], 0.1),
                "stroke 1, point 1: expected",
            ),
            (drawing(&[&[[f32::NAN, 0.0]]], 0.1), "stroke 0, point 0"),
            (
                drawing(&[&[[0.0, 0.0], [1.0, 1.0]].repeat(50)], 0.1),
                "length of all strokes: expected 100",
            ),
            (drawing(&[], 0.0), "pen: expected"),
            (drawing(&[], f32::INFINITY), "pen: expected"),
        ] {
            let error = drawing.check().unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }

    proptest! {
        /// The rows' shortened columns leave out nothing.
        #[test]
        fn every_pixel_is_as_near_to_the_lines_as_its_ink_says(
            points in prop::collection::vec([0.0f32..=1.0, 0.0f32..=1.0], 2..6),
            pen in 0.005f32..=0.15,
        ) {
            const SIDE: usize = 40;
            let ink = drawing(&[&points], pen).check().unwrap().ink(SIDE);
            for (index, &ink) in ink.iter().enumerate() {
                let middle = [(index % SIDE) as f64 + 0.5, (index / SIDE) as f64 + 0.5];
                let distance = |pair: &[[f32; 2]]| {
                    let [from, to] = [pair[0], pair[1]].map(|point| point.map(|it| f64::from(it) * SIDE as f64));
                    let along = [to[0] - from[0], to[1] - from[1]];
                    let square = (along[0].powi(2) + along[1].powi(2)).max(1e-12);
                    let away = [middle[0] - from[0], middle[1] - from[1]];
                    let t = ((away[0] * along[0] + away[1] * along[1]) / square).clamp(0.0, 1.0);
                    (away[0] - t * along[0]).hypot(away[1] - t * along[1])
                };
                let nearest = points.windows(2).map(distance).fold(f64::INFINITY, f64::min);
                let expected = (f64::from(pen) * SIDE as f64 / 2.0 - nearest + 0.5).clamp(0.0, 1.0);
                prop_assert!((f64::from(ink) / 255.0 - expected).abs() < 0.01, "{ink} {expected}");
            }
        }
    }
}
