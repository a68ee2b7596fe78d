//! The points of a sweep: combinations of one choice of every list, all of them or some drawn at random.

use std::collections::HashSet;

use clap::parser::ArgMatches;
use clap::{ArgAction, FromArgMatches};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::choice::{Choice, normalised};
use super::lists::{Lists, kind, name, run_command};
use crate::cli::options::run::RunOptions;
use batchprop::Error;
use batchprop::training::CheckedOptions;

/// The most combinations: more need `--samples`.
const MOST_POINTS: usize = 100_000;

/// Draws in a row without a new point after which drawing ends.
const MOST_MISSES: usize = 10_000;

/// A combination.
#[derive(Debug, Clone)]
pub struct Point {
    /// The value of each list, in their order.
    pub values: Vec<String>,
    /// The value of every option of a run except the seed, given or not, in the order of [`columns`].
    pub settings: Vec<String>,
    pub options: RunOptions,
    pub checked: CheckedOptions,
}

/// The options of a run except the seed, as names of columns.
pub fn columns() -> Vec<String> {
    let command = run_command();
    let names = command.get_arguments().map(name).filter(|&name| name != "seed");
    names.map(|name| name.replace('-', "_")).collect()
}

/// The points of `lists`: with `samples`, this many different ones, drawn from the first seed, or all if there are
/// fewer. A larger number of samples begins with those of a smaller one.
pub fn points(lists: &Lists, samples: Option<usize>) -> Result<Vec<Point>, Error> {
    match (samples, grid_size(lists)) {
        (None, None) => Err(no_grid(lists)),
        (None, Some(size)) if size > MOST_POINTS => Err(Error::option(
            "--samples",
            format!("not given, with {size} combinations"),
            format!("it where there are more than {MOST_POINTS}: how many points to draw"),
        )),
        (Some(samples), size) if size.is_none_or(|size| size > samples) => random(lists, samples),
        (_, Some(size)) => grid(lists, size),
        (Some(samples), None) => random(lists, samples),
    }
}

/// Combinations of the lists; `None` where one has a range. Saturates.
fn grid_size(lists: &Lists) -> Option<usize> {
    lists.lists.iter().try_fold(1usize, |size, list| {
        let is_value = |choice: &Choice| matches!(choice, Choice::Value(_));
        list.choices
            .iter()
            .all(is_value)
            .then(|| size.saturating_mul(list.choices.len()))
    })
}

fn no_grid(lists: &Lists) -> Error {
    let is_range = |choice: &Choice| matches!(choice, Choice::Range { .. });
    let list = lists.lists.iter().find(|list| list.choices.iter().any(is_range));
    Error::option(
        "--samples",
        format!(
            "not given, with a range of --{}",
            list.map_or("", |list| &list.option)
        ),
        "it with ranges: how many points to draw",
    )
}

/// All combinations; the last list changes fastest.
fn grid(lists: &Lists, size: usize) -> Result<Vec<Point>, Error> {
    let mut seen = HashSet::new();
    let mut points = Vec::new();
    for index in 0..size {
        let mut rest = index;
        let mut values = Vec::new();
        for list in lists.lists.iter().rev() {
            if let Choice::Value(value) = &list.choices[rest % list.choices.len()] {
                values.push(value.clone());
            }
            rest /= list.choices.len();
        }
        values.reverse();
        let point = point(lists, values)?;
        if seen.insert(point.settings.clone()) {
            points.push(point);
        }
    }
    Ok(points)
}

fn random(lists: &Lists, samples: usize) -> Result<Vec<Point>, Error> {
    let seed = lists.seeds.first().copied().unwrap_or(0);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    // Independent of the streams that training takes from this seed.
    (0..16).for_each(|_| random.long_jump());
    let mut seen = HashSet::new();
    let mut points = Vec::new();
    let mut misses = 0;
    while points.len() < samples && misses < MOST_MISSES {
        let draw = lists.lists.iter().map(|list| {
            let choice = random.random_range(0..list.choices.len());
            list.choices[choice].draw(&mut random)
        });
        let values: Vec<String> = draw.collect();
        if seen.contains(&values) {
            misses += 1;
            continue;
        }
        misses = 0;
        seen.insert(values.clone());
        points.push(point(lists, values)?);
    }
    Ok(points)
}

/// The options, parsed as by `train`.
fn point(lists: &Lists, values: Vec<String>) -> Result<Point, Error> {
    let given = arguments(lists, &values);
    let matches = run_command().try_get_matches_from(&given);
    let parsed = matches.and_then(|matches| Ok((RunOptions::from_arg_matches(&matches)?, matches)));
    let (options, matches) = parsed.map_err(|error| {
        // Each value alone was accepted before.
        Error::option("the combination", given.join(" "), error.to_string())
    })?;
    let checked = options.check(true, false).map_err(|error| match error {
        Error::Option {
            option,
            given: value,
            expected,
        } if values.len() > 1 => Error::option(
            option,
            value,
            format!("{expected} (in the combination {})", given.join(" ")),
        ),
        error => error,
    })?;
    Ok(Point {
        settings: settings(&matches),
        values,
        options,
        checked,
    })
}

/// A point on the command line of `train`.
pub fn arguments(lists: &Lists, values: &[String]) -> Vec<String> {
    let pairs = lists.lists.iter().zip(values);
    pairs
        .map(|(list, value)| format!("--{}={value}", list.option))
        .chain(lists.flags.iter().cloned())
        .collect()
}

/// The value of every option, given or not; empty where it has none.
fn settings(matches: &ArgMatches) -> Vec<String> {
    let command = run_command();
    let args = command.get_arguments().filter(|&arg| name(arg) != "seed");
    args.map(|arg| {
        let id = arg.get_id().as_str();
        match arg.get_action() {
            ArgAction::SetTrue => matches.get_flag(id).to_string(),
            _ => {
                let values = matches.get_raw(id).into_iter().flatten();
                let values: Vec<_> = values
                    .map(|value| normalised(kind(arg), &value.to_string_lossy()))
                    .collect();
                values.join(",")
            }
        }
    })
    .collect()
}
