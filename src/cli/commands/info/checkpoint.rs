//! A checkpoint of a run: where the run is, and what it has reached.

use serde_json::{Value, json};

use super::model::in_words;
use super::network::{Shape, options};
use super::{Checkpoint, Description};
use crate::cli::output::words::{ending, ending_code, grouped};
use batchprop::training::Snapshot;
use batchprop::{Error, Initialisation, Precision, Real};

/// What the checkpoint says.
pub fn describe(checkpoint: &Checkpoint) -> Result<Description, Error> {
    match checkpoint.precision() {
        Precision::F32 => of_snapshot(checkpoint, &checkpoint.snapshot::<f32>()?),
        Precision::F64 => of_snapshot(checkpoint, &checkpoint.snapshot::<f64>()?),
    }
}

fn of_snapshot<F: Real>(checkpoint: &Checkpoint, snapshot: &Snapshot<F>) -> Result<Description, Error> {
    let (path, version) = (checkpoint.path(), checkpoint.version());
    let (position, settings) = (checkpoint.position(), checkpoint.settings());
    let given = checkpoint.options().get();
    let shape = Shape::of(&snapshot.network, Some(checkpoint.functions()));
    let mut lines = vec![(
        "File",
        format!("{} (checkpoint, written by batchprop {version})", path.display()),
    )];
    let is_complete = position.epoch() == given.epochs;
    let state = match position.ending() {
        Some(end) => format!("finished: {}", ending(end)),
        None if is_complete => "finished: all epochs are done".to_owned(),
        None => format!("{} images of the next", grouped(position.images() as f64)),
    };
    lines.push((
        "Run",
        format!("{} of {} epochs done, {state}", position.epoch(), given.epochs),
    ));
    lines.extend(shape.lines());
    let initialisation: Option<Initialisation> = serde_json::from_value(settings["init"].clone()).ok();
    lines.extend(options(given, initialisation));
    if let Some(data) = settings["data"]["data"].as_str() {
        lines.push(("Data", data.to_owned()));
    }
    if let Some(sum) = settings["data_sha256"].as_str() {
        lines.push(("", format!("sha256 {sum}")));
    }
    let last = snapshot.reports.last();
    if let Some(report) = last {
        lines.push(("Epoch", format!("{}, cost {:.4}", report.epoch, report.cost)));
        let scores = [("Validated", report.validation), ("Tested", report.test)];
        lines.extend(
            scores
                .into_iter()
                .filter_map(|(label, score)| Some((label, in_words(score?.into())))),
        );
    }
    if let Some(best) = position.best_epoch() {
        lines.push(("Best", format!("epoch {best} on the validation images")));
    }
    let mut json = json!({
        "kind": "checkpoint", "file": path.to_string_lossy(), "version": version, "epochs_done": position.epoch(),
        "images_of_next_epoch": position.images(),
        "is_finished": is_complete || position.ending().is_some(), "ending": position.ending().map(ending_code),
        "best_validation_epoch": position.best_epoch(), "total_seconds": position.total_time().as_secs_f64(),
    });
    if let (Value::Object(object), Value::Object(shape)) = (&mut json, shape.json()) {
        object.extend(shape);
        object.insert("options".to_owned(), json!(given));
        object.insert("last_epoch".to_owned(), json!(last));
        object.insert("settings".to_owned(), settings.clone());
    }
    Ok(Description { lines, json })
}
