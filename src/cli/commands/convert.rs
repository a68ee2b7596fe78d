//! `batchprop convert`: a network from one file format to another.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::cli::options::choice::precision;
use crate::cli::options::model::{self as argument, ModelArgument};
use crate::cli::options::network::FunctionOptions;
use crate::cli::output::messages::note;
use crate::cli::output::words::dashed;
use crate::cli::stop::Stop;
use batchprop::storage::model;
use batchprop::storage::model::{Format, ModelFile};
use batchprop::{Network, Precision, Real, files};

const EXAMPLES: &str = "\
Examples:
  batchprop convert model.safetensors model.onnx    for onnxruntime: input (N × inputs), output (N × classes)
  batchprop convert model.safetensors model.npz     for numpy.load: 0.weight, 0.bias, 2.weight, …
  batchprop convert model.safetensors model.json    for Nielsen's network2.load, sigmoid networks only
  batchprop convert network.json model.safetensors  and back
  batchprop convert weights.npz model.safetensors --activation relu --output-activation softmax
                                                    arrays of another program, which do not name their functions

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Convert a network between safetensors (PyTorch), .npz (NumPy), .json (Nielsen's network2) and .onnx (written only). The
/// endings of the file names choose the formats.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    model: ModelArgument,
    /// File to write: its name ends with .safetensors, .npz, .json or .onnx.
    #[arg(value_name = "OUT")]
    out: PathBuf,
    #[command(flatten)]
    functions: FunctionOptions,
    /// Precision of the numbers to write [default: the model's; ONNX is always f32].
    #[arg(long, value_parser = precision())]
    precision: Option<Precision>,
}

/// Reads, converts, writes.
pub fn run(args: &Args) -> Result<(), Stop> {
    let format = Format::of(&args.out)?;
    let file = argument::read(&args.model.model)?;
    files::check_writable(&args.out)?;
    match args.precision.unwrap_or(file.precision()) {
        Precision::F32 => convert::<f32>(args, &file, format),
        Precision::F64 => convert::<f64>(args, &file, format),
    }
}

fn convert<F: Real>(args: &Args, file: &ModelFile, format: Format) -> Result<(), Stop> {
    let network: Network<F> = file.network_with(args.functions.given(file.functions()))?;
    let functions = network.functions();
    let metadata = file.metadata().cloned().unwrap_or_default();
    model::save(&network, &metadata, &args.out)?;
    let precision = match format {
        Format::Onnx => "f32",
        _ => F::NAME,
    };
    if precision != F::NAME {
        note("ONNX is written in single precision: the numbers were rounded to f32");
    }
    if format == Format::Nielsen && file.metadata().is_some() {
        note("JSON of network2 has no metadata: how the network was trained is lost");
    }
    writeln!(
        io::stdout(),
        "{}: {}, {functions}, {precision}",
        args.out.display(),
        dashed(&network.sizes())
    )?;
    Ok(())
}
