//! What `evaluate` prints.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::confusion;
use super::members::Members;
use super::mistakes::Mistakes;
use crate::cli::options::part::{Part, PartOrAll};
use crate::cli::output::class_names::ClassNames;
use crate::cli::output::terminal::Terminal;
use crate::cli::output::words::{about_line, dashed, grouped, remark, shortened};
use batchprop::network::committee::{Committee, Member};
use batchprop::training::committee::CommitteeEvaluation;
use batchprop::training::evaluation::ClassScores;
use batchprop::{Digits, Evaluation};

/// A larger confusion matrix is not printed.
const MOST_COLUMNS: usize = 100;

/// Mistakes that are printed in its place.
const MOST_FREQUENT: usize = 30;

/// The average over the classes, each by its number of images.
const WEIGHTED: &str = "weighted";

/// Characters for the name of a class.
const NAME: usize = 18;

pub(super) struct EvaluationReport<'a> {
    pub committee: &'a Committee,
    pub digits: &'a Digits,
    /// `None`: all.
    pub part: PartOrAll,
    /// How many of the images trained the network, if that is known.
    pub trained: Option<usize>,
    /// 10,000 test images
    pub images: String,
    pub evaluation: &'a CommitteeEvaluation,
    /// The mistakes that were drawn, and where.
    pub mistakes: Option<(&'a Mistakes, &'a Path)>,
}

impl EvaluationReport<'_> {
    fn members(&self) -> Members<'_> {
        Members {
            committee: self.committee,
            evaluation: self.evaluation,
        }
    }

    pub fn json(&self) -> Value {
        let evaluation = &self.evaluation.whole;
        let names = ClassNames::of(self.digits.class_names());
        let mistakes = confusion::mistakes(&evaluation.confusion).into_iter().map(|(label, class, images)| {
            json!({"class": names.json(label.into()), "predicted": names.json(class.into()), "images": images})
        });
        let classes = evaluation.classes().into_iter().enumerate();
        let classes = classes.map(|(class, scores)| {
            json!({
                "class": names.json(class), "images": scores.images, "precision": scores.precision, "recall": scores.recall,
                "f1": scores.f1,
            })
        });
        let averages = evaluation.averages();
        let average = |scores: ClassScores| json!({"precision": scores.precision, "recall": scores.recall, "f1": scores.f1});
        let mut json = json!({
            "data": self.digits.origin(), "about": self.digits.about(), "part": self.part.map_or("all", Part::name),
            "images": evaluation.images(), "trained_on": self.trained,
            "correct": evaluation.correct(), "accuracy": evaluation.accuracy(), "cost": evaluation.cost,
            "classes": classes.collect::<Vec<_>>(),
            "macro_average": average(averages.unweighted), "weighted_average": average(averages.weighted),
            "confusion": is_small(evaluation).then(|| evaluation.confusion.rows().collect::<Vec<_>>()),
            "mistakes": mistakes.collect::<Vec<_>>(),
        });
        match self.committee.members() {
            [only] => {
                json["model"] = json!(only.name.to_string_lossy());
                json["sizes"] = json!(only.network.sizes());
            }
            _ => {
                let members = self.members();
                json["members"] = members.json();
                for (name, value) in members.json_of_all() {
                    json[name] = value;
                }
            }
        }
        json
    }

    pub fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let evaluation = &self.evaluation.whole;
        match self.committee.members() {
            [Member { name, network, .. }] => writeln!(
                out,
                "Network   {} ({}, {}, {})",
                name.display(),
                dashed(&network.sizes()),
                network.functions(),
                network.precision().name()
            )?,
            members => {
                writeln!(
                    out,
                    "Committee {} networks, the mean of their probabilities",
                    members.len()
                )?;
                for kind in self.members().kinds() {
                    writeln!(out, "          {kind}")?;
                }
            }
        }
        let whole = match (self.digits.whole(), self.part) {
            (Some(_), None) => ", all there are",
            _ => "",
        };
        writeln!(out, "Data      {} ({}{whole})", self.digits.origin(), self.images)?;
        if let Some(about) = about_line(self.digits) {
            writeln!(out, "{about}")?;
        }
        if let Some(trained) = self.trained.filter(|&trained| trained > 0) {
            writeln!(
                out,
                "Seen      {} of these images trained the network: on new images it is less accurate",
                grouped(trained as f64)
            )?;
        }
        writeln!(
            out,
            "Correct   {} / {}  {:.2} %  cost {:.4}{}",
            evaluation.correct(),
            evaluation.images(),
            100.0 * evaluation.accuracy(),
            evaluation.cost,
            remark(self.digits)
        )?;
        if self.committee.only().is_none() {
            self.members().text(out)?;
        }
        let names = ClassNames::of(self.digits.class_names());
        self.classes(out, &names)?;
        match self.mistakes {
            Some((mistakes, path)) => writeln!(out, "\n{}", mistakes.in_words(path)),
            None => Ok(()),
        }
    }

    /// The scores of each class, their averages, and what was taken for what.
    fn classes(&self, out: &mut impl Write, names: &ClassNames) -> io::Result<()> {
        let evaluation = &self.evaluation.whole;
        let name = |class: usize| shortened(&names.name(class), NAME);
        let width = names.width(self.committee.n_out()).clamp(WEIGHTED.len(), NAME) + 2;
        writeln!(
            out,
            "\n{:>width$}  precision   recall       F1    images",
            "class"
        )?;
        for (class, scores) in evaluation.classes().into_iter().enumerate() {
            write!(out, "{:>width$}", name(class))?;
            write_scores(out, scores)?;
        }
        let averages = evaluation.averages();
        for (name, scores) in [("macro", averages.unweighted), (WEIGHTED, averages.weighted)] {
            write!(out, "{name:>width$}")?;
            write_scores(out, scores)?;
        }
        if is_small(evaluation) {
            writeln!(out, "\nConfusion: one row per label, one column per prediction")?;
            return confusion::write(out, &evaluation.confusion, names, Terminal::of_stdout());
        }
        writeln!(out, "\nMost frequent mistakes: label, prediction, images")?;
        let mistakes = confusion::mistakes(&evaluation.confusion);
        for (label, class, images) in mistakes.into_iter().take(MOST_FREQUENT) {
            let (label, class) = (name(label.into()), name(class.into()));
            writeln!(out, "{label:>width$}{class:>width$}{images:>10}")?;
        }
        Ok(())
    }
}

/// Whether the confusion matrix is small enough to be read.
fn is_small(evaluation: &Evaluation) -> bool {
    evaluation.confusion.classes() <= MOST_COLUMNS
}

fn write_scores(out: &mut impl Write, scores: ClassScores) -> io::Result<()> {
    let percent =
        |part: Option<f64>| part.map_or_else(|| "—".to_owned(), |part| format!("{:.2} %", 100.0 * part));
    writeln!(
        out,
        "{:>11}{:>9}{:>9}{:>10}",
        percent(scores.precision),
        percent(scores.recall),
        percent(scores.f1),
        grouped(scores.images as f64)
    )
}
