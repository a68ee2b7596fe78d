//! Labels as files have them, numbers or words, and the classes that they name.
//!
//! Whole numbers from 0 on are classes themselves: label 7 is class 7. All other labels are names: words, negative
//! numbers, and numbers with gaps so wide that most classes would be empty (250 to 259). Their classes are numbered in
//! the order of the names, numbers before words, `digit_9` before `digit_10`; the names go with the data and into the
//! model. Where a model has names already, labels are looked up among them.
//!
//! A label that occurs once among many that fit each other is a mistake in the file, not a class of its own, and is
//! refused with its place.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{Reading, names};
use crate::error::{Error, Result};
use crate::memory;

/// Labels are kept in 16 bits.
pub(crate) const MOST_CLASSES: usize = 1 << 16;

/// Distinct labels that are kept before it is known whether they are labels.
const MOST_NAMES: usize = MOST_CLASSES + 1;

/// Numbers up to here are classes themselves, whatever gaps they have: ten digits.
const FEW: i64 = 10;

/// A label with fewer than this share of the images of an average class may be a mistake.
const RARE: usize = 20;

/// What a label says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    Number(i64),
    Word(String),
}

impl Name {
    /// The label that is written so. `None` where it is empty, NaN, infinite or a fraction.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let unquoted = text
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''))
            .unwrap_or(text);
        match unquoted.parse::<f64>() {
            Ok(number) => Self::of_number(number),
            Err(_) if unquoted.is_empty() => None,
            Err(_) => Some(Self::Word(unquoted.to_owned())),
        }
    }

    /// A number's label. `None` where it is not whole, or too large to be told from its neighbours.
    pub fn of_number(number: f64) -> Option<Self> {
        let is_whole = number.fract() == 0.0 && number.abs() <= (1u64 << 53) as f64;
        is_whole.then_some(Self::Number(number as i64))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Word(word) => word.fmt(formatter),
        }
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => left.cmp(right),
            (Self::Number(_), Self::Word(_)) => Ordering::Less,
            (Self::Word(_), Self::Number(_)) => Ordering::Greater,
            (Self::Word(left), Self::Word(right)) => natural(left, right),
        }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Digits in a name count as numbers: `digit_9` comes before `digit_10`.
fn natural(left: &str, right: &str) -> Ordering {
    let number = |run: &str| run.parse::<u128>().ok();
    let by_runs =
        runs(left)
            .into_iter()
            .zip(runs(right))
            .map(|(left, right)| match (number(left), number(right)) {
                (Some(left), Some(right)) => left.cmp(&right),
                _ => left.cmp(right),
            });
    let first_difference = by_runs.into_iter().find(|order| order.is_ne());
    first_difference.unwrap_or_else(|| left.len().cmp(&right.len()).then_with(|| left.cmp(right)))
}

/// The runs of digits and of other characters: `digit_10` has `digit_` and `10`.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_other = |c: char| c.is_ascii_digit() != first.is_ascii_digit();
        let (run, after) = rest.split_at(rest.find(is_other).unwrap_or(rest.len()));
        runs.push(run);
        rest = after;
    }
    runs
}

/// Where in a file a label stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Place {
    /// "row " or "label "
    pub before: String,
    /// Of the first label.
    pub first: usize,
    /// ", column 3"
    pub after: String,
}

impl Place {
    fn of(&self, index: usize) -> String {
        format!("{}{}{}", self.before, self.first + index, self.after)
    }
}

/// The labels of some images, in their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Labels {
    path: PathBuf,
    place: Place,
    /// Indices of `names`.
    values: Vec<u32>,
    names: Vec<Name>,
    indices: HashMap<Name, u32>,
    numbers: HashMap<u64, u32>,
}

impl Labels {
    /// None yet, of the file that errors call `path`.
    pub fn new(path: &Path, place: Place) -> Self {
        Self {
            path: path.to_owned(),
            place,
            values: Vec::new(),
            names: Vec::new(),
            indices: HashMap::new(),
            numbers: HashMap::new(),
        }
    }

    /// One more.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], [`Error::Io`]: there is no room for it. [`Error::Format`] when there are more
    /// different labels than classes can be.
    pub fn push(&mut self, name: Name) -> Result<()> {
        let value = match self.indices.get(&name) {
            Some(&value) => value,
            None => {
                if self.names.len() >= MOST_NAMES {
                    let expected = format!("at most {MOST_CLASSES} different labels");
                    return Err(self.error(self.values.len(), expected, "more"));
                }
                let value = self.names.len() as u32;
                self.names.push(name.clone());
                self.indices.insert(name, value);
                value
            }
        };
        memory::reserve(&mut self.values, 1, usize::MAX, &self.path)?;
        self.values.push(value);
        Ok(())
    }

