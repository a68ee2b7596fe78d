//! What the terminal at stdout can show.

use console::{Style, Term};

use super::colours::Rgb;

/// Columns where the terminal does not say.
const USUAL_COLUMNS: usize = 80;

/// Its width and colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Characters in a line.
    pub columns: usize,
    /// Whether it shows the 256 colours that nearly all terminals have.
    pub coloured: bool,
}

impl Terminal {
    /// The terminal at stdout. Without colours where stdout is not a terminal or the user disables them (`NO_COLOR`,
    /// `CLICOLOR_FORCE`).
    pub fn of_stdout() -> Self {
        let size = Term::stdout().size_checked();
        Self {
            columns: size.map_or(USUAL_COLUMNS, |(_, columns)| usize::from(columns)),
            coloured: console::colors_enabled(),
        }
    }

    /// Characters in a line of a table: of the terminal, where stdout is one.
    pub fn most_columns() -> usize {
        let size = Term::stdout().size_checked();
        size.map_or(usize::MAX, |(_, columns)| columns.into())
    }

    /// `text` in the colour `ink`, on `paper` where one is given; unchanged where there are no colours.
    pub fn paint(self, text: &str, ink: Rgb, paper: Option<Rgb>) -> String {
        if !self.coloured {
            return text.to_owned();
        }
        let style = Style::new().force_styling(true).color256(nearest(ink));
        let style = match paper {
            Some(paper) => style.on_color256(nearest(paper)),
            None => style,
        };
        style.apply_to(text).to_string()
    }
}

/// The nearest of the 256 colours: from 16 on, a cube of 6 × 6 × 6, from 232 on, 24 shades of grey.
fn nearest(colour: Rgb) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let distance = |other: Rgb| -> u32 {
        let channels = colour.iter().zip(other);
        channels
            .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
            .sum()
    };
    let cube = (0..216_u8).map(|place| {
        let levels = [place / 36, place / 6 % 6, place % 6].map(|level| LEVELS[usize::from(level)]);
        (16 + place, levels)
    });
    let greys = (0..24_u8).map(|place| (232 + place, [8 + 10 * place; 3]));
    let nearest = cube.chain(greys).min_by_key(|&(_, other)| distance(other));
    nearest.map_or(16, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_has_its_nearest_of_256() {
        for (colour, number) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([128, 129, 127], 244),
            ([0, 114, 178], 25),
            ([250, 5, 5], 196),
        ] {
            assert_eq!(nearest(colour), number, "{colour:?}");
        }
    }
}
