//! Images in a terminal: half blocks, two rows of pixels per line.

use console::Style;

use batchprop::images::pixels::ImageShape;

/// Pixels of at least this are drawn where there are no shades.
const INK: u8 = 96;

/// Shades of grey among the 256 colours of terminals, from 232 on, without black and white.
const SHADES: u8 = 24;

/// `pixels` of `shape`, white on black, one line of text per two rows; in shades of grey where `coloured`.
pub fn lines(pixels: &[u8], shape: ImageShape, coloured: bool) -> Vec<String> {
    pairs(pixels, shape, 0, |upper, lower| {
        match (upper >= INK, lower >= INK) {
            _ if coloured => {
                let style = Style::new().force_styling(true);
                let style = style.color256(shade(upper)).on_color256(shade(lower));
                style.apply_to('▀').to_string()
            }
            (true, true) => "█".to_owned(),
            (true, false) => "▀".to_owned(),
            (false, true) => "▄".to_owned(),
            (false, false) => " ".to_owned(),
        }
    })
}

/// An image of `shape` as lines of text. `draw` returns the character for a pixel and the one below it. Below an odd
/// last row is `blank`.
pub fn pairs<P: Copy>(
    pixels: &[P],
    shape: ImageShape,
    blank: P,
    draw: impl Fn(P, P) -> String,
) -> Vec<String> {
    let columns = shape.columns.max(1);
    let rows: Vec<&[P]> = pixels.chunks_exact(columns).collect();
    let line = |pair: &[&[P]]| {
        let (upper, lower) = (pair.first().copied(), pair.get(1).copied());
        let upper = upper.unwrap_or_default().iter().copied();
        let lower = lower.unwrap_or_default().iter().copied();
        let characters = upper.zip(lower.chain(std::iter::repeat(blank)));
        let line: String = characters.map(|(upper, lower)| draw(upper, lower)).collect();
        line.trim_end().to_owned()
    };
    rows.chunks(2).map(line).collect()
}

fn shade(level: u8) -> u8 {
    232 + (u16::from(level) * u16::from(SHADES) / 256) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_are_a_line_and_an_odd_one_has_nothing_below_it() {
        let shape = ImageShape { rows: 3, columns: 4 };
        let pixels = [255, 255, 0, 0, 255, 0, 255, 0, 0, 200, 0, 0];
        assert_eq!(lines(&pixels, shape, false), ["█▀▄", " ▀"]);
        let coloured = lines(&pixels, shape, true);
        assert_eq!(coloured.len(), 2);
        assert!(
            coloured[0].starts_with("\u{1b}[38;5;255m\u{1b}[48;5;255m▀"),
            "{:?}",
            coloured[0]
        );
    }
}
