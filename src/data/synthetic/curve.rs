//! Smooth curves through a few points.

/// A point; x runs right, y runs down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f32,
    pub(super) y: f32,
}

impl Point {
    /// `self + scale · (to − from)`.
    pub(super) fn moved(self, scale: f32, from: Self, to: Self) -> Self {
        Self {
            x: self.x + scale * (to.x - from.x),
            y: self.y + scale * (to.y - from.y),
        }
    }
}

/// Straight pieces between two neighbouring knots.
const PIECES: u8 = 6;

/// Appends to `line` a smooth curve through `knots`, without its first point: that one ends the run before.
///
/// The curve is the cubic Hermite spline whose slope at an inner knot is half the way from the knot before to
/// the knot after (Catmull and Rom, 1974); at its ends it runs out straight.
pub(super) fn append_smooth(knots: &[Point], line: &mut Vec<Point>) {
    let origin = Point { x: 0.0, y: 0.0 };
    let slope = |index: usize| {
        let before = index.checked_sub(1).map(|before| knots[before])?;
        Some(origin.moved(0.5, before, *knots.get(index + 1)?))
    };
    for (index, pair) in knots.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let way = origin.moved(1.0, from, to);
        // A free end does not curve (its second derivative is 0), which gives its slope from the other end's.
        let free = |other: Point| Point {
            x: 1.5 * way.x - 0.5 * other.x,
            y: 1.5 * way.y - 0.5 * other.y,
        };
        let (leave, arrive) = match (slope(index), slope(index + 1)) {
            (Some(leave), Some(arrive)) => (leave, arrive),
            (Some(leave), None) => (leave, free(leave)),
            (None, Some(arrive)) => (free(arrive), arrive),
            (None, None) => (way, way),
        };
        for piece in 1..=PIECES {
            let t = f32::from(piece) / f32::from(PIECES);
            let rest = 1.0 - t;
            let arrived = t * t * (3.0 - 2.0 * t);
            line.push(
                from.moved(arrived, from, to)
                    .moved(t * rest * rest, origin, leave)
                    .moved(-t * t * rest, origin, arrive),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smooth(knots: &[(f32, f32)]) -> Vec<Point> {
        let knots: Vec<Point> = knots.iter().map(|&(x, y)| Point { x, y }).collect();
        let mut line = vec![knots[0]];
        append_smooth(&knots, &mut line);
        line
    }

    #[test]
    fn the_curve_passes_through_its_knots() {
        let knots = [(0.0, 0.0), (3.0, 1.0), (4.0, 5.0), (-2.0, 4.0)];
        let line = smooth(&knots);
        for (index, &(x, y)) in knots.iter().enumerate() {
            let hit = line[index * usize::from(PIECES)];
            assert!((hit.x - x).abs() < 1e-6 && (hit.y - y).abs() < 1e-6, "{hit:?}");
        }
    }

    #[test]
    fn knots_on_a_straight_line_give_a_straight_line() {
        for knots in [
            &[(0.0, 0.0), (2.0, 4.0)][..],
            &[(0.0, 0.0), (1.0, 2.0), (2.0, 4.0)],
        ] {
            for point in smooth(knots) {
                assert!((point.y - 2.0 * point.x).abs() < 1e-6, "{point:?}");
            }
        }
    }

    #[test]
    fn the_curve_runs_out_straight_at_its_ends() {
        // From (-1, 1) to (0, 0), where the slope is 0, the cubic without curvature at its start.
        for point in &smooth(&[(-1.0, 1.0), (0.0, 0.0), (1.0, 1.0)])[..=usize::from(PIECES)] {
            let t = point.x + 1.0;
            let expected = 1.0 - 1.5 * t + 0.5 * t * t * t;
            assert!((point.y - expected).abs() < 1e-6, "{point:?}");
        }
    }
}
