//! `batchprop verify`: the proof, on the user's machine.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::cli::output::table::table;
use crate::cli::output::terminal::Terminal;
use crate::cli::output::words::dashed;
use crate::cli::stop::Stop;
use batchprop::Error;
use batchprop::math::blas;
use batchprop::training::verify::published::{EPOCHS, IMAGES, published};
use batchprop::training::verify::{
    DIFFERENCES_BOUND, batched_against_reference, cases, engine_bound, reference_against_differences,
};

/// Parameters of each layer whose derivative is compared with a finite difference.
const DIFFERENCES: usize = 8;

const EXAMPLES: &str = "\
Examples:
  batchprop verify                   the gradient, and the weights of short trainings
  batchprop verify --only weights    the weights alone, in about a second
  batchprop verify --seed 7          the gradient of other random networks and images

Exit code: 0 all errors are within bounds and all weights are the published ones, 1 not so, 2 bad usage.";

/// Prove on this machine that the fast gradient is right, and that short trainings end with the same weights as on
/// every machine.
///
/// The gradient is compared with that of one image at a time, which is compared with finite differences. The weights are
/// compared with published SHA-256 sums.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Seed of the random networks and samples whose gradient is checked.
    #[arg(long, short, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// Check only this part.
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Check>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// The fast gradient, against one image at a time and finite differences.
    Gradient,
    /// The weights of short trainings, against published sums.
    Weights,
}

pub fn run(args: &Args) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    writeln!(out, "BLAS      {}", blas::name())?;
    let mut all_hold = true;
    if args.only != Some(Check::Weights) {
        all_hold &= verify_gradient(&mut out, args.seed)?;
    }
    if args.only != Some(Check::Gradient) {
        all_hold &= verify_weights(&mut out)?;
    }
    if all_hold {
        writeln!(out, "All hold.")?;
        Ok(())
    } else {
        writeln!(out, "Please report this output.")?;
        Err(Stop::Failed)
    }
}

/// Whether all errors are within their bounds.
fn verify_gradient(out: &mut impl Write, seed: u64) -> Result<bool, Stop> {
    writeln!(
        out,
        "Largest relative error of the gradient, against one image at a time, and of that against finite differences:"
    )?;
    let headings = [
        "",
        "network",
        "functions",
        "B",
        "reference, f32",
        "reference, f64",
        "differences, f64",
    ];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    let mut all_hold = true;
    for case in cases() {
        let checks = [
            (
                batched_against_reference::<f32>(&case, seed)?,
                engine_bound::<f32>(),
            ),
            (
                batched_against_reference::<f64>(&case, seed)?,
                engine_bound::<f64>(),
            ),
            (
                reference_against_differences(&case, seed, DIFFERENCES)?,
                DIFFERENCES_BOUND,
            ),
        ];
        let cells = checks.map(|(error, bound)| {
            // A NaN compares false: it fails.
            let holds = error <= bound;
            all_hold &= holds;
            format!("{error:.1e} {} {bound:.0e}", if holds { "≤" } else { "EXCEEDS" })
        });
        let mut row = vec![
            rows.len().to_string(),
            dashed(&case.sizes),
            case.functions.to_string(),
            case.batch_size.to_string(),
        ];
        row.extend(cells);
        rows.push(row);
    }
    write!(out, "{}", table(&rows, Terminal::most_columns()))?;
    if !all_hold {
        writeln!(out, "The gradient is wrong on this machine.")?;
    }
    Ok(all_hold)
}

/// Whether all weights are the published ones.
fn verify_weights(out: &mut impl Write) -> Result<bool, Stop> {
    writeln!(
        out,
        "SHA-256 of the weights after {EPOCHS} epochs on {IMAGES} synthetic digits, the same on every machine:"
    )?;
    let mut all_hold = true;
    for training in published() {
        let mut line = |precision, expected: &str, found: Result<String, Error>| -> Result<(), Stop> {
            let found = found?;
            let holds = found == expected;
            all_hold &= holds;
            let name = training.name;
            write!(out, "{name:<38} {precision}  {found}")?;
            if !holds {
                write!(out, "  IS NOT {expected}")?;
            }
            writeln!(out)?;
            Ok(())
        };
        line("f32", training.expected::<f32>(), training.found::<f32>())?;
        line("f64", training.expected::<f64>(), training.found::<f64>())?;
    }
    if !all_hold {
        writeln!(out, "This machine computes different weights from all others.")?;
    }
    Ok(all_hold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::train;

    #[test]
    fn the_recipes_among_the_published_trainings_are_those_of_train() {
        let all = published();
        for name in ["article", "book", "fast"] {
            let arguments = ["--recipe", name, "--epochs", &EPOCHS.to_string()].map(Into::into);
            let args = train::Args::parse(arguments.to_vec()).unwrap();
            let run = args.run.run(&args.options().unwrap(), 784, 10);
            let published = all.iter().find(|training| training.name == name);
            assert_eq!(published.unwrap().run, run, "{name}");
        }
    }
}
