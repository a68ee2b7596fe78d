//! The options of training, and their check.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::data::augment::Augmentation;
use crate::error::{Error, Result};
use crate::training::gradient::{EngineKind, Regularisers};
use crate::training::minibatch::InputForm;
use crate::training::optimizer::OptimizerOptions;
use crate::training::schedule::Schedule;

/// Options of training, not yet checked. The default is the article's run; it also fills in options that an older
/// file does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingOptions {
    /// Passes over the training images; the article's 30.
    pub epochs: usize,
    /// Samples in a mini-batch, B; the article's 10. At most the number of images is used.
    pub batch_size: usize,
    /// η; the article's 3.0.
    pub learning_rate: f64,
    /// How η changes.
    pub schedule: Schedule,
    /// Epochs, or fractions of one, in which the learning rate grows linearly to where the schedule starts.
    pub warmup_epochs: f64,
    /// Rule, penalties and clipping.
    pub optimizer: OptimizerOptions,
    /// The part of each label that is spread over all classes, in [0, 1).
    pub label_smoothing: f64,
    /// Probability that a hidden unit is dropped for a sample, in [0, 1).
    pub dropout: f64,
    /// How far the training images are distorted, anew in each epoch.
    pub augmentation: Augmentation,
    /// Strength of the distortions in the last epoch, from 0 to 1: [`Augmentation::weakened`]. They start at 1, and weaken linearly
    /// with the epochs.
    pub augment_end: f64,
    /// Seed of the random streams.
    pub seed: u64,
    /// When to end before the last epoch.
    pub control: Control,
    /// What computes the gradient.
    pub engine: EngineKind,
    /// How mini-batches are stored.
    pub inputs: InputForm,
}

/// When training ends before its last epoch, and with which parameters. By default it never does, as in the article.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// Ends after this many epochs without a new best validation accuracy: Nielsen's early stopping,
    /// "no-improvement-in-n".
    pub patience: Option<usize>,
    /// Ends with the parameters of the epoch with the best validation accuracy, the first of equals.
    pub keep_best: bool,
    /// Ends at the first mini-batch after this much time, evaluations included.
    pub max_time: Option<Duration>,
    /// Evaluates the training images as well after each epoch.
    pub evaluate_training: bool,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            epochs: 30,
            batch_size: 10,
            learning_rate: 3.0,
            schedule: Schedule::default(),
            warmup_epochs: 0.0,
            optimizer: OptimizerOptions::default(),
            label_smoothing: 0.0,
            dropout: 0.0,
            augmentation: Augmentation::NONE,
            augment_end: 1.0,
            seed: 0,
            control: Control::default(),
            engine: EngineKind::default(),
            inputs: InputForm::default(),
        }
    }
}

impl TrainingOptions {
    /// The only way to [`CheckedOptions`].
    ///
    /// # Errors
    /// [`Error::Option`] with the first option outside its range.
    pub fn check(self) -> Result<CheckedOptions> {
        let positive = "a whole number, 1 or more";
        expect("epochs", self.epochs, self.epochs > 0, positive)?;
        expect("batch_size", self.batch_size, self.batch_size > 0, positive)?;
        expect(
            "learning_rate",
            format!("{:?}", self.learning_rate),
            self.learning_rate.is_finite() && self.learning_rate > 0.0,
            "a finite number above 0, such as 3.0",
        )?;
        self.schedule.check()?;
        expect(
            "warmup_epochs",
            self.warmup_epochs,
            self.warmup_epochs.is_finite() && self.warmup_epochs >= 0.0,
            "epochs, 0 or more",
        )?;
        expect(
            "warmup_epochs",
            self.warmup_epochs,
            self.warmup_epochs == 0.0 || self.schedule != Schedule::OneCycle,
            "0 with `schedule` one-cycle, which has a warm-up of its own",
        )?;
        self.optimizer.check()?;
        for (option, part) in [
            ("label_smoothing", self.label_smoothing),
            ("dropout", self.dropout),
        ] {
            expect(
                option,
                part,
                (0.0..1.0).contains(&part),
                "0 or more and below 1, such as 0.1",
            )?;
        }
        self.augmentation.check()?;
        expect(
            "augment_end",
            self.augment_end,
            (0.0..=1.0).contains(&self.augment_end),
            "a part of the distortions, 0 to 1",
        )?;
        expect(
            "augment_end",
            self.augment_end,
            self.augment_end == 1.0 || !self.augmentation.is_none(),
            "1 for images that are not distorted",
        )?;
        let Control {
            patience, max_time, ..
        } = self.control;
        expect(
            "patience",
            patience.unwrap_or(1),
            patience != Some(0),
            "1 epoch or more",
        )?;
        expect(
            "max_time",
            max_time.unwrap_or(Duration::MAX).as_secs_f64(),
            max_time != Some(Duration::ZERO),
            "seconds, more than 0",
        )?;
        Ok(CheckedOptions(self))
    }

