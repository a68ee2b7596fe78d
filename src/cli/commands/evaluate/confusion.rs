//! The confusion matrix in the terminal. The larger the share of a row, the stronger the colour.

use std::io::{self, Write};

use console::Style;

use crate::cli::output::class_names::ClassNames;
use crate::cli::output::terminal::Terminal;
use crate::cli::output::words::shortened;
use batchprop::training::Confusion;

/// Background colours for few to many of a row's images, among the 256 of terminals.
const RIGHT: [u8; 5] = [22, 28, 34, 40, 46];
const WRONG: [u8; 5] = [52, 88, 124, 160, 196];

/// The smallest share of a row's images for each colour. Smaller ones have none.
const RIGHT_FROM: [f64; 5] = [0.005, 0.5, 0.8, 0.9, 0.95];
const WRONG_FROM: [f64; 5] = [0.005, 0.01, 0.02, 0.05, 0.1];

/// Names of classes up to this length stand above the columns; longer ones only if the whole matrix fits. Otherwise the classes are
/// numbered: numbers stand above the columns, and before the names of the rows.
const SHORT: usize = 4;

/// Characters of a longer name, at least and at most.
const LONG: [usize; 2] = [6, 18];

/// Writes `confusion`: row: label; column: prediction. Columns that do not fit the terminal follow below.
pub(super) fn write(
    out: &mut impl Write,
    confusion: &Confusion,
    names: &ClassNames,
    terminal: Terminal,
) -> io::Result<()> {
    let classes = confusion.classes();
    let digits = |number: usize| number.to_string().len();
    let largest = confusion.entries().map(|(.., images)| images).max().unwrap_or(0);
    let widest = names.width(classes);
    let with_names = 2 + widest + classes * (1 + digits(largest).max(widest));
    let are_short = widest <= SHORT || with_names <= terminal.columns;
    let heading = |class: usize| match are_short {
        true => names.name(class),
        false => class.to_string(),
    };
    let number = digits(classes.saturating_sub(1));
    let headings = match are_short {
        true => widest,
        false => number,
    };
    let width = 1 + digits(largest).max(headings).max(2);
    let left = terminal.columns.saturating_sub(classes * width + number + 3);
    let label = |class: usize| match are_short {
        true => names.name(class),
        false => format!(
            "{class:>number$} {}",
            shortened(&names.name(class), left.clamp(LONG[0], LONG[1]))
        ),
    };
    let labels: Vec<String> = (0..classes).map(label).collect();
    let first = 2 + labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0);
    let at_once = (terminal.columns.saturating_sub(first) / width).max(1);
    for start in (0..classes).step_by(at_once) {
        let columns = start..classes.min(start + at_once);
        if start > 0 {
            writeln!(out)?;
        }
        write!(out, "{:first$}", "")?;
        columns
            .clone()
            .try_for_each(|class| write!(out, "{:>width$}", heading(class)))?;
        writeln!(out)?;
        for (label, row) in confusion.rows().enumerate() {
            match are_short {
                true => write!(out, "{:>first$}", labels[label])?,
                false => write!(out, "  {:<1$}", labels[label], first - 2)?,
            }
            let images = row.iter().sum::<usize>().max(1) as f64;
            for class in columns.clone() {
                let cell = match row[class] {
                    0 => format!("{:>width$}", "·"),
                    count => format!("{count:>width$}"),
                };
                match style(label == class, row[class] as f64 / images).filter(|_| terminal.coloured) {
                    Some(style) => write!(out, "{}", style.apply_to(cell))?,
                    None => write!(out, "{cell}")?,
                }
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

/// What was taken for what, the most frequent first: label, prediction, images.
pub(super) fn mistakes(confusion: &Confusion) -> Vec<(u16, u16, usize)> {
    let mut mistakes: Vec<_> = confusion
        .entries()
        .filter(|(label, class, _)| label != class)
        .collect();
    mistakes.sort_by_key(|&(.., images)| std::cmp::Reverse(images));
    mistakes
}

/// The colours of a cell with this part of its row's images.
fn style(is_right: bool, part: f64) -> Option<Style> {
    let (colours, from) = if is_right {
        (RIGHT, RIGHT_FROM)
    } else {
        (WRONG, WRONG_FROM)
    };
    let last = from.iter().rposition(|&from| part >= from)?;
    // Black on the bright ones, white on the dark ones.
    let text = if is_right && last >= 2 { 16 } else { 231 };
    let style = Style::new().force_styling(true);
    Some(style.on_color256(colours[last]).color256(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion() -> Confusion {
        let mut confusion = Confusion::new(2);
        for (label, class, images) in [(0, 0, 98), (0, 1, 2), (1, 1, 7)] {
            confusion.add(label, class, images);
        }
        confusion
    }

    #[test]
    fn mistakes_come_the_most_frequent_first() {
        let mut confusion = confusion();
        confusion.add(1, 0, 5);
        assert_eq!(mistakes(&confusion), [(1, 0, 5), (0, 1, 2)]);
    }

    fn written(confusion: &Confusion, names: &ClassNames, terminal: Terminal) -> String {
        let mut out = Vec::new();
        write(&mut out, confusion, names, terminal).unwrap();
        String::from_utf8(out).unwrap()
    }

    const NARROW: Terminal = Terminal {
        columns: 60,
        coloured: false,
    };

    const COLOURED: Terminal = Terminal {
        coloured: true,
        ..NARROW
    };

    #[test]
    fn a_confusion_matrix_is_plain_or_coloured_and_the_same_to_read() {
        let names = ClassNames::default();
        let without = written(&confusion(), &names, NARROW);
        assert_eq!(without, "     0  1\n  0 98  2\n  1  ·  7\n");
        let coloured = written(&confusion(), &names, COLOURED);
        assert!(
            coloured.contains("\u{1b}[38;5;16m\u{1b}[48;5;46m 98"),
            "{coloured:?}"
        );
        assert_eq!(console::strip_ansi_codes(&coloured), without);
    }

    #[test]
    fn cells_below_half_a_percent_are_not_painted() {
        let mut confusion = Confusion::new(2);
        for (label, class, images) in [(0, 0, 996), (0, 1, 4), (1, 0, 5), (1, 1, 995)] {
            confusion.add(label, class, images);
        }
        let coloured = written(&confusion, &ClassNames::default(), COLOURED);
        assert!(
            coloured.contains("\u{1b}[0m   4\n") && coloured.contains("48;5;52m   5"),
            "{coloured:?}"
        );
    }

    #[test]
    fn a_confusion_matrix_of_many_classes_or_long_names_fits_sixty_columns() {
        let long: Vec<String> = (0..10)
            .map(|class| format!("T-shirt/top number {class}"))
            .collect();
        for (classes, names) in [(10, None), (10, Some(&long[..])), (47, None), (100, None)] {
            let mut confusion = Confusion::new(classes);
            (0..classes as u16).for_each(|class| confusion.add(class, class, 1000));
            let names = ClassNames::of(names);
            let text = written(&confusion, &names, NARROW);
            let widths = text.lines().map(|line| line.chars().count());
            assert!(widths.max() <= Some(60), "{text}");
            assert_eq!(text.matches("1000").count(), classes);
        }
    }
}
