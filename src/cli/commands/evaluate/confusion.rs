//! The confusion matrix in the terminal. The larger the share of a row, the stronger the colour.

use std::io::{self, Write};

use console::Style;

use crate::cli::output::class_names::ClassNames;
use batchprop::training::Confusion;

/// Background colours for few to many of a row's images, among the 256 of terminals.
const RIGHT: [u8; 5] = [22, 28, 34, 40, 46];
const WRONG: [u8; 5] = [52, 88, 124, 160, 196];

/// The smallest share of a row's images for each colour.
const RIGHT_FROM: [f64; 5] = [0.0, 0.5, 0.8, 0.9, 0.95];
const WRONG_FROM: [f64; 5] = [0.0, 0.005, 0.01, 0.02, 0.05];

/// Writes `confusion`: row: label; column: prediction.
pub(super) fn write(
    out: &mut impl Write,
    confusion: &Confusion,
    names: &ClassNames,
    coloured: bool,
) -> io::Result<()> {
    let digits = |number: usize| number.to_string().len();
    let largest = confusion.entries().map(|(.., images)| images).max().unwrap_or(0);
    let widest = names.width(confusion.classes());
    let (width, first) = (2 + digits(largest).max(widest), 2 + widest.max(5));
    write!(out, "{:first$}", "")?;
    (0..confusion.classes()).try_for_each(|class| write!(out, "{:>width$}", names.name(class)))?;
    writeln!(out)?;
    for (label, row) in confusion.rows().enumerate() {
        write!(out, "{:>first$}", names.name(label))?;
        let images = row.iter().sum::<usize>().max(1) as f64;
        for (class, &count) in row.iter().enumerate() {
            let cell = match count {
                0 => format!("{:>width$}", "·"),
                _ => format!("{count:>width$}"),
            };
            match (coloured, count) {
                (true, 1..) => write!(
                    out,
                    "{}",
                    style(label == class, count as f64 / images).apply_to(cell)
                )?,
                _ => write!(out, "{cell}")?,
            }
        }
        writeln!(out)?;
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

fn style(is_right: bool, part: f64) -> Style {
    let (colours, from) = if is_right {
        (RIGHT, RIGHT_FROM)
    } else {
        (WRONG, WRONG_FROM)
    };
    let last = from.iter().rposition(|&from| part >= from).unwrap_or(0);
    // Black on the bright ones, white on the dark ones.
    let text = if is_right && last >= 2 { 16 } else { 231 };
    Style::new()
        .force_styling(true)
        .on_color256(colours[last])
        .color256(text)
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

    fn written(coloured: bool) -> String {
        let mut out = Vec::new();
        write(&mut out, &confusion(), &ClassNames::default(), coloured).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_confusion_matrix_is_plain_or_coloured_and_the_same_to_read() {
        let plain = "          0   1\n      0  98   2\n      1   ·   7\n";
        assert_eq!(written(false), plain);
        let coloured = written(true);
        assert!(
            coloured.contains("\u{1b}[38;5;16m\u{1b}[48;5;46m  98"),
            "{coloured:?}"
        );
        let mut words = String::new();
        for part in coloured.split('\u{1b}') {
            words.push_str(part.split_once('m').map_or(part, |(_, words)| words));
        }
        assert_eq!(words, plain);
    }
}