    /// Whether a step depends on the number of epochs. If not, a run of more epochs begins with the very steps of a shorter one.
    pub fn follow_epochs(&self) -> bool {
        self.schedule.follows_epochs() || self.augment_end != 1.0
    }

    /// The engine's part of the options.
    pub(super) fn regularisers(&self) -> Regularisers {
        Regularisers {
            label_smoothing: self.label_smoothing,
            dropout: self.dropout,
            seed: self.seed,
        }
    }

    /// Whether the validation images decide anything.
    pub(super) fn is_led_by_validation(&self) -> bool {
        self.needing_validation().is_some()
    }

    /// The first option that needs validation images, and its value if that matters.
    fn needing_validation(&self) -> Option<(&'static str, &'static str)> {
        match self.schedule {
            _ if self.control.patience.is_some() => Some(("patience", "")),
            _ if self.control.keep_best => Some(("keep_best", "")),
            Schedule::HalveOnPlateau { .. } => Some(("schedule", "halve-on-plateau ")),
            _ => None,
        }
    }
}

fn expect(option: &'static str, given: impl ToString, holds: bool, expected: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::option(option, given, expected))
}

/// Options within their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedOptions(TrainingOptions);

impl CheckedOptions {
    /// The options.
    pub fn get(&self) -> &TrainingOptions {
        &self.0
    }

    /// Sets another seed. Every seed is valid.
    pub fn set_seed(&mut self, seed: u64) {
        self.0.seed = seed;
    }

    /// Whether an option needs validation images.
    pub fn needs_validation(&self) -> bool {
        self.0.is_led_by_validation()
    }

    /// Checks that validation images are `given` if an option needs them.
    ///
    /// # Errors
    /// [`Error::Option`] with the first such option.
    pub fn check_validation(&self, given: bool) -> Result<()> {
        match self.0.needing_validation() {
            Some((option, value)) if !given => Err(Error::option(
                option,
                format!("{value}without validation images"),
                "some to be left out of training: `train_on` train",
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_outside_their_range_are_named() {
        let refused = |change: fn(&mut TrainingOptions), name: &str| {
            let mut options = TrainingOptions::default();
            change(&mut options);
            let error = options.check().unwrap_err();
            assert!(error.is_usage() && error.to_string().starts_with(name), "{error}");
        };
        refused(|options| options.epochs = 0, "epochs 0");
        refused(|options| options.batch_size = 0, "batch_size 0");
        refused(|options| options.learning_rate = f64::NAN, "learning_rate NaN");
        refused(|options| options.warmup_epochs = -1.0, "warmup_epochs -1");
        refused(|options| options.dropout = 1.0, "dropout 1");
        refused(|options| options.label_smoothing = -0.1, "label_smoothing -0.1");
        refused(|options| options.control.patience = Some(0), "patience 0");
        refused(
            |options| options.control.max_time = Some(Duration::ZERO),
            "max_time",
        );
        let mut options = TrainingOptions::default();
        options.augmentation.rotation = -1.0;
        assert!(options.check().unwrap_err().to_string().contains("rotation -1"));
        options = TrainingOptions::default();
        options.augmentation = Augmentation::ALL;
        for (end, passes) in [
            (0.0, true),
            (0.5, true),
            (1.0, true),
            (-0.1, false),
            (1.1, false),
            (f64::NAN, false),
        ] {
            options.augment_end = end;
            assert_eq!(options.clone().check().is_ok(), passes, "{end}");
        }
        refused(|options| options.augment_end = 0.5, "augment_end 0.5");
        let one_cycle = |options: &mut TrainingOptions| {
            options.schedule = Schedule::OneCycle;
            options.warmup_epochs = 0.5;
        };
        refused(one_cycle, "warmup_epochs 0.5");
        assert!(TrainingOptions::default().check().is_ok());
    }
}
