//! `--mistakes`: a sheet of the most confident mistakes.

use std::path::Path;

use crate::cli::output::class_names::ClassNames;
use crate::cli::output::sheet;
use crate::cli::output::sheet::Tile;
use crate::cli::output::words::counted;
use batchprop::images::pixels::PixelSlice;
use batchprop::training::committee::{Prediction, predictions};
use batchprop::{Committee, Dataset, Error, files};

/// Images in a row of the sheet.
const ACROSS: usize = 6;

/// The sheet that was drawn.
#[derive(Debug)]
pub(super) struct Mistakes {
    drawn: usize,
    all: usize,
}

/// An image that was misclassified.
struct Mistake<'a> {
    pixels: PixelSlice<'a>,
    label: u16,
    taken_for: usize,
    confidence: f64,
}

impl Mistakes {
    /// Draws at most `most` mistakes, the most confident ones, into the file at `path`. Without mistakes no file is written.
    pub fn draw<'a>(
        committee: &Committee,
        pieces: &'a [Dataset],
        names: Option<&[String]>,
        most: usize,
        path: &Path,
    ) -> Result<Self, Error> {
        let names = ClassNames::of(names);
        let mut mistakes: Vec<Mistake> = pieces.iter().flat_map(|piece| of(committee, piece)).collect();
        mistakes.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        let all = mistakes.len();
        mistakes.truncate(most);
        if let Some(piece) = pieces.first().filter(|_| all > 0) {
            let tile = |mistake: &Mistake<'a>| Tile {
                pixels: mistake.pixels.into(),
                shape: piece.shape(),
                caption: vec![
                    format!("is {}", names.name(mistake.label.into())),
                    format!("taken as {}", names.name(mistake.taken_for)),
                    format!("with {:.1}%", 100.0 * mistake.confidence),
                ],
            };
            let tiles: Vec<Tile> = mistakes.iter().map(tile).collect();
            files::write_whole(path, &sheet::png(&tiles, ACROSS, None)?)?;
        }
        Ok(Self {
            drawn: mistakes.len(),
            all,
        })
    }

    pub fn in_words(&self, path: &Path) -> String {
        match (self.drawn, self.all) {
            (_, 0) => format!("Mistakes  none: {} was not written", path.display()),
            (drawn, all) if drawn < all => {
                format!(
                    "Mistakes  {}: the {drawn} most confident of {}",
                    path.display(),
                    counted(all, "mistake")
                )
            }
            (_, all) => format!("Mistakes  {}: {}", path.display(), counted(all, "mistake")),
        }
    }
}

fn of<'a>(committee: &Committee, images: &'a Dataset) -> Vec<Mistake<'a>> {
    let predictions = predictions(committee, images).into_iter();
    let labelled = predictions.zip(images.labels()).enumerate();
    let wrong = labelled.filter(|(_, (prediction, label))| prediction.label != usize::from(**label));
    let mistake = |(index, (prediction, &label)): (usize, (Prediction, &u16))| Mistake {
        pixels: images.image(index),
        label,
        taken_for: prediction.label,
        confidence: prediction.probabilities[prediction.label],
    };
    wrong.map(mistake).collect()
}
