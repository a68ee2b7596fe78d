//! What ends a subcommand, and the exit code of the program.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use super::output::messages::{complain, of_error};
use batchprop::Error;

/// Added to the signal's number, the exit code of a program that was ended by a signal.
const KILLED: u8 = 128;

/// Printed behind a panic.
pub const BUG: &str = "this is a bug of batchprop; please report it with the lines above";

/// What ends a subcommand early.
#[derive(Debug)]
pub enum Stop {
    /// Something failed: exit code 1, or 2 for bad usage.
    Error(Error),
    /// Results could not be written to stdout.
    Output(io::Error),
    /// The error has been printed; exit code 1.
    Failed,
    /// A signal of this number was received, and everything has been saved and reported.
    Signal(u8),
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

/// The exit code of a program that this signal ended: 130 for Ctrl-C, 143 for SIGTERM.
pub fn exit_code_of(signal: u8) -> u8 {
    KILLED + signal
}

/// Runs a subcommand and returns its exit code. A panic on any thread ends here, where nothing is used that it left
/// unfinished.
pub fn exit_code(run: impl FnOnce() -> Result<(), Stop>) -> ExitCode {
    let Ok(outcome) = panic::catch_unwind(AssertUnwindSafe(run)) else {
        // The panic itself has been printed.
        return ExitCode::from(fail(BUG, 1));
    };
    ExitCode::from(print_and_code(outcome))
}

/// Prints what ended a subcommand, where that has not been done, and returns the exit code.
pub fn print_and_code(outcome: Result<(), Stop>) -> u8 {
    match outcome {
        Ok(()) => 0,
        Err(Stop::Failed) => 1,
        Err(Stop::Signal(signal)) => exit_code_of(signal),
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(Stop::Output(error)) => fail(&format!("cannot write to stdout: {error}"), 1),
        Err(Stop::Error(error)) => fail(&of_error(&error), if error.is_usage() { 2 } else { 1 }),
    }
}

fn fail(message: &str, code: u8) -> u8 {
    complain(message);
    code
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::super::threads::on_threads;
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

    #[test]
    fn a_signal_s_exit_code_is_that_of_shells() {
        for (signal, code) in [(2, 130), (15, 143)] {
            let expected = format!("{:?}", ExitCode::from(code));
            assert_eq!(format!("{:?}", exit_code(|| Err(Stop::Signal(signal)))), expected);
        }
    }
}
