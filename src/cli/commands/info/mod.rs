//! `batchprop info`: what a file holds: a network, a checkpoint, or data.

mod checkpoint;
mod model;
mod network;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::data;
use crate::cli::options::data::{DataOptions, NumberOptions};
use crate::cli::records::log;
use crate::cli::stop::Stop;
use batchprop::data::find::locate::locate;
use batchprop::data::find::resolve::Wanted;
use batchprop::storage::checkpoint::{self as checkpoints, Folder};
use batchprop::storage::model::ModelFile;
use batchprop::{Error, files};

/// A checkpoint of any program: its settings are read as they are.
type Checkpoint = checkpoints::Checkpoint<Value>;

const EXAMPLES: &str = "\
Examples:
  batchprop info model.safetensors           layers, functions, options, data, accuracy, checksum
  batchprop info weights.npz                 a network of another program, as far as its file says
  batchprop info run                         the newest checkpoint in a folder, also while the run trains
  batchprop info digits.csv                  what `batchprop data --data digits.csv` prints
  batchprop info model.safetensors --json | jq -r .weights_sha256
                                             for programs

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Show what a file holds: a network, a checkpoint or data.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A network (.safetensors, .npz, .json), a checkpoint or a folder of checkpoints, or data as --data of `train` takes them.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    numbers: NumberOptions,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What the file holds.
enum Found {
    Model(Box<ModelFile>),
    Checkpoint(Box<Checkpoint>),
    Data,
}

/// Reads the file and prints what it holds.
pub fn run(args: &Args) -> Result<(), Stop> {
    let path = &args.file;
    files::check_exists(
        path,
        "a network, a checkpoint or data",
        "`batchprop train --save model.safetensors` writes a network.",
    )?;
    let description = match look(path)? {
        Found::Model(file) => model::describe(path, &file)?,
        Found::Checkpoint(checkpoint) => checkpoint::describe(&checkpoint)?,
        Found::Data => {
            let options = DataOptions {
                data: Wanted::Path(path.clone()),
                numbers: args.numbers.clone(),
                ..DataOptions::default()
            };
            return data::describe(&options, args.json);
        }
    };
    for (option, is_given) in [
        ("--label-column", args.numbers.label_column.is_some()),
        ("--pixel-max", args.numbers.pixel_max.is_some()),
    ] {
        if is_given {
            let expected = "a file of data with it, which is read accordingly";
            return Err(Error::option(option, format!("with {}", path.display()), expected).into());
        }
    }
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", description.json)?,
        false => description
            .lines
            .iter()
            .try_for_each(|(label, line)| writeln!(out, "{label:<9} {line}"))?,
    }
    Ok(out.flush()?)
}

/// Tries in turn: names do not say whether `.npz` and `.safetensors` files are networks, data or checkpoints.
fn look(path: &Path) -> Result<Found, Error> {
    if path.is_dir() {
        return match Folder::has_checkpoints(path) {
            true => Ok(Found::Checkpoint(Box::new(Folder::look(path)?.checkpoint))),
            false => Ok(Found::Data),
        };
    }
    let no_model = match ModelFile::read(path) {
        Ok(file) => return Ok(Found::Model(Box::new(file))),
        Err(error) => error,
    };
    if let Ok(checkpoint) = Checkpoint::read(path) {
        return Ok(Found::Checkpoint(Box::new(checkpoint)));
    }
    // Its numbers could be taken for data.
    if log::read(&[path.to_owned()]).is_ok() {
        return Err(Error::Format {
            path: path.to_owned(),
            place: "its columns".to_owned(),
            expected: "a network, a checkpoint or data".to_owned(),
            found: "a log of `batchprop train --log`".to_owned(),
            hint: "`batchprop show curves` draws it.".to_owned(),
        });
    }
    locate(path).map(|_| Found::Data).map_err(|_| no_model)
}

/// What is known of a file: labels and lines for people, an object for programs.
struct Description {
    lines: Vec<(&'static str, String)>,
    json: Value,
}
