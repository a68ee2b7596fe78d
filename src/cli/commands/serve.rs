//! `batchprop serve`: a page on this machine to draw a digit on.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::ArgMatches;

use super::train;
use crate::cli::options::data::DataOptions;
use crate::cli::options::model::Models;
use crate::cli::options::network::FunctionOptions;
use crate::cli::output::messages::note;
use crate::cli::output::numbers::explained;
use crate::cli::page::browser;
use crate::cli::page::network::Shown;
use crate::cli::page::server::Server;
use crate::cli::page::{USUAL_HOST, USUAL_PORT};
use crate::cli::signals;
use crate::cli::stop::Stop;
use batchprop::Error;

const EXAMPLES: &str = "\
Examples:
  batchprop serve model.safetensors          draw digits for a network that `batchprop train --save` wrote
  batchprop serve model-*.safetensors        several networks as a committee
  batchprop serve other.safetensors --activation relu --output-activation softmax
                                             PyTorch's state dict, which does not name its functions
  batchprop serve                            train a network first, which takes a second or two
  batchprop serve --port 0 --quiet           on any free port
  batchprop serve model.safetensors --open   and open the page in the browser
  batchprop serve --host 0.0.0.0             for a phone in the same network
  batchprop train --serve                    watch a run while it trains, and draw meanwhile

The first line of stdout is the address of the page. Ctrl-C or SIGTERM ends the server with exit code 0.

Exit code: 0 success, 1 failure, 2 bad usage.";

/// The option that makes `serve` another name of `train --serve`.
const TRAIN: &str = "--train";

/// Options that make no sense with a trained network, by clap's names.
const NOT_WITH_MODEL: [&str; 9] = [
    "data",
    "offline",
    "classes",
    "test_split",
    "validation_split",
    "split_seed",
    "label_column",
    "pixel_max",
    "threads",
];

/// The recipe of the network that is trained where no model is given.
const USUAL_RECIPE: &str = "--recipe=fast";

/// Draw digits on a web page and see what a network makes of them.
///
/// `batchprop serve --train` is the old name of `batchprop train --serve`, which shows a run while it trains.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Trained networks: files of `batchprop train --save`, or PyTorch's safetensors; several are a committee, the mean of their
    /// probabilities [default: one is trained first, by recipe fast].
    #[arg(value_name = "MODEL", conflicts_with_all = NOT_WITH_MODEL)]
    models: Vec<PathBuf>,
    /// The port of the page; 0 picks a free one.
    #[arg(long, short, default_value_t = USUAL_PORT)]
    port: u16,
    /// The address to listen on. Anybody in the network can reach addresses other than this machine's own.
    #[arg(long, default_value = USUAL_HOST, value_name = "ADDRESS")]
    host: String,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// Do not print a line for each request.
    #[arg(long, short)]
    quiet: bool,
    /// Threads to train with, at most one per core [default: one per core].
    #[arg(long, short = 'j', allow_negative_numbers = true)]
    threads: Option<usize>,
    #[command(flatten)]
    functions: FunctionOptions,
    #[command(flatten)]
    data: DataOptions,
}

/// The command line with `train --serve` in place of `serve --train`.
pub fn renamed(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_ours = arguments.get(1).is_some_and(|name| name == "serve");
    if is_ours && let Some(place) = arguments.iter().position(|argument| argument == TRAIN) {
        arguments.remove(place);
        arguments.splice(1..2, ["train".into(), "--serve".into()]);
    }
    arguments
}

/// Serves a network from a file until Ctrl-C or SIGTERM: the usual end of a server, and so success. Without a file it is
/// `train --serve`, with a recipe that takes seconds. `given` is what clap made of the whole command line.
pub fn run(args: &Args, given: &ArgMatches) -> Result<(), Stop> {
    if args.models.is_empty() {
        if !args.functions.is_empty() {
            let expected = "a MODEL with them; without one the recipe chooses the functions";
            return Err(Error::option("the functions of a network", "without MODEL", expected).into());
        }
        note("no MODEL is given: a network is trained first, by recipe fast");
        let own = std::env::args_os().skip(2);
        let arguments = ["--serve", USUAL_RECIPE]
            .map(OsString::from)
            .into_iter()
            .chain(own);
        let train = train::Args::parse(arguments.collect())
            .unwrap_or_else(|error| explained(&train::Args::command(), &[TRAIN], error).exit());
        return train::run(&train, given);
    }
    let server = Server::listen(&args.host, args.port)?;
    let shown = Shown::of_models(&Models::read(&args.models, &args.functions)?)?;
    let serving = server.start(shown, None, args.quiet)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serving.url())?;
    out.flush()?;
    drop(out);
    if args.open {
        browser::open(serving.url());
    }
    signals::wait();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_name_takes_all_options_of_train() {
        for (given, meant) in [
            ("batchprop serve --train", "batchprop train --serve"),
            (
                "batchprop serve --port 0 --train --hidden 9",
                "batchprop train --serve --port 0 --hidden 9",
            ),
            ("batchprop serve model.npz", "batchprop serve model.npz"),
            ("batchprop train --train", "batchprop train --train"),
            ("batchprop", "batchprop"),
        ] {
            let arguments = given.split(' ').map(OsString::from).collect();
            let words: Vec<_> = renamed(arguments)
                .into_iter()
                .map(|word| word.into_string().unwrap())
                .collect();
            assert_eq!(words.join(" "), meant);
        }
    }
}
