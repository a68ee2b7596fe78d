//! What a call of `train` does, once its data are read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::args::Args;
use super::resume;
use super::resume::Checkpoint;
use super::settings::Settings;
use super::start::Start;
use crate::cli::records::log::RunId;
use batchprop::data::checksum::digits_sha256;
use batchprop::training::CheckedOptions;
use batchprop::training::bits::Bits;
use batchprop::training::many::Run;
use batchprop::training::members::Members;
use batchprop::training::standardised::for_standardised;
use batchprop::{Dataset, Digits, Error, Precision, TrainingData, TrainingOptions};

/// A run with its data and its files. With `--runs` it is the first of several, which differ in their seeds.
pub struct Job<'a> {
    pub args: &'a Args,
    pub run: Run,
    pub precision: Precision,
    pub settings: Settings,
    pub digits: Digits,
    /// The ranks that train it together, where there are others.
    pub members: Option<Arc<dyn Members>>,
    /// Of the data as they were read, where a model is saved.
    pub data_sha256: Option<String>,
    training: Dataset,
    validation: Dataset,
    pub started: Instant,
    pub load_time: Duration,
}

/// What a run begins with.
#[derive(Clone, Copy)]
pub enum Beginning<'a> {
    /// Parameters that are drawn.
    Drawn,
    /// Those of a saved network.
    Network(&'a Start),
    /// The state of a run that is resumed.
    Checkpoint(&'a Checkpoint),
}

impl<'a> Job<'a> {
    /// Reads the data of a run.
    pub fn new(
        args: &'a Args,
        options: CheckedOptions,
        settings: Settings,
        from: Beginning<'_>,
        started: Instant,
    ) -> Result<Self, Error> {
        let digits = settings.data.options().load_undivided()?;
        Self::of(args, options, settings, digits, from, started)
    }

    /// With data that were read and not yet divided.
    pub fn of(
        args: &'a Args,
        options: CheckedOptions,
        settings: Settings,
        digits: Digits,
        from: Beginning<'_>,
        started: Instant,
    ) -> Result<Self, Error> {
        let data_sha256 = settings.save.as_ref().map(|_| digits_sha256(&digits));
        if let Beginning::Network(start) = from {
            start.check_data(&digits, settings.data.splits, settings.evaluates_test)?;
        }
        let digits = digits.divided(settings.data.splits)?;
        let digits = match settings.standardise {
            true => digits.standardised(settings.train_on)?,
            false => digits,
        };
        let training = digits.training(settings.train_on);
        let new_run = |start| {
            let run = args.run.run(&options, training.inputs(), digits.classes());
            (Run { start, ..run }, args.run.precision)
        };
        let (run, precision) = match from {
            Beginning::Drawn => new_run(None),
            Beginning::Network(start) => new_run(Some(match digits.standardisation() {
                Some(standardisation) => Arc::new(for_standardised(&start.network, standardisation)),
                None => start.network.clone(),
            })),
            Beginning::Checkpoint(checkpoint) => {
                resume::check_data(checkpoint, &digits)?;
                let run = Run {
                    sizes: checkpoint.sizes()?,
                    functions: checkpoint.functions(),
                    initialisation: settings.init,
                    start: None,
                    options,
                };
                (run, checkpoint.precision())
            }
        };
        Ok(Self {
            args,
            run,
            precision,
            members: None,
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

    /// The run with this seed, for its log.
    pub fn run_id(&self, seed: u64) -> RunId {
        RunId::new(
            seed,
            &self.all_settings(self.settings.clone(), self.run.options.get().clone()),
        )
    }

    /// A sum of the settings of all seeds that is the same wherever files are and whatever is logged.
    pub fn settings_anywhere(&self) -> String {
        let (mut settings, mut options) = (self.settings.clone(), self.run.options.get().clone());
        settings.data = settings.data.anywhere();
        if let Some(from) = &mut settings.started_from {
            from.file.clear();
        }
        // With --log more images are evaluated.
        settings.evaluates_validation = false;
        options.control.evaluate_training = false;
        RunId::new(0, &self.all_settings(settings, options)).settings_text()
    }

    /// All that decides a run but its seed and its data.
    fn all_settings(&self, settings: Settings, options: TrainingOptions) -> Value {
        let settings = Settings {
            // These change nothing of a curve.
            data_sha256: String::new(),
            checkpoint_every: None,
            log: None,
            save: None,
            blas: String::new(),
            ..settings
        };
        let options = TrainingOptions { seed: 0, ..options };
        let (sizes, functions) = (&self.run.sizes, self.run.functions);
        json!([sizes, functions, self.precision.name(), options, settings])
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
