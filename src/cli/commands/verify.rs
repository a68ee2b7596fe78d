//! `batchprop verify`: the proof, on the user's own machine.

use std::io::{self, Write};

use crate::cli::output::words::dashed;
use crate::cli::stop::Stop;
use batchprop::training::verify::{
    DIFFERENCES_BOUND, batched_against_reference, cases, engine_bound, reference_against_differences,
};

/// Parameters of each layer whose derivative is compared with a finite difference.
const DIFFERENCES: usize = 8;

const EXAMPLES: &str = "\
Examples:
  batchprop verify             the table of shapes, in both precisions
  batchprop verify --seed 7    with other random networks and images

Exit code: 0 all errors are within bounds, 1 one is not, 2 bad usage.";

/// Prove the fast gradient on this machine: batched against reference against finite differences.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Seed of the random networks and samples that are tried.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
}

pub fn run(args: &Args) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    writeln!(out, "BLAS      {}", batchprop::math::blas::name())?;
    writeln!(
        out,
        "Largest relative error of the gradient, against one image at a time, and of that against finite differences:"
    )?;
    writeln!(
        out,
        "{:<18} {:<46} {:>5}  {:>18}  {:>18}  {:>18}",
        "network", "functions", "B", "reference, f32", "reference, f64", "differences, f64"
    )?;
    let mut all_hold = true;
    for case in cases() {
        let checks = [
            (
                batched_against_reference::<f32>(&case, args.seed)?,
                engine_bound::<f32>(),
            ),
            (
                batched_against_reference::<f64>(&case, args.seed)?,
                engine_bound::<f64>(),
            ),
            (
                reference_against_differences(&case, args.seed, DIFFERENCES)?,
                DIFFERENCES_BOUND,
            ),
        ];
        let cells = checks.map(|(error, bound)| {
            // A NaN compares false: it fails.
            let holds = error <= bound;
            all_hold &= holds;
            format!("{error:.1e} {} {bound:.0e}", if holds { "≤" } else { "EXCEEDS" })
        });
        let [f32, f64, differences] = cells;
        writeln!(
            out,
            "{:<18} {:<46} {:>5}  {f32:>18}  {f64:>18}  {differences:>18}",
            dashed(&case.sizes),
            case.functions.to_string(),
            case.batch_size
        )?;
    }
    if all_hold {
        writeln!(out, "All hold.")?;
        Ok(())
    } else {
        writeln!(
            out,
            "The gradient is wrong on this machine. Please report this table."
        )?;
        Err(Stop::Failed)
    }
}
