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
/// the knot after (Catmull and Rom, 1974); its ends are free to leave in any direction.
pub(super) fn append_smooth(knots: &[Point], line: &mut Vec<Point>) {
    let origin = Point { x: 0.0, y: 0.0 };
    let slope = |index: usize| {
        let before = index.checked_sub(1).map(|before| knots[before])?;
        Some(origin.moved(0.5, before, *knots.get(index + 1)?))
    };
    for (index, pair) in knots.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let way = origin.moved(1.0, from, to);
        // At a free end the curvature is constant: the slope follows from the other end's.
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
