//! `batchprop train`: the main job.

mod args;
mod checkpoints;
mod header;
mod many;
mod plan;
mod remedy;
mod report;
mod save;
mod settings;
mod single;

use std::io::{self, Write};
use std::time::Instant;

use clap::ArgMatches;

pub use self::args::Args;
use self::header::Header;
use self::plan::{Plan, check_data};
pub use self::settings::{is_given, refused_with_resume};
use self::single::{Start, train_one};
use crate::cli::output::format::Format;
use crate::cli::output::messages::note;
use crate::cli::signals;
use crate::cli::stop::Stop;
use crate::cli::threads::{check_threads, on_threads};
use batchprop::data::checksum::digits_sha256;
use batchprop::storage::model;
use batchprop::training::Snapshot;
use batchprop::training::bits::Bits;
use batchprop::training::check_run;
use batchprop::training::many::Run;
use batchprop::{Dataset, Digits, Precision, Real, TrainingData};

/// Reads the data, trains, reports. `given` is what clap made of the whole command line.
pub fn run(args: &Args, given: &ArgMatches) -> Result<(), Stop> {
    let started = Instant::now();
    check_threads(args.threads)?;
    if let Some(recipe) = args.recipe.filter(|_| args.print) {
        args.options()?;
        let own: Vec<_> = std::env::args_os().skip(2).collect();
        writeln!(io::stdout(), "{}", recipe.spelled_out(&Args::command(), &own))?;
        return Ok(());
    }
    signals::survive_file_limits();
    let plan = match (&args.files.resume, given.subcommand()) {
        (Some(directory), Some((_, given))) => Plan::resumed(args, directory, given)?,
        _ => Plan::new(args)?,
    };
    on_threads(args.threads, || {
        let digits = plan.settings.data.options().load()?;
        if let (Some(guess), Format::Quiet) = (digits.guess(), args.format()) {
            note(&format!("{guess}; --label-column says another"));
        }
        let sha256 = plan.settings.save.as_ref().map(|_| digits_sha256(&digits));
        let digits = match plan.settings.standardise {
            true => digits.standardised(plan.settings.train_on)?,
            false => digits,
        };
        match plan.precision {
            Precision::F32 => train_in::<f32>(args, plan, &digits, sha256, started),
            Precision::F64 => train_in::<f64>(args, plan, &digits, sha256, started),
        }
    })?
}

/// Trains on `digits`, which had this sum as they were read.
fn train_in<F: Real>(
    args: &Args,
    plan: Plan,
    digits: &Digits,
    data_sha256: Option<String>,
    started: Instant,
) -> Result<(), Stop> {
    let settings = &plan.settings;
    let training = digits.training(settings.train_on);
    let validation = settings.evaluates_validation.then(|| digits.validation());
    let data = TrainingData {
        training: &training,
        validation: validation.as_ref(),
        test: settings.evaluates_test.then(|| digits.test()),
    };
    let snapshot = match &plan.checkpoint {
        None => None,
        Some(checkpoint) => {
            let snapshot = checkpoint.snapshot::<F>()?;
            check_data(checkpoint, digits)?;
            Some(snapshot)
        }
    };
    let run = match &snapshot {
        None => {
            let run = args.run.run(&plan.options, training.inputs(), digits.classes());
            check_run::<F>(&run.sizes, run.functions, &plan.options, data)?;
            run
        }
        Some(Snapshot { network, .. }) => Run {
            sizes: network.sizes(),
            functions: network.functions(),
            initialisation: settings.init,
            options: plan.options.clone(),
        },
    };
    if let Some(save) = settings.save.as_ref().filter(|_| plan.checkpoint.is_some()) {
        model::check_format(&save.path(), run.functions, run.sizes.len() - 1)?;
    }
    let header = Header {
        digits,
        data_sha256,
        training: training.len(),
        test: data.test.map_or(0, Dataset::len),
        run: &run,
        rate_is_default: args.run.learning_rate.is_none() && plan.checkpoint.is_none(),
        runs: args.runs,
        precision: F::NAME,
        threads_asked: args.threads,
        load_seconds: started.elapsed().as_secs_f64(),
        bits: Bits::of(&run.sizes, run.initialisation, run.options.get(), data),
    };
    if let Some(checkpoint) = &plan.checkpoint {
        plan::note_other_bits(checkpoint, header.bits);
    }
    match args.runs {
        None => {
            let start = match snapshot {
                None => Start::Anew(run.network()?),
                Some(snapshot) => Start::Resumed(Box::new(snapshot)),
            };
            train_one(args.format(), plan, start, data, &header, started)
        }
        Some(count) => many::train::<F>(count, data, &header, settings, args.format(), started),
    }
}