    /// One more, that is a number.
    ///
    /// # Errors
    /// Those of [`Self::push`]; [`Error::Format`] when it is no label.
    pub fn push_number(&mut self, number: f64) -> Result<()> {
        if let Some(&value) = self.numbers.get(&number.to_bits()) {
            memory::reserve(&mut self.values, 1, usize::MAX, &self.path)?;
            self.values.push(value);
            return Ok(());
        }
        match Name::of_number(number) {
            Some(name) => {
                self.push(name)?;
                let value = self.values[self.values.len() - 1];
                self.numbers.insert(number.to_bits(), value);
                Ok(())
            }
            None => Err(self.no_label(self.values.len(), &number.to_string())),
        }
    }

    /// The error for what is no label.
    pub fn no_label(&self, index: usize, found: &str) -> Error {
        let expected = "a label: a whole number, such as 0 to 9, or a word";
        self.error(index, expected, found)
    }

    /// Puts one before the first, which then stands in row `row`.
    pub fn push_front(&mut self, name: Name, row: usize) {
        let next = self.names.len() as u32;
        let value = *self.indices.entry(name.clone()).or_insert(next);
        if value == next {
            self.names.push(name);
        }
        self.values.insert(0, value);
        self.place.first = row;
    }

    /// How many are different.
    pub fn different(&self) -> usize {
        self.names.len()
    }

    /// The first.
    pub fn first(&self) -> Option<String> {
        let value = self.values.first()?;
        Some(self.names[*value as usize].to_string())
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The same labels in another order.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn reorder(&mut self, order: &[usize]) -> Result<()> {
        memory::check_data::<u32>(&self.path, order.len())?;
        self.values = order.iter().map(|&index| self.values[index]).collect();
        Ok(())
    }

    /// Whether every class is in one piece.
    pub fn is_grouped(&self) -> bool {
        let mut seen = vec![false; self.names.len()];
        let mut pieces = 0;
        for piece in self.values.chunk_by(|left, right| left == right) {
            if std::mem::replace(&mut seen[piece[0] as usize], true) {
                return false;
            }
            pieces += 1;
        }
        pieces > 1
    }

    /// The place of a label and what is wrong with it.
    pub fn error(&self, index: usize, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::Format {
            path: self.path.clone(),
            place: self.place.of(index),
            expected: expected.into(),
            found: found.into(),
            hint: "Correct the labels, or say with `label_column` where they are.".to_owned(),
        }
    }

    fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.names.len()];
        self.values.iter().for_each(|&value| counts[value as usize] += 1);
        counts
    }

    /// The classes of these labels: their numbers, given those of the names.
    fn classes(&self, class: impl Fn(&Name) -> usize) -> Vec<u16> {
        let of_value: Vec<u16> = self.names.iter().map(|name| class(name) as u16).collect();
        self.values
            .iter()
            .map(|&value| of_value[value as usize])
            .collect()
    }
}

/// What classes there are, and the class of each label.
#[derive(Debug, PartialEq)]
pub(super) struct Classes {
    pub count: usize,
    /// Where labels are not the numbers of their classes.
    pub names: Option<Vec<String>>,
    /// Of each part.
    pub labels: Vec<Vec<u16>>,
}

