//! One way of writing: how a style's strokes are bent, and how the pen draws them.
//!
//! No two people write a style alike, and nobody writes it twice the same way. Every image has a [`Hand`] of its
//! own.
//!
//! The deviations were tuned by eye beside MNIST, by MNIST's density of ink, and by the article's network
//! (784-30-10, 30 epochs on 50,000 images), for which these digits should be about as difficult: its best epoch has
//! 96.2 to 96.8 % of the test digits right (nine runs, seeds 0 to 2), on MNIST 95.0 to 95.2 % (three runs).

use std::iter;

use super::curve;
use super::curve::Point;
use super::stream::Stream;
use super::templates::{Knot, Runs, Style};

/// A stroke as the pen leaves it: a line of points, and half the pen's width at its start and end, in pixels
/// of the drawn image.
pub(super) struct Stroke {
    pub(super) line: Vec<Point>,
    pub(super) start_radius: f32,
    pub(super) end_radius: f32,
}

/// One way of writing.
pub(super) struct Hand {
    /// How far knots stray, in parts of a digit's height.
    unsteadiness: f32,
    /// Width by height, relative to the template.
    aspect: f32,
    /// How far the top leans right of the foot.
    slant: f32,
    /// Cosine and sine of the turn of the whole digit.
    turn: (f32, f32),
    /// Coefficients of x², xy, y² added to x, then to y.
    bend: [f32; 6],
    /// Half the pen's width, in pixels.
    pen_radius: f32,
}

impl Hand {
    pub(super) fn new(stream: &mut Stream) -> Self {
        let hurry = stream.between(0.0, 1.0);
        // Rational parametrisation of the circle by the tangent of half the angle.
        let half = stream.bell(0.07);
        let turn = (
            (1.0 - half * half) / (1.0 + half * half),
            2.0 * half / (1.0 + half * half),
        );
        Self {
            unsteadiness: 0.02 + 0.05 * hurry * hurry,
            aspect: (1.12 + stream.bell(0.22)).max(0.6),
            slant: 0.15 + stream.bell(0.26),
            turn,
            bend: std::array::from_fn(|_| stream.bell(0.18)),
            pen_radius: (1.32 + stream.bell(0.35)).max(0.7),
        }
    }

    /// Writes one of `styles`.
    pub(super) fn write(&self, styles: &[Style], stream: &mut Stream) -> Vec<Stroke> {
        let style = choose(styles, stream);
        style
            .strokes
            .iter()
            .map(|&runs| Stroke {
                line: self.line(runs, stream),
                start_radius: self.pen_radius * (1.0 + stream.bell(0.12)),
                end_radius: self.pen_radius * (1.0 + stream.bell(0.12)),
            })
            .collect()
    }

    /// The line through a template's knots as this hand writes it.
    fn line(&self, runs: Runs, stream: &mut Stream) -> Vec<Point> {
        let mut line = Vec::new();
        let mut corner = None;
        for run in runs {
            let strayed = run.iter().map(|&knot| self.stray(knot, stream));
            let knots: Vec<Point> = corner.into_iter().chain(strayed).collect();
            if corner.is_none() {
                line.extend(knots.first());
            }
            curve::append_smooth(&knots, &mut line);
            corner = knots.last().copied();
        }
        // After the curve, so that straight lines bend too.
        line.into_iter().map(|point| self.distort(point)).collect()
    }

    /// A template's knot, in parts of the digit's height around its middle, as an unsteady hand hits it.
    fn stray(&self, (x, y): Knot, stream: &mut Stream) -> Point {
        Point {
            x: (f32::from(x) - 30.0) / 100.0 + stream.bell(self.unsteadiness),
            y: (f32::from(y) - 50.0) / 100.0 + stream.bell(self.unsteadiness),
        }
    }

    /// Bends, stretches, slants and turns the whole digit.
    fn distort(&self, Point { x, y }: Point) -> Point {
        let [xx, xy, xyy, yx, yxy, yy] = self.bend;
        let bent_x = x + xx * x * x + xy * x * y + xyy * y * y;
        let bent_y = y + yx * x * x + yxy * x * y + yy * y * y;
        let x = bent_x * self.aspect - bent_y * self.slant;
        let y = bent_y;
        let (cosine, sine) = self.turn;
        Point {
            x: cosine * x - sine * y,
            y: sine * x + cosine * y,
        }
    }
}

/// One of `styles`, each as often as its share says.
fn choose<'a>(styles: &'a [Style], stream: &mut Stream) -> &'a Style {
    let shares = styles.iter().map(|style| usize::from(style.share)).sum();
    let ticket = stream.below(shares);
    styles
        .iter()
        .flat_map(|style| iter::repeat_n(style, usize::from(style.share)))
        .nth(ticket)
        .expect("the ticket is below the sum of the shares")
}
