//! `batchprop predict`: which digits a trained network or a committee sees in pictures and files.

mod arguments;
mod csv;
mod input;
mod report;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use self::csv::Table;
use self::input::Images;
use self::report::{Form, PredictionReport};
use crate::cli::options::data::NumberOptions;
use crate::cli::options::model::Models;
use crate::cli::options::network::FunctionOptions;
use crate::cli::output::class_names::ClassNames;
use crate::cli::output::messages::{complain, of_error};
use crate::cli::output::outputs::check_output;
use crate::cli::output::words::counted;
use crate::cli::stop::Stop;
use crate::cli::threads::check_threads;
use crate::cli::threads::on_threads;
use batchprop::training::committee::{Prediction, predictions};
use batchprop::{Committee, Error, files};

const EXAMPLES: &str = "\
Examples:
  batchprop predict model.safetensors seven.png photo.jpg
  batchprop predict model.safetensors --show seven.png     as the network sees it, too
  batchprop predict model.safetensors photos               all pictures in a folder
  batchprop predict model-*.safetensors seven.png          several networks as a committee
  batchprop predict model.safetensors --json *.png         one object per line, for programs
  batchprop predict model.safetensors x_test.npy --csv labels.csv
                                                           labels and probabilities as a table
  batchprop predict model.safetensors - < seven.png
  batchprop predict model.safetensors test.csv --kaggle submission.csv

Exit code: 0 success, 1 failure of any file, 2 bad usage.";

/// Recognise the digits in pictures and files: the label, and the probability of each class.
///
/// A picture (PNG, JPEG, GIF, BMP, WebP) shows one digit or several, dark on light or light on dark, in any size. Frames,
/// lines and grids are removed. Each digit is turned into the form of MNIST's: grey, cropped, fitted into 20×20 pixels and
/// centred in 28×28. Several are reported from left to right and top to bottom, each with its box: left, top, width×height. Files of
/// IDX images, CSV with one row per image, .npy and .npz, with or without labels, are taken as they are. Where labels are known, the last
/// line says how many predictions are correct.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES, override_usage = "batchprop predict [OPTIONS] <MODEL>... <FILE>...")]
pub struct Args {
    /// A trained network: a file of `batchprop train --save`, PyTorch's safetensors, NumPy's .npz, or Nielsen's network2 .json. More of
    /// them may follow before the first FILE: a committee, the mean of their probabilities
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// Pictures, folders of pictures, IDX images, CSV, .npy or .npz, plain or gzip'd; "-" for standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Also show each image as the network sees it
    #[arg(long, conflicts_with_all = ["json", "kaggle", "csv"])]
    pub show: bool,
    /// Print one JSON object per line
    #[arg(long, conflicts_with_all = ["kaggle", "csv"])]
    pub json: bool,
    /// Write a table to FILE: file, index, box, label, true label where it is known, and the probability of each class
    #[arg(long, value_name = "FILE", conflicts_with = "kaggle")]
    pub csv: Option<PathBuf>,
    /// Write the labels to FILE as Kaggle's Digit Recognizer wants them: ImageId,Label
    #[arg(long, value_name = "FILE")]
    pub kaggle: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub functions: FunctionOptions,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub numbers: NumberOptions,
    /// Threads to compute with, at most one per core; the result does not depend on it [default: one per core]
    #[arg(long, short = 'j', value_name = "NUMBER", allow_negative_numbers = true)]
    pub threads: Option<usize>,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<(), Stop> {
    check_threads(args.threads)?;
    for (option, path) in [("--kaggle", &args.kaggle), ("--csv", &args.csv)] {
        if let Some(path) = path {
            check_output(option, path, &["csv"])?;
        }
    }
    let (networks, files) = arguments::divide(&args.model, &args.files)?;
    let models = Models::read(&networks, &args.functions)?;
    on_threads(args.threads, || run_with(args, &models, &files))?
}

fn run_with(args: &Args, models: &Models, named: &[PathBuf]) -> Result<(), Stop> {
    let committee = &models.committee;
    let numbers = &models.numbers(args.numbers.clone())?;
    let names = ClassNames::of(committee.class_names());
    let networks = committee.members().len();
    let form = match (&args.kaggle, &args.csv, args.json) {
        (Some(_), ..) => Form::Csv(Table::kaggle()),
        (None, Some(_), _) => Form::Csv(Table::new(networks, committee.n_out(), &names)),
        (None, None, true) => Form::Json,
        (None, None, false) => Form::Text { show: args.show },
    };
    let mut report = PredictionReport::new(form, networks, &names);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut has_failed = false;
    // One file per thread at a time, so that results come soon and few files are in memory.
    for some in input::files(named).chunks_mut(rayon::current_num_threads()) {
        let predicted: Vec<_> = some
            .par_iter_mut()
            .map(|file| {
                let file = std::mem::replace(file, Ok(PathBuf::new()))?;
                let (images, predictions) = predicted(&file, committee, numbers)?;
                check_single(args, &file, &images)?;
                Ok((file, images, predictions))
            })
            .collect();
        for predicted in predicted {
            match predicted {
                Ok((file, images, predictions)) => report.images(&mut out, &file, &images, &predictions)?,
                Err(error) => {
                    has_failed = true;
                    complain(&of_error(&error));
                }
            }
        }
        out.flush()?;
    }
    if let (Some(path), Some(table)) = (args.kaggle.as_ref().or(args.csv.as_ref()), report.table()) {
        if has_failed && args.kaggle.is_some() {
            let path = path.display();
            complain(&format!(
                "{path} was not written: its numbers would belong to other images"
            ));
        } else {
            files::write_whole(path, table.bytes())?;
            writeln!(out, "{}: {}", path.display(), counted(table.rows(), "prediction"))?;
        }
    }
    report.summary(&mut out)?;
    out.flush()?;
    if has_failed { Err(Stop::Failed) } else { Ok(()) }
}

/// A submission has one label for each image: a picture of several digits has none.
fn check_single(args: &Args, file: &Path, images: &Images) -> Result<(), Error> {
    let count = images.boxes.len();
    if args.kaggle.is_none() || count <= 1 {
        return Ok(());
    }
    Err(Error::Format {
        path: file.to_owned(),
        place: "picture".to_owned(),
        expected: "one digit, for one row of the submission".to_owned(),
        found: format!("{count} digits"),
        hint: "Crop it to one digit, or predict it without --kaggle.".to_owned(),
    })
}

fn predicted(
    file: &Path,
    committee: &Committee,
    numbers: &NumberOptions,
) -> Result<(Images, Vec<Prediction>), Error> {
    let images = input::read(file, committee.n_in(), numbers)?;
    let predictions = predictions(committee, &images.images);
    Ok((images, predictions))
}