/// The classes of all `parts` together.
///
/// # Errors
/// [`Error::LabelOutOfRange`] for a number that is not below [`Reading::classes`]; [`Error::Format`] with its place for a
/// label that no class has, or that is a mistake.
pub(super) fn classes(parts: &[&Labels], reading: &Reading, origin: &str) -> Result<Classes> {
    if let Some(known) = &reading.class_names {
        let numbers = |part: &&Labels| part.names.iter().all(|name| matches!(name, Name::Number(0..)));
        if !parts.iter().all(numbers) {
            return among(parts, known);
        }
        return match (are_numbers(known), names::are_of_a_numbered_set(known)) {
            (true, _) => numbered(parts, known.len(), origin),
            (false, true) => Ok(Classes {
                names: Some(known.clone()),
                ..numbered(parts, known.len(), origin)?
            }),
            (false, false) => among(parts, known),
        };
    }
    let mut counts: HashMap<&Name, usize> = HashMap::new();
    for part in parts {
        for (name, count) in part.names.iter().zip(part.counts()) {
            *counts.entry(name).or_default() += count;
        }
    }
    let mut names: Vec<&Name> = counts.keys().copied().collect();
    names.sort();
    let are_numbers = names.iter().all(|name| matches!(name, Name::Number(0..)));
    if let (true, Some(count)) = (are_numbers, reading.classes) {
        return numbered(parts, count, origin);
    }
    if let Some(count) = dense(&names) {
        return numbered(parts, count.max(2), origin);
    }
    refuse_strays(parts, &names, &counts)?;
    if let Some(count) = reading.classes
        && names.len() > count
    {
        let name = names[count];
        let (part, index) = first(parts, name);
        let expected = format!("{count} different labels, one for each class");
        return Err(part.error(
            index,
            expected,
            format!("{} of them, such as {name}", names.len()),
        ));
    }
    if names.len() > MOST_CLASSES {
        let (part, index) = first(parts, names[MOST_CLASSES]);
        return Err(part.error(index, format!("at most {MOST_CLASSES} different labels"), "more"));
    }
    let class: HashMap<&Name, usize> = names
        .iter()
        .enumerate()
        .map(|(class, name)| (*name, class))
        .collect();
    Ok(Classes {
        count: reading.classes.unwrap_or(names.len()).max(2).max(names.len()),
        labels: parts
            .iter()
            .map(|part| part.classes(|name| class[name]))
            .collect(),
        names: Some(names.iter().map(|name| name.to_string()).collect()),
    })
}

