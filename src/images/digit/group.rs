//! Which parts of the ink make up which digit, and in what order digits are read.

use std::collections::HashSet;

use super::NoDigit;
use super::parts::{Part, Parts};
use super::place::Place;

/// Less than this part of the heaviest part is a speck, or a piece of one.
const SMALL_PART: u64 = 25;

/// A part that is a digit by itself has at least this part of the ink of the heaviest…
const LIGHT_DIGIT: u64 = 12;

/// …is at least this part as long as the longest…
const SHORT_DIGIT: f64 = 0.45;

/// …and is no bar: its height is at least this part of its width.
const FLAT: f64 = 0.35;

/// A bar that is at least so many times as long as it is wide…
const SLENDER: u32 = 6;

/// …and longer than this part of the digit is no part of it, but a line beside or below it.
const LONG_BAR: f64 = 0.9;

/// More than this many are a pattern, or a text.
const MOST_DIGITS: usize = 1000;

/// Another part of a digit is no further from it than this part of its longer side.
const NEAR: u32 = 3;

/// The parts of one digit.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub numbers: HashSet<u32>,
    pub place: Place,
}

impl Group {
    fn of(part: &Part) -> Self {
        Self {
            numbers: HashSet::from([part.number]),
            place: part.place,
        }
    }

    fn add(&mut self, other: &Self) {
        self.numbers.extend(&other.numbers);
        self.place = self.place.with(other.place);
    }
}

/// The digits that `parts` make up, left to right in each row, top to bottom.
///
/// # Errors
/// [`NoDigit`] when there is none.
pub(super) fn digits(parts: &Parts) -> Result<Vec<Group>, NoDigit> {
    let mass = |part: &&Part| part.mass;
    let heaviest = parts.parts.iter().max_by_key(mass).ok_or(NoDigit::Blank)?;
    // At the border are tables, frames and other pages; what begins inside is preferred.
    let is_inside = |part: &&Part| part.at_border == 0 && !parts.is_along_border(part);
    let inside = parts.parts.iter().filter(is_inside);
    let main = match inside.max_by_key(mass) {
        Some(inside) if inside.mass * SMALL_PART >= heaviest.mass => inside,
        _ => heaviest,
    };
    let belongs = |part: &&Part| {
        part.mass * SMALL_PART >= main.mass
            && (part.number == main.number
                || is_inside(part)
                || !parts.is_cut_off(part) && !parts.is_along_border(part) && part.mass <= 4 * main.mass)
    };
    let belonging: Vec<&Part> = parts.parts.iter().filter(belongs).collect();
    let longest = belonging
        .iter()
        .map(|part| part.place.longer())
        .max()
        .unwrap_or(1);
    let most = belonging.iter().map(|part| part.mass).max().unwrap_or(1);
    let is_digit = |part: &&Part| {
        part.mass * LIGHT_DIGIT >= most
            && f64::from(part.place.longer()) >= SHORT_DIGIT * f64::from(longest)
            && f64::from(part.place.rows()) >= FLAT * f64::from(part.place.columns())
    };
    let (large, small): (Vec<&Part>, Vec<&Part>) = belonging.into_iter().partition(is_digit);
    let mut groups: Vec<Group> = match large[..] {
        [] => vec![Group::of(main)],
        _ => large.into_iter().map(Group::of).collect(),
    };
    if groups.len() > MOST_DIGITS {
        return Err(NoDigit::Many);
    }
    join_pieces(&mut groups);
    attach(&mut groups, small);
    Ok(in_order(groups))
}

/// Makes one of groups that are pieces of one digit: they share much of their columns and of their rows, or one is close above
/// the other.
fn join_pieces(groups: &mut Vec<Group>) {
    let is_one = |one: Place, other: Place| {
        let columns = f64::from(one.columns_shared(other)) / f64::from(one.columns().min(other.columns()));
        let rows = f64::from(one.rows_shared(other)) / f64::from(one.rows().min(other.rows()));
        let is_close = 20 * one.gap(other) <= one.with(other).longer();
        columns >= 0.3 && rows >= 0.3 || columns >= 0.2 && rows < 0.5 && is_close
    };
    let mut joined: Vec<Group> = Vec::with_capacity(groups.len());
    for mut group in groups.drain(..) {
        // What the group has grown by may be a piece of another.
        while let Some(piece) = joined.iter().position(|other| is_one(group.place, other.place)) {
            group.add(&joined.swap_remove(piece));
        }
        joined.push(group);
    }
    *groups = joined;
}

/// Adds each part to the group that is nearest to it, if that is near. What is near a part that was added may be further
/// from the first. A picture may have a hundred thousand parts, but few rounds: in two of them a group grows by a third, or
/// nothing is near it any more.
fn attach(groups: &mut [Group], mut parts: Vec<&Part>) {
    loop {
        let before = parts.len();
        parts.retain(|part| {
            let gap = |group: &&mut Group| group.place.gap(part.place);
            let Some(nearest) = groups.iter_mut().min_by_key(gap) else {
                return true;
            };
            let (long, wide) = (part.place.longer(), part.place.columns().min(part.place.rows()));
            let is_line =
                long >= SLENDER * wide && f64::from(long) >= LONG_BAR * f64::from(nearest.place.longer());
            let is_near = !is_line && nearest.place.gap(part.place) * NEAR <= nearest.place.longer();
            if is_near {
                nearest.add(&Group::of(part));
            }
            !is_near
        });
        if parts.len() == before {
            return;
        }
    }
}

/// Row by row: a group is in the row of the group before it when they share half of the rows of the lower one.
fn in_order(mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort_by_key(|group| (group.place.top + group.place.bottom, group.place.left));
    let mut rows: Vec<(Place, Vec<Group>)> = Vec::new();
    for group in groups {
        let place = group.place;
        let is_row =
            |row: &&mut (Place, Vec<Group>)| 2 * row.0.rows_shared(place) >= row.0.rows().min(place.rows());
        match rows.iter_mut().rev().find(is_row) {
            Some(row) => row.1.push(group),
            None => rows.push((place, vec![group])),
        }
    }
    for (_, row) in &mut rows {
        row.sort_by_key(|group| group.place.left);
    }
    rows.into_iter().flat_map(|(_, row)| row).collect()
}
