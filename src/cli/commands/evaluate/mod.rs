//! `batchprop evaluate`: how good a trained network or a committee is, class by class, and what it gets wrong.

mod confusion;
mod members;
mod mistakes;
mod report;
mod seen;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;

use self::mistakes::Mistakes;
use self::report::EvaluationReport;
use self::seen::Seen;
use crate::cli::options::data::DataOptions;
use crate::cli::options::model::{ModelArguments, Models, check_fits};
use crate::cli::options::network::FunctionOptions;
use crate::cli::options::part::{Part, PartOrAll, part_or_all};
use crate::cli::output::outputs::check_output;
use crate::cli::output::words::counted;
use crate::cli::stop::Stop;
use crate::cli::threads::check_threads;
use crate::cli::threads::on_threads;
use batchprop::training::committee::evaluate_committee;
use batchprop::{Dataset, Digits, Error, TrainOn};

const EXAMPLES: &str = "\
Examples:
  batchprop evaluate model.safetensors                             on MNIST's test images
  batchprop evaluate model.safetensors --data digits.csv --json    on other images, for programs
  batchprop evaluate model.safetensors --mistakes mistakes.png     a picture of the most confident mistakes
  batchprop evaluate model-*.safetensors                           several as a committee, and what it gains

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Show how good a trained network is: accuracy, cost, each class, confusion matrix.
///
/// Several networks are a committee: its answer is the class with the largest mean probability. A table compares it with its
/// members. Its cost, and theirs in this table, is the log-likelihood cost of the probabilities.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub models: ModelArguments,
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
    #[arg(long, short = 'j', value_name = "NUMBER", allow_negative_numbers = true)]
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
    let models = Models::read(&args.models.models, &args.functions)?;
    on_threads(args.threads, || run_with(args, &models))?
}

fn run_with(args: &Args, models: &Models) -> Result<(), Stop> {
    let committee = &models.committee;
    let numbers = models.numbers(args.data.numbers.clone())?;
    let data = args.data.clone().for_model(numbers, committee.n_out());
    let (digits, seen) = Seen::divide(data.load_undivided()?, data.splits.splits()?, models.trainings())?;
    let who = match committee.members() {
        [_] => "the network",
        _ => "a network of the committee",
    };
    let part = args.part.unwrap_or_else(|| seen.usual_part(&digits, who));
    let (pieces, images) = images_of(part, &digits);
    let first = &committee.members()[0];
    for piece in &pieces {
        check_fits(&first.name, &first.network.sizes(), piece, digits.origin())?;
    }
    let evaluations = pieces.iter().map(|piece| evaluate_committee(committee, piece));
    let evaluation = evaluations.reduce(|all, piece| all.and(&piece));
    let evaluation =
        evaluation.ok_or_else(|| Error::option("--part", part.map_or("all", Part::name), "images"))?;
    let mistakes = match &args.mistakes {
        Some(path) => Some(Mistakes::draw(
            committee,
            &pieces,
            digits.class_names(),
            args.most_mistakes,
            path,
        )?),
        None => None,
    };
    let report = EvaluationReport {
        committee,
        digits: &digits,
        part,
        trained: seen.trained(part, &digits),
        images: counted(evaluation.whole.images(), &images),
        evaluation: &evaluation,
        mistakes: mistakes.as_ref().zip(args.mistakes.as_deref()),
    };
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", report.json())?,
        false => report.text(&mut out)?,
    }
    Ok(out.flush()?)
}
