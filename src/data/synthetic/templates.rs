//! How digits are written: a few styles per class, each a few strokes through a few points.
//!
//! Coordinates are hundredths of a digit's height: x runs right, mostly 0 to 60, y runs down, 0 to 100. Only
//! shape matters here; size and place are set when the digit is drawn.

/// A point the pen passes through.
pub(super) type Knot = (i8, i8);

/// What the pen draws without leaving the paper: smooth runs through knots. A further run starts where the one
/// before it ended, in a corner.
pub(super) type Runs = &'static [&'static [Knot]];

/// One way to write a class.
pub(super) struct Style {
    /// How often it is written, relative to the class's other styles.
    pub(super) share: u8,
    pub(super) strokes: &'static [Runs],
}

/// The styles of every class, by label.
pub(super) const CLASSES: [&[Style]; 10] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

const fn style(share: u8, strokes: &'static [Runs]) -> Style {
    Style { share, strokes }
}

const ZERO: &[Style] = &[
    // An oval, closed a little past its start.
    style(4, &[
        &[&[(32, 0), (10, 18), (0, 52), (10, 86), (32, 100), (54, 84), (62, 50), (54, 16), (32, 0), (22, 4)]],
    ]),
    // Narrow, its ends crossing or missing each other at the top.
    style(3, &[&[&[(40, 2), (16, 22), (4, 58), (12, 92), (32, 98), (52, 72), (58, 36), (46, 8), (28, 4)]]]),
    // Round.
    style(3, &[&[&[(44, 6), (12, 12), (-6, 48), (10, 88), (40, 96), (68, 72), (70, 34), (46, 4)]]]),
    // Begun with a curl inside.
    style(2, &[&[&[(46, 20), (28, 4), (6, 26), (0, 64), (18, 98), (48, 88), (62, 48), (50, 8), (30, 0)]]]),
    // Slashed.
    style(1, &[
        &[&[(32, 0), (10, 18), (0, 52), (10, 86), (32, 100), (54, 84), (62, 50), (54, 16), (32, 0)]],
        &[&[(60, 8), (4, 94)]],
    ]),
];

const ONE: &[Style] = &[
    // A stroke.
    style(8, &[&[&[(30, 0), (30, 50), (30, 100)]]]),
    // A leaning stroke.
    style(4, &[&[&[(48, 0), (32, 48), (14, 100)]]]),
    // With a flag.
    style(3, &[&[&[(12, 22), (24, 14), (34, 0)], &[(32, 50), (32, 100)]]]),
    // With a flag and a foot.
    style(1, &[&[&[(12, 20), (34, 0)], &[(32, 98)]], &[&[(8, 99), (32, 98), (58, 97)]]]),
];

const TWO: &[Style] = &[
    // A round neck, a corner, a straight foot.
    style(4, &[&[&[(4, 22), (26, 0), (52, 12), (50, 38), (30, 68), (2, 96)], &[(32, 95), (64, 96)]]]),
    // A loop in the corner.
    style(4, &[
        &[&[(4, 20), (28, 0), (54, 14), (48, 44), (26, 78), (6, 96), (0, 84), (14, 74), (36, 88), (66, 98)]],
    ]),
    // A waved foot.
    style(3, &[&[&[(2, 26), (24, 0), (52, 16), (42, 54), (4, 94)], &[(20, 86), (42, 96), (68, 88)]]]),
    // Angular, like a z.
    style(1, &[&[&[(2, 8), (30, 2), (54, 8)], &[(32, 46), (2, 94)], &[(60, 94)]]]),
    // A hooked start.
    style(2, &[&[&[(16, 28), (4, 16), (24, 0), (50, 12), (44, 46), (0, 92)], &[(28, 90), (60, 98)]]]),
];

const THREE: &[Style] = &[
    // Two bows meeting in a corner.
    style(5, &[
        &[&[(4, 14), (28, 0), (52, 16), (44, 38), (20, 47)], &[(48, 56), (58, 78), (36, 100), (2, 90)]],
    ]),
    // Flat at the top.
    style(2, &[&[&[(4, 3), (54, 2)], &[(26, 38)], &[(52, 50), (58, 78), (32, 100), (0, 90)]]]),
    // A small loop in the middle.
    style(2, &[
        &[&[(4, 12), (30, 0), (52, 18), (36, 44), (16, 50), (18, 40), (40, 50), (58, 76), (34, 100), (2, 92)]],
    ]),
    // A shallow waist.
    style(3, &[&[&[(6, 8), (34, 0), (50, 18), (38, 42), (36, 50), (54, 70), (42, 96), (4, 98)]]]),
    // A small upper bow over a big lower one.
    style(2, &[
        &[&[(10, 10), (26, 0), (40, 14), (32, 32), (14, 38)], &[(46, 44), (62, 72), (34, 100), (-4, 84)]],
    ]),
];

const FOUR: &[Style] = &[
    // Open, straight.
    style(4, &[&[&[(10, 4), (2, 52)], &[(30, 52), (62, 48)]], &[&[(52, 6), (48, 54), (44, 100)]]]),
    // Open, round, in one go.
    style(4, &[&[&[(6, 4), (2, 34), (14, 50), (38, 42), (54, 16)], &[(50, 56), (46, 100)]]]),
    // Closed, printed.
    style(2, &[&[&[(44, 100), (46, 48), (46, 0)], &[(0, 64)], &[(66, 62)]]]),
    // Closed at the top by two strokes.
    style(2, &[&[&[(42, 0), (4, 56)], &[(36, 58), (66, 54)]], &[&[(44, 24), (42, 60), (38, 100)]]]),
    // A short left arm and a long stem.
    style(3, &[&[&[(4, 12), (4, 40), (24, 48), (54, 42)]], &[&[(58, 0), (50, 50), (40, 100)]]]),
];

