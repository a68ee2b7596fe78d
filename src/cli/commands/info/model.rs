//! A network that was saved, by this program or another.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Description;
use super::network::{Shape, options};
use crate::cli::output::class_names::ClassNames;
use crate::cli::output::words::grouped;
use batchprop::data::read::first_names;
use batchprop::storage::model::{Accuracy, Format, Metadata, ModelFile};
use batchprop::{Error, Precision};

/// What the file says.
pub fn describe(path: &Path, file: &ModelFile) -> Result<Description, Error> {
    let bytes = fs::metadata(path).map_err(Error::io(path, "look at"))?.len();
    let format = match Format::of(path) {
        Ok(Format::Npz) => "NumPy's .npz",
        Ok(Format::Nielsen) => "JSON of network2",
        _ => "safetensors",
    };
    let shape = match file.precision() {
        Precision::F32 => Shape::of(&file.network::<f32>()?, file.functions()),
        Precision::F64 => Shape::of(&file.network::<f64>()?, file.functions()),
    };
    let author = match (file.version(), file.metadata()) {
        (Some(version), _) => format!("written by batchprop {version}"),
        (None, Some(_)) => "written by batchprop".to_owned(),
        (None, None) => "no metadata".to_owned(),
    };
    let size = grouped(bytes as f64);
    let mut lines = vec![(
        "File",
        format!("{} ({format}, {size} bytes, {author})", path.display()),
    )];
    lines.extend(shape.lines());
    if let Some(metadata) = file.metadata() {
        lines.extend(of_training(metadata, shape.outputs()));
    }
    let mut json = json!({
        "kind": "model", "file": path.to_string_lossy(), "format": format, "bytes": bytes, "version": file.version(),
    });
    if let (Value::Object(object), Value::Object(shape)) = (&mut json, shape.json()) {
        object.extend(shape);
        object.insert("training".to_owned(), json!(file.metadata()));
    }
    Ok(Description { lines, json })
}

/// How the network was trained.
fn of_training(metadata: &Metadata, outputs: usize) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(given) = &metadata.options {
        lines.extend(options(given, metadata.initialisation));
    }
    if let Some(from) = &metadata.started_from {
        lines.push((
            "Start",
            format!("{}, weights sha256 {}", from.file, from.weights_sha256),
        ));
    }
    if let Some(data) = &metadata.data {
        let images = metadata.training_images.map_or_else(String::new, |images| {
            format!(" ({} training images)", grouped(images as f64))
        });
        lines.push(("Data", format!("{data}{images}")));
    }
    if let Some(splits) = metadata.splits {
        lines.push(("", format!("divided by {}", splits.to_string().replace('`', ""))));
    }
    if let Some(sum) = &metadata.data_sha256 {
        lines.push(("", format!("sha256 {sum}")));
    }
    if let Some(most) = metadata.pixel_max {
        lines.push(("", format!("pixels up to {most}")));
    }
    let names = ClassNames::of(metadata.class_names.as_deref()).all(outputs);
    lines.push(("Classes", format!("{outputs}: {}", first_names(&names, 20))));
    if let Some(epoch) = metadata.epoch {
        lines.push(("Epoch", epoch.to_string()));
    }
    let accuracies = [("Validated", metadata.validation), ("Tested", metadata.test)];
    lines.extend(
        accuracies
            .into_iter()
            .filter_map(|(label, accuracy)| Some((label, in_words(accuracy?)))),
    );
    lines
}

/// "9475 / 10000  94.75 %"
pub fn in_words(accuracy: Accuracy) -> String {
    let Accuracy { correct, images } = accuracy;
    format!(
        "{correct} / {images}  {:.2} %",
        100.0 * correct as f64 / images as f64
    )
}
