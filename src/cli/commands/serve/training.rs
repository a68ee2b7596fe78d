//! The run that trains the page's network, in a thread of its own.

use std::ffi::OsString;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::super::train;
use super::super::train::Fault;
use super::answers::Page;
use super::live::Live;
use super::network::Shown;
use super::not_square;
use crate::cli::options::data::DataOptions;
use crate::cli::options::recipe::Recipe;
use crate::cli::options::run::{Layers, note_small_data};
use crate::cli::output::messages::{complain, note, of_error, warn};
use crate::cli::output::words::{capital, epochs, remark};
use crate::cli::signals;
use crate::cli::stop::Stop;
use crate::cli::threads::on_threads;
use batchprop::training::check_run;
use batchprop::training::many::Run;
use batchprop::{Digits, Error, Network, Outcome, TrainOn, TrainingData, TrainingEvent};

/// How often the page gets the network during an epoch.
const NEWEST: Duration = Duration::from_millis(500);

/// The page has no room for the confusion matrix of more classes.
const MOST_CLASSES: usize = 256;

/// Which run to show. The rest of `train`'s options are the recipe's.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct TrainingArgs {
    /// Show a training run live: its curves and confusion matrix.
    #[arg(long)]
    pub train: bool,
    /// Options of `train` under a name [default: article with --train, else fast].
    #[arg(long, value_enum, value_name = "NAME", requires = "train")]
    recipe: Option<Recipe>,
    /// Units of each hidden layer [default: the recipe's].
    #[arg(
        long,
        value_name = "UNITS-…",
        allow_negative_numbers = true,
        requires = "train"
    )]
    hidden: Option<Layers>,
    /// Passes over the training images [default: the recipe's].
    #[arg(long, allow_negative_numbers = true, requires = "train")]
    epochs: Option<usize>,
    /// Images in a mini-batch [default: the recipe's].
    #[arg(long, allow_negative_numbers = true, requires = "train")]
    batch_size: Option<usize>,
    /// Step size η [default: the recipe's].
    #[arg(long, visible_aliases = ["eta", "lr"], allow_negative_numbers = true, requires = "train")]
    learning_rate: Option<f64>,
    /// Seed of all random numbers [default: 0].
    #[arg(long, allow_negative_numbers = true, requires = "train")]
    seed: Option<u64>,
}

impl TrainingArgs {
    fn recipe(&self) -> Recipe {
        let usual = if self.train { Recipe::Article } else { Recipe::Fast };
        self.recipe.unwrap_or(usual)
    }

    /// What the recipe is called on the command line.
    fn recipe_name(&self) -> String {
        let name = self.recipe().to_possible_value();
        name.map_or_else(String::new, |it| it.get_name().to_owned())
    }

    /// The run, for people.
    fn name(&self) -> String {
        let name = self.recipe_name();
        match self.train {
            true => format!("Recipe {name}"),
            false => format!("No model was given: this one is trained first, by recipe {name}"),
        }
    }

    /// The arguments of `train` that do the same.
    fn parsed(&self) -> train::Args {
        let text = |number: Option<f64>| number.map(|it| format!("{it:?}"));
        let given = [
            ("--recipe", Some(self.recipe_name())),
            ("--hidden", self.hidden.as_ref().map(Layers::to_string)),
            ("--epochs", self.epochs.map(|it| it.to_string())),
            ("--batch-size", self.batch_size.map(|it| it.to_string())),
            ("--learning-rate", text(self.learning_rate)),
            ("--seed", self.seed.map(|it| it.to_string())),
        ];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        train::Args::parse(given.map(OsString::from).collect()).unwrap_or_else(|error| error.exit())
    }
}

/// A run that is set up, and not yet started.
#[derive(Debug)]
pub struct LiveRun {
    run: Run,
    digits: Digits,
    train_on: TrainOn,
    name: String,
    threads: Option<usize>,
    live: Arc<Live>,
}

