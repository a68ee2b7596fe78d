//! `batchprop show digits`: images of a data set, plain or distorted as in training.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;

use super::Which;
use super::gallery;
use super::gallery::Image;
use crate::cli::options::augmentation::AugmentationArgs;
use crate::cli::options::choice::choice;
use crate::cli::options::data::DataOptions;
use crate::cli::options::part::Part;
use crate::cli::output::blocks;
use crate::cli::output::class_names::ClassNames;
use crate::cli::output::outputs::check_output;
use crate::cli::output::sheet;
use crate::cli::output::sheet::Tile;
use crate::cli::output::terminal::Terminal;
use crate::cli::output::words::grouped;
use crate::cli::stop::Stop;
use batchprop::data::augment::Augmenter;
use batchprop::images::pixels::PixelSlice;
use batchprop::{Dataset, Error, files};

/// Default number of digits: in the terminal, and on a sheet.
const IN_TERMINAL: usize = 10;
const ON_SHEET: usize = 100;

/// Images in a row of a sheet.
const ACROSS: usize = 10;

/// As many of the rows of --epochs are side by side as have no more images.
const MOST_ACROSS: usize = 12;

const MOST_EPOCHS: u64 = 100;

/// Most images in the terminal.
const MOST: usize = 100_000;

const EXAMPLES: &str = "\
Examples:
  batchprop show digits                                  the first ten training digits
  batchprop show digits --part test --class 7 --count 20
  batchprop show digits --data train.csv --out digits.png
                                                         a hundred of them, as a picture
  batchprop show digits --augment all --epochs 5         distorted, as training sees them

Exit code: 0 success, 1 failure, 2 bad usage.";

/// Draw digits of a data set, each with its index in the part and its label.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    data: DataOptions,
    /// Which images.
    #[arg(long, value_parser = choice(Part::ALL, Part::name), default_value = "training")]
    part: Part,
    #[command(flatten)]
    which: Which,
    /// Only those of this class.
    #[arg(long, value_name = "LABEL", allow_negative_numbers = true)]
    class: Option<String>,
    /// Write a picture instead, .png.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Show each digit as it is, and then as distorted in this many epochs [default: only as in the first epoch].
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_EPOCHS)
    )]
    epochs: Option<usize>,
    /// The seed of the training.
    #[arg(long, short, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    #[command(flatten)]
    augment: AugmentationArgs,
}

/// One image, ready to be drawn.
struct Shown {
    pixels: Vec<u8>,
    caption: String,
}

pub fn run(args: &Args) -> Result<(), Stop> {
    if let Some(out) = &args.out {
        check_output("--out", out, &["png"])?;
    }
    args.augment.augmentation().check()?;
    if args.epochs.is_some() && args.augment.augmentation().is_none() {
        let expected = "--augment or one of its parts with it: without distortions all epochs are alike";
        return Err(Error::option("--epochs", args.epochs.unwrap_or_default(), expected).into());
    }
    let digits = args.data.load()?;
    let images = args.part.of(&digits);
    let names = ClassNames::of(digits.class_names());
    let chosen = choose(args, &images, &names)?;
    let shown = draw(args, &images, &chosen, &names)?;
    let shape = images.shape();
    match &args.out {
        Some(out) => {
            let tiles = shown.iter().map(|shown| Tile {
                pixels: PixelSlice::Bytes(&shown.pixels).into(),
                shape,
                caption: vec![shown.caption.clone()],
            });
            let tiles: Vec<Tile> = tiles.collect();
            // Whole rows of epochs side by side.
            let across = args.epochs.map_or(ACROSS, |epochs| {
                let each = epochs + 1;
                each * (MOST_ACROSS / each).max(1)
            });
            files::write_whole(out, &sheet::png(&tiles, across, None)?)?;
        }
        None => {
            let terminal = Terminal::of_stdout();
            let image = |shown: Shown| Image {
                lines: blocks::lines(&shown.pixels, shape, terminal.coloured),
                caption: vec![shown.caption],
            };
            let pictures: Vec<Image> = shown.into_iter().map(image).collect();
            let text = format!(
                "{}: {} of {} {} images\n\n{}",
                digits.origin(),
                grouped(chosen.len() as f64),
                grouped(images.len() as f64),
                args.part,
                gallery::text(&pictures, shape, terminal)
            );
            io::stdout().lock().write_all(text.as_bytes())?;
        }
    }
    Ok(())
}

/// The numbers of the images to show.
fn choose(args: &Args, images: &Dataset, names: &ClassNames) -> Result<Vec<u32>, Error> {
    args.which.check(images.len(), &format!("{} images", args.part))?;
    let count = args.which.count.unwrap_or(match args.out {
        None => IN_TERMINAL,
        Some(_) => ON_SHEET,
    });
    let labelled = (0..).zip(images.labels()).skip(args.which.first);
    let wanted = labelled.filter(|&(_, &label)| {
        let name = || names.name(label.into());
        args.class.as_ref().is_none_or(|class| *class == name())
    });
    let chosen: Vec<u32> = wanted.take(count).map(|(index, _)| index).collect();
    if let (Some(class), true) = (&args.class, chosen.is_empty()) {
        let expected = format!(
            "the label of one of the {} images from number {} on",
            args.part, args.which.first
        );
        return Err(Error::option("--class", class, expected));
    }
    if chosen.len() * args.epochs.map_or(1, |epochs| epochs + 1) > MOST {
        let expected = format!("no more than make {MOST} images");
        return Err(Error::option("--count", chosen.len(), expected));
    }
    Ok(chosen)
}

/// Each as it is, or distorted.
fn draw(args: &Args, images: &Dataset, chosen: &[u32], names: &ClassNames) -> Result<Vec<Shown>, Error> {
    let augmentation = args.augment.augmentation();
    let augmenter = Augmenter::new(augmentation, images.shape(), args.seed)?;
    let mut scratch = augmenter.scratch();
    let mut shown = Vec::new();
    for &number in chosen {
        let caption = format!(
            "#{number}: {}",
            names.name(images.labels()[number as usize].into())
        );
        if augmentation.is_none() || args.epochs.is_some() {
            let pixels = images.image(number as usize).to_bytes().into_owned();
            shown.push(Shown {
                pixels,
                caption: caption.clone(),
            });
        }
        let epochs = match args.epochs {
            None if augmentation.is_none() => 0,
            epochs => epochs.unwrap_or(1),
        };
        for epoch in 0..epochs {
            let pixels = augmenter.draw(images, number, epoch, &mut scratch);
            shown.push(Shown {
                pixels: pixels.to_bytes().into_owned(),
                caption: match args.epochs {
                    None => caption.clone(),
                    Some(_) => format!("epoch {epoch}"),
                },
            });
        }
    }
    Ok(shown)
}
