//! `batchprop convert`: a network from one file format to another, or a committee into one graph of ONNX.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::cli::options::choice::precision;
use crate::cli::options::model::{self as argument, ModelArguments, Models};
use crate::cli::options::network::FunctionOptions;
use crate::cli::output::messages::note;
use crate::cli::output::words::{dashed, listed};
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
  batchprop convert m-0.safetensors m-1.safetensors m-2.safetensors committee.onnx
                                                    one graph that computes the mean of their probabilities

Exit code: 0 success, 1 failure, 2 bad usage.";

const ROUNDED: &str = "ONNX is written in single precision: the numbers were rounded to f32";

/// Convert a network between safetensors (PyTorch), .npz (NumPy), .json (Nielsen's network2) and .onnx (written only). The
/// endings of the file names choose the formats. Several networks become one graph of ONNX: a committee.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    models: ModelArguments,
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
    let [only] = &args.models.models[..] else {
        return convert_committee(args);
    };
    let file = argument::read(only)?;
    files::check_writable(&args.out)?;
    match args.precision.unwrap_or(file.precision()) {
        Precision::F32 => convert::<f32>(args, &file, format),
        Precision::F64 => convert::<f64>(args, &file, format),
    }
}

fn convert_committee(args: &Args) -> Result<(), Stop> {
    let models = Models::read(&args.models.models, &args.functions)?;
    files::check_writable(&args.out)?;
    let metadata = models.metadata.into_iter().map(Option::unwrap_or_default);
    model::save_committee(&models.committee, &metadata.collect::<Vec<_>>(), &args.out)?;
    let members = models.committee.members();
    if members
        .iter()
        .any(|member| member.network.precision() == Precision::F64)
    {
        note(ROUNDED);
    }
    let mut sizes: Vec<String> = Vec::new();
    for member in members {
        let own = dashed(&member.network.sizes());
        if !sizes.contains(&own) {
            sizes.push(own);
        }
    }
    writeln!(
        io::stdout(),
        "{}: the mean of {} networks ({}), f32",
        args.out.display(),
        members.len(),
        listed(&sizes)
    )?;
    Ok(())
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
        note(ROUNDED);
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
