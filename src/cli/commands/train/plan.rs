//! What `train` will do: a new run from its options, or the rest of a run from its checkpoint.

use std::path::Path;

use clap::ArgMatches;

use super::args::Args;
use super::many::names::{check_names, check_single};
use super::settings::{DataChoice, Settings, is_given};
use crate::cli::options::seeds::check_seeds;
use crate::cli::output::messages::{note, of_error};
use crate::cli::output::outputs::check_ending;
use crate::cli::records::log::Log;
use batchprop::data::checksum;
use batchprop::math::blas;
use batchprop::storage::checkpoint::{Checkpoint, Folder};
use batchprop::storage::model;
use batchprop::storage::model::Format;
use batchprop::training::CheckedOptions;
use batchprop::training::bits::Bits;
use batchprop::{Digits, Error, Precision, TrainOn, files};

/// A new run, or the rest of one.
pub struct Plan {
    pub options: CheckedOptions,
    pub settings: Settings,
    pub precision: Precision,
    /// For checkpoints.
    pub folder: Option<Folder>,
    /// Where the run goes on from.
    pub checkpoint: Option<Checkpoint<Settings>>,
}

impl Plan {
    /// A new run.
    ///
    /// # Errors
    /// Options that are out of range or do not fit each other; a folder for checkpoints that is not free.
    pub fn new(args: &Args) -> Result<Self, Error> {
        let options = args.options()?;
        if let (Some(every), None) = (args.files.checkpoint_every, &args.files.checkpoint) {
            return Err(Error::option(
                "--checkpoint-every",
                every,
                "--checkpoint DIR with it",
            ));
        }
        let settings = Settings {
            data: DataChoice::from(&args.data),
            data_sha256: String::new(),
            train_on: args.train_on,
            standardise: args.standardise,
            evaluates_test: !args.no_eval,
            // Only where something depends on it: evaluating takes time.
            evaluates_validation: args.train_on == TrainOn::Train
                && (options.needs_validation() || args.log.is_some()),
            init: args.run.initialisation(),
            checkpoint_every: args.files.checkpoint_every,
            log: args.log.as_deref().map(Into::into),
            save: args.files.save.as_deref().map(Into::into),
            blas: blas::name(),
        };
        check_outputs(&settings)?;
        if let Some(save) = &args.files.save {
            let layers = args.run.hidden.0.len() + 1;
            model::check_format(save, args.run.network.functions(), layers)?;
        }
        let (log, save) = (args.log.as_deref(), args.files.save.as_deref());
        match args.runs {
            None => check_single(log, save)?,
            Some(count) => {
                check_seeds(args.run.seed, count)?;
                if count > 1 {
                    check_names(log, save)?;
                }
            }
        }
        Ok(Self {
            folder: args.files.checkpoint.as_deref().map(Folder::create).transpose()?,
            options,
            settings,
            precision: args.run.precision,
            checkpoint: None,
        })
    }

    /// Takes the settings of the newest checkpoint, and those of the arguments that may be given again.
    pub fn resumed(args: &Args, directory: &Path, given: &ArgMatches) -> Result<Self, Error> {
        let mut folder = Folder::open(directory)?;
        let newest = folder.newest::<Settings>()?;
        for damage in newest.damaged {
            note(&format!("ignored a newer checkpoint: {}", of_error(&damage)));
        }
        let checkpoint = newest.checkpoint;
        let mut options = checkpoint.options().get().clone();
        let mut settings = checkpoint.settings().clone();
        if is_given(given, "data") {
            settings.data.move_to(&args.data);
        }
        if args.data.offline {
            settings.data.stay_offline();
        }
        check_single(args.log.as_deref(), args.files.save.as_deref())?;
        if let Some(log) = &args.log {
            settings.log = Some(log.as_path().into());
            options.control.evaluate_training = true;
        }
        if let Some(save) = &args.files.save {
            settings.save = Some(save.as_path().into());
        }
        settings.checkpoint_every = args.files.checkpoint_every.or(settings.checkpoint_every);
        options.control.max_time = args.run.control.max_time()?.or(options.control.max_time);
        check_outputs(&settings)?;
        Ok(Self {
            folder: Some(folder),
            options: options.check()?,
            settings,
            precision: checkpoint.precision(),
            checkpoint: Some(checkpoint),
        })
    }
}

/// Notes where the rest of a run may round differently from its start.
pub fn note_other_bits(checkpoint: &Checkpoint<Settings>, bits: Bits) {
    let begun = [checkpoint.version(), &checkpoint.settings().blas];
    let now = [env!("CARGO_PKG_VERSION"), &blas::name()];
    if let Some(message) = other_bits(begun, now, bits) {
        note(&message);
    }
}

/// What to say of a run that was begun with one version and BLAS and goes on with another, if anything.
fn other_bits(begun: [&str; 2], now: [&str; 2], bits: Bits) -> Option<String> {
    let is_same = match bits {
        Bits::EveryMachine => begun[0] == now[0],
        Bits::ThisBlas => begun == now,
    };
    (!is_same).then(|| {
        format!(
            "the run was begun with version {} and {}, and goes on with version {} and {}: its last bits may differ \
             from those of a run that was never interrupted",
            begun[0], begun[1], now[0], now[1]
        )
    })
}

/// Checks before training whether results can be written.
fn check_outputs(settings: &Settings) -> Result<(), Error> {
    if let Some(log) = &settings.log {
        Log::check(&log.path())?;
    }
    if let Some(save) = &settings.save {
        let path = save.path();
        // Without an ending it is safetensors, which the last lines say.
        if path.extension().is_some() {
            check_ending("--save", &path, &Format::ENDINGS)?;
        }
        files::check_writable(&path)?;
    }
    Ok(())
}

/// Checks that the data are those that the run began with.
pub fn check_data(checkpoint: &Checkpoint<Settings>, digits: &Digits) -> Result<(), Error> {
    let expected = &checkpoint.settings().data_sha256;
    let sum = checksum::digits_sha256(digits);
    if sum == *expected {
        return Ok(());
    }
    Err(Error::Format {
        path: digits.origin().into(),
        place: "images and labels".to_owned(),
        expected: format!(
            "those that the run of {} began with, sha256 {expected}",
            checkpoint.path().display()
        ),
        found: format!("others, sha256 {sum}"),
        hint: "Point --data at the original data.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_blas_is_noted_where_it_decides_bits_and_another_version_always() {
        let [here, elsewhere, later] = [["0.1.0", "OpenBLAS"], ["0.1.0", "MKL"], ["0.2.0", "OpenBLAS"]];
        for bits in [Bits::EveryMachine, Bits::ThisBlas] {
            assert_eq!(other_bits(here, here, bits), None);
            assert!(
                other_bits(here, later, bits)
                    .unwrap()
                    .contains("version 0.2.0 and OpenBLAS")
            );
        }
        assert_eq!(other_bits(here, elsewhere, Bits::EveryMachine), None);
        let note = other_bits(here, elsewhere, Bits::ThisBlas).unwrap();
        assert!(
            note.contains("0.1.0 and OpenBLAS") && note.contains("0.1.0 and MKL"),
            "{note}"
        );
    }
}