/// Checks that numbers of classes are what a network's class names stand for: those of words that were sorted do not say
/// which number a label of another data set means.
///
/// # Errors
/// [`Error::Format`].
pub(in crate::data) fn check_numbered(reading: &Reading, origin: &str) -> Result<()> {
    match &reading.class_names {
        Some(known) if !are_numbers(known) && !names::are_of_a_numbered_set(known) => Err(Error::Format {
            path: origin.into(),
            place: "labels".to_owned(),
            expected: format!("names of the network's classes: {}", some_of(known)),
            found: "numbers, of which it is not known which class they stand for".to_owned(),
            hint: "Give the network data that are labelled as those it was trained on.".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The first of some names.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!(
        "{}{more}",
        names[..names.len().min(SHOWN)].join(", ").escape_debug()
    )
}

/// Whether classes are called 0, 1, 2, ….
pub(super) fn are_numbers(names: &[String]) -> bool {
    names
        .iter()
        .enumerate()
        .all(|(class, name)| *name == class.to_string())
}

/// As many classes as numbers without wide gaps need; `None` for other labels.
fn dense(names: &[&Name]) -> Option<usize> {
    let (Some(Name::Number(0..)), Some(Name::Number(largest))) = (names.first(), names.last()) else {
        return None;
    };
    let most = (2 * names.len() as i64 + FEW).max(FEW);
    (*largest < most && (*largest as usize) < MOST_CLASSES).then_some(*largest as usize + 1)
}

/// Labels that are the numbers of their classes.
fn numbered(parts: &[&Labels], count: usize, origin: &str) -> Result<Classes> {
    for part in parts {
        let number = |name: &Name| match name {
            Name::Number(number) => usize::try_from(*number).unwrap_or(usize::MAX),
            Name::Word(_) => usize::MAX,
        };
        let beyond = part
            .values
            .iter()
            .position(|&value| number(&part.names[value as usize]) >= count);
        if let Some(row) = beyond {
            return Err(Error::LabelOutOfRange {
                origin: origin.to_owned(),
                row,
                label: number(&part.names[part.values[row] as usize]),
                classes: count,
                hint: "Give `classes` a number above all labels, or correct the labels.",
            });
        }
    }
    let class = |name: &Name| match name {
        Name::Number(number) => *number as usize,
        Name::Word(_) => 0,
    };
    Ok(Classes {
        count,
        names: None,
        labels: parts.iter().map(|part| part.classes(class)).collect(),
    })
}

/// Labels of a model's classes.
fn among(parts: &[&Labels], known: &[String]) -> Result<Classes> {
    let class: HashMap<&str, usize> = known
        .iter()
        .enumerate()
        .map(|(class, name)| (&**name, class))
        .collect();
    for part in parts {
        for name in &part.names {
            if !class.contains_key(&*name.to_string()) {
                let (part, index) = first(parts, name);
                return Err(part.error(
                    index,
                    format!("one of the network's classes: {}", some_of(known)),
                    name.to_string().escape_debug().to_string(),
                ));
            }
        }
    }
    Ok(Classes {
        count: known.len(),
        names: Some(known.to_vec()),
        labels: parts
            .iter()
            .map(|part| part.classes(|name| class[&*name.to_string()]))
            .collect(),
    })
}

/// Refuses a few labels that are unlike all others.
fn refuse_strays(parts: &[&Labels], names: &[&Name], counts: &HashMap<&Name, usize>) -> Result<()> {
    let all: usize = counts.values().sum();
    let is_rare = |name: &&&Name| {
        let count = counts[**name];
        count == 1 || count * RARE < all / names.len()
    };
    let usual: Vec<&Name> = names.iter().filter(|name| !is_rare(name)).copied().collect();
    let bound = match dense(&usual) {
        Some(bound) => bound as i64,
        None if usual.is_empty() => i64::MAX,
        None => return Ok(()),
    };
    let fits = |name: &Name| match name {
        Name::Number(number) => (0..bound.max(FEW)).contains(number),
        Name::Word(_) => usual.is_empty(),
    };
    match names.iter().find(|name| !fits(name)) {
        None => Ok(()),
        Some(stray) => {
            let (part, index) = first(parts, stray);
            let found = format!("{stray} ({} of {all} labels)", counts[*stray]);
            let expected = match usual.is_empty() {
                true => "a label from 0 on".to_owned(),
                false => format!(
                    "a label like the others, {} to {}",
                    usual[0],
                    usual[usual.len() - 1]
                ),
            };
            Err(part.error(index, expected, found))
        }
    }
}

/// Where a name occurs for the first time.
fn first<'a>(parts: &[&'a Labels], name: &Name) -> (&'a Labels, usize) {
    for part in parts {
        if let Some(value) = part.indices.get(name)
            && let Some(index) = part.values.iter().position(|other| other == value)
        {
            return (part, index);
        }
    }
    (parts[0], 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(texts: &[&str]) -> Labels {
        let mut labels = Labels::new(
            Path::new("x.csv"),
            Place {
                before: "row ".to_owned(),
                first: 1,
                after: String::new(),
            },
        );
        for text in texts {
            labels.push(Name::parse(text).unwrap()).unwrap();
        }
        labels
    }

    /// Classes, their names and the labels.
    type Found = (usize, Option<Vec<String>>, Vec<u16>);

    fn found(texts: &[&str]) -> std::result::Result<Found, String> {
        let labels = labels(texts);
        classes(&[&labels], &Reading::default(), "x.csv")
            .map(|mut classes| (classes.count, classes.names, classes.labels.remove(0)))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn whole_numbers_are_their_classes() {
        assert_eq!(found(&["0", "2.0", "'1'"]), Ok((3, None, vec![0, 2, 1])));
        assert_eq!(found(&["1", "9"]), Ok((10, None, vec![1, 9])));
    }

    #[test]
    fn other_labels_are_names_in_their_order() {
        let names = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(
            found(&["dog", "cat"]),
            Ok((2, names(&["cat", "dog"]), vec![1, 0]))
        );
        assert_eq!(
            found(&["-1", "1", "1", "-1"]),
            Ok((2, names(&["-1", "1"]), vec![0, 1, 1, 0]))
        );
        let spaced = ["250", "259", "250", "259"];
        assert_eq!(found(&spaced), Ok((2, names(&["250", "259"]), vec![0, 1, 0, 1])));
        let mixed = ["A", "7", "digit_10", "digit_9", "A", "7"];
        let sorted = names(&["7", "A", "digit_9", "digit_10"]);
        assert_eq!(found(&mixed), Ok((4, sorted, vec![1, 0, 3, 2, 1, 0])));
    }

    #[test]
    fn a_stray_label_is_refused_with_its_place() {
        let mut texts = ["0", "1", "2", "3"].repeat(10);
        for stray in ["-1", "NA", "255"] {
            texts[6] = stray;
            let error = found(&texts).unwrap_err();
            assert!(
                error.contains("row 7: expected a label like the others, 0 to 3"),
                "{error}"
            );
            assert!(
                error.contains(&format!("found {stray} (1 of 40 labels)")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_network_s_classes_are_found_by_their_names() {
        let known = Reading {
            class_names: Some(vec!["cat".to_owned(), "dog".to_owned()]),
            ..Reading::default()
        };
        let dogs = labels(&["dog", "dog"]);
        assert_eq!(classes(&[&dogs], &known, "x").unwrap().labels, [[1, 1]]);
        let error = classes(&[&labels(&["dog", "cow"])], &known, "x")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("row 2: expected one of the network's classes: cat, dog, found cow"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_label_has_no_name() {
        for text in ["", "  ", "0.5", "nan", "inf", "-0.25", "1e30"] {
            assert_eq!(Name::parse(text), None, "{text}");
        }
        assert_eq!(Name::parse(" 7.0 "), Some(Name::Number(7)));
    }
}
