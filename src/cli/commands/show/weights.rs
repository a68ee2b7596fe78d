//! `batchprop show weights`: what each unit of the first layer looks for, as an image of the inputs.

use std::io::{self, Write};
use std::path::PathBuf;

use ndarray::ArrayView1;

use super::Which;
use super::gallery;
use super::gallery::Image;
use crate::cli::options::model;
use crate::cli::options::model::ModelArgument;
use crate::cli::output::blocks;
use crate::cli::output::colours::{Rgb, of_weight};
use crate::cli::output::outputs::check_output;
use crate::cli::output::sheet;
use crate::cli::output::sheet::{ColourBar, Tile, TilePixels};
use crate::cli::output::terminal::Terminal;
use crate::cli::output::words::dashed;
use crate::cli::stop::Stop;
use batchprop::images::pixels::ImageShape;
use batchprop::{Error, Network, files};

/// The share of the weights inside the colour scale; the few larger ones have its strongest colour.
const WITHIN_SCALE: f64 = 0.995;

/// Default number of units in the terminal.
const IN_TERMINAL: usize = 12;

/// Tiles per row of a sheet, for few and for many.
const ACROSS: usize = 8;
const ACROSS_MANY: usize = 20;
const MANY: usize = 128;

/// From less to more, without colours.
const NEGATIVE: [char; 4] = ['·', '∘', 'o', 'O'];
const POSITIVE: [char; 4] = ['░', '▒', '▓', '█'];

const EXAMPLES: &str = "\
Examples:
  batchprop train --recipe book --save model.safetensors
  batchprop show weights model.safetensors --out weights.png
  batchprop show weights model.safetensors --first 20 --count 4     four units in the terminal

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Draw the weights of each unit of the first layer as an image: red is positive, white 0, blue negative.
///
/// All units share a scale, which is printed. The inputs must be the pixels of a square.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    model: ModelArgument,
    #[command(flatten)]
    which: Which,
    /// Write a picture instead, .png, of all units.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<(), Stop> {
    if let Some(out) = &args.out {
        check_output("--out", out, &["png"])?;
    }
    let network: Network<f64> = model::read(&args.model.model)?.network()?;
    let shape = square(args, &network)?;
    let Some(layer) = network.layers().first() else {
        return Ok(());
    };
    let Which { first, count } = args.which;
    args.which.check(layer.n_out(), "units in the first layer")?;
    let count = count.unwrap_or(match args.out {
        None => IN_TERMINAL,
        Some(_) => layer.n_out(),
    });
    let weights = layer.weights();
    let scale = scale(weights.iter().copied());
    let units = weights.outer_iter().enumerate().skip(first).take(count);
    let units = units.map(|(unit, weights)| (unit, in_scale(weights, scale)));
    match &args.out {
        Some(out) => {
            let tiles = units.map(|(unit, weights)| Tile {
                pixels: TilePixels::Coloured(weights.into_iter().map(of_weight).collect()),
                shape,
                caption: vec![format!("unit {unit}")],
            });
            let tiles: Vec<Tile> = tiles.collect();
            let across = if tiles.len() > MANY { ACROSS_MANY } else { ACROSS };
            files::write_whole(out, &sheet::png(&tiles, across, Some(&colour_bar(scale)))?)?;
        }
        None => {
            let terminal = Terminal::of_stdout();
            let images = units.map(|(unit, weights)| Image {
                lines: match terminal.coloured {
                    true => coloured(&weights, shape, terminal),
                    false => shaded(&weights, shape),
                },
                caption: vec![format!("unit {unit}")],
            });
            let images: Vec<Image> = images.collect();
            let mut text = gallery::text(&images, shape, terminal);
            text.push_str(&scale_in_words(scale, terminal));
            if first + images.len() < layer.n_out() || first > 0 {
                text.push_str(&format!("{} of {} units\n", images.len(), layer.n_out()));
            }
            io::stdout().lock().write_all(text.as_bytes())?;
        }
    }
    Ok(())
}

/// The shape of the inputs.
fn square(args: &Args, network: &Network<f64>) -> Result<ImageShape, Error> {
    ImageShape::square(network.n_in()).ok_or_else(|| Error::Format {
        path: args.model.model.clone(),
        place: format!("network {}", dashed(&network.sizes())),
        expected: "as many inputs as a square has pixels, such as 784 for 28×28".to_owned(),
        found: network.n_in().to_string(),
        hint: "Only weights of square images can be shown.".to_owned(),
    })
}

/// What the strongest colours stand for.
fn scale(weights: impl Iterator<Item = f64>) -> f64 {
    let mut sizes: Vec<f64> = weights.map(f64::abs).collect();
    if sizes.is_empty() {
        return 1.0;
    }
    let place = ((sizes.len() - 1) as f64 * WITHIN_SCALE).round() as usize;
    let (_, size, _) = sizes.select_nth_unstable_by(place, f64::total_cmp);
    if *size > 0.0 { *size } else { 1.0 }
}

/// From -1 to 1, row by row.
fn in_scale(weights: ArrayView1<f64>, scale: f64) -> Vec<f64> {
    weights
        .iter()
        .map(|weight| (weight / scale).clamp(-1.0, 1.0))
        .collect()
}

fn coloured(weights: &[f64], shape: ImageShape, terminal: Terminal) -> Vec<String> {
    let colours: Vec<Rgb> = weights.iter().copied().map(of_weight).collect();
    blocks::pairs(&colours, shape, of_weight(0.0), |upper, lower| {
        terminal.paint("▀", upper, Some(lower))
    })
}

fn shaded(weights: &[f64], shape: ImageShape) -> Vec<String> {
    blocks::pairs(weights, shape, 0.0, |upper, lower| {
        let weight = (upper + lower) / 2.0;
        let shades = if weight < 0.0 { NEGATIVE } else { POSITIVE };
        // Four shades, and a blank for the fifth around 0.
        match (weight.abs() * 5.0) as usize {
            0 => " ".to_owned(),
            shade => shades[(shade - 1).min(3)].to_string(),
        }
    })
}

/// All colours, and what they stand for.
fn colour_bar(scale: f64) -> ColourBar {
    let place = |step: u32| of_weight(f64::from(step) / 100.0 - 1.0);
    ColourBar {
        colours: (0..=200).map(place).collect(),
        least: format!("-{scale:.3}"),
        most: format!("{scale:.3}"),
    }
}

fn scale_in_words(scale: f64, terminal: Terminal) -> String {
    if !terminal.coloured {
        let [negative, positive] = [NEGATIVE, POSITIVE].map(|shades| shades.iter().collect::<String>());
        return format!("{positive} up to {scale:.3}, {negative} down to -{scale:.3}\n");
    }
    let steps = (-10..=10).map(|step| terminal.paint(" ", [0; 3], Some(of_weight(f64::from(step) / 10.0))));
    format!("-{scale:.3} {} {scale:.3}\n", steps.collect::<String>())
}
