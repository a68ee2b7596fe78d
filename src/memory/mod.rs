//! The memory a run needs, and what is there: asked before anything large is taken.
//!
//! An allocation that fails ends a program without a word, and one that succeeds on paper ends it later, when
//! the pages are written. So [`Network::new`](crate::Network::new) and [`train`](crate::train) ask first, and
//! a run that cannot work is an [`Error::OutOfMemory`] with both figures and a way out.
//!
//! [`Needed`] counts the arrays that grow with the options, as they will be written to, with one element or
//! cache line of padding where there is padding. Sums and products that do not fit saturate, which is more
//! than there is. Data that are read are asked for as they arrive: `growth`. What is there is what the operating system can hand out without swapping, and on Linux no
//! more than the control group of the process may use; nor more than the allocator gives at once.

mod available;
mod growth;
mod needed;

use std::path::Path;

pub use self::available::available;
use self::available::reservable;
pub(crate) use self::growth::{check_data, check_json, reserve};
pub use self::needed::Needed;
use self::needed::parameters;
use crate::error::{Bytes, Error, Result};
use crate::math::real::Real;
use crate::network::functions::Functions;
use crate::training::many::Run;
use crate::training::{TrainingData, TrainingOptions};

/// Less than this is always there.
const ALWAYS_THERE: u64 = 32 << 20;

const FEWER: &str = "Fewer units in --hidden need less.";

/// Checks that a network of `sizes` can be made and trained: before time is spent on making it.
///
/// # Errors
/// [`Error::OutOfMemory`] with the largest mini-batch size, of halves of what is asked for, that would fit.
///
/// # Panics
/// When there are no sizes.
pub fn check_run<F: Real>(
    sizes: &[usize],
    functions: Functions,
    options: &TrainingOptions,
    data: TrainingData,
) -> Result<()> {
    check_network::<F>(sizes)?;
    check_all::<F>(Needed::total, sizes, functions, options, data)
}

/// Checks that those of `runs` that need most can be made and trained, `at_once` of them at a time, each in a pool
/// like the one this is called in.
///
/// # Errors
/// [`Error::OutOfMemory`] with the number of runs at once that would fit.
///
/// # Panics
/// When a run has no sizes.
pub(crate) fn check_runs<F: Real>(runs: &[Run], at_once: usize, data: TrainingData) -> Result<()> {
    let mut needed: Vec<u64> = runs
        .iter()
        .map(|run| Needed::new::<F>(&run.sizes, run.functions, run.options.get(), data).total())
        .collect();
    needed.sort_unstable_by(|a, b| b.cmp(a));
    needed.truncate(at_once);
    let all = |needed: &[u64]| needed.iter().copied().fold(0, u64::saturating_add);
    check(all(&needed), |available| {
        let fewer = (1..needed.len())
            .rev()
            .find(|&fewer| all(&needed[..fewer]) <= available);
        Refused {
            what: match needed.len() {
                1 => "the largest run".to_owned(),
                runs => format!("training {runs} runs at once"),
            },
            way_out: match fewer {
                Some(fewer) => format!("--threads {fewer} fits."),
                None => FEWER.to_owned(),
            },
        }
    })
}

/// Checks that a network of `sizes` can be made.
pub(crate) fn check_network<F: Real>(sizes: &[usize]) -> Result<()> {
    let way_out = match F::NAME {
        "f64" => "Fewer units in --hidden need less, and --precision f32 half as much.",
        _ => FEWER,
    };
    check(parameters::<F>(sizes), |_| Refused {
        what: format!("a network of {}", dashed(sizes)),
        way_out: way_out.to_owned(),
    })
}

/// Checks that a file of so many bytes can be read at once.
pub(crate) fn check_file(path: &Path, bytes: u64) -> Result<()> {
    check(bytes, |_| Refused {
        what: format!("reading {} at once", path.display()),
        way_out: "It is not a network's file, or the network is too large for this machine.".to_owned(),
    })
}

/// Checks that a picture that takes so many bytes can be read.
pub(crate) fn check_picture(path: &Path, bytes: u64) -> Result<()> {
    check(bytes, |_| Refused {
        what: format!("the picture {}", path.display()),
        way_out: "Make it smaller, or crop it to the digit.".to_owned(),
    })
}

/// Checks that a network of `sizes`, which is there already, can be trained.
pub(crate) fn check_training<F: Real>(
    sizes: &[usize],
    functions: Functions,
    options: &TrainingOptions,
    data: TrainingData,
) -> Result<()> {
    check_all::<F>(Needed::beside_network, sizes, functions, options, data)
}

fn check_all<F: Real>(
    part: fn(&Needed) -> u64,
    sizes: &[usize],
    functions: Functions,
    options: &TrainingOptions,
    data: TrainingData,
) -> Result<()> {
    let needed = |batch_size| {
        let options = TrainingOptions {
            batch_size,
            ..options.clone()
        };
        part(&Needed::new::<F>(sizes, functions, &options, data))
    };
    let batch_size = options.batch_size.min(data.training.len());
    check(needed(batch_size), |available| {
        let smaller = std::iter::successors(Some(batch_size / 2), |size| Some(size / 2));
        let fits = smaller
            .take_while(|&batch_size| batch_size > 0)
            .find(|&batch_size| needed(batch_size) <= available);
        Refused {
            what: format!("training {} on mini-batches of {batch_size}", dashed(sizes)),
            way_out: match fits {
                Some(batch_size) => format!("--batch-size {batch_size} fits."),
                None => FEWER.to_owned(),
            },
        }
    })
}

/// What an [`Error::OutOfMemory`] says beside the figures.
struct Refused {
    what: String,
    way_out: String,
}

/// `refused` is told how much there is.
fn check(needed: u64, refused: impl FnOnce(u64) -> Refused) -> Result<()> {
    if needed <= ALWAYS_THERE {
        return Ok(());
    }
    let available = available().min(reservable(needed));
    if needed <= available {
        return Ok(());
    }
    let Refused { what, way_out } = refused(available);
    Err(Error::OutOfMemory {
        what,
        needed: Bytes(needed),
        available: Bytes(available),
        way_out,
    })
}

fn dashed(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join("-")
}
