//! The `train` command that trains a point again.

use std::ffi::OsString;
use std::path::Path;

use clap::ArgMatches;

use super::lists::{name, run_command};
use super::points::{Point, arguments};
use super::setup::Setup;
use crate::cli::commands::train;
use crate::cli::commands::train::is_given;
use crate::cli::options::recipe::{Recipe, quoted};
use batchprop::TrainOn;

/// Options of `sweep` that mean something else in `train`, or that are added separately.
const OTHERS: [&str; 9] = [
    "recipe", "runs", "json", "quiet", "save", "csv", "part", "merged", "finish",
];

/// The options given to `sweep` that `train` also has, except those of a run.
pub fn shared(given: &ArgMatches) -> Vec<String> {
    let of_a_run = run_command();
    let is_of_a_run = |id: &str| of_a_run.get_arguments().any(|arg| arg.get_id() == id);
    let train = train::Args::command();
    let shared = train.get_arguments().filter(|arg| {
        let id = arg.get_id().as_str();
        let is_known = given.try_contains_id(id).is_ok();
        is_known && is_given(given, id) && !OTHERS.contains(&id) && !is_of_a_run(id)
    });
    shared
        .flat_map(|arg| {
            let values = given.get_raw(arg.get_id().as_str()).into_iter().flatten();
            let option = name(arg);
            values.map(move |value| match arg.get_action().takes_values() {
                true => format!("--{option}={}", value.to_string_lossy()),
                false => format!("--{option}"),
            })
        })
        .collect()
}

/// The command that trains a point and evaluates the test images. It names the recipe if that gives the same run.
pub fn of_point(setup: &Setup, point: &Point) -> String {
    let mut own = arguments(setup.lists, &point.values);
    own.extend(setup.shared.iter().cloned());
    match *setup.seeds {
        [0] | [] => {}
        [seed] => own.push(format!("--seed={seed}")),
        [first, ..] => {
            own.push(format!("--runs={}", setup.seeds.len()));
            if first != 0 {
                own.push(format!("--seed={first}"));
            }
        }
    }
    in_words(&match setup.recipe {
        None => own,
        Some(recipe) => with_recipe(recipe, &own, point).unwrap_or_else(|| without_it(recipe, own, point)),
    })
}

/// The options that train a point from the first seed, on the validation images as well unless they decide anything, and save it.
pub fn saving(setup: &Setup, point: &Point, path: &Path) -> Vec<String> {
    let mut own = arguments(setup.lists, &point.values);
    own.extend(setup.shared.iter().cloned());
    own.extend(
        setup
            .seeds
            .first()
            .filter(|&&seed| seed != 0)
            .map(|seed| format!("--seed={seed}")),
    );
    let mut words = match setup.recipe {
        None => own,
        Some(recipe) => with_recipe(recipe, &own, point).unwrap_or_else(|| without_it(recipe, own, point)),
    };
    words.retain(|word| !word.starts_with("--train-on="));
    if point.checked.needs_validation() {
        words.push("--train-on=train".to_owned());
    } else {
        // Which images validate does not matter: the test images are drawn before them.
        let has_test = words.iter().any(|word| word.starts_with("--test-split="));
        words.retain(|word| {
            let is_idle = !has_test && word.starts_with("--split-seed=");
            !is_idle && !word.starts_with("--validation-split=")
        });
        words.push("--train-on=train-and-validation".to_owned());
    }
    words.push(format!("--save={}", path.display()));
    words
}

/// The command line of `train` with these options.
pub fn in_words(options: &[String]) -> String {
    let words = options.iter().map(|word| quoted(word));
    std::iter::once("batchprop train".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The same with the name of the recipe, if that makes the same run of it. The validation images must not train where the run
/// needs them.
fn with_recipe(recipe: Recipe, own: &[String], point: &Point) -> Option<Vec<String>> {
    let mut words = vec![format!("--recipe={}", recipe.name())];
    words.extend(own.iter().filter(|word| !recipe.has(word)).cloned());
    let parse = |words: &[String]| train::Args::parse(words.iter().map(OsString::from).collect()).ok();
    let mut parsed = parse(&words)?;
    if parsed.train_on != TrainOn::Train && point.checked.needs_validation() {
        words.push("--train-on=train".to_owned());
    }
    // The seed is not the point's.
    parsed.run.seed = point.options.seed;
    let is_same = format!("{:?}", parsed.run) == format!("{:?}", point.options);
    is_same.then_some(words)
}

/// The same where the recipe's name would add what the sweep left out. The recipe's training images stay.
fn without_it(recipe: Recipe, mut own: Vec<String>, point: &Point) -> Vec<String> {
    let train_on = "--train-on=train-and-validation";
    let is_drawn = own.iter().any(|word| word.starts_with("--validation-split="));
    if recipe.has(train_on) && !is_drawn && !point.checked.needs_validation() {
        own.push(train_on.to_owned());
    }
    own
}
