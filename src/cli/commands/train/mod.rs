//! `batchprop train`: the main job.

mod args;
mod checkpoints;
mod header;
mod job;
mod lengthen;
mod many;
mod pace;
mod page;
mod remedy;
mod report;
mod resume;
mod save;
mod settings;
mod single;
mod start;
mod together;
mod unreported;

use std::io::{self, Write};
use std::time::Instant;

use clap::ArgMatches;

pub use self::args::Args;
use self::job::{Beginning, Job};
pub use self::resume::{is_given, refused_with_resume};
use self::settings::Settings;
use self::start::Start;
use self::together::follow;
pub use self::unreported::{Saved, train_and_save};
use crate::cli::options::run::note_small_data;
use crate::cli::output::messages::{leads, note};
use crate::cli::output::words::counted;
use crate::cli::page::server::Server;
use crate::cli::ranks::Ranks;
use crate::cli::signals;
use crate::cli::stop::Stop;
use crate::cli::threads::{check_threads, on_threads};
use batchprop::storage::checkpoint::Folder;
use batchprop::training::check_run;
use batchprop::{Error, Precision, Real};

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
    check_run_files(args)?;
    let ranks = match args.runs {
        None => Ranks::start()?,
        // They train parts of the runs, or each of them all.
        Some(_) => Ranks::default(),
    };
    let result = run_on(&ranks, args, given, started);
    ranks.end(result)
}

/// Trains on one of the ranks.
fn run_on(ranks: &Ranks, args: &Args, given: &ArgMatches, started: Instant) -> Result<(), Stop> {
    let (leads, members) = (leads(), ranks.members.clone());
    let server = if leads { args.page.listen()? } else { None };
    let start = match (&args.files.init_from, given.subcommand()) {
        (Some(path), Some((_, given))) => Some(Start::read(path, args, given)?),
        _ => None,
    };
    let args = start.as_ref().map_or(args, |(_, args)| args);
    let (options, settings, folder, checkpoint) = match (&args.files.resume, given.subcommand()) {
        (Some(folder), Some((_, given))) => {
            let (folder, checkpoint) = match leads {
                true => resume::open(folder).map(|(folder, checkpoint)| (Some(folder), checkpoint))?,
                false => (None, resume::look(folder)?),
            };
            let (options, settings) = resume::settings(&checkpoint, args, given)?;
            (options, settings, folder, Some(checkpoint))
        }
        _ => {
            let (options, mut settings) = Settings::new(args)?;
            settings.started_from = start.as_ref().map(|(start, _)| start.from.clone());
            let folder = args.files.checkpoint.as_deref().filter(|_| leads);
            (options, settings, folder.map(Folder::create).transpose()?, None)
        }
    };
    on_threads(args.threads.or_else(|| ranks.threads()), || {
        let from = match (&start, &checkpoint) {
            (_, Some(checkpoint)) => Beginning::Checkpoint(checkpoint),
            (Some((start, _)), None) => Beginning::Network(start),
            (None, None) => Beginning::Drawn,
        };
        let mut job = Job::new(args, options, settings, from, started)?;
        job.members = members;
        if !job.digits.keeps_test(job.settings.train_on) {
            let images = counted(job.data().training.len(), "labelled image");
            note(&format!(
                "all {images} train, and none is left to test on; --test-split keeps some for that"
            ));
        }
        if !leads {
            return match job.precision {
                Precision::F32 => follow::<f32>(&job, checkpoint),
                Precision::F64 => follow::<f64>(&job, checkpoint),
            };
        }
        match job.precision {
            Precision::F32 => train_in::<f32>(&job, folder, checkpoint, server),
            Precision::F64 => train_in::<f64>(&job, folder, checkpoint, server),
        }
    })?
}

/// Checks that files of runs are for many runs, and fit each other.
fn check_run_files(args: &Args) -> Result<(), Error> {
    match (args.run_files.given(), args.runs) {
        (Some(option), None) => Err(Error::option(option, "given", "--runs with it")),
        _ => args.run_files.check().map(|_| ()),
    }
}

/// Trains one run or many.
fn train_in<F: Real>(
    job: &Job,
    folder: Option<Folder>,
    checkpoint: Option<resume::Checkpoint>,
    server: Option<Server>,
) -> Result<(), Stop> {
    if checkpoint.is_none() {
        check_run::<F>(&job.run.sizes, job.run.functions, &job.run.options, job.data())?;
    }
    note_small_data(job.run.options.get().batch_size, job.data().training.len());
    match job.args.runs {
        None => single::train_one::<F>(job, folder, checkpoint, server),
        Some(count) => many::train_many_seeds::<F>(job, count),
    }
}
