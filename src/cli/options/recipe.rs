//! `--recipe NAME`: named sets of options. They are added to the command line, except those that the user gives.

use std::ffi::{OsStr, OsString};

use clap::{Command, ValueEnum};

use super::letters;
use batchprop::{Cost, Functions, Output};

/// Sets of options that were chosen on the validation images. The README lists their accuracies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Recipe {
    /// The article's run, the default: 95 % in a second
    Article,
    /// Nielsen's third chapter: 100 hidden units, cross-entropy, L2; 98 % in seconds
    Book,
    /// 98 % in the shortest time
    Fast,
    /// 99 % in the shortest time: 500 hidden units, distorted images
    Balanced,
    /// 99.5 % in minutes: two hidden layers, distorted images
    Best,
}

impl Recipe {
    /// As it is given.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether `argument` is one of its options with its value: `--hidden=30`.
    pub fn has(self, argument: &str) -> bool {
        let pairs = self.options().iter();
        argument
            .split_once('=')
            .is_some_and(|(option, value)| pairs.clone().any(|pair| *pair == [option, value]))
    }

    /// Its options and their values.
    fn options(self) -> &'static [[&'static str; 2]] {
        match self {
            Self::Article => &[
                ["--hidden", "30"],
                ["--epochs", "30"],
                ["--batch-size", "10"],
                ["--learning-rate", "3"],
                ["--train-on", "train"],
                ["--activation", "sigmoid"],
                ["--output-activation", "sigmoid"],
                ["--cost", "quadratic"],
                ["--init", "normal"],
                ["--optimizer", "sgd"],
                ["--schedule", "constant"],
            ],
            Self::Book => &[
                ["--hidden", "100"],
                ["--epochs", "30"],
                ["--batch-size", "10"],
                ["--learning-rate", "0.5"],
                ["--train-on", "train-and-validation"],
                ["--activation", "sigmoid"],
                ["--output-activation", "sigmoid"],
                ["--cost", "cross-entropy"],
                ["--init", "normalised"],
                ["--optimizer", "sgd"],
                ["--schedule", "cosine"],
                ["--l2", "5"],
            ],
            Self::Fast => &[
                ["--hidden", "160"],
                ["--epochs", "3"],
                ["--batch-size", "16"],
                ["--learning-rate", "0.4"],
                ["--train-on", "train-and-validation"],
                ["--activation", "relu"],
                ["--output-activation", "softmax"],
                ["--cost", "log-likelihood"],
                ["--init", "he"],
                ["--optimizer", "sgd"],
                ["--schedule", "one-cycle"],
                ["--label-smoothing", "0.05"],
            ],
            Self::Balanced => &[
                ["--hidden", "500"],
                ["--epochs", "12"],
                ["--batch-size", "24"],
                ["--learning-rate", "0.4"],
                ["--train-on", "train-and-validation"],
                ["--activation", "relu"],
                ["--output-activation", "softmax"],
                ["--cost", "log-likelihood"],
                ["--init", "he"],
                ["--optimizer", "sgd"],
                ["--schedule", "one-cycle"],
                ["--label-smoothing", "0.05"],
                ["--augment", "affine"],
            ],
            Self::Best => &[
                ["--hidden", "800-800"],
                ["--epochs", "75"],
                ["--batch-size", "256"],
                ["--learning-rate", "0.002"],
                ["--train-on", "train-and-validation"],
                ["--activation", "gelu"],
                ["--output-activation", "softmax"],
                ["--cost", "log-likelihood"],
                ["--init", "he"],
                ["--optimizer", "adam"],
                ["--schedule", "cosine"],
                ["--label-smoothing", "0.1"],
                ["--augment", "all"],
            ],
        }
    }

    /// The arguments of `command` with the recipe's options that they do not give themselves.
    fn fill(self, command: &Command, arguments: &[OsString]) -> Vec<OsString> {
        // Known to the subcommand, and not given.
        let is_missing = |option: &str| {
            let mut all = command.get_arguments();
            let argument = all.find(|it| it.get_long() == option.strip_prefix("--"));
            argument.is_some_and(|argument| {
                let names = argument.get_long_and_visible_aliases().unwrap_or_default();
                let mut names = names.into_iter().map(|name| format!("--{name}"));
                !names.any(|name| arguments.iter().any(|given| is_option(given, &name)))
            })
        };
        let missing = self
            .options()
            .iter()
            .filter(|[option, value]| is_missing(option) && fits(option, value, arguments));
        missing
            .flatten()
            .map(OsString::from)
            .chain(arguments.iter().cloned())
            .collect()
    }

    /// The command line of `train` without the recipe that does the same as `arguments`.
    pub fn spelled_out(self, train: &Command, arguments: &[OsString]) -> String {
        let mut words = vec!["batchprop train".to_owned()];
        let mut arguments = self.fill(train, arguments).into_iter();
        while let Some(argument) = arguments.next() {
            if argument == "--recipe" {
                arguments.next();
            } else if argument != "--print" && !is_option(&argument, "--recipe") {
                words.push(quoted(&argument.to_string_lossy()));
            }
        }
        words.join(" ")
    }
}