const FIVE: &[Style] = &[
    // A body, then the bar.
    style(4, &[
        &[&[(14, 4), (8, 42)], &[(36, 36), (56, 60), (42, 92), (2, 96)]],
        &[&[(13, 4), (36, 3), (62, 0)]],
    ]),
    // In one go from the right.
    style(4, &[&[&[(60, 2), (14, 5)], &[(8, 44)], &[(38, 38), (54, 66), (36, 98), (0, 90)]]]),
    // Round, like an s.
    style(3, &[&[&[(58, 4), (28, 2), (12, 24), (28, 44), (50, 64), (40, 92), (2, 98)]]]),
    // The bar off the body.
    style(2, &[&[&[(12, 14), (6, 48)], &[(32, 44), (48, 66), (32, 98), (-4, 94)]], &[&[(22, 6), (62, 0)]]]),
    // A small hook at the foot.
    style(2, &[&[&[(56, 0), (20, 2)], &[(8, 46)], &[(34, 48), (46, 72), (26, 100), (4, 96), (2, 82)]]]),
];

const SIX: &[Style] = &[
    // A bow into a round belly.
    style(4, &[&[&[(44, 0), (16, 32), (4, 70), (20, 98), (48, 88), (46, 62), (22, 58), (6, 76)]]]),
    // A straight back and a small belly.
    style(3, &[&[&[(34, 0), (14, 48), (8, 84), (26, 100), (44, 84), (34, 66), (10, 80)]]]),
    // A hooked start.
    style(2, &[&[&[(54, 12), (40, 0), (14, 32), (2, 74), (24, 100), (52, 84), (44, 56), (12, 68)]]]),
    // A big belly.
    style(3, &[&[&[(34, 0), (10, 28), (0, 66), (22, 100), (58, 86), (58, 52), (28, 42), (4, 62)]]]),
    // The belly left open.
    style(2, &[&[&[(50, 2), (18, 34), (2, 72), (18, 98), (44, 94), (54, 74), (38, 62), (20, 72)]]]),
];

const SEVEN: &[Style] = &[
    // Plain.
    style(5, &[&[&[(0, 6), (28, 5), (58, 2)], &[(40, 44), (26, 100)]]]),
    // With a bar.
    style(3, &[&[&[(0, 6), (28, 5), (58, 2)], &[(38, 44), (24, 100)]], &[&[(12, 54), (54, 46)]]]),
    // With a serif.
    style(2, &[&[&[(0, 22), (4, 4)], &[(30, 6), (60, 2)], &[(40, 48), (30, 100)]]]),
    // Bowed, without a corner.
    style(3, &[&[&[(0, 14), (22, 4), (50, 4), (52, 26), (36, 64), (28, 100)]]]),
    // Steep and narrow.
    style(2, &[&[&[(6, 10), (26, 8), (46, 0)], &[(44, 48), (40, 100)]]]),
];

const EIGHT: &[Style] = &[
    // An s, closed upwards.
    style(5, &[
        &[&[(50, 12), (28, 0), (8, 18), (26, 44), (50, 72), (30, 100), (6, 80), (26, 50), (50, 24), (44, 6)]],
    ]),
    // Two rings.
    style(2, &[
        &[&[(30, 46), (10, 26), (28, 0), (50, 22), (30, 46)]],
        &[&[(30, 46), (4, 72), (28, 100), (56, 74), (30, 46)]],
    ]),
    // Begun in the middle.
    style(3, &[
        &[&[(32, 46), (10, 24), (30, 0), (52, 20), (34, 46), (6, 76), (26, 100), (50, 78), (30, 48)]],
    ]),
    // Left open at the top.
    style(3, &[&[&[(54, 6), (26, 4), (12, 24), (36, 52), (44, 80), (24, 100), (8, 78), (32, 48), (58, 16)]]]),
    // A narrow lower half.
    style(2, &[
        &[&[(46, 8), (20, 0), (2, 22), (26, 44), (42, 76), (28, 100), (16, 78), (34, 46), (58, 22), (46, 6)]],
    ]),
];

const NINE: &[Style] = &[
    // A ring and a straight stem.
    style(4, &[&[&[(50, 10), (24, 0), (4, 24), (20, 46), (44, 34), (52, 10)], &[(50, 54), (46, 100)]]]),
    // A curved stem.
    style(3, &[
        &[&[(52, 12), (26, 0), (4, 22), (20, 44), (46, 34), (54, 10)], &[(52, 68), (34, 98), (6, 92)]],
    ]),
    // A leaning stem.
    style(4, &[&[&[(50, 10), (26, 0), (4, 24), (16, 44), (40, 34), (52, 8)], &[(40, 52), (24, 100)]]]),
    // Round all the way.
    style(2, &[&[&[(50, 22), (28, 0), (6, 20), (20, 46), (46, 36), (52, 20), (50, 56), (38, 100)]]]),
    // The ring left open.
    style(2, &[&[&[(40, 2), (10, 12), (4, 36), (26, 46), (48, 24), (52, 2)], &[(48, 50), (42, 100)]]]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_at_least_three_styles_and_no_stroke_is_a_lone_point() {
        for (label, styles) in CLASSES.iter().enumerate() {
            assert!(styles.len() >= 3, "{label} has {} styles", styles.len());
            for (index, style) in styles.iter().enumerate() {
                assert!(style.share > 0, "style {index} of {label} is never written");
                assert!(!style.strokes.is_empty(), "style {index} of {label} is blank");
                for runs in style.strokes {
                    assert!(runs[0].len() >= 2, "style {index} of {label} begins with a lone point");
                    assert!(runs.iter().all(|run| !run.is_empty()), "style {index} of {label} has an empty run");
                }
            }
        }
    }
}
