//! `batchprop serve`: a page on this machine to draw a digit on, and to watch a network while it learns.
//!
//! Everything is part of the program: the page works without any network but the one inside the machine.
//!
//! | room | |
//! |---|---|
//! | `server` | sockets, time limits, and what may be open at once |
//! | `gate` | which requests are answered: none from other sites, and none under another site's name |
//! | `answers` | paths and methods to answers |
//! | `network` | the network of the page, and its answer to a drawing |
//! | `live`, `training` | a training run, and those who watch it |
//! | `log` | one line per request on stderr |

mod answers;
mod assets;
mod body;
mod connections;
mod gate;
mod live;
mod log;
mod network;
mod server;
mod training;

use std::io::{self, Write};
use std::net::UdpSocket;
use std::path::PathBuf;
use std::sync::Arc;

use self::answers::Page;
use self::gate::Gate;
use self::log::Log;
use self::network::Shown;
use self::server::Server;
use self::training::{LiveRun, TrainingArgs};
use crate::cli::options::data::DataOptions;
use crate::cli::options::model;
use crate::cli::options::network::FunctionOptions;
use crate::cli::output::messages::note;
use crate::cli::stop::Stop;
use crate::cli::threads::check_threads;
use batchprop::Error;

const EXAMPLES: &str = "\
Examples:
  batchprop serve model.safetensors          draw digits for a network that `batchprop train --save` wrote
  batchprop serve other.safetensors --activation relu --output-activation softmax
                                             PyTorch's state dict, which does not name its functions
  batchprop serve                            train a network first, which takes a second or two
  batchprop serve --train                    watch the article's run, and draw meanwhile
  batchprop serve --train --recipe book --hidden 100-30
  batchprop serve --port 0 --quiet           on any free port
  batchprop serve --host 0.0.0.0             for a phone in the same network

The first line of stdout is the address of the page. Ctrl-C or SIGTERM ends the server with exit code 0.

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Options that make no sense with a trained network, by clap's names.
const NOT_WITH_MODEL: [&str; 13] = [
    "train",
    "recipe",
    "hidden",
    "epochs",
    "batch_size",
    "learning_rate",
    "seed",
    "data",
    "offline",
    "classes",
    "test_split",
    "validation_split",
    "split_seed",
];

/// Draw digits on a web page and see what a network makes of them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A trained network: a file of `batchprop train --save`, or PyTorch's safetensors [default: one is trained first].
    #[arg(value_name = "MODEL", conflicts_with_all = NOT_WITH_MODEL)]
    model: Option<PathBuf>,
    /// The port of the page; 0 picks a free one.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// The address to listen on. Anybody in the network can reach addresses other than this machine's own.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: String,
    /// Do not print a line for each request.
    #[arg(long, short)]
    quiet: bool,
    /// Threads to train with, at most one per core [default: one per core].
    #[arg(long, allow_negative_numbers = true)]
    threads: Option<usize>,
    #[command(flatten)]
    functions: FunctionOptions,
    #[command(flatten)]
    training: TrainingArgs,
    #[command(flatten)]
    data: DataOptions,
}

/// Listens, reads or trains the network, and answers until Ctrl-C or SIGTERM: the usual end of a server, and so success.
pub fn run(args: &Args) -> Result<(), Stop> {
    check_threads(args.threads)?;
    let server = Server::listen(&args.host, args.port)?;
    let (shown, run) = match &args.model {
        Some(path) => {
            let file = model::read(path)?;
            let network = file.network_with(args.functions.given(file.functions()))?;
            (Shown::of_file(path, network, file.metadata())?, None)
        }
        None if !args.functions.is_empty() => {
            let expected = "a MODEL with them; without one the recipe chooses the functions";
            return Err(Error::option("the functions of a network", "without MODEL", expected).into());
        }
        None => {
            if !args.training.train {
                note("no MODEL is given: a network is trained first");
            }
            let run = LiveRun::new(&args.training, &args.data, args.threads)?;
            (run.shown()?, Some(run))
        }
    };
    let page = Arc::new(Page {
        shown,
        live: run.as_ref().map(LiveRun::live),
        gate: Gate::new(&args.host, server.address().port()),
    });
    let log = Log::start(args.quiet);
    // Whoever reads the address may interrupt at once.
    let end = server::asked_to_end();
    announce(&server, &args.host)?;
    if let Some(run) = run {
        run.start(page.clone())?;
    }
    server.serve(page, log, &end)
}

/// The page's address on stdout, and on stderr what else is to be known of it.
fn announce(server: &Server, host: &str) -> Result<(), Stop> {
    let address = server.address();
    let port = address.port();
    let mut out = io::stdout().lock();
    match address.ip() {
        ip if ip.is_unspecified() => writeln!(out, "http://127.0.0.1:{port}/")?,
        _ if host.contains(':') => writeln!(out, "http://[{host}]:{port}/")?,
        _ => writeln!(out, "http://{host}:{port}/")?,
    }
    out.flush()?;
    if !address.ip().is_loopback() {
        let elsewhere = match own_address() {
            Some(ip) if address.ip().is_unspecified() => format!(", at http://{ip}:{port}/"),
            _ => String::new(),
        };
        note(&format!("anybody in the network can open the page{elsewhere}"));
    }
    Ok(())
}

/// The address by which others in the network know this machine, where there is a network. Nothing is sent: a datagram's
/// socket knows its own address once it knows the other one's.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

/// The error about images that are not square.
fn not_square(found: String, origin: &str) -> Error {
    Error::Format {
        path: origin.into(),
        place: "network".to_owned(),
        expected: "inputs that are the pixels of a square, such as 784 of 28×28".to_owned(),
        found,
        hint: "Drawings are square: serve a network for square images.".to_owned(),
    }
}
