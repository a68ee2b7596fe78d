//! Whether the first row names the columns.
//!
//! It does where it has no numbers, where its numbers only count the columns (as pandas numbers them), or where words
//! stand beside such numbers (`label,0,1,2`). Words beside other numbers are a row of data whose label is a word, if the
//! next row has words in the same columns.

use super::label::is_usual_name;
use super::records::Records;
use super::table::{parse, quoted};
use crate::error::Result;

/// What the file begins with.
pub(super) struct Header {
    /// Of the columns, where the first row has them.
    pub names: Option<Vec<String>>,
    pub first_data: FirstData,
}

/// The rows of data that were read to know.
pub(super) struct FirstData {
    /// The last one.
    pub fields: Vec<Vec<u8>>,
    /// Those before it.
    pub before: Vec<Vec<Vec<u8>>>,
    /// The number of the first of them all, from 1.
    pub row: usize,
}

/// Looks at the row that was read, and reads one more where that is needed.
///
/// # Errors
/// [`Error::Format`](crate::Error::Format) for a header without rows, and a word beside numbers.
pub(super) fn read(records: &mut Records) -> Result<Header> {
    let fields = |records: &Records| records.fields().map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (first, row) = (fields(records), records.row());
    let decimal_commas = records.has_decimal_commas();
    let is_word = |field: &Vec<u8>| parse(field, decimal_commas).is_none();
    let words =
        |row: &[Vec<u8>]| -> Vec<usize> { (0..row.len()).filter(|&index| is_word(&row[index])).collect() };
    let data = |fields, row| FirstData {
        fields,
        before: Vec::new(),
        row,
    };
    // An empty last field is a separator too many.
    let significant = match first.split_last() {
        Some((last, rest)) if !rest.is_empty() && last.trim_ascii().is_empty() => rest,
        _ => &first[..],
    };
    let counts: Vec<f32> = significant
        .iter()
        .filter_map(|field| parse(field, decimal_commas))
        .collect();
    let has_words = counts.len() < significant.len();
    let is_counting = counts.windows(2).all(|pair| pair[0] + 1.0 == pair[1]);
    // pandas numbers columns from 0: 0, 1, …, 64.
    let is_numbered = !has_words && counts.len() > 2 && is_counting && counts[0] == 0.0;
    if !has_words && !is_numbered {
        return Ok(Header {
            names: None,
            first_data: data(first, row),
        });
    }
    let names: Vec<String> = first
        .iter()
        .map(|field| String::from_utf8_lossy(field.trim_ascii()).into_owned())
        .collect();
    let is_named = counts.is_empty() || is_numbered || names.iter().any(|name| is_usual_name(name));
    let is_header = is_counting && is_named;
    let word = words(&first).first().copied().unwrap_or(0);
    let expected = "numbers, or the names of all columns";
    let beside = format!("{} beside numbers", quoted(&first[word]));
    let at_word = records.error(Some(word), expected, beside);
    if !records.read()? {
        return Err(match is_counting {
            true => records.error(None, "rows of numbers below it", "a header only"),
            false => at_word,
        });
    }
    let second = fields(records);
    if !is_header && words(&second) == words(&first) {
        let first_data = FirstData {
            fields: second,
            before: vec![first],
            row,
        };
        return Ok(Header {
            names: None,
            first_data,
        });
    }
    match is_counting {
        true => Ok(Header {
            names: Some(names),
            first_data: data(second, row + 1),
        }),
        false => Err(at_word),
    }
}
