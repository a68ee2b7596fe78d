//! What the terminal at stdout can show.

use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::{Color, RgbColor, Style};

use super::colours::Rgb;

/// Columns where nobody tells.
const USUAL_COLUMNS: usize = 80;

/// How much and how colourful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Characters in a line.
    pub columns: usize,
    colours: Colours,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colours {
    /// Not a terminal, or the user wants none.
    None,
    /// The 256 that nearly all terminals have.
    Fixed,
    /// All.
    All,
}

impl Terminal {
    /// The one at stdout. Whether it has colours, `NO_COLOR`, `CLICOLOR_FORCE`, `TERM` and `COLORTERM` say.
    pub fn of_stdout() -> Self {
        let size = terminal_size::terminal_size_of(io::stdout());
        let colours = match AutoStream::choice(&io::stdout()) {
            ColorChoice::Never => Colours::None,
            _ if anstyle_query::truecolor() => Colours::All,
            _ => Colours::Fixed,
        };
        Self {
            columns: size.map_or(USUAL_COLUMNS, |(width, _)| usize::from(width.0)),
            colours,
        }
    }

    /// A file or a pipe.
    #[cfg(test)]
    pub fn plain(columns: usize) -> Self {
        Self {
            columns,
            colours: Colours::None,
        }
    }

    /// Whether it shows colours.
    pub fn has_colours(self) -> bool {
        self.colours != Colours::None
    }

    /// `text` in `ink`, on `paper` where there is one; as it is where there are no colours.
    pub fn coloured(self, text: &str, ink: Rgb, paper: Option<Rgb>) -> String {
        let colour = |rgb: Rgb| -> Option<Color> {
            let rgb = RgbColor::from((rgb[0], rgb[1], rgb[2]));
            match self.colours {
                Colours::None => None,
                Colours::Fixed => Some(anstyle_lossy::rgb_to_xterm(rgb).into()),
                Colours::All => Some(rgb.into()),
            }
        };
        let style = Style::new()
            .fg_color(colour(ink))
            .bg_color(paper.and_then(colour));
        format!("{style}{text}{style:#}")
    }
}
