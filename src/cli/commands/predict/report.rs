//! What `predict` prints: one line per image, for people or for programs, and how many are right where that is known.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::csv::Table;
use super::input::Images;
use crate::cli::output::blocks;
use crate::cli::output::class_names::ClassNames;
use crate::cli::output::words::shortened;
use batchprop::training::committee::Prediction;

/// Characters for the name of a class in a line of text.
const NAME: usize = 8;

/// Classes in a line beside the predicted one, and their smallest probability.
const NEXT: usize = 2;
const LEAST: f64 = 0.0005;

/// The form in which results are printed.
pub enum Form {
    /// A table, and the images if `show`.
    Text { show: bool },
    /// One object per line.
    Json,
    /// Collected, and written at the end.
    Csv(Table),
}

/// The results of all files.
pub struct PredictionReport<'a> {
    form: Form,
    names: &'a ClassNames,
    is_begun: bool,
    /// Images with labels, and how many of them the committee and each of its networks predict right.
    labelled: usize,
    right: usize,
    right_of_members: Vec<usize>,
}

impl<'a> PredictionReport<'a> {
    pub fn new(form: Form, networks: usize, names: &'a ClassNames) -> Self {
        Self {
            form,
            names,
            is_begun: false,
            labelled: 0,
            right: 0,
            right_of_members: vec![0; networks],
        }
    }

    /// Reports what was predicted for the `images` of `file`, in their order.
    pub fn images(
        &mut self,
        out: &mut impl Write,
        file: &Path,
        images: &Images,
        predictions: &[Prediction],
    ) -> io::Result<()> {
        for (index, prediction) in predictions.iter().enumerate() {
            if let Some(label) = images.label(index) {
                self.labelled += 1;
                self.right += usize::from(prediction.label == label);
                for (right, &member) in self.right_of_members.iter_mut().zip(&prediction.members) {
                    *right += usize::from(member == label);
                }
            }
            match &mut self.form {
                Form::Text { show } => {
                    let show = *show;
                    if !self.is_begun {
                        self.heading(out, prediction)?;
                        self.is_begun = true;
                    }
                    if show {
                        show_image(out, images, index)?;
                    }
                    self.line(out, file, images, index, prediction)?;
                }
                Form::Json => writeln!(out, "{}", object(file, images, index, prediction, self.names))?,
                Form::Csv(table) => table.push(file, images, index, prediction, self.names),
            }
        }
        Ok(())
    }

    /// The table that is to be written.
    pub fn table(&self) -> Option<&Table> {
        match &self.form {
            Form::Csv(table) => Some(table),
            _ => None,
        }
    }

    /// How many images were predicted right, if the label of any is known.
    pub fn summary(&self, out: &mut impl Write) -> io::Result<()> {
        if self.labelled == 0 {
            return Ok(());
        }
        let part = |right: usize| right as f64 / self.labelled as f64;
        let members = &self.right_of_members;
        if matches!(self.form, Form::Json) {
            let mut summary =
                json!({"images": self.labelled, "correct": self.right, "accuracy": part(self.right)});
            if members.len() > 1 {
                summary["members"] = json!(members);
            }
            return writeln!(out, "{}", json!({ "summary": summary }));
        }
        let all = self.labelled;
        writeln!(
            out,
            "Correct   {} / {all}  {:.2} %",
            self.right,
            100.0 * part(self.right)
        )?;
        if members.len() > 1 {
            let mean = members.iter().map(|&right| part(right)).sum::<f64>() / members.len() as f64;
            let best = members.iter().map(|&right| part(right)).fold(0.0, f64::max);
            writeln!(
                out,
                "Members   {:.2} % on average, {:.2} % the best",
                100.0 * mean,
                100.0 * best
            )?;
        }
        Ok(())
    }

    /// The widths of the label, and of the next classes with their probabilities.
    fn widths(&self, classes: usize) -> (usize, usize) {
        let name = self.names.width(classes).min(NAME);
        let next = NEXT.min(classes - 1);
        (name.max("label".len()), (next * (name + 7)).saturating_sub(2))
    }

    fn heading(&self, out: &mut impl Write, prediction: &Prediction) -> io::Result<()> {
        let networks = prediction.members.len();
        if networks > 1 {
            writeln!(
                out,
                "Committee of {networks} networks: the mean of their probabilities"
            )?;
        }
        let (first, next) = self.widths(prediction.probabilities.len());
        writeln!(out, "{:>first$}      %  {:<next$}  of", "label", "next")
    }

    fn line(
        &self,
        out: &mut impl Write,
        file: &Path,
        images: &Images,
        index: usize,
        prediction: &Prediction,
    ) -> io::Result<()> {
        let probabilities = &prediction.probabilities;
        let (first, width) = self.widths(probabilities.len());
        let name = |class: usize| shortened(&self.names.name(class), NAME);
        let sure = 100.0 * probabilities[prediction.label];
        let next: Vec<String> = next(prediction)
            .into_iter()
            .map(|class| format!("{} {:.1}", name(class), 100.0 * probabilities[class]))
            .collect();
        write!(
            out,
            "{:>first$} {sure:>6.1}  {:<width$}  {}",
            name(prediction.label),
            next.join(", "),
            file.display()
        )?;
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
        if let Some(label) = images.label(index) {
            write!(out, ", which is {}", self.names.name(label))?;
        }
        match prediction.votes() {
            agree if agree < prediction.members.len() => {
                writeln!(out, ", {agree} of {} networks", prediction.members.len())
            }
            _ => writeln!(out),
        }
    }
}

/// The most probable classes beside the predicted one.
fn next(prediction: &Prediction) -> Vec<usize> {
    let probabilities = &prediction.probabilities;
    let others = (0..probabilities.len()).filter(|&class| class != prediction.label);
    let mut others: Vec<usize> = others.filter(|&class| probabilities[class] >= LEAST).collect();
    others.sort_by(|&one, &other| probabilities[other].total_cmp(&probabilities[one]));
    others.truncate(NEXT);
    others
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
    if let Some(label) = images.label(index) {
        object.insert("true_label".to_owned(), names.json(label));
    }
    object.insert("probabilities".to_owned(), json!(prediction.probabilities));
    if prediction.members.len() > 1 {
        let members = prediction.members.iter().map(|&class| names.json(class));
        object.insert("members".to_owned(), members.collect());
    }
    Value::Object(object)
}
