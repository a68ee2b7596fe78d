//! Where the labels are: what the user says, else what the file shows.
//!
//! A header's name decides: `label`, `target`, `class`, …; or the only column of words. Without these, the first and the
//! last column are looked at, and blocks of one-hot columns at either end:
//!
//! | what is seen | grade |
//! |---|---|
//! | words, some of them often; a one-hot block; numbers without gaps from 0 or 1; −1 and 1 | strong |
//! | other whole numbers, each of them often | fair |
//! | whole numbers of which some are out of proportion, or that have about the range of the whole numbers beside them | weak |
//! | fractions, a single value, numbers that are all different, a row counter | none |
//!
//! The best grade wins, if it is fair at least: where all columns together would be a square image and those without
//! the label would not, only strong evidence counts. Two columns of the best grade, or none of these grades, are refused with what
//! was seen and the option that decides, `label_column`.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use super::super::labels::{Labels, MOST_CLASSES};
use super::table::Table;
use crate::error::{Error, Result};
use crate::images::pixels::ImageShape;

/// What a column of labels is called, in any case, the likeliest first.
const NAMES: [&str; 9] = [
    "label",
    "labels",
    "target",
    "class",
    "digit",
    "y",
    "species",
    "variety",
    "diagnosis",
];

/// Smaller squares are tables with few columns rather than images.
const LEAST_IMAGE: usize = 49;

/// Fewer rows do not show that a column counts them.
const LEAST_COUNTED: usize = 8;

/// A column whose range is wider than the others' by more than this factor is not one of them.
const ALIKE: f32 = 1.25;

/// A class of so many times the average is out of proportion, and one of the average's such part.
const PROPORTION: usize = 8;
const RARE: usize = 20;

/// Where a CSV file has its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelColumn {
    /// `first`
    First,
    /// `last`
    Last,
    /// Anything else: the column that the header calls so; else its number from 1, or, of one-hot columns, the first
    /// number and the last: `785`, `785-794`.
    Named(String),
}

impl From<&str> for LabelColumn {
    fn from(given: &str) -> Self {
        match given {
            "first" => Self::First,
            "last" => Self::Last,
            name => Self::Named(name.to_owned()),
        }
    }
}

/// As the user gives it.
impl fmt::Display for LabelColumn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Named(name) => name,
        })
    }
}

/// Whether a column of this name has the labels.
pub(super) fn is_usual_name(name: &str) -> bool {
    NAMES.iter().any(|usual| name.eq_ignore_ascii_case(usual))
}

/// Which columns are labels, and which are no pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// One column of labels, or several that are one-hot.
    pub labels: Range<usize>,
    /// Whether the first column only counts the rows.
    pub counts_rows: bool,
    /// For people: "labels in the last column".
    pub about: String,
    /// Whether neither the user nor a header's usual name says so.
    pub is_guess: bool,
}

impl Layout {
    fn of(table: &Table, labels: Range<usize>, counts_rows: bool) -> Self {
        let mut about = match labels.len() {
            1 => format!("labels in {}", table.column_in_words(labels.start)),
            _ => format!(
                "one-hot labels in columns {} to {}",
                table.number_of(labels.start),
                table.number_of(labels.end - 1)
            ),
        };
        if counts_rows {
            about += ", the first column counts the rows and is left out";
        }
        Self {
            labels,
            counts_rows,
            about,
            is_guess: false,
        }
    }

    /// All columns that are no pixels.
    pub fn taken(&self) -> Vec<Range<usize>> {
        let counter = self.counts_rows.then_some(0..1);
        counter.into_iter().chain([self.labels.clone()]).collect()
    }
}

