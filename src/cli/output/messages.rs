//! Messages on stderr. The library names its options as a program in Rust writes them, `` `batch_size` ``; here they become
//! the flags of the command line, `--batch-size`.

use std::io::{self, Write};
use std::sync::OnceLock;

use clap::Command;

use batchprop::Error;

/// Options of the library that have another name on the command line.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("initialisation", "init"),
    ("rule", "optimizer"),
    ("warmup_epochs", "warmup"),
    ("evaluate_training", "log"),
];

/// The flags of the running subcommand, without their dashes.
static FLAGS: OnceLock<Vec<String>> = OnceLock::new();

/// From now on messages name the flags of `command`.
pub fn speak_of(command: &Command) {
    let flags = command.get_arguments().filter_map(|argument| argument.get_long());
    // There is one subcommand.
    let _ = FLAGS.set(flags.map(str::to_owned).collect());
}

/// An error.
pub fn complain(message: &str) {
    write("error", message);
}

/// What does not end the program.
pub fn warn(message: &str) {
    write("warning", message);
}

/// What is good to know.
pub fn note(message: &str) {
    write("note", message);
}

fn write(kind: &str, message: &str) {
    // Where stderr is closed nobody reads it.
    let _ = writeln!(io::stderr(), "{kind}: {}", with_flags(message));
}

/// An error in the words of the command line.
pub fn of_error(error: &Error) -> String {
    match error {
        Error::Option {
            option,
            given,
            expected,
        } => {
            let option = flag(option, flags()).unwrap_or_else(|| (*option).to_owned());
            with_flags(&format!("{option} {given}: expected {expected}"))
        }
        error => with_flags(&error.to_string()),
    }
}

/// Replaces the library's names of options by flags, where the running subcommand has them.
pub fn with_flags(message: &str) -> String {
    replaced(message, flags())
}

fn flags() -> &'static [String] {
    FLAGS.get().map_or(&[], Vec::as_slice)
}

/// The flag of the library's option `name`.
fn flag(name: &str, flags: &[String]) -> Option<String> {
    let other = OTHER_NAMES.iter().find(|(known, _)| *known == name);
    let flag = other.map_or_else(|| name.replace('_', "-"), |(_, flag)| (*flag).to_owned());
    flags.contains(&flag).then(|| format!("--{flag}"))
}

fn replaced(message: &str, flags: &[String]) -> String {
    let mut text = String::new();
    let mut rest = message;
    while let Some((before, from)) = rest.split_once('`') {
        text.push_str(before);
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let name = &from[..from.find(|c| !is_part(c)).unwrap_or(from.len())];
        rest = from;
        match (flag(name, flags), from[name.len()..].strip_prefix('`')) {
            (Some(flag), Some(after)) => {
                text.push_str(&flag);
                rest = after;
            }
            _ => text.push('`'),
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_library_become_flags_where_the_subcommand_has_them() {
        let flags = ["batch-size", "train-on", "warmup", "init", "data"].map(str::to_owned);
        for (message, expected) in [
            ("`batch_size` 64 fits.", "--batch-size 64 fits."),
            (
                "some left out of training: `train_on` train",
                "some left out of training: --train-on train",
            ),
            ("`warmup_epochs`, `initialisation`", "--warmup, --init"),
            // No option of this subcommand.
            (
                "Fewer units in `hidden` need less.",
                "Fewer units in `hidden` need less.",
            ),
            // A command, not an option.
            (
                "`batchprop data --download` fetches `data`",
                "`batchprop data --download` fetches --data",
            ),
            ("a`data`b`data", "a--datab`data"),
            ("``", "``"),
            ("ä`data`", "ä--data"),
            ("", ""),
        ] {
            assert_eq!(replaced(message, &flags), expected);
        }
    }

    #[test]
    fn the_option_of_an_error_becomes_a_flag() {
        let flags = ["batch-size".to_owned()];
        assert_eq!(flag("batch_size", &flags).as_deref(), Some("--batch-size"));
        for name in ["--batch-size", "the combination", "LOG", "hidden"] {
            assert_eq!(flag(name, &flags), None);
        }
    }
}
