//! Messages on stderr. The library names its options as in Rust, `` `batch_size` ``; here they become the flags of
//! the command line, `--batch-size`.

use std::io::{self, Write};
use std::sync::OnceLock;

use clap::Command;

use batchprop::Error;

/// Options of the library that have another name in the program.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("initialisation", "init"),
    ("rule", "optimizer"),
    ("warmup_epochs", "warmup"),
    ("evaluate_training", "log"),
];

/// An option of the library that another subcommand has, and its command line.
const ELSEWHERE: (&str, &str) = ("download", "`batchprop data --download`");

/// The options of the running subcommand: the name in the program, and the flag.
static FLAGS: OnceLock<Vec<(String, String)>> = OnceLock::new();

/// The rank of this process, where others train the same network.
static RANK: OnceLock<usize> = OnceLock::new();

/// From now on errors name this rank, unless it is 0. Only rank 0 prints warnings and notes.
#[cfg(feature = "mpi")]
pub fn speak_as(rank: usize) {
    // There is one job.
    let _ = RANK.set(rank);
}

fn rank() -> usize {
    RANK.get().copied().unwrap_or(0)
}

/// Whether this is the rank that prints and writes files.
pub fn leads() -> bool {
    rank() == 0
}

/// From now on messages name the flags of `command`.
pub fn speak_of(command: &Command) {
    let flags = command.get_arguments().filter_map(|argument| {
        let flag = format!("--{}", argument.get_long()?);
        Some((argument.get_id().to_string(), flag))
    });
    // There is one subcommand.
    let _ = FLAGS.set(flags.collect());
}

/// An error.
pub fn complain(message: &str) {
    write("error", message);
}

/// A warning: the program continues.
pub fn warn(message: &str) {
    write("warning", message);
}

/// A note.
pub fn note(message: &str) {
    write("note", message);
}

fn write(kind: &str, message: &str) {
    let message = with_flags(message);
    // Ignored if stderr is closed.
    let _ = match (leads(), kind) {
        (true, _) => writeln!(io::stderr(), "{kind}: {message}"),
        (false, "error") => writeln!(io::stderr(), "error on rank {}: {message}", rank()),
        (false, _) => Ok(()),
    };
}

/// An error in the words of the command line.
pub fn of_error(error: &Error) -> String {
    match error {
        Error::Option {
            option,
            given,
            expected,
        } => {
            let option = flag(option, flags()).unwrap_or(option);
            with_flags(&format!("{option} {given}: expected {expected}"))
        }
        error => with_flags(&error.to_string()),
    }
}

/// Replaces the library's names of options by flags, where the running subcommand has them.
pub fn with_flags(message: &str) -> String {
    replaced(message, flags())
}

fn flags() -> &'static [(String, String)] {
    FLAGS.get().map_or(&[], Vec::as_slice)
}

/// The flag of the library's option `name`.
fn flag<'a>(name: &str, flags: &'a [(String, String)]) -> Option<&'a str> {
    let other = OTHER_NAMES.iter().find(|(known, _)| *known == name);
    let name = other.map_or(name, |(_, other)| other);
    let found = flags.iter().find(|(known, _)| known == name);
    match found {
        Some((_, flag)) => Some(flag),
        None => (name == ELSEWHERE.0).then_some(ELSEWHERE.1),
    }
}

fn replaced(message: &str, flags: &[(String, String)]) -> String {
    let mut text = String::new();
    let mut rest = message;
    while let Some((before, from)) = rest.split_once('`') {
        text.push_str(before);
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let name = &from[..from.find(|c| !is_part(c)).unwrap_or(from.len())];
        rest = from;
        match (flag(name, flags), from[name.len()..].strip_prefix('`')) {
            (Some(flag), Some(after)) => {
                text.push_str(flag);
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

    fn flags() -> Vec<(String, String)> {
        [
            ("batch_size", "--batch-size"),
            ("train_on", "--train-on"),
            ("warmup", "--warmup"),
            ("init", "--init"),
            ("data", "--data"),
            ("output", "--output-activation"),
        ]
        .map(|(name, flag)| (name.to_owned(), flag.to_owned()))
        .into()
    }

    #[test]
    fn options_of_the_library_become_flags_where_the_subcommand_has_them() {
        let flags = flags();
        for (message, expected) in [
            ("`batch_size` 64 fits.", "--batch-size 64 fits."),
            (
                "some left out of training: `train_on` train",
                "some left out of training: --train-on train",
            ),
            ("`warmup_epochs`, `initialisation`", "--warmup, --init"),
            ("`output` softmax", "--output-activation softmax"),
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
            (
                "Fetch it (`download`).",
                "Fetch it (`batchprop data --download`).",
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
        let flags = flags();
        assert_eq!(flag("batch_size", &flags), Some("--batch-size"));
        for name in ["--batch-size", "the combination", "LOG", "hidden"] {
            assert_eq!(flag(name, &flags), None);
        }
    }
}