/// Where the labels of a table are that has some.
///
/// # Errors
/// [`Error::Option`] when no column has the name that the user gives; [`Error::Format`] when the table does not show
/// which columns are labels.
pub(super) fn find(table: &Table, wanted: Option<&LabelColumn>) -> Result<Layout> {
    if let Some(wanted) = wanted {
        return given(table, wanted);
    }
    let usual = |names: &Vec<String>| {
        let called = |usual| names.iter().position(|name| name.eq_ignore_ascii_case(usual));
        NAMES.into_iter().find_map(called)
    };
    if let Some(column) = table.names.as_ref().and_then(usual) {
        return Ok(Layout::of(table, column..column + 1, false));
    }
    let counts_rows = table.columns > 2 && has_counter(table);
    if let [column] = table.columns_of_words()[..] {
        let layout = Layout::of(table, column..column + 1, counts_rows && column != 0);
        return Ok(Layout {
            is_guess: true,
            ..layout
        });
    }
    let layout = by_evidence(table, usize::from(counts_rows))?;
    Ok(Layout {
        is_guess: true,
        ..layout
    })
}

/// As [`find`], of rows for a network to look at, which may be one or all of one class: a name or a single column of words,
/// else the first column, unless only the last can be labels.
pub(super) fn find_in_few(table: &Table, wanted: Option<&LabelColumn>) -> Result<Layout> {
    let is_told = wanted.is_some()
        || table.names.iter().flatten().any(|name| is_usual_name(name))
        || table.columns_of_words().len() == 1;
    if is_told {
        return find(table, wanted);
    }
    let start = usize::from(has_counter(table));
    let last = table.columns - 1;
    let column = match likeness(table, last) > likeness(table, start) {
        true => last,
        false => start,
    };
    Ok(Layout {
        is_guess: true,
        ..Layout::of(table, column..column + 1, start > 0)
    })
}

/// How much a column of few rows is like labels.
#[derive(PartialEq, PartialOrd)]
enum Likeness {
    /// Labels are whole numbers.
    None,
    /// It tells nothing apart: a corner of every image.
    Zeros,
    /// One class.
    Constant,
    Varied,
}

fn likeness(table: &Table, column: usize) -> Likeness {
    let first = table.column(column).next().unwrap_or(0.0);
    if table.column(column).any(|number| number.fract() != 0.0) {
        Likeness::None
    } else if table.column(column).any(|number| number != first) {
        Likeness::Varied
    } else if first != 0.0 {
        Likeness::Constant
    } else {
        Likeness::Zeros
    }
}

/// Whether the first column only counts the rows.
pub(super) fn has_counter(table: &Table) -> bool {
    table.rows >= LEAST_COUNTED && table.columns > 1 && counts_rows(table, 0)
}

/// The columns that the user names.
fn given(table: &Table, wanted: &LabelColumn) -> Result<Layout> {
    let last = table.columns - 1;
    let columns = match wanted {
        LabelColumn::First => 0..1,
        LabelColumn::Last => last..last + 1,
        LabelColumn::Named(name) => named(table, name)?,
    };
    Ok(Layout::of(table, columns, false))
}

fn named(table: &Table, wanted: &str) -> Result<Range<usize>> {
    let names = table.names.as_deref().unwrap_or_default();
    let exactly = names.iter().position(|name| name == wanted);
    let found = exactly.or_else(|| names.iter().position(|name| name.eq_ignore_ascii_case(wanted)));
    if let Some(column) = found {
        return Ok(column..column + 1);
    }
    let number = |text: &str| {
        text.parse()
            .ok()
            .and_then(|number| table.column_of_number(number))
    };
    let numbers = match wanted.split_once('-') {
        Some((first, last)) => number(first).zip(number(last)),
        None => number(wanted).map(|column| (column, column)),
    };
    if let Some((first, last)) = numbers
        && first <= last
    {
        return Ok(first..last + 1);
    }
    let similarity = |name: &String| strsim::jaro_winkler(&name.to_lowercase(), &wanted.to_lowercase());
    let nearest = names
        .iter()
        .max_by(|left, right| similarity(left).total_cmp(&similarity(right)));
    let expected = match nearest {
        Some(nearest) => format!(
            "first, last, a column's number or a name in the header of {}, such as {}",
            table.path().display(),
            nearest.escape_debug()
        ),
        None => format!(
            "first, last or a column's number: {} has no header",
            table.path().display()
        ),
    };
    Err(Error::option("label_column", wanted, expected))
}

/// How much columns look like labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    None,
    Weak,
    Fair,
    Strong,
}

