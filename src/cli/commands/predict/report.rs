//! What `predict` prints: one line per image, for people or for programs, or Kaggle's two columns.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::input::Images;
use crate::cli::output::blocks;
use crate::cli::output::class_names::ClassNames;
use batchprop::training::committee::Prediction;

/// The form in which results are printed.
pub enum PredictionReport {
    /// A table, with a heading before the first line, and the images if `show`.
    Text { show: bool, is_begun: bool },
    /// One object per line.
    Json,
    /// For Kaggle: collected, and written at the end.
    Kaggle(Vec<usize>),
}

impl PredictionReport {
    /// Reports what was predicted for the `images` of `file`, in their order.
    pub fn images(
        &mut self,
        out: &mut impl Write,
        file: &Path,
        images: &Images,
        predictions: &[Prediction],
        names: &ClassNames,
    ) -> io::Result<()> {
        for (index, prediction) in predictions.iter().enumerate() {
            match self {
                Self::Text { show, is_begun } => {
                    if !*is_begun {
                        if prediction.members.len() > 1 {
                            let networks = prediction.members.len();
                            writeln!(
                                out,
                                "Committee of {networks} networks: the mean of their probabilities"
                            )?;
                        }
                        heading(out, prediction.probabilities.len(), names)?;
                        *is_begun = true;
                    }
                    if *show {
                        show_image(out, images, index)?;
                    }
                    line(out, file, images, index, prediction, names)?;
                }
                Self::Json => writeln!(out, "{}", object(file, images, index, prediction, names))?,
                Self::Kaggle(labels) => labels.push(prediction.label),
            }
        }
        Ok(())
    }
}

/// `ImageId,Label`, from 1.
pub fn submission(labels: &[usize], names: &ClassNames) -> String {
    let lines = labels.iter().enumerate();
    let lines = lines.map(|(index, &label)| format!("{},{}\n", index + 1, quoted(&names.name(label))));
    std::iter::once("ImageId,Label\n".to_owned())
        .chain(lines)
        .collect()
}

/// A name as a field of CSV.
fn quoted(name: &str) -> String {
    match name.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}

/// The widths of the first column and of the others.
fn widths(classes: usize, names: &ClassNames) -> (usize, usize) {
    let width = names.width(classes);
    (width.max(5), (width + 1).max(6))
}

fn heading(out: &mut impl Write, classes: usize, names: &ClassNames) -> io::Result<()> {
    let (first, width) = widths(classes, names);
    write!(out, "{:>first$}", "label")?;
    (0..classes).try_for_each(|class| write!(out, "{:>width$}", names.name(class)))?;
    writeln!(out, "  % of")
}

fn line(
    out: &mut impl Write,
    file: &Path,
    images: &Images,
    index: usize,
    prediction: &Prediction,
    names: &ClassNames,
) -> io::Result<()> {
    let (first, width) = widths(prediction.probabilities.len(), names);
    write!(out, "{:>first$}", names.name(prediction.label))?;
    for probability in &prediction.probabilities {
        write!(out, "{:>width$.1}", 100.0 * probability)?;
    }
    write!(out, "  {}", file.display())?;
    match images.boxes.get(index) {
        // A picture of one digit is that digit.
        Some(_) if !images.many => {}
        Some(place) => write!(
            out,
            ", box {},{} {}×{}",
            place.left, place.top, place.columns, place.rows
        )?,
        None if images.many => write!(out, ", image {index}")?,
        None => {}
    }
    if images.has_labels {
        write!(
            out,
            ", which is {}",
            names.name(images.images.labels()[index].into())
        )?;
    }
    match votes(prediction) {
        agree if agree < prediction.members.len() => {
            writeln!(out, ", {agree} of {} networks", prediction.members.len())
        }
        _ => writeln!(out),
    }
}

/// How many networks predict what the committee does.
fn votes(prediction: &Prediction) -> usize {
    let members = prediction.members.iter();
    members.filter(|&&member| member == prediction.label).count()
}

fn show_image(out: &mut impl Write, images: &Images, index: usize) -> io::Result<()> {
    let pixels = images.images.image(index).to_bytes();
    let lines = blocks::lines(&pixels, images.images.shape(), console::colors_enabled());
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn object(file: &Path, images: &Images, index: usize, prediction: &Prediction, names: &ClassNames) -> Value {
    let mut object = Map::new();
    object.insert("file".to_owned(), json!(file.to_string_lossy()));
    if images.many {
        object.insert("index".to_owned(), json!(index));
    }
    if let Some(place) = images.boxes.get(index) {
        let sides = json!({
            "left": place.left,
            "top": place.top,
            "width": place.columns,
            "height": place.rows,
        });
        object.insert("box".to_owned(), sides);
    }
    object.insert("label".to_owned(), names.json(prediction.label));
    if images.has_labels {
        object.insert(
            "true_label".to_owned(),
            names.json(images.images.labels()[index].into()),
        );
    }
    object.insert("probabilities".to_owned(), json!(prediction.probabilities));
    if prediction.members.len() > 1 {
        let members = prediction.members.iter().map(|&class| names.json(class));
        object.insert("members".to_owned(), members.collect());
    }
    Value::Object(object)
}