/// The command line with the options of the recipe that it names, where its subcommand takes recipes.
pub fn expand(program: &Command, mut arguments: Vec<OsString>) -> Vec<OsString> {
    let subcommand = arguments.get(1).and_then(|name| program.find_subcommand(name));
    if let Some(subcommand) = subcommand {
        let own = arguments.split_off(2);
        arguments.extend(expand_own(subcommand, own));
    }
    arguments
}

/// As [`expand`], of the arguments of `command` alone.
pub fn expand_own(command: &Command, arguments: Vec<OsString>) -> Vec<OsString> {
    let arguments = letters::in_full(command, arguments);
    let takes_recipe = command.get_arguments().any(|it| it.get_id() == "recipe");
    match named(&arguments).filter(|_| takes_recipe) {
        Some(recipe) => recipe.fill(command, &arguments),
        None => arguments,
    }
}

/// Options that `--init-from` decides.
const OF_NETWORK: [&str; 5] = [
    "--hidden",
    "--activation",
    "--output-activation",
    "--cost",
    "--init",
];

/// Whether a recipe's output or cost fits the given cost or output, its training images the given ones to validate on, and its
/// network the one to start from. If not, it is left out, and has its default.
fn fits(option: &str, value: &str, arguments: &[OsString]) -> bool {
    if OF_NETWORK.contains(&option) && values(arguments, "--init-from").next().is_some() {
        return false;
    }
    let output = |name: &str| Output::ALL.into_iter().find(|it| it.name() == name);
    let cost = |name: &str| Cost::ALL.into_iter().find(|it| it.name() == name);
    let pair = |given: &str| match option {
        "--cost" => output(given).zip(cost(value)),
        _ => output(value).zip(cost(given)),
    };
    let other = match option {
        "--cost" => ["--output-activation", "--output"],
        "--output-activation" => ["--cost", "--loss"],
        "--train-on" => return values(arguments, "--validation-split").next().is_none(),
        _ => return true,
    };
    // A sweep has several. Clap refuses unknown names.
    let mut given = other.into_iter().flat_map(|name| values(arguments, name));
    given.all(|given| {
        given.split(',').filter_map(pair).all(|(output, cost)| {
            let functions = Functions {
                output,
                cost,
                ..Functions::default()
            };
            functions.check().is_ok()
        })
    })
}

/// The values that the arguments give to the option `name`.
fn values<'a>(arguments: &'a [OsString], name: &'a str) -> impl Iterator<Item = &'a str> {
    let positions = (0..arguments.len()).filter(move |&position| is_option(&arguments[position], name));
    positions.filter_map(|position| match arguments[position].to_str()?.split_once('=') {
        Some((_, value)) => Some(value),
        None => arguments.get(position + 1)?.to_str(),
    })
}

/// The recipe that the arguments name. Clap refuses an unknown one.
fn named(arguments: &[OsString]) -> Option<Recipe> {
    Recipe::from_str(values(arguments, "--recipe").next()?, false).ok()
}