/// Columns that may be labels, and why.
#[derive(Debug)]
struct Candidate {
    columns: Range<usize>,
    grade: Grade,
    seen: String,
}

/// `start` is the first column that may be labels.
fn by_evidence(table: &Table, start: usize) -> Result<Layout> {
    let end = table.columns;
    let mut candidates: Vec<Candidate> = Vec::new();
    let one_hot = [
        one_hot_block(table, start, true),
        one_hot_block(table, start, false),
    ];
    candidates.extend(one_hot.into_iter().flatten());
    let is_in_block = |candidates: &[Candidate], column| {
        candidates
            .iter()
            .any(|candidate| candidate.columns.contains(&column))
    };
    let mut columns = vec![start, end - 1];
    columns.dedup();
    for column in columns {
        if !is_in_block(&candidates, column) {
            candidates.push(single(table, column, start));
        }
    }
    let best = candidates
        .iter()
        .map(|candidate| candidate.grade)
        .max()
        .unwrap_or(Grade::None);
    let are_best: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| candidate.grade == best)
        .collect();
    let columns = end - start;
    let is_image = |columns: usize| columns >= LEAST_IMAGE && ImageShape::square(columns).is_some();
    match (best, &are_best[..]) {
        (Grade::None | Grade::Weak, _) => {}
        (Grade::Fair, [only]) if is_image(columns) && !is_image(columns - only.columns.len()) => {}
        (_, [only]) => return Ok(Layout::of(table, only.columns.clone(), start > 0)),
        _ => {}
    }
    let shown: Vec<String> = candidates
        .iter()
        .map(|candidate| {
            let where_is = match candidate.columns.len() {
                1 => table.column_in_words(candidate.columns.start),
                _ => format!(
                    "columns {} to {}",
                    table.number_of(candidate.columns.start),
                    table.number_of(candidate.columns.end - 1)
                ),
            };
            format!("{where_is}: {}", candidate.seen)
        })
        .collect();
    let what = match are_best.len() {
        _ if best == Grade::None => "no column that can be labels",
        1 => "no column that is surely labels",
        _ => "more than one that can be labels",
    };
    let image = match ImageShape::square(columns) {
        Some(shape) if is_image(columns) => format!("; {columns} columns, as pixels of {0}×{0}", shape.rows),
        _ => String::new(),
    };
    Err(Error::Format {
        path: table.path().to_owned(),
        place: "columns".to_owned(),
        expected: "one column of labels that can be told from the others".to_owned(),
        found: format!("{what} ({}{image})", shown.join("; ")),
        hint: "Say which with `label_column` first, last or a column's number (of one-hot columns the first and the last, \
               785-794), or put the labels into a file of their own: x_train.csv and y_train.csv."
            .to_owned(),
    })
}

/// What a single column looks like.
fn single(table: &Table, column: usize, start: usize) -> Candidate {
    let candidate = |grade, seen: String| Candidate {
        columns: column..column + 1,
        grade,
        seen,
    };
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for number in table.column(column) {
        if number.fract() != 0.0 {
            return candidate(Grade::None, format!("fractions, such as {number}"));
        }
        // Zeros of both signs are one.
        *counts.entry((number + 0.0).to_bits()).or_default() += 1;
    }
    let mut numbers: Vec<f32> = counts.keys().map(|&bits| f32::from_bits(bits)).collect();
    numbers.sort_by(f32::total_cmp);
    let (least, most) = (numbers[0], numbers[numbers.len() - 1]);
    let classes = numbers.len();
    if classes == 1 {
        return candidate(Grade::None, format!("{least} in all rows"));
    }
    let range = format!("{classes} different whole numbers, {least} to {most}");
    if counts_rows(table, column) && table.rows >= LEAST_COUNTED {
        return candidate(Grade::None, format!("{least} to {most}, a row counter"));
    }
    if classes > MOST_CLASSES || (2 * classes > table.rows && table.rows >= LEAST_COUNTED) {
        return candidate(Grade::None, format!("{range}, in {} rows", table.rows));
    }
    let average = table.rows / classes;
    let out_of_proportion = |count: &&usize| **count > PROPORTION * (average + 1) || **count * RARE < average;
    if let Some(count) = counts.values().find(out_of_proportion) {
        return candidate(
            Grade::Weak,
            format!("{range}, one of them in {count} of {} rows", table.rows),
        );
    }
    let is_alike = |(other_least, other_most): (f32, f32)| {
        least <= other_least && most >= other_most && most - least <= ALIKE * (other_most - other_least)
    };
    if table.rows >= LEAST_COUNTED && whole_range_of_others(table, column, start).is_some_and(is_alike) {
        return candidate(Grade::Weak, format!("{range}, as in the other columns"));
    }
    let has_no_gaps = (least == 0.0 || least == 1.0) && most - least == (classes - 1) as f32;
    let is_signs = numbers == [-1.0, 1.0];
    match has_no_gaps || is_signs {
        true => candidate(Grade::Strong, range),
        false => candidate(Grade::Fair, range),
    }
}

