//! What a call of `train` does, once its data are read.

use std::time::{Duration, Instant};

use super::args::Args;
use super::resume;
use super::resume::Checkpoint;
use super::settings::Settings;
use batchprop::data::checksum::digits_sha256;
use batchprop::training::CheckedOptions;
use batchprop::training::bits::Bits;
use batchprop::training::many::Run;
use batchprop::{Dataset, Digits, Error, Precision, TrainingData};

/// A run with its data and its files. With `--runs` it is the first of several, which differ in their seeds.
pub struct Job<'a> {
    pub args: &'a Args,
    pub run: Run,
    pub precision: Precision,
    pub settings: Settings,
    pub digits: Digits,
    /// Of the data as they were read, where a model is saved.
    pub data_sha256: Option<String>,
    training: Dataset,
    validation: Dataset,
    pub started: Instant,
    pub load_time: Duration,
}

impl<'a> Job<'a> {
    /// Reads the data of a new run, or of one that is resumed from `checkpoint`.
    pub fn new(
        args: &'a Args,
        options: CheckedOptions,
        settings: Settings,
        checkpoint: Option<&Checkpoint>,
        started: Instant,
    ) -> Result<Self, Error> {
        let digits = settings.data.options().load_undivided()?;
        let data_sha256 = settings.save.as_ref().map(|_| digits_sha256(&digits));
        let digits = digits.divided(settings.data.splits)?;
        let digits = match settings.standardise {
            true => digits.standardised(settings.train_on)?,
            false => digits,
        };
        let training = digits.training(settings.train_on);
        let (run, precision) = match checkpoint {
            None => {
                let run = args.run.run(&options, training.inputs(), digits.classes());
                (run, args.run.precision)
            }
            Some(checkpoint) => {
                resume::check_data(checkpoint, &digits)?;
                let run = Run {
                    sizes: checkpoint.sizes()?,
                    functions: checkpoint.functions(),
                    initialisation: settings.init,
                    options,
                };
                (run, checkpoint.precision())
            }
        };
        Ok(Self {
            args,
            run,
            precision,
            data_sha256,
            validation: digits.validation(),
            training,
            digits,
            settings,
            started,
            load_time: started.elapsed(),
        })
    }

    /// The images to train and to evaluate on.
    pub fn data(&self) -> TrainingData<'_> {
        TrainingData {
            training: &self.training,
            validation: self.settings.evaluates_validation.then_some(&self.validation),
            test: (self.settings.evaluates_test && self.digits.keeps_test(self.settings.train_on))
                .then(|| self.digits.test()),
        }
    }

    /// Where the run gives the same weights.
    pub fn bits(&self) -> Bits {
        let run = &self.run;
        Bits::of(&run.sizes, run.initialisation, run.options.get(), self.data())
    }

    /// Whether the weights that are kept are those of the best epoch.
    pub fn keeps_best(&self) -> bool {
        self.run.options.get().control.keep_best
    }
}
