//! `--resume DIR --epochs N`: a run goes on beyond its last epoch. And what is said of a run that is finished.
//!
//! A step depends on the seed, its number, the learning rate and the strength of distortions. Where these do not
//! [follow the number of epochs](batchprop::TrainingOptions::follow_epochs), they are those of the longer run as well, and so are the
//! weights, bit for bit. A cosine or a cycle over more epochs is another one: the run goes on with the rest of the longer one.

use super::settings::Checkpoint;
use crate::cli::output::words::{ending, epochs};
use batchprop::Error;
use batchprop::training::TrainingOptions;
use batchprop::training::schedule::{LearningRates, Strengths};

/// Sets the number of epochs of a run that is resumed.
///
/// # Errors
/// When more are done, or the run ended before its last epoch.
pub fn set_epochs(checkpoint: &Checkpoint, options: &mut TrainingOptions, given: usize) -> Result<(), Error> {
    let position = checkpoint.position();
    let least = position.epoch() + usize::from(position.images() > 0);
    if let Some(end) = position.ending() {
        let expected = format!(
            "the {} that it has: it is finished, because {}; --init-from starts a new run from a saved network",
            options.epochs,
            ending(end)
        );
        return Err(Error::option("--epochs", given, expected));
    }
    if given < least {
        let expected = format!("at least {least}, because {} are done", position.epoch());
        return Err(Error::option("--epochs", given, expected));
    }
    options.epochs = given;
    Ok(())
}

/// Whether nothing of the run is left.
pub fn is_finished(checkpoint: &Checkpoint, options: &TrainingOptions) -> bool {
    let position = checkpoint.position();
    position.ending().is_some() || position.epoch() == options.epochs
}

/// What is said of a run that is resumed with these options: that it is finished, or longer than before.
pub fn line(checkpoint: &Checkpoint, options: &TrainingOptions) -> Option<String> {
    let before = checkpoint.options().get();
    if let Some(end) = checkpoint.position().ending() {
        let end = ending(end);
        return Some(format!(
            "Finished  {end}; --init-from starts a new run from a saved network"
        ));
    }
    if is_finished(checkpoint, options) {
        let done = epochs(options.epochs);
        return Some(format!(
            "Finished  its {done} are done; a larger number of --epochs lengthens the run"
        ));
    }
    if before.epochs == options.epochs {
        return None;
    }
    let (from, to) = (before.epochs, options.epochs);
    Some(match options.follow_epochs() {
        true => format!("Epochs    {to}, not {from}"),
        false => format!("Epochs    {to}, not {from}: the weights are those of an uninterrupted run of {to}"),
    })
}

/// A note about a learning rate and distortions that are other ones with another number of epochs, on this many training images.
pub fn note(checkpoint: &Checkpoint, options: &TrainingOptions, images: usize) -> Option<String> {
    let before = checkpoint.options().get();
    if before.epochs == options.epochs || !options.follow_epochs() {
        return None;
    }
    let position = checkpoint.position();
    let (step, epoch) = (position.steps(), position.epoch());
    let rate = |options: &TrainingOptions, step: u64| LearningRates::of(options, images).at(step);
    let strength = |options: &TrainingOptions, epoch: usize| Strengths::of(options).at(epoch);
    let changes = [
        options.schedule.follows_epochs().then(|| {
            let (last, next) = (rate(before, step.saturating_sub(1)), rate(options, step));
            format!("the learning rate was {last:.3e} in the last step, and goes on with {next:.3e}")
        }),
        (options.augment_end != 1.0).then(|| {
            let (last, next) = (
                strength(before, epoch.saturating_sub(1)),
                strength(options, epoch),
            );
            format!(
                "the strength of the distortions was {last:.3} in the last epoch, and goes on with {next:.3}"
            )
        }),
    ];
    let changes: Vec<String> = changes.into_iter().flatten().collect();
    Some(format!(
        "the run goes on as one of {0}: {1}. The weights are not those of an uninterrupted run of {0}",
        epochs(options.epochs),
        changes.join("; ")
    ))
}