/// The least and the largest number of the other columns from `start` on, if all of them are whole.
fn whole_range_of_others(table: &Table, column: usize, start: usize) -> Option<(f32, f32)> {
    let (mut range, mut are_whole) = ((f32::INFINITY, f32::NEG_INFINITY), true);
    table.each_number(|index, number| {
        if index >= start && index != column {
            range = (range.0.min(number), range.1.max(number));
            are_whole &= number.fract() == 0.0;
        }
    });
    are_whole.then_some(range)
}

/// Whether a column is 0, 1, 2, … or 1, 2, 3, ….
fn counts_rows(table: &Table, column: usize) -> bool {
    let mut numbers = table.column(column);
    let Some(first) = numbers.next() else { return false };
    (first == 0.0 || first == 1.0)
        && numbers
            .zip(1..)
            .all(|(number, row)| f64::from(number) == f64::from(first) + f64::from(row))
}

/// The widest block of columns, at the end of the table or at its start, that has a single 1 among zeros in every row and
/// a 1 in every column.
fn one_hot_block(table: &Table, start: usize, at_end: bool) -> Option<Candidate> {
    let most = (table.columns - start).saturating_sub(1).min(MOST_CLASSES);
    let mut sums = vec![0u8; table.rows];
    let mut width = 0;
    for index in 0..most {
        let column = match at_end {
            true => table.columns - 1 - index,
            false => start + index,
        };
        let (mut ones, mut is_alone) = (0, true);
        for (number, sum) in table.column(column).zip(&mut sums) {
            if number == 1.0 {
                ones += 1;
                *sum += 1;
                is_alone &= *sum == 1;
            } else if number != 0.0 {
                is_alone = false;
                break;
            }
        }
        if ones == 0 || !is_alone {
            break;
        }
        if sums.iter().all(|&sum| sum == 1) {
            width = index + 1;
        }
    }
    // Of two columns each is the other's opposite, which binary pixels may be, too.
    (width > 2 && table.rows > width).then(|| Candidate {
        columns: match at_end {
            true => table.columns - width..table.columns,
            false => start..start + width,
        },
        grade: Grade::Strong,
        seen: format!("one-hot labels of {width} classes"),
    })
}

/// The labels in columns: one of labels, or several that are one-hot.
///
/// # Errors
/// [`Error::Format`] with row and column at what is no label.
pub(super) fn labels(table: &Table, columns: Range<usize>) -> Result<Labels> {
    if columns.len() == 1 {
        return table.labels(columns.start);
    }
    let mut classes = vec![None; table.rows];
    for (class, column) in columns.clone().enumerate() {
        for (row, number) in table.column(column).enumerate() {
            match (number, classes[row]) {
                (0.0, _) => {}
                (1.0, None) => classes[row] = Some(class),
                _ => {
                    let found = number.to_string();
                    return Err(table.error(row, Some(column), "a single 1 among zeros", found));
                }
            }
        }
    }
    let mut labels = Labels::new(table.path(), table.place_of(columns.start));
    for (row, class) in classes.into_iter().enumerate() {
        let class =
            class.ok_or_else(|| table.error(row, Some(columns.start), "a single 1 among zeros", "no 1"))?;
        labels.push_number(class as f64)?;
    }
    Ok(labels)
}