impl LiveRun {
    /// Reads the data, and checks all that can be checked before training.
    pub fn new(args: &TrainingArgs, data: &DataOptions, threads: Option<usize>) -> Result<Self, Stop> {
        let train = args.parsed();
        let options = train.options()?;
        let digits = on_threads(threads, || data.load())??;
        let train_on = train.train_on;
        let training = digits.training(train_on);
        let run = train.run.run(&options, training.inputs(), digits.classes());
        let images = TrainingData::new(&training).with_test(digits.test());
        check_run::<f32>(&run.sizes, run.functions, &options, images)?;
        note_small_data(options.get().batch_size, training.len());
        Ok(Self {
            live: Arc::new(Live::new(options.get().epochs)),
            run,
            train_on,
            name: args.name(),
            threads,
            digits,
        })
    }

    /// What is known of it meanwhile.
    pub fn live(&self) -> Arc<Live> {
        self.live.clone()
    }

    /// Its network, which has learned nothing yet.
    ///
    /// # Errors
    /// When the images are not square.
    pub fn shown(&self) -> Result<Shown, Error> {
        let origin = self.digits.origin();
        let shape = self.digits.test().shape();
        if shape.rows != shape.columns {
            return Err(not_square(
                format!("images of {}×{}", shape.rows, shape.columns),
                origin,
            ));
        }
        let mut shown = Shown::new(self.run.network()?, self.name.clone())?;
        shown.name_classes(self.digits.class_names());
        let about = shown.about_mut();
        about.data = Some(origin.to_owned());
        about.training = true;
        Ok(shown)
    }

    /// Trains the network of `page`, on a thread of its own.
    pub fn start(self, page: Arc<Page>) -> Result<(), Stop> {
        let train = move || {
            let outcome = on_threads(self.threads, || self.train(&page));
            let failure = match outcome {
                Ok(Ok(())) => return,
                Ok(Err(error)) | Err(Stop::Error(error)) => of_error(&error),
                Err(_) => "training broke off".to_owned(),
            };
            complain(&failure);
            self.live.end(Err(failure));
        };
        let started = thread::Builder::new().name("training".to_owned()).spawn(train);
        started.map(|_| ()).map_err(|error| {
            complain(&format!("cannot start a thread to train on: {error}"));
            Stop::Failed
        })
    }

    fn train(&self, page: &Page) -> Result<(), Error> {
        let started = Instant::now();
        let mut network = Network::clone(&page.shown.newest());
        let training = self.digits.training(self.train_on);
        let images = training.len() as f64;
        let data = TrainingData::new(&training).with_test(self.digits.test());
        let mut shown = Instant::now();
        let mut confusion = Vec::new();
        let mut fault = Fault::default();
        let outcome = batchprop::train(&mut network, data, &self.run.options, |event| {
            match event {
                TrainingEvent::Tested(evaluation) => {
                    fault.look(evaluation, &self.run, &self.digits, training.len());
                    if evaluation.confusion.classes() <= MOST_CLASSES {
                        confusion = evaluation.confusion.rows().collect();
                    }
                }
                TrainingEvent::Epoch(report) => self.live.epoch(report, std::mem::take(&mut confusion)),
                TrainingEvent::Resumable(state) => {
                    self.live
                        .progress(state.epoch() as f64 + state.images() as f64 / images);
                    if state.images() == 0 || shown.elapsed() >= NEWEST {
                        page.shown.set(state.network());
                        shown = Instant::now();
                    }
                }
                _ => {}
            }
            signals::flow()
        })?;
        page.shown.set(&network);
        let message = self.summary(&outcome, started.elapsed());
        note(&message);
        fault.found().inspect(|found| warn(found));
        let found = fault
            .found()
            .map_or_else(String::new, |found| format!(". {}", capital(found)));
        self.live.end(Ok(message + &found));
        Ok(())
    }

    /// In a line.
    fn summary(&self, outcome: &Outcome, time: Duration) -> String {
        let correct = outcome.reports.last().and_then(|report| report.test);
        let accuracy = correct.map_or_else(String::new, |test| {
            format!(": {:.2} % of the test images right", 100.0 * test.accuracy())
        });
        format!(
            "trained for {} in {:.1} s{accuracy}{}",
            epochs(outcome.reports.len()),
            time.as_secs_f64(),
            remark(&self.digits)
        )
    }
}