/// Whether `argument` is `--name`, or `--name=value`.
fn is_option(argument: &OsStr, name: &str) -> bool {
    let rest = argument.to_str().and_then(|argument| argument.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

/// Quoted for a shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,/=:+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;

    fn expanded(line: &str) -> Vec<String> {
        let arguments = line.split_whitespace().map(OsString::from).collect();
        let words = expand(&Cli::command(), arguments).into_iter();
        words.map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn every_recipe_is_a_valid_command_line() {
        for recipe in Recipe::value_variants() {
            let name = recipe.to_possible_value().unwrap();
            let line = expanded(&format!("batchprop train --recipe {}", name.get_name()));
            assert_eq!(line.len(), 4 + 2 * recipe.options().len());
            Cli::try_parse_from(line).unwrap();
        }
    }

    #[test]
    fn a_sweep_around_a_recipe_takes_what_it_knows_of_it() {
        for recipe in Recipe::value_variants() {
            let name = recipe.to_possible_value().unwrap();
            let line = expanded(&format!(
                "batchprop sweep --recipe {} --lr 0.1,0.3",
                name.get_name()
            ));
            assert!(
                !line.contains(&"--train-on".to_owned()) && !line.contains(&"--learning-rate".to_owned())
            );
            Cli::try_parse_from(line).unwrap();
        }
    }

    #[test]
    fn the_user_s_options_take_the_place_of_the_recipe_s_in_every_spelling() {
        for own in ["--learning-rate 0.1", "--eta 0.1", "--lr=0.1"] {
            let line = expanded(&format!("batchprop train {own} --recipe=fast"));
            let rates = line.iter().filter(|word| *word == "--learning-rate").count();
            assert_eq!(rates, usize::from(own.starts_with("--learning-rate")), "{line:?}");
            Cli::try_parse_from(line).unwrap();
        }
        let line = expanded("batchprop train --recipe best --hidden 30 --threads 1");
        assert!(!line.contains(&"800-800".to_owned()));
        assert_eq!(
            line[line.len() - 6..].join(" "),
            "--recipe best --hidden 30 --threads 1"
        );
    }

    /// The recipe's cost once did not fit the user's output, and the error named a cost that the user had not given.
    #[test]
    fn an_output_or_cost_of_the_user_replaces_what_does_not_fit_it() {
        for (line, output, cost) in [
            ("train --recipe best --output sigmoid", None, None),
            ("train --recipe best --output=sigmoid", None, None),
            ("train --recipe best --cost cross-entropy", None, None),
            ("train --recipe book --output softmax", None, None),
            (
                "train --recipe book --output sigmoid",
                None,
                Some("cross-entropy"),
            ),
            (
                "train --recipe best --output softmax",
                None,
                Some("log-likelihood"),
            ),
            ("train --recipe best --cost log-likelihood", Some("softmax"), None),
            ("sweep --recipe best --output sigmoid,softmax", None, None),
            ("train --recipe best", Some("softmax"), Some("log-likelihood")),
        ] {
            let expanded = expanded(&format!("batchprop {line}"));
            let own = line.split_whitespace().count() - 1;
            let filled: Vec<OsString> = expanded[2..expanded.len() - own]
                .iter()
                .map(OsString::from)
                .collect();
            assert_eq!(values(&filled, "--output-activation").next(), output, "{line}");
            assert_eq!(values(&filled, "--cost").next(), cost, "{line}");
            if line.starts_with("train") {
                let Ok(Cli {
                    command: crate::cli::Command::Train(args),
                }) = Cli::try_parse_from(expanded)
                else {
                    panic!("{line}");
                };
                args.options().unwrap();
            }
        }
    }

    #[test]
    fn without_a_recipe_nothing_changes() {
        for line in [
            "batchprop train --epochs 3",
            "batchprop train --recipe",
            "batchprop train --recipe cake",
            "batchprop verify --recipe best",
            "batchprop",
        ] {
            assert_eq!(expanded(line).join(" "), line);
        }
    }

    #[test]
    fn words_are_quoted_as_a_shell_needs_it() {
        assert_eq!(quoted("--hidden=800,800"), "--hidden=800,800");
        assert_eq!(quoted("my digits"), "'my digits'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
