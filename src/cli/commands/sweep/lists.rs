//! The options of a run as lists: `--hidden 30,100`.
//!
//! They are made from the options of `train`: each option that takes a value takes several here.

use std::any::TypeId;
use std::ffi::OsStr;

use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::choice::{Choice, Kind};
use crate::cli::options::run::{Layers, RunOptions};

/// The option whose list has runs to average, not points to compare.
const SEED: &str = "seed";

/// Options that take one value for the whole sweep.
const ONE_FOR_ALL: [&str; 1] = ["precision"];

/// The values of each option that was given, in the order of the help.
#[derive(Debug, Clone)]
pub struct Lists {
    pub lists: Vec<List>,
    /// Options without a value, as they are written.
    pub flags: Vec<String>,
    pub seeds: Vec<u64>,
}

/// The choices of an option.
#[derive(Debug, Clone)]
pub struct List {
    /// Without its dashes: `batch-size`.
    pub option: String,
    /// At least one.
    pub choices: Vec<Choice>,
}

/// A command with the options of a run only, without a program name.
pub fn run_command() -> Command {
    let command = Command::new("batchprop sweep").no_binary_name(true);
    RunOptions::augment_args(command)
}

/// The name of an option on the command line.
pub fn name(arg: &Arg) -> &str {
    arg.get_long().unwrap_or_else(|| arg.get_id().as_str())
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// What an option takes.
pub fn kind(arg: &Arg) -> Kind {
    let takes = |id: TypeId| arg.get_value_parser().type_id() == id;
    if takes(TypeId::of::<f64>()) {
        Kind::Real
    } else if [TypeId::of::<usize>(), TypeId::of::<u64>(), TypeId::of::<u8>()]
        .into_iter()
        .any(takes)
    {
        Kind::Whole
    } else if takes(TypeId::of::<Layers>()) {
        Kind::Layers
    } else {
        Kind::Words
    }
}

/// The option that takes a list of the values of `arg`.
fn as_list(arg: &Arg) -> Arg {
    if !takes_value(arg) || ONE_FOR_ALL.contains(&name(arg)) {
        return arg.clone();
    }
    let mut list = arg.clone().action(ArgAction::Set).value_delimiter(',');
    if arg.get_possible_values().is_empty() {
        // An item may be a range; its values are checked later by the option of the run.
        list = list.value_parser(NonEmptyStringValueParser::new());
    }
    let names = arg.get_value_names().and_then(<[_]>::first);
    let name = names.map_or_else(|| name(arg).to_uppercase().replace('-', "_"), ToString::to_string);
    list.value_name(format!("{},…", name.trim_end_matches(",…").replace(',', ":")))
}

impl Args for Lists {
    fn augment_args(command: Command) -> Command {
        // In the help, where they are added.
        let before = command.get_arguments().count();
        let run_command = run_command();
        let lists = run_command.get_arguments().map(as_list).enumerate();
        command.args(lists.map(|(index, list)| list.display_order(before + index)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Lists {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found = Self {
            lists: Vec::new(),
            flags: Vec::new(),
            seeds: Vec::new(),
        };
        let command = run_command();
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            if name(arg) == SEED {
                found.seeds = seeds(arg, matches)?;
            } else if matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            } else if takes_value(arg) {
                found.lists.push(List {
                    option: name(arg).to_owned(),
                    choices: given(arg, matches)
                        .map(|it| choice(arg, it))
                        .collect::<Result<_, _>>()?,
                });
            } else if matches.get_flag(id) {
                found.flags.push(format!("--{}", name(arg)));
            }
        }
        Ok(found)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The items between the commas.
fn given<'a>(arg: &Arg, matches: &'a ArgMatches) -> impl Iterator<Item = &'a OsStr> {
    matches.get_raw(arg.get_id().as_str()).into_iter().flatten()
}

/// A choice whose values the option of the run accepts.
fn choice(arg: &Arg, given: &OsStr) -> Result<Choice, clap::Error> {
    let given = given.to_string_lossy();
    let choice = Choice::parse(kind(arg), &given).map_err(|expected| {
        let option = name(arg);
        clap::Error::raw(
            ErrorKind::ValueValidation,
            format!("--{option} {given}: {expected}\n"),
        )
    })?;
    let values = match &choice {
        Choice::Value(value) => vec![value.clone()],
        Choice::Range { low, high, .. } => vec![low.to_string(), high.to_string()],
    };
    for value in values {
        run_command().try_get_matches_from([format!("--{}={value}", name(arg))])?;
    }
    Ok(choice)
}

fn seeds(arg: &Arg, matches: &ArgMatches) -> Result<Vec<u64>, clap::Error> {
    let mut seeds = Vec::new();
    for given in given(arg, matches) {
        let given = format!("--{SEED}={}", given.to_string_lossy());
        let seed = run_command().try_get_matches_from([given])?.remove_one(SEED);
        // There is a default.
        seeds.extend(seed.filter(|seed| !seeds.contains(seed)));
    }
    Ok(seeds)
}
