//! The command line: one file a subcommand. Only these rooms print or choose an exit code.
//!
//! Results go to stdout, errors and progress to stderr. Exit codes: 0 success, 1 failure, 2 bad usage.
//! A reader that closes the pipe early (`| head`) ends the program quietly.

mod commands;
mod options;
mod output;
mod records;
mod signals;

#[cfg(test)]
#[path = "../../tests/common/damage.rs"]
mod damage;

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use batchprop::Error;

use commands::{bench, convert, data, evaluate, predict, serve, shell, show, sweep, train, verify};
use options::recipe;

const EXAMPLES: &str = "\
Examples:
  batchprop train --threads 8    train the article's network on MNIST
  batchprop train --recipe best  train as well as can be
  batchprop sweep --hidden 30,100 --learning-rate 1,3
                                 compare settings on the validation images
  batchprop evaluate model.safetensors
                                 how good a trained network is, and what it mistakes
  batchprop predict model.safetensors photo.jpg
                                 which digit is in a picture
  batchprop show curves run.csv  learning curves; also digits and weights
  batchprop serve                draw digits on a page, and see what the network makes of them
  batchprop data                 which data would be used
  batchprop convert model.safetensors model.onnx
                                 carry a network to other programs
  batchprop verify               prove the gradient on this machine
  batchprop bench                measure what this machine can do

`batchprop help COMMAND` tells all options. Results go to stdout, all else to stderr.";

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
    Convert(convert::Args),
    Data(data::Args),
    Verify(verify::Args),
    Bench(bench::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// What ends a subcommand early.
#[derive(Debug)]
enum Stop {
    /// Something failed; exit code 1, or 2 where the command line is at fault.
    Error(Error),
    /// Results could not be written to stdout.
    Output(io::Error),
    /// The subcommand has said what is wrong; exit code 1.
    Failed,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Parses the command line, runs the subcommand and says how it went.
pub fn main() -> ExitCode {
    batchprop::math::blas::use_one_thread_per_call();
    let arguments = recipe::expand(std::env::args_os().collect());
    let given = Cli::command().get_matches_from(arguments);
    let command = parse(&given).unwrap_or_else(|error| error.exit());
    let run = || match command {
        Command::Train(args) => train::run(&args, &given),
        Command::Sweep(args) => sweep::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Predict(args) => predict::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Data(args) => data::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Completions(args) => shell::completions(&args, Cli::command()),
        Command::Man(args) => shell::man(&args, Cli::command()),
    };
    exit_code(run)
}

/// Runs a subcommand and says how it went. A panic, on whatever thread, comes here, where nothing of what it left half-done
/// is used any more.
fn exit_code(run: impl FnOnce() -> Result<(), Stop>) -> ExitCode {
    let Ok(outcome) = panic::catch_unwind(AssertUnwindSafe(run)) else {
        // The panic itself has been told.
        return fail(
            "this is a bug of batchprop; please report it with the lines above",
            1,
        );
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Failed) => ExitCode::FAILURE,
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Stop::Output(error)) => fail(&format!("cannot write to stdout: {error}"), 1),
        Err(Stop::Error(error)) => fail(&error.to_string(), if error.is_usage() { 2 } else { 1 }),
    }
}

/// The subcommand with its options, and whether these go together as far as clap itself cannot say.
fn parse(given: &ArgMatches) -> Result<Command, clap::Error> {
    let command = Cli::from_arg_matches(given)?.command;
    let mut cli = Cli::command();
    cli.build();
    if let Some((name, given)) = given.subcommand()
        && let Some(subcommand) = cli.find_subcommand_mut(name)
        && matches!(command, Command::Train(_))
        && let Some(refused) = train::settings::refused_with_resume(subcommand, given)
    {
        return Err(subcommand.error(ErrorKind::ArgumentConflict, refused));
    }
    Ok(command)
}

fn fail(message: &str, code: u8) -> ExitCode {
    complain(message);
    ExitCode::from(code)
}

/// A line on stderr.
fn complain(message: &str) {
    // Where stderr is closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "error: {message}");
}

/// A line on stderr of what does not end the program.
fn warn(message: &str) {
    // As above.
    let _ = writeln!(io::stderr(), "warning: {message}");
}

/// A line on stderr of what is good to know.
fn note(text: &str) {
    // As above.
    let _ = writeln!(io::stderr(), "note: {text}");
}

/// Refuses `--threads 0`.
fn check_threads(threads: Option<usize>) -> Result<(), Error> {
    match threads {
        Some(0) => Err(Error::option("--threads", "0", "1 or more")),
        _ => Ok(()),
    }
}

/// Runs `work` on a rayon pool of `threads`, by default one a core. More than one a core only get in each other's
/// way, and the result does not depend on their number: they are not started.
fn on_threads<R: Send>(threads: Option<usize>, work: impl FnOnce() -> R + Send) -> Result<R, Stop> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.unwrap_or(cores).min(cores);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| {
        Error::option(
            "--threads",
            threads,
            format!("a number of threads this machine can start ({error})"),
        )
    })?;
    Ok(pool.install(work))
}

/// A network's sizes: 784-30-10.
fn dashed(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join("-")
}

/// A count with thousands separated: 50,000.
fn grouped(count: f64) -> String {
    indicatif::HumanCount(count.round() as u64).to_string()
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn a_panic_on_any_thread_is_a_failure_as_any_other() {
        let failed = format!("{:?}", ExitCode::from(1));
        let on_a_worker = || {
            on_threads(Some(2), || {
                (0..100).into_par_iter().for_each(|index| assert_ne!(index, 70));
            })
        };
        assert_eq!(format!("{:?}", exit_code(on_a_worker)), failed);
        assert_eq!(format!("{:?}", exit_code(|| panic!("here"))), failed);
        assert_eq!(format!("{:?}", exit_code(|| Err(Stop::Failed))), failed);
    }
}
