//! `--resume`: the settings of a run from its checkpoint, and what may be given again.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::args::Args;
use super::lengthen::set_epochs;
use super::many::names::check_names;
pub use super::settings::Checkpoint;
use super::settings::Settings;
use crate::cli::output::messages::{note, of_error};
use batchprop::data::checksum;
use batchprop::math::blas;
use batchprop::storage::checkpoint::Folder;
use batchprop::training::CheckedOptions;
use batchprop::training::bits::Bits;
use batchprop::{Digits, Error};

/// The options of `train` that may be given with --resume, by clap's names. All but the epochs leave a run's result as it is.
const WITH_RESUME: [&str; 15] = [
    "resume",
    "data",
    "offline",
    "threads",
    "quiet",
    "json",
    "log",
    "save",
    "max_time",
    "checkpoint_every",
    "epochs",
    "serve",
    "port",
    "host",
    "open",
];

/// The error about an option that cannot be given with --resume, if there is one.
pub fn refused_with_resume(train: &clap::Command, given: &ArgMatches) -> Option<String> {
    given.get_one::<PathBuf>("resume")?;
    let refused = train.get_arguments().find(|argument| {
        let id = argument.get_id().as_str();
        is_given(given, id) && !WITH_RESUME.contains(&id)
    });
    let option = refused?.get_long()?;
    Some(format!(
        "the argument '--{option}' cannot be used with '--resume': the run's settings are in its checkpoint"
    ))
}

/// Whether the user gave an option, and not its default.
pub fn is_given(given: &ArgMatches, id: &str) -> bool {
    given.value_source(id) == Some(ValueSource::CommandLine)
}

/// The newest intact checkpoint in a folder.
pub fn open(folder: &Path) -> Result<(Folder, Checkpoint), Error> {
    let mut folder = Folder::open(folder)?;
    let newest = folder.newest::<Settings>()?;
    for damage in newest.damaged {
        note(&format!("ignored a newer checkpoint: {}", of_error(&damage)));
    }
    Ok((folder, newest.checkpoint))
}

/// As [`open`], for a rank other than the first, which opens the folder.
pub fn look(folder: &Path) -> Result<Checkpoint, Error> {
    Ok(Folder::look::<Settings>(folder)?.checkpoint)
}

/// The options and settings of the checkpoint, with those of the arguments that may be given again.
pub fn settings(
    checkpoint: &Checkpoint,
    args: &Args,
    given: &ArgMatches,
) -> Result<(CheckedOptions, Settings), Error> {
    let mut options = checkpoint.options().get().clone();
    let mut settings = checkpoint.settings().clone();
    if is_given(given, "data") {
        settings.data.move_to(&args.data);
    }
    settings.data.offline |= args.data.offline;
    check_names(args.log.as_deref(), args.files.save.as_deref(), None)?;
    if let Some(log) = &args.log {
        settings.log = Some(log.as_path().into());
    }
    options.control.evaluate_training |= args.evaluates_all();
    if let Some(save) = &args.files.save {
        settings.save = Some(save.as_path().into());
    }
    settings.checkpoint_every = args.files.checkpoint_every.or(settings.checkpoint_every);
    options.control.max_time = args.run.control.max_time()?.or(options.control.max_time);
    if is_given(given, "epochs") {
        set_epochs(checkpoint, &mut options, args.run.epochs)?;
    }
    settings.check_outputs(checkpoint.functions(), checkpoint.sizes()?.len() - 1)?;
    Ok((options.check()?, settings))
}

/// Notes where the rest of a run may round differently from its start.
pub fn note_other_bits(checkpoint: &Checkpoint, bits: Bits) {
    let begun = [checkpoint.version(), &checkpoint.settings().blas];
    let now = [env!("CARGO_PKG_VERSION"), &blas::name()];
    if let Some(message) = other_bits(begun, now, bits) {
        note(&message);
    }
}

/// The note about a run that was begun with one version and BLAS and continues with another, if one is needed.
fn other_bits(begun: [&str; 2], now: [&str; 2], bits: Bits) -> Option<String> {
    let is_same = match bits {
        Bits::EveryMachine => begun[0] == now[0],
        Bits::ThisBlas => begun == now,
    };
    (!is_same).then(|| {
        format!(
            "the run was begun with version {} and {}, and continues with version {} and {}: its last bits may differ \
             from those of a run that was never interrupted",
            begun[0], begun[1], now[0], now[1]
        )
    })
}

/// Checks that the data are those that the run began with.
pub fn check_data(checkpoint: &Checkpoint, digits: &Digits) -> Result<(), Error> {
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
