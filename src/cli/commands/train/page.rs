//! `--serve`: a run on a page, while it trains and afterwards.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::job::Job;
use super::pace::Standing;
use super::report::standing_text;
use crate::cli::options::recipe::Recipe;
use crate::cli::output::format::OutputFormat;
use crate::cli::output::messages::{complain, note, of_error};
use crate::cli::output::words::capital;
use crate::cli::page::browser;
use crate::cli::page::live::Live;
use crate::cli::page::network::{Shown, Training};
use crate::cli::page::server::{Server, Serving};
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::images::pixels::ImageShape;
use batchprop::training::Snapshot;
use batchprop::training::standardised::for_unstandardised;
use batchprop::{Error, Network, Real, TrainingEvent};

/// How often the page gets the network during an epoch.
const NEWEST: Duration = Duration::from_millis(500);

/// The page has no room for the confusion matrix of more classes.
const MOST_CLASSES: usize = 256;

/// A run that is shown on a page.
pub struct Watched<'a> {
    job: &'a Job<'a>,
    live: Arc<Live>,
    serving: Serving,
    /// Of the epoch whose report is still to come, row by row.
    confusion: Vec<Vec<usize>>,
    shown: Instant,
}

impl<'a> Watched<'a> {
    /// Serves the page of a run, new or resumed from a snapshot, and prints its address.
    pub fn start<F: Real>(
        server: Server,
        job: &'a Job,
        snapshot: Option<&Snapshot<F>>,
    ) -> Result<Self, Stop> {
        let network = match snapshot {
            Some(snapshot) => in_single(&snapshot.network, job)?,
            None => in_single(&job.run.network::<F>()?, job)?,
        };
        let live = Arc::new(Live::new(job.run.options.get().epochs));
        let reports = snapshot.iter().flat_map(|snapshot| &snapshot.reports);
        reports.for_each(|report| live.epoch(report, Vec::new()));
        let serving = server.start(shown(network, job), Some(live.clone()), true)?;
        let url = serving.url();
        let mut out = io::stdout().lock();
        match job.args.format() {
            OutputFormat::Json => writeln!(out, "{}", json!({"event": "page", "address": url}))?,
            _ => writeln!(out, "{url}")?,
        }
        out.flush()?;
        drop(out);
        if job.args.page.open {
            browser::open(serving.url());
        }
        Ok(Self {
            job,
            live,
            serving,
            confusion: Vec::new(),
            shown: Instant::now(),
        })
    }

    /// Passes an event on to the page.
    pub fn event<F: Real>(&mut self, event: &TrainingEvent<F>) {
        match event {
            TrainingEvent::Tested(evaluation) if has_room(self.job) => {
                self.confusion = evaluation.confusion.rows().collect();
            }
            TrainingEvent::Epoch(report) => self.live.epoch(report, std::mem::take(&mut self.confusion)),
            TrainingEvent::Resumable(state) if self.shown.elapsed() >= NEWEST => {
                // Where there is no memory for a copy, the one before stays.
                if let Ok(network) = in_single(state.network(), self.job) {
                    self.serving.shown().set(network);
                }
                self.shown = Instant::now();
            }
            _ => {}
        }
    }

    /// Where the run is.
    pub fn standing(&self, standing: &Standing) {
        self.live.progress(standing.done, standing_text(standing));
    }

    /// Training is over: its network, and what is to be said of it.
    pub fn done<F: Real>(&self, network: &Network<F>, message: String) {
        if let Ok(network) = in_single(network, self.job) {
            self.serving.shown().set(network);
        }
        self.live.end(Ok(message));
    }

    /// Keeps the page until Ctrl-C or SIGTERM, unless one of them ended the run, or the reader of stdout has gone. A failure is
    /// reported at once, and is the result in the end.
    pub fn stay(self, result: Result<(), Stop>) -> Result<(), Stop> {
        let result = match result {
            Err(Stop::Error(error)) if !error.is_usage() => {
                let failure = of_error(&error);
                complain(&failure);
                self.live.end(Err(capital(&failure)));
                Err(Stop::Failed)
            }
            result => result,
        };
        if let Ok(()) | Err(Stop::Failed) = result
            && !signals::is_interrupted()
        {
            note(&format!("the page stays at {} until Ctrl-C", self.serving.url()));
            signals::wait();
        }
        result
    }
}

/// The network for the page, which takes images as they are, in single precision: no picture shows the difference.
fn in_single<F: Real>(network: &Network<F>, job: &Job) -> Result<Network<f32>, Error> {
    match job.digits.standardisation() {
        Some(standardisation) => for_unstandardised(network, standardisation).rounded(),
        None => network.rounded(),
    }
}

/// Whether the page can show the confusion matrix of a run.
fn has_room(job: &Job) -> bool {
    job.data().test.is_some() && job.digits.classes() <= MOST_CLASSES
}

fn shown(network: Network<f32>, job: &Job) -> Shown {
    let recipe = job.args.recipe.map(Recipe::name);
    let mut shown = Shown::new(
        network,
        recipe.map_or_else(String::new, |name| format!("Recipe {name}")),
    );
    shown.name_classes(job.digits.class_names());
    let shape = job.digits.test().shape();
    let about = shown.about_mut();
    // Columns of a table are no picture, whatever their number.
    if shape.rows != shape.columns || ImageShape::of_drawing(shape.pixels()).is_none() {
        about.side = None;
    }
    about.data = Some(job.digits.origin().to_owned());
    about.training = Some(Training {
        settings: job.settings_text().into_iter().map(|(_, text)| text).collect(),
        confusion: has_room(job),
    });
    shown
}
