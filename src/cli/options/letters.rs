//! Options that are given by their single letters, in full: `-b32` is `--batch-size=32`. What looks for options in a command
//! line before clap does, such as recipes, then needs their long names only.

use std::ffi::{OsStr, OsString};

use clap::Command;

/// `arguments` of `command` with the long names of options.
pub fn in_full(command: &Command, arguments: Vec<OsString>) -> Vec<OsString> {
    let mut full = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            full.push(argument);
            full.extend(arguments);
            break;
        }
        match options(command, &argument) {
            Some(options) => full.extend(options),
            None => full.push(argument),
        }
    }
    full
}

/// The options of an argument such as `-qb32`; `None` for any other argument.
fn options(command: &Command, argument: &OsStr) -> Option<Vec<OsString>> {
    let letters = argument.to_str()?.strip_prefix('-')?;
    let mut options = Vec::new();
    for (at, letter) in letters.char_indices() {
        let option = command
            .get_arguments()
            .find(|it| it.get_short() == Some(letter))?;
        let name = format!("--{}", option.get_long()?);
        if !option.get_action().takes_values() {
            options.push(name.into());
            continue;
        }
        let value = &letters[at + letter.len_utf8()..];
        options.push(match value.strip_prefix('=').unwrap_or(value) {
            "" => name.into(),
            value => format!("{name}={value}").into(),
        });
        break;
    }
    (!options.is_empty()).then_some(options)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn letters_are_options_in_all_spellings_of_unix() {
        let mut program = Cli::command();
        program.build();
        let train = program.find_subcommand("train").unwrap();
        for (given, full) in [
            (
                "-b 32 -l0.1 -r=fast",
                "--batch-size 32 --learning-rate=0.1 --recipe=fast",
            ),
            ("-qe3 -d -x", "--quiet --epochs=3 --data -x"),
            ("--seed -1 -b -5", "--seed -1 --batch-size -5"),
            ("-X -- -q", "-X -- -q"),
            ("-", "-"),
        ] {
            let arguments = given.split(' ').map(OsString::from).collect();
            let found: Vec<_> = in_full(train, arguments)
                .into_iter()
                .map(|it| it.into_string().unwrap())
                .collect();
            assert_eq!(found.join(" "), full);
        }
    }

    /// One letter, one meaning, in all commands; -o is the file that a command writes.
    #[test]
    fn a_letter_is_the_same_option_everywhere() {
        let mut known: Vec<(char, String)> = Vec::new();
        fn look(command: &Command, known: &mut Vec<(char, String)>) {
            for option in command.get_arguments().filter(|it| it.get_id() != "help") {
                let Some(letter) = option.get_short() else {
                    continue;
                };
                let name = option.get_long().unwrap().replace("save", "out");
                match known.iter().find(|(it, _)| *it == letter) {
                    Some((_, other)) => assert_eq!(*other, name, "-{letter} of {}", command.get_name()),
                    None => known.push((letter, name)),
                }
            }
            command.get_subcommands().for_each(|command| look(command, known));
        }
        let mut program = Cli::command();
        program.build();
        look(&program, &mut known);
        assert!(known.len() > 10, "{known:?}");
    }
}
