//! `--recipe NAME`: options under a name, which are put into the command line where the user does not give them.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use clap::{CommandFactory, ValueEnum};

use crate::cli::{Cli, Stop};

/// Options that were chosen together, on the validation images. What each reaches is in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Recipe {
    /// The article's run, which is the default: 95 % in a second.
    Article,
    /// Nielsen's third chapter: 100 hidden units, cross-entropy, L2. 98 % in seconds.
    Book,
    /// 98 % in the shortest time.
    Fast,
    /// 99.5 % in minutes: two hidden layers, distorted images.
    Best,
}

impl Recipe {
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
                ["--output", "sigmoid"],
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
                ["--train-on", "all"],
                ["--activation", "sigmoid"],
                ["--output", "sigmoid"],
                ["--cost", "cross-entropy"],
                ["--init", "normalised"],
                ["--optimizer", "sgd"],
                ["--schedule", "cosine"],
                ["--l2", "5"],
            ],
            Self::Fast => &[
                ["--hidden", "160"],
                ["--epochs", "4"],
                ["--batch-size", "16"],
                ["--learning-rate", "0.3"],
                ["--train-on", "all"],
                ["--activation", "relu"],
                ["--output", "softmax"],
                ["--cost", "log-likelihood"],
                ["--init", "he"],
                ["--optimizer", "sgd"],
                ["--schedule", "one-cycle"],
            ],
            Self::Best => &[
                ["--hidden", "800-800"],
                ["--epochs", "60"],
                ["--batch-size", "256"],
                ["--learning-rate", "0.002"],
                ["--train-on", "all"],
                ["--activation", "relu"],
                ["--output", "softmax"],
                ["--cost", "log-likelihood"],
                ["--init", "he"],
                ["--optimizer", "adam"],
                ["--schedule", "cosine"],
                ["--label-smoothing", "0.1"],
                ["--augment", "all"],
            ],
        }
    }

    /// The command line with these options, each where it does not give the option itself.
    fn fill(self, arguments: Vec<OsString>) -> Vec<OsString> {
        let mut program = Cli::command();
        program.build();
        let takes_recipe = |it: &&clap::Command| it.get_arguments().any(|it| it.get_id() == "recipe");
        let subcommand = arguments.get(1).and_then(|name| program.find_subcommand(name));
        let Some(subcommand) = subcommand.filter(takes_recipe) else {
            return arguments;
        };
        // Known to the subcommand, and not given.
        let is_missing = |option: &str| {
            let mut all = subcommand.get_arguments();
            let argument = all.find(|it| it.get_long() == option.strip_prefix("--"));
            argument.is_some_and(|argument| {
                let names = argument.get_long_and_visible_aliases().unwrap_or_default();
                let mut names = names.into_iter().map(|name| format!("--{name}"));
                !names.any(|name| arguments.iter().any(|given| is_option(given, &name)))
            })
        };
        let missing = self.options().iter().filter(|[option, _]| is_missing(option));
        let (program_and_subcommand, own) = arguments.split_at(2);
        let mut filled = program_and_subcommand.to_vec();
        filled.extend(missing.flatten().map(OsString::from));
        filled.extend_from_slice(own);
        filled
    }

    /// Prints a command line that does without the recipe what `arguments` do with it.
    pub fn print(self, arguments: Vec<OsString>) -> Result<(), Stop> {
        let mut words = vec!["batchprop".to_owned()];
        let mut arguments = self.fill(arguments).into_iter().skip(1);
        while let Some(argument) = arguments.next() {
            if argument == "--recipe" {
                arguments.next();
            } else if argument != "--print" && !is_option(&argument, "--recipe") {
                words.push(quoted(&argument.to_string_lossy()));
            }
        }
        writeln!(io::stdout(), "{}", words.join(" "))?;
        Ok(())
    }
}

/// The command line with what the recipe that it names stands for.
pub fn expand(arguments: Vec<OsString>) -> Vec<OsString> {
    match named(&arguments) {
        Some(recipe) => recipe.fill(arguments),
        None => arguments,
    }
}

/// The recipe that the arguments name. What is none is left for clap to refuse.
fn named(arguments: &[OsString]) -> Option<Recipe> {
    let position = arguments.iter().position(|it| is_option(it, "--recipe"))?;
    let name = match arguments[position].to_str()?.split_once('=') {
        Some((_, name)) => name,
        None => arguments.get(position + 1)?.to_str()?,
    };
    Recipe::from_str(name, false).ok()
}

/// Whether `argument` is `--name`, or `--name=value`.
fn is_option(argument: &OsStr, name: &str) -> bool {
    let rest = argument.to_str().and_then(|argument| argument.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

/// As a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,/=:+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn expanded(line: &str) -> Vec<String> {
        let arguments = line.split_whitespace().map(OsString::from).collect();
        let words = expand(arguments).into_iter();
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
