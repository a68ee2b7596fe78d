//! `batchprop completions` and `batchprop man`: shell completions and manual pages, made from the program's options.

mod lists;
mod manual;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;

use crate::cli::stop::Stop;
use batchprop::{Error, files};

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  batchprop completions bash > ~/.local/share/bash-completion/completions/batchprop
  batchprop completions zsh > ~/.zfunc/_batchprop     where ~/.zfunc is in fpath
  batchprop completions fish > ~/.config/fish/completions/batchprop.fish";

/// Print a script that lets a shell complete batchprop's commands, options and values.
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script. In bash, zsh and fish, lists of `sweep` are completed after each comma.
pub fn completions(args: &CompletionsArgs, mut program: Command) -> Result<(), Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "batchprop", &mut script);
    let script = lists::completed(args.shell, &String::from_utf8_lossy(&script), &program);
    Ok(io::stdout().lock().write_all(script.as_bytes())?)
}

const MAN_EXAMPLES: &str = "\
Examples:
  batchprop man | man -l -                            read the page of the program
  batchprop man train | man -l -                      read the page of a command
  batchprop man --all ~/.local/share/man/man1         write all: `man batchprop-train` finds them";

/// Print a manual page, or write all of them to a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManArgs {
    /// The command to describe, such as train or show-curves [default: the program].
    command: Option<String>,
    /// Write the pages of the program and of all its commands to FOLDER.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    all: Option<PathBuf>,
}

/// Prints or writes the pages.
pub fn man(args: &ManArgs, mut program: Command) -> Result<(), Stop> {
    // Sets the full names of commands and their `--help`.
    program.build();
    if let Some(folder) = &args.all {
        std::fs::create_dir_all(folder).map_err(Error::io(folder, "create"))?;
        for command in commands(&program) {
            let path = folder.join(format!("{}.1", page_name(command)));
            files::write_whole(&path, &page(command)?)?;
        }
        return Ok(());
    }
    let command = match &args.command {
        None => &program,
        Some(name) => {
            let page = format!("{}-{name}", page_name(&program));
            let command = commands(&program)
                .into_iter()
                .find(|command| page_name(command) == page);
            command.ok_or_else(|| unknown(name, &program))?
        }
    };
    Ok(io::stdout().lock().write_all(&page(command)?)?)
}

/// The program, its commands and their subcommands.
fn commands(program: &Command) -> Vec<&Command> {
    // `help COMMAND` shows what the command's own page does.
    let own = program
        .get_subcommands()
        .filter(|command| command.get_name() != "help");
    std::iter::once(program).chain(own.flat_map(commands)).collect()
}

fn page_name(command: &Command) -> String {
    command
        .get_display_name()
        .unwrap_or(command.get_name())
        .to_owned()
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    manual::page(command.clone().name(page_name(command)))
}

fn unknown(name: &str, program: &Command) -> Error {
    let beginning = format!("{}-", page_name(program));
    let pages = commands(program).into_iter().map(page_name);
    let names: Vec<String> = pages
        .filter_map(|page| page.strip_prefix(&beginning).map(str::to_owned))
        .collect();
    Error::option("man", name, format!("one of {}", names.join(", ")))
}
