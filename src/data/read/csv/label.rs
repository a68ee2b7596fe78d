//! Which column has the labels.

use std::fmt;

use super::super::scale::as_byte;
use super::table::Table;
use crate::error::{Error, Result};

/// What a column of labels is called, in any case, the likeliest first.
const NAMES: [&str; 6] = ["label", "labels", "target", "class", "digit", "y"];

/// The value of `--label-column`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelColumn {
    /// `first`
    First,
    /// `last`
    Last,
    /// Anything else: the column that the header calls so.
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

/// As on the command line.
impl fmt::Display for LabelColumn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Named(name) => name,
        })
    }
}

/// The index of the column: what the user says, else by its name, else the first, unless only the last can be it.
///
/// # Errors
/// [`Error::Option`] when no column has the name that the user gives.
pub(super) fn find(table: &Table, wanted: Option<&LabelColumn>) -> Result<usize> {
    let last = table.columns - 1;
    match wanted {
        Some(LabelColumn::First) => Ok(0),
        Some(LabelColumn::Last) => Ok(last),
        Some(LabelColumn::Named(name)) => find_named(table, name),
        None => {
            let usual = |names: &Vec<String>| {
                let called = |usual| names.iter().position(|name| name.eq_ignore_ascii_case(usual));
                NAMES.into_iter().find_map(called)
            };
            let by_name = table.names.as_ref().and_then(usual);
            Ok(by_name.unwrap_or_else(|| {
                if likeness(table, last) > likeness(table, 0) {
                    last
                } else {
                    0
                }
            }))
        }
    }
}

fn find_named(table: &Table, wanted: &str) -> Result<usize> {
    let names = table.names.as_deref().unwrap_or_default();
    let exactly = names.iter().position(|name| name == wanted);
    let found = exactly.or_else(|| names.iter().position(|name| name.eq_ignore_ascii_case(wanted)));
    found.ok_or_else(|| {
        let similarity = |name: &String| strsim::jaro_winkler(&name.to_lowercase(), &wanted.to_lowercase());
        let nearest = names
            .iter()
            .max_by(|left, right| similarity(left).total_cmp(&similarity(right)));
        let expected = match nearest {
            Some(nearest) => format!(
                "first, last or a name in the header of {}, such as {}",
                table.path().display(),
                nearest.escape_debug()
            ),
            None => format!("first or last: {} has no header", table.path().display()),
        };
        Error::option("--label-column", wanted, expected)
    })
}

/// How much a column is like labels.
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
    if table.column(column).any(|number| as_byte(number).is_none()) {
        Likeness::None
    } else if table.column(column).any(|number| number != first) {
        Likeness::Varied
    } else if first != 0.0 {
        Likeness::Constant
    } else {
        Likeness::Zeros
    }
}

/// The labels in a column.
///
/// # Errors
/// [`Error::Format`] with row and column at what is no label.
pub(super) fn labels(table: &Table, column: usize) -> Result<Vec<u8>> {
    let mut labels = Vec::with_capacity(table.rows);
    for (row, number) in table.column(column).enumerate() {
        match as_byte(number) {
            Some(label) => labels.push(label),
            None => {
                let expected = format!(
                    "a label, a whole number from 0 to 255, in {}",
                    table.column_in_words(column)
                );
                return Err(table.error(row, Some(column), expected, number.to_string()));
            }
        }
    }
    Ok(labels)
}
