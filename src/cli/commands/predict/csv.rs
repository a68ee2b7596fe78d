//! Predictions as CSV: `--csv`, and Kaggle's two columns.

use std::path::Path;

use super::input::Images;
use crate::cli::output::class_names::ClassNames;
use crate::cli::records::lines::csv_line;
use batchprop::training::committee::Prediction;

/// A table with a row for each image, or Kaggle's, which is written when all images are predicted.
pub struct Table {
    lines: Vec<u8>,
    rows: usize,
    is_kaggle: bool,
}

impl Table {
    /// With the columns `file`, `index` in a file of many images, the box in a picture, `label`, `true_label` where it is known,
    /// `votes` of a committee's `networks`, and the probability of each class, `p_` and its name.
    pub fn new(networks: usize, classes: usize, names: &ClassNames) -> Self {
        let mut columns = [
            "file",
            "index",
            "left",
            "top",
            "width",
            "height",
            "label",
            "true_label",
        ]
        .map(str::to_owned)
        .to_vec();
        columns.extend((networks > 1).then(|| "votes".to_owned()));
        columns.extend(names.all(classes).iter().map(|name| format!("p_{name}")));
        Self {
            lines: csv_line(columns.into_iter()),
            rows: 0,
            is_kaggle: false,
        }
    }

    /// `ImageId,Label`, from 1.
    pub fn kaggle() -> Self {
        Self {
            lines: b"ImageId,Label\n".to_vec(),
            rows: 0,
            is_kaggle: true,
        }
    }

    pub fn push(
        &mut self,
        file: &Path,
        images: &Images,
        index: usize,
        prediction: &Prediction,
        names: &ClassNames,
    ) {
        self.rows += 1;
        let label = names.name(prediction.label);
        let mut fields = Vec::new();
        if self.is_kaggle {
            fields.extend([self.rows.to_string(), label]);
        } else {
            let place = images.boxes.get(index);
            fields.push(file.display().to_string());
            fields.push(number(images.many.then_some(index)));
            fields.extend([
                number(place.map(|it| it.left)),
                number(place.map(|it| it.top)),
                number(place.map(|it| it.columns)),
                number(place.map(|it| it.rows)),
            ]);
            fields.push(label);
            fields.push(match images.label(index) {
                Some(label) => names.name(label),
                None => String::new(),
            });
            fields.extend((prediction.members.len() > 1).then(|| prediction.votes().to_string()));
            // Small ones with an exponent.
            fields.extend(prediction.probabilities.iter().map(|it| format!("{it:?}")));
        }
        self.lines.extend(csv_line(fields.into_iter()));
    }

    /// How many images.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn bytes(&self) -> &[u8] {
        &self.lines
    }
}

/// A number as a field, or none.
fn number(number: Option<impl ToString>) -> String {
    number.map_or_else(String::new, |it| it.to_string())
}
