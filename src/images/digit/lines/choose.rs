//! Which lines are the paper's, by where they end.

use super::Line;

/// A line whose ends are so near the border reaches it. A part of the picture's side.
const AT_BORDER: f64 = 0.03;

/// A line that reaches the border has at least this part of the picture's side, unless it ends at another.
const LONG: f64 = 0.45;

/// Which of `lines` are the paper's: which reach across the picture, whose ends are at the border or at other lines of
/// the paper, or which make a rectangle.
pub(super) fn are_the_papers(lines: &[Line], [columns, rows]: [usize; 2]) -> Vec<bool> {
    let side = |line: &Line| if line.is_column { rows } else { columns };
    let is_at_border = |line: &Line, end: usize| {
        let margin = (AT_BORDER * side(line) as f64).max(2.0);
        (end as f64) < margin || ((side(line) - end) as f64) <= margin
    };
    let mut is_chosen: Vec<bool> = lines
        .iter()
        .map(|line| {
            let at_border = line.ends().iter().filter(|&&end| is_at_border(line, end)).count();
            at_border == 2 || at_border == 1 && line.length() >= LONG * side(line) as f64
        })
        .collect();
    for corners in rectangles(lines) {
        corners.into_iter().for_each(|line| is_chosen[line] = true);
    }
    // Lines between lines, as in a table; then those that end at these.
    loop {
        let found = (0..lines.len()).find(|&index| {
            let line = &lines[index];
            let ends_well = |end: usize| {
                is_at_border(line, end)
                    || (0..lines.len()).any(|other| {
                        let (is_papers, other) = (is_chosen[other], &lines[other]);
                        is_papers && is_alike(line, other) && meets(line, end, other, close(line, other))
                    })
            };
            !is_chosen[index] && line.ends().into_iter().all(ends_well)
        });
        match found {
            Some(index) => is_chosen[index] = true,
            None => return is_chosen,
        }
    }
}

/// Whether two lines may be of one pen: a stroke that ends at a rule is wider or darker. A thin line that lies between two rows
/// of pixels is twice as wide and half as dark, and the side of two cells may be drawn twice.
fn is_alike(line: &Line, other: &Line) -> bool {
    let (level, others) = (f64::from(line.level), f64::from(other.level));
    let is_thin = line.width.max(other.width) <= 2.0;
    let times = level * line.width / (others * other.width);
    line.width <= 2.0 * other.width + 1.0
        && ((0.6 * others..=1.6 * others).contains(&level) || is_thin && (0.45..=2.2).contains(&times))
}

/// How near two lines are where one ends at the other…
fn close(line: &Line, other: &Line) -> f64 {
    (0.02 * line.length()).max(3.0) + line.width + other.width
}

/// …and how near at the corner of a rectangle, which may be round.
fn round(line: &Line, other: &Line) -> f64 {
    (0.06 * line.length().max(other.length())).max(3.0) + line.width + other.width
}

/// Whether the `end` of `line` is at most `near` from `other`, which goes across.
fn meets(line: &Line, end: usize, other: &Line, near: f64) -> bool {
    let across = line.middle(end);
    line.is_column != other.is_column
        && (other.middle(across.max(0.0) as usize) - end as f64).abs() <= near
        && across >= other.from as f64 - near
        && across <= other.to as f64 + near
}

/// Four lines each, or three, that are sides of one rectangle: which meet at all of their ends, or all but two.
fn rectangles(lines: &[Line]) -> Vec<Vec<usize>> {
    let corner = |one: usize, end: usize, other: usize| {
        let (one, other) = (&lines[one], &lines[other]);
        let near = round(one, other);
        let is_at = |other_end: usize| (other_end as f64 - one.middle(end)).abs() <= near;
        meets(one, end, other, near) && other.ends().into_iter().any(is_at)
    };
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let at = |end: usize| (0..lines.len()).filter(move |&other| corner(index, end, other));
        for one in at(line.from) {
            for other in at(line.to) {
                // Sides of one length, on one side of the line.
                let (first, second) = (&lines[one], &lines[other]);
                let tolerance = 0.1 * first.length().max(second.length()) + 3.0;
                let is_parallel = (first.from as f64 - second.from as f64).abs() <= tolerance
                    && (first.to as f64 - second.to as f64).abs() <= tolerance;
                if one != other && is_parallel {
                    found.push(vec![one, index, other]);
                }
            }
        }
    }
    found
}
