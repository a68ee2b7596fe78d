//! Errors about numbers of the command line: clap says "invalid digit found in string", here is what was expected.

use std::error::Error as _;
use std::ffi::OsStr;
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};

/// How clap reports a number beside its bounds, which follow.
const OUT_OF_BOUNDS: &str = " is not in ";

/// `error` of a subcommand of `program`, whose command line `words` are; that of a number with what was expected.
pub fn explained(program: &Command, words: &[impl AsRef<OsStr>], error: Error) -> Error {
    let mut command = program;
    for word in words {
        match command.find_subcommand(word.as_ref()) {
            Some(subcommand) => command = subcommand,
            None => continue,
        }
    }
    match message(command, &error) {
        Some(message) => command.clone().error(ErrorKind::ValueValidation, message),
        None => error,
    }
}

/// What is wrong with a number; `None` for all other errors.
fn message(command: &Command, error: &Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (argument, given) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    let option = argument.split([' ', '=', '[']).next()?;
    let known = command
        .get_arguments()
        .find(|it| it.get_long() == option.strip_prefix("--"));
    let source = error.source()?;
    let expected = if source.is::<ParseFloatError>() {
        "a number, such as 0.1".to_owned()
    } else if let Some(error) = source.downcast_ref::<ParseIntError>() {
        match (error.kind(), known.and_then(|arg| bounds(command, arg))) {
            (_, Some(bounds)) => bounds,
            (IntErrorKind::Zero, None) => "a whole number, 1 or more".to_owned(),
            (IntErrorKind::PosOverflow, None) => format!("a whole number, at most {}", u64::MAX),
            _ => "a whole number, 0 or more".to_owned(),
        }
    } else if source.to_string().contains(OUT_OF_BOUNDS) {
        bounds(command, known?)?
    } else {
        return None;
    };
    Some(format!(
        "invalid value '{given}' for '{argument}': expected {expected}"
    ))
}

/// The bounds of a whole number, from clap's own message about one outside.
fn bounds(command: &Command, argument: &Arg) -> Option<String> {
    let name = argument.get_long()?;
    let refusal = |number: String| {
        let given = [format!("--{name}={number}")];
        let parsed = command.clone().no_binary_name(true).try_get_matches_from(given);
        let source = parsed.err()?.source()?.to_string();
        Some(source.split_once(OUT_OF_BOUNDS)?.1.to_owned())
    };
    let range = refusal(i64::MAX.to_string()).or_else(|| refusal("0".to_owned()))?;
    let (least, most) = range.split_once("..")?;
    Some(match most.trim_start_matches('=') {
        "" => format!("a whole number, {least} or more"),
        most if most == u64::MAX.to_string() => format!("a whole number, {least} or more"),
        most => format!("a whole number from {least} to {most}"),
    })
}
