//! The command line. Only this room prints and chooses exit codes.
//!
//! Results go to stdout, messages and progress to stderr. Exit codes: 0 success, 1 failure, 2 bad usage; training
//! that is ended by Ctrl-C or SIGTERM saves, reports and exits with 130 or 143. A reader that closes the pipe early
//! (`| head`) ends the program quietly.
//!
//! | room | |
//! |---|---|
//! | `output` | how the program prints: messages, words, formats, colours, bars |
//! | `stop`, `threads`, `signals`, `ranks` | what ends a subcommand, and what it runs on |
//! | `options` | options as they are typed, one file per group |
//! | `records` | logs and sweep files: one line per epoch or run, written and read |
//! | `page` | the page to draw on and to watch a run: its server and its files |
//! | `commands` | one module per subcommand |
//!
//! Each uses only those above it.

mod commands;
mod options;
mod output;
mod page;
mod ranks;
mod records;
mod signals;
mod stop;
mod threads;

#[cfg(test)]
mod damage;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use commands::{bench, convert, data, evaluate, info, predict, serve, shell, show, sweep, train, verify};
use options::recipe;
use output::messages;
use output::numbers::explained;

const EXAMPLES: &str = "\
Examples:
  batchprop train --threads 8    train the article's network on MNIST
  batchprop train --recipe best  train the best network
  batchprop sweep --hidden 30,100 --learning-rate 1,3
                                 compare settings on the validation images
  batchprop evaluate model.safetensors
                                 how good a trained network is, and what it gets wrong
  batchprop predict model.safetensors photo.jpg
                                 which digit is in a picture
  batchprop show curves run.csv  learning curves; also digits and weights
  batchprop serve                draw digits on a page and see what the network makes of them
  batchprop info model.safetensors
                                 what a file holds: a network, a checkpoint or data
  batchprop data                 which data would be used
  batchprop convert model.safetensors model.onnx
                                 take a network to other programs
  batchprop verify               prove the gradient on this machine
  batchprop bench                measure what this machine can do

`batchprop help COMMAND` lists all options. Results go to stdout, everything else to stderr.";

/// A parallel, batched trainer for fully connected networks on handwritten digits.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(Box<train::Args>),
    Sweep(Box<sweep::Args>),
    Evaluate(evaluate::Args),
    Predict(predict::Args),
    Show(show::Args),
    Serve(Box<serve::Args>),
    Info(info::Args),
    Convert(convert::Args),
    Data(data::Args),
    Verify(verify::Args),
    Bench(bench::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Parses the command line, runs the subcommand and returns its exit code.
pub fn main() -> ExitCode {
    batchprop::math::blas::use_one_thread_per_call();
    let mut program = Cli::command();
    program.build();
    let arguments = serve::renamed(std::env::args_os().collect());
    let arguments = recipe::expand(&program, arguments);
    let refuse = |error| -> ! { ranks::refuse(&explained(&program, &arguments, error)) };
    let given = Cli::command().try_get_matches_from(&arguments);
    let given = given.unwrap_or_else(|error| refuse(error));
    let command = parse(&program, &given).unwrap_or_else(|error| refuse(error));
    let run = || match command {
        Command::Train(args) => train::run(&args, &given),
        Command::Sweep(args) => sweep::run(&args, &given),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Predict(args) => predict::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Serve(args) => serve::run(&args, &given),
        Command::Info(args) => info::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Data(args) => data::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Completions(args) => shell::completions(&args, Cli::command()),
        Command::Man(args) => shell::man(&args, Cli::command()),
    };
    stop::exit_code(run)
}

/// The subcommand with its options, with the checks that clap cannot do. From here on messages name its flags.
fn parse(program: &clap::Command, given: &ArgMatches) -> Result<Command, clap::Error> {
    let command = Cli::from_arg_matches(given)?.command;
    let (mut subcommand, mut given) = (program, given);
    while let Some((name, its)) = given.subcommand()
        && let Some(found) = subcommand.find_subcommand(name)
    {
        (subcommand, given) = (found, its);
    }
    messages::speak_of(subcommand);
    match command {
        Command::Train(_) => match train::refused_with_resume(subcommand, given) {
            Some(refused) => Err(subcommand.clone().error(ErrorKind::ArgumentConflict, refused)),
            None => Ok(command),
        },
        _ => Ok(command),
    }
}
