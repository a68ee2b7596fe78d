//! `batchprop show`: what there is to see, in the terminal or as a picture.

mod curves;

use std::path::Path;

use clap::Subcommand;

use super::Stop;
use batchprop::{Error, files};

const EXAMPLES: &str = "\
Examples:
  batchprop show curves run.csv                     what `train --log run.csv` wrote
  batchprop show curves run-*.csv --out curves.svg

`batchprop help show COMMAND` tells all options.";

/// Show learning curves.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Curves(curves::Args),
}

pub fn run(args: &Args) -> Result<(), Stop> {
    match &args.what {
        What::Curves(args) => curves::run(args),
    }
}

/// Where a picture goes, with the ending of its name, one of `endings`. Said before any work is done.
fn check_out<'a>(out: &Path, endings: &[&'a str], expected: &str) -> Result<&'a str, Error> {
    let ending = out.extension().and_then(|ending| ending.to_str());
    let ending = endings
        .iter()
        .find(|known| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(known)))
        .ok_or_else(|| Error::option("--out", out.display(), expected))?;
    files::check_writable(out)?;
    Ok(ending)
}
