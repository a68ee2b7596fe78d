//! `--save`: the trained network in a file.

use std::path::Path;

use super::job::Job;
use crate::cli::output::messages::note;
use crate::cli::output::words::{final_report, given};
use batchprop::storage::model;
use batchprop::storage::model::{Format, Metadata};
use batchprop::training::CheckedOptions;
use batchprop::training::standardised::for_unstandardised;
use batchprop::{Error, Network, Outcome, Real};

/// Writes the network, with the metadata of its training.
pub fn save<F: Real>(
    path: &Path,
    network: &Network<F>,
    outcome: &Outcome,
    options: &CheckedOptions,
    job: &Job,
) -> Result<(), Error> {
    let options = options.get();
    let (digits, settings) = (&job.digits, &job.settings);
    let report = final_report(outcome, options.control.keep_best);
    let metadata = Metadata {
        initialisation: job.initialisation(),
        started_from: settings.started_from.clone(),
        options: Some(options.clone()),
        data: Some(digits.origin().to_owned()),
        data_sha256: job.data_sha256.clone(),
        splits: given(digits.splits()),
        pixel_max: Some(digits.pixel_max()),
        class_names: digits.class_names().map(<[String]>::to_vec),
        train_on: Some(settings.train_on),
        training_images: Some(job.data().training.len()),
        epoch: report.map(|report| report.epoch),
        validation: report.and_then(|report| report.validation).map(Into::into),
        test: report.and_then(|report| report.test).map(Into::into),
    };
    if let (Ok(Format::Nielsen), Some(splits)) = (Format::of(path), metadata.splits) {
        note(&format!(
            "JSON of network2 has no metadata: to evaluate the same test images, give `evaluate` {splits}"
        ));
    }
    match digits.standardisation() {
        Some(standardisation) => model::save(&for_unstandardised(network, standardisation), &metadata, path),
        None => model::save(network, &metadata, path),
    }
}
