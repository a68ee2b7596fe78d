//! A digit as it is, and as training meets it in three epochs: `cargo run --release --example distort`.

use batchprop::augment::{Augmentation, Augmenter};
use batchprop::dataset::{PixelSlice, synthetic};
use batchprop::{Result, TrainOn};

/// A three.
const DIGIT: u32 = 12;

/// From paper to ink.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];

fn main() -> Result<()> {
    let digits = synthetic::digits(0, 60, 10).training(TrainOn::All);
    let augmenter = Augmenter::new(Augmentation::ALL, digits.shape(), 0)?;
    let mut scratch = augmenter.scratch();
    let columns = digits.shape().columns;
    let mut pictures = vec![lines(digits.image(DIGIT as usize), columns)];
    for epoch in 0..3 {
        let image = augmenter.draw(&digits, DIGIT, epoch, &mut scratch);
        pictures.push(lines(image, columns));
    }
    for row in 0..pictures[0].len() {
        let side_by_side: String = pictures.iter().map(|picture| picture[row].as_str()).collect();
        println!("{}", side_by_side.trim_end());
    }
    Ok(())
}

/// The image in characters, each of which stands for two pixels, one above the other.
fn lines(image: PixelSlice, columns: usize) -> Vec<String> {
    let PixelSlice::Bytes(bytes) = image else {
        unreachable!("synthetic digits are bytes");
    };
    let pairs = bytes.chunks(2 * columns);
    let line = |rows: &[u8]| -> String {
        let (above, below) = rows.split_at(columns);
        let shades = above.iter().zip(below).map(|(&above, &below)| {
            let ink = (usize::from(above) + usize::from(below)) / 2;
            SHADES[ink * (SHADES.len() - 1) / 255]
        });
        shades.collect()
    };
    pairs.map(line).collect()
}
