//! `--init-from MODEL`: a run that starts from a saved network.
//!
//! What the file says is taken as if it had been typed: sizes, functions, precision, and how its data were read.

use std::path::Path;
use std::sync::Arc;

use clap::ArgMatches;

use super::args::Args;
use super::resume::is_given;
use crate::cli::options::model;
use crate::cli::options::run::{Layers, RunOptions};
use crate::cli::output::messages::warn;
use batchprop::data::checksum::digits_sha256;
use batchprop::data::splits::Splits;
use batchprop::storage::model::StartedFrom;
use batchprop::{Digits, Error, Functions, Network, Precision};

/// The network to start from.
#[derive(Debug)]
pub struct Start {
    pub network: Arc<Network<f64>>,
    pub from: StartedFrom,
}

impl Start {
    /// Reads the network at `path`, and sets the options of `args` that it decides. `given` is what clap made of the options.
    ///
    /// # Errors
    /// Those of reading; when options are given that contradict the network, or its file does not name functions and they are
    /// not given.
    pub fn read(path: &Path, args: &Args, given: &ArgMatches) -> Result<(Self, Args), Error> {
        let file = model::read(path)?;
        let is_given = |id: &str| is_given(given, id);
        let functions = args.run.network.given(is_given);
        // Also checks what the file's own precision shows.
        let weights_sha256 = match file.precision() {
            Precision::F32 => file.network_with::<f32>(functions)?.sha256(),
            Precision::F64 => file.network_with::<f64>(functions)?.sha256(),
        };
        let network = file.network_with::<f64>(functions)?;
        if let Some(own) = file.functions() {
            check_functions(path, own, network.functions())?;
        }
        let sizes = network.sizes();
        let hidden = Layers(sizes[1..sizes.len() - 1].to_vec());
        if is_given("hidden") && args.run.hidden != hidden {
            let found = match hidden.0.is_empty() {
                true => "no --hidden".to_owned(),
                false => hidden.to_string(),
            };
            return Err(contradicted("--hidden", &args.run.hidden, &found, path));
        }
        let outputs = network.n_out();
        let mut args = args.clone();
        let metadata = file.metadata();
        let numbers = args.data.numbers.clone().for_model(
            metadata.and_then(|metadata| metadata.pixel_max),
            metadata.and_then(|metadata| metadata.class_names.as_deref()),
            outputs,
        );
        args.data = args.data.for_model(numbers, outputs);
        args.run = RunOptions {
            hidden,
            network: network.functions().into(),
            precision: match is_given("precision") {
                true => args.run.precision,
                false => file.precision(),
            },
            ..args.run
        };
        let start = Self {
            from: StartedFrom {
                file: path.display().to_string(),
                weights_sha256,
                training: file.metadata().cloned().map(Box::new),
            },
            network: Arc::new(network),
        };
        Ok((start, args))
    }

    /// Checks that the images fit the network. Warns where they are those that trained it, but divided otherwise: then images may
    /// test here that trained it there. `digits` are not divided yet.
    pub fn check_data(&self, digits: &Digits, splits: Splits, tests: bool) -> Result<(), Error> {
        let path = Path::new(&self.from.file);
        for images in [&digits.training(Default::default()), digits.test()] {
            model::check_fits(path, &self.network.sizes(), images, digits.origin())?;
        }
        let trainings = || self.from.training.iter().flat_map(|it| it.trainings());
        if !tests || trainings().all(|it| it.data_sha256.is_none()) {
            return Ok(());
        }
        let sum = Some(digits_sha256(digits));
        for training in trainings().filter(|it| it.data_sha256 == sum) {
            let trained = training.splits.unwrap_or_default();
            let is_whole = trained.is_none() && !digits.keeps_test(training.trained_on(digits));
            if trained != splits || is_whole {
                let all = if is_whole { ", on all images" } else { "" };
                warn(&format!(
                    "images may test here that trained {}: it was trained on these data with {trained}{all}",
                    path.display()
                ));
            }
        }
        Ok(())
    }
}

/// Checks that the hidden units and outputs are those of the file. Another cost only changes what training minimises.
fn check_functions(path: &Path, own: Functions, used: Functions) -> Result<(), Error> {
    if used.activation != own.activation {
        let (given, found) = (used.activation.name(), own.activation.name());
        return Err(contradicted("--activation", &given, found, path));
    }
    if used.output != own.output {
        let (given, found) = (used.output.name(), own.output.name());
        return Err(contradicted("--output-activation", &given, found, path));
    }
    Ok(())
}

fn contradicted(option: &'static str, given: &dyn ToString, found: &str, path: &Path) -> Error {
    let expected = format!(
        "{found}, as {} has: its weights are of that network",
        path.display()
    );
    Error::option(option, given.to_string(), expected)
}
