//! `batchprop evaluate`: how good a trained network is, class by class, and what it gets wrong.

mod confusion;
mod mistakes;
mod seen;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use serde_json::json;

use self::mistakes::Mistakes;
use self::seen::Seen;
use crate::cli::options::data::DataOptions;
use crate::cli::options::model;
use crate::cli::options::model::ModelArgument;
use crate::cli::options::network::FunctionOptions;
use crate::cli::options::part::{Part, PartOrAll, part_or_all};
use crate::cli::output::class_names::ClassNames;
use crate::cli::output::outputs::check_output;
use crate::cli::output::words::{about_line, counted, dashed, grouped, remark};
use crate::cli::stop::Stop;
use crate::cli::threads::check_threads;
use crate::cli::threads::on_threads;
use batchprop::training::evaluation::ClassScores;
use batchprop::{Dataset, Digits, Error, Evaluation, Network, Precision, Real, TrainOn, evaluate};

/// A larger confusion matrix is not printed.
const MOST_COLUMNS: usize = 100;

/// Mistakes that are printed in its place.
const MOST_FREQUENT: usize = 30;

const EXAMPLES: &str = "\
Examples:
  batchprop evaluate model.safetensors                             on MNIST's test images
  batchprop evaluate model.safetensors --data digits.csv --json    on other images, for programs
  batchprop evaluate model.safetensors --mistakes mistakes.png     a picture of the most confident mistakes

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Show how good a trained network is: accuracy, cost, each class, confusion matrix
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub model: ModelArgument,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub functions: FunctionOptions,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub data: DataOptions,
    /// Images to evaluate [default: test; all, if the data come in one part and did not train the network]
    #[arg(long, value_parser = part_or_all())]
    pub part: Option<PartOrAll>,
    /// Also draw the most confident mistakes, as a PNG
    #[arg(long, value_name = "FILE")]
    pub mistakes: Option<PathBuf>,
    /// How many mistakes to draw at most
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 30,
        requires = "mistakes",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000)
    )]
    pub most_mistakes: usize,
    /// Threads to compute with, at most one per core; the result does not depend on it [default: one per core]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// The images of a part, and its name. All images are in two pieces if they came in two.
fn images_of(part: PartOrAll, digits: &Digits) -> (Vec<Dataset>, String) {
    match (part, digits.whole()) {
        (Some(part), _) => (vec![part.of(digits)], format!("{part} image")),
        (None, Some(whole)) => (vec![whole.clone()], "image".to_owned()),
        (None, None) => {
            let learning = digits.training(TrainOn::All);
            (vec![learning, digits.test().clone()], "image".to_owned())
        }
    }
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<(), Stop> {
    check_threads(args.threads)?;
    if let Some(path) = &args.mistakes {
        check_output("--mistakes", path, &["png"])?;
    }
    let file = model::read(&args.model.model)?;
    let given = args.functions.given(file.functions());
    on_threads(args.threads, || match file.precision() {
        Precision::F32 => run_in::<f32>(args, file.network_with(given)?, file.metadata()),
        Precision::F64 => run_in::<f64>(args, file.network_with(given)?, file.metadata()),
    })?
}

fn part_name(part: PartOrAll) -> &'static str {
    part.map_or("all", Part::name)
}

fn run_in<F: Real>(
    args: &Args,
    network: Network<F>,
    metadata: Option<&batchprop::storage::model::Metadata>,
) -> Result<(), Stop> {
    let data = args.data.clone().for_model(metadata, network.n_out());
    let (digits, seen) = Seen::divide(data.load_undivided()?, data.splits.splits()?, metadata)?;
    let part = args.part.unwrap_or_else(|| seen.usual_part(&digits));
    let (pieces, images) = images_of(part, &digits);
    for piece in &pieces {
        model::check_fits(&args.model.model, &network.sizes(), piece, digits.origin())?;
    }
    let evaluations = pieces.iter().map(|piece| evaluate(&network, piece));
    let evaluation = evaluations.reduce(|all, piece| all.and(&piece));
    let evaluation = evaluation.ok_or_else(|| Error::option("--part", part_name(part), "images"))?;
    let mistakes = match &args.mistakes {
        Some(path) => Some(Mistakes::draw(
            &network,
            &pieces,
            digits.class_names(),
            args.most_mistakes,
            path,
        )?),
        None => None,
    };
    let report = EvaluationReport {
        args,
        network: &network,
        digits: &digits,
        part,
        trained: seen.trained(part, &digits),
        images: counted(evaluation.images(), &images),
        evaluation: &evaluation,
        mistakes,
    };
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", report.json())?,
        false => report.text(&mut out)?,
    }
    Ok(out.flush()?)
}

struct EvaluationReport<'a, F: Real> {
    args: &'a Args,
    network: &'a Network<F>,
    digits: &'a Digits,
    /// `None`: all.
    part: PartOrAll,
    /// How many of the images trained the network, if that is known.
    trained: Option<usize>,
    /// 10,000 test images
    images: String,
    evaluation: &'a Evaluation,
    mistakes: Option<Mistakes>,
}

impl<F: Real> EvaluationReport<'_, F> {
    fn json(&self) -> serde_json::Value {
        let evaluation = self.evaluation;
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
        json!({
            "model": self.args.model.model.to_string_lossy(), "sizes": self.network.sizes(),
            "data": self.digits.origin(), "about": self.digits.about(), "part": part_name(self.part), "images": evaluation.images(),
            "trained_on": self.trained,
            "correct": evaluation.correct(), "accuracy": evaluation.accuracy(), "cost": evaluation.cost,
            "classes": classes.collect::<Vec<_>>(),
            "confusion": is_small(evaluation).then(|| evaluation.confusion.rows().collect::<Vec<_>>()),
            "mistakes": mistakes.collect::<Vec<_>>(),
        })
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let (network, evaluation) = (self.network, self.evaluation);
        writeln!(
            out,
            "Network   {} ({}, {}, {})",
            self.args.model.model.display(),
            dashed(&network.sizes()),
            network.functions(),
            F::NAME
        )?;
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
        let names = ClassNames::of(self.digits.class_names());
        let width = names.width(network.n_out()).max(5) + 2;
        writeln!(
            out,
            "\n{:>width$}  precision   recall       F1    images",
            "class"
        )?;
        for (class, scores) in evaluation.classes().into_iter().enumerate() {
            write!(out, "{:>width$}", names.name(class))?;
            write_scores(out, scores)?;
        }
        match is_small(evaluation) {
            true => {
                writeln!(out, "\nConfusion: one row per label, one column per prediction")?;
                confusion::write(out, &evaluation.confusion, &names, console::colors_enabled())?;
            }
            false => {
                writeln!(out, "\nMost frequent mistakes: label, prediction, images")?;
                for (label, class, images) in confusion::mistakes(&evaluation.confusion)
                    .into_iter()
                    .take(MOST_FREQUENT)
                {
                    let (label, class) = (names.name(label.into()), names.name(class.into()));
                    writeln!(out, "{label:>width$}{class:>width$}{images:>10}")?;
                }
            }
        }
        match (&self.mistakes, &self.args.mistakes) {
            (Some(mistakes), Some(path)) => writeln!(out, "\n{}", mistakes.in_words(path)),
            _ => Ok(()),
        }
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
