//! Colours that people with any kind of colour vision can distinguish.

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Those of Okabe and Ito (*Color universal design*, 2008), without yellow, which is pale on white.
const DISTINCT: [Rgb; 7] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
    [0, 0, 0],
];

/// The darker part of matplotlib's *viridis*.
const SHADES: [Rgb; 5] = [
    [68, 1, 84],
    [59, 82, 139],
    [33, 145, 140],
    [94, 201, 98],
    [160, 218, 57],
];

/// ColorBrewer's *RdBu*, from blue over white to red.
const DIVERGING: [Rgb; 7] = [
    [33, 102, 172],
    [103, 169, 207],
    [209, 229, 240],
    [255, 255, 255],
    [253, 219, 199],
    [239, 138, 98],
    [178, 24, 43],
];

/// Blue for -1 and below, white for 0, red for 1 and above.
pub fn of_weight(weight: f64) -> Rgb {
    between(&DIVERGING, (weight + 1.0) / 2.0)
}

/// The colour of line `index` of `count`: distinct colours or, if there are not enough, shades in the order of the lines.
pub fn of_line(index: usize, count: usize) -> Rgb {
    match DISTINCT.get(index) {
        Some(&colour) if count <= DISTINCT.len() => colour,
        _ => between(&SHADES, index as f64 / (count.max(2) - 1) as f64),
    }
}

/// The colour at `place`, from 0 at the first of `stops` to 1 at the last.
fn between(stops: &[Rgb], place: f64) -> Rgb {
    let place = place.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let below = (place as usize).min(stops.len() - 2);
    let part = place - below as f64;
    std::array::from_fn(|channel| {
        let [from, to] = [below, below + 1].map(|stop| f64::from(stops[stop][channel]));
        (from + part * (to - from)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page has a light look and a dark one, which takes lighter colours.
    #[test]
    fn the_page_and_the_pictures_of_show_have_the_same_colours() {
        let style = include_str!("../page/assets/style.css");
        for (name, colours) in [
            ("positive", [DIVERGING[6], DIVERGING[5]]),
            ("negative", [DIVERGING[0], DIVERGING[1]]),
            ("training", [DISTINCT[0], DISTINCT[4]]),
            ("validation", [DISTINCT[1], DISTINCT[5]]),
            ("test", [DISTINCT[2], DISTINCT[2]]),
        ] {
            let given = style
                .lines()
                .filter_map(|line| line.trim().strip_prefix(&format!("--{name}: ")));
            let expected = colours.map(|[red, green, blue]| format!("{red} {green} {blue};"));
            assert_eq!(given.collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn weights_are_blue_white_and_red_and_lines_differ_however_many_they_are() {
        assert_eq!(
            [-9.0, 0.0, 1.0].map(of_weight),
            [DIVERGING[0], [255; 3], DIVERGING[6]]
        );
        assert_eq!(of_weight(-1.0 / 6.0), [232, 242, 248]);
        for count in [1, 2, 7, 8, 50, 200] {
            let mut colours: Vec<Rgb> = (0..count).map(|index| of_line(index, count)).collect();
            colours.sort_unstable();
            colours.dedup();
            assert_eq!(colours.len(), count);
        }
    }
}
