//! A run that is trained and saved without a line of its own: the last step of `sweep --save`.

use std::ffi::OsString;
use std::time::Instant;

use super::args::Args;
use super::job::{Beginning, Job};
use super::save::save;
use super::settings::{AnyPath, Settings};
use crate::cli::output::words::final_report;
use crate::cli::signals;
use batchprop::training::{Ending, check_run};
use batchprop::{Digits, Error, Precision, Real, Score, train};

/// The network that was saved.
#[derive(Debug)]
pub struct Saved {
    /// Images that trained it.
    pub images: usize,
    /// On the test images.
    pub test: Option<Score>,
    pub weights_sha256: String,
}

/// Trains the run of a command line of `train` that has `--save`, on data that were read and not yet divided. `None` after a
/// signal: then nothing is saved.
///
/// # Errors
/// Those of `train`.
pub fn train_and_save(words: &[String], digits: Digits) -> Result<Option<Saved>, Error> {
    let args = Args::parse(words.iter().map(OsString::from).collect())
        .map_err(|error| Error::option("the best point", words.join(" "), error.to_string()))?;
    let (options, settings) = Settings::new(&args)?;
    let job = Job::of(&args, options, settings, digits, Beginning::Drawn, Instant::now())?;
    match job.precision {
        Precision::F32 => run::<f32>(&job),
        Precision::F64 => run::<f64>(&job),
    }
}

fn run<F: Real>(job: &Job) -> Result<Option<Saved>, Error> {
    let (run, data) = (&job.run, job.data());
    check_run::<F>(&run.sizes, run.functions, &run.options, data)?;
    let mut network = run.network::<F>()?;
    let outcome = train(&mut network, data, &run.options, |_| signals::flow())?;
    if outcome.ending == Ending::Listener {
        return Ok(None);
    }
    if let Some(path) = job.settings.save.as_ref().map(AnyPath::path) {
        save(&path, &network, &outcome, &run.options, job)?;
    }
    Ok(Some(Saved {
        images: data.training.len(),
        test: final_report(&outcome, job.keeps_best()).and_then(|report| report.test),
        weights_sha256: network.sha256(),
    }))
}
