//! Many images on one sheet, each with a few words below it, as a PNG.

use std::borrow::Cow;
use std::io::Cursor;

use ab_glyph::{Font, FontRef, Glyph, PxScaleFont, ScaleFont, point};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

use batchprop::images::pixels::{ImageShape, PixelSlice};
use batchprop::{Error, Result};

/// From the highest to the lowest letter, in pixels.
const LETTERS: f32 = 17.0;

/// From one line of letters to the next.
const LINE: usize = 18;

/// Between an image and the words below it.
const ABOVE_WORDS: usize = 1;

/// Between images, and around them.
const GAP: usize = 10;

/// Height and greatest width of a bar of colours.
const BAR: usize = 14;
const BAR_WIDTH: usize = 368;

/// Images are enlarged to about this many pixels.
const SIDE: usize = 84;

/// More pixels make no sheet that a person looks at.
const MOST_PIXELS: usize = 64 << 20;

const PAPER: Rgb<u8> = Rgb([255; 3]);

/// One image on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile<'a> {
    /// Its pixels, row by row.
    pub pixels: TilePixels<'a>,
    /// Height and width.
    pub shape: ImageShape,
    /// Lines below it.
    pub caption: Vec<String>,
}

/// What an image is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum TilePixels<'a> {
    /// 0 is black.
    Grey(PixelSlice<'a>),
    /// Red, green and blue.
    Coloured(Vec<[u8; 3]>),
}

impl<'a> From<PixelSlice<'a>> for TilePixels<'a> {
    fn from(pixels: PixelSlice<'a>) -> Self {
        Self::Grey(pixels)
    }
}

/// A bar of colours below the tiles, and what its ends stand for.
#[derive(Debug, Clone, PartialEq)]
pub struct ColourBar {
    /// From left to right.
    pub colours: Vec<[u8; 3]>,
    /// Below its left end.
    pub least: String,
    /// Below its right end.
    pub most: String,
}

/// Draws `tiles` in rows of at most `across`, and the `bar` below them if there is one.
///
/// # Errors
/// [`Error::Option`] when there are no tiles, or more than a picture can hold.
pub fn png(tiles: &[Tile], across: usize, bar: Option<&ColourBar>) -> Result<Vec<u8>> {
    let across = across.clamp(1, tiles.len().max(1));
    let most = |of: fn(&Tile) -> usize| tiles.iter().map(of).max().unwrap_or(0);
    let words = Words::new();
    let caption_width = |tile: &Tile| tile.caption.iter().map(|line| words.width(line)).max();
    let width = most(|tile| tile.shape.columns * scale(tile.shape));
    let width = width.max(tiles.iter().filter_map(caption_width).max().unwrap_or(0));
    let image_height = most(|tile| tile.shape.rows * scale(tile.shape));
    let height = image_height + ABOVE_WORDS + most(|tile| tile.caption.len()) * LINE;
    let columns = GAP + across * (width + GAP);
    let below = GAP + tiles.len().div_ceil(across) * (height + GAP);
    let rows = below + bar.map_or(0, |_| BAR + ABOVE_WORDS + LINE + GAP);
    if tiles.is_empty() || columns.saturating_mul(rows) > MOST_PIXELS {
        let expected = "at least one, and not more than make a picture of 67 million pixels";
        return Err(Error::option("images on the sheet", tiles.len(), expected));
    }
    let mut sheet = RgbImage::from_pixel(columns as u32, rows as u32, PAPER);
    for (index, tile) in tiles.iter().enumerate() {
        let left = GAP + index % across * (width + GAP);
        let top = GAP + index / across * (height + GAP);
        draw_image(&mut sheet, tile, left, top);
        for (line, text) in tile.caption.iter().enumerate() {
            let top = top + image_height + ABOVE_WORDS + line * LINE;
            words.draw(&mut sheet, text, left, top);
        }
    }
    if let Some(bar) = bar {
        draw_bar(&mut sheet, &words, bar, below);
    }
    let is_grey = bar.is_none()
        && tiles
            .iter()
            .all(|tile| matches!(tile.pixels, TilePixels::Grey(_)));
    encode(&sheet, is_grey)
}

/// How many pixels wide and high a pixel becomes.
fn scale(shape: ImageShape) -> usize {
    (SIDE / shape.columns.max(shape.rows).max(1)).max(1)
}

fn draw_image(sheet: &mut RgbImage, tile: &Tile, left: usize, top: usize) {
    let scale = scale(tile.shape);
    let bytes = match &tile.pixels {
        TilePixels::Grey(pixels) => pixels.to_bytes(),
        TilePixels::Coloured(_) => Cow::default(),
    };
    for row in 0..tile.shape.rows * scale {
        for column in 0..tile.shape.columns * scale {
            let index = row / scale * tile.shape.columns + column / scale;
            let colour = match &tile.pixels {
                TilePixels::Grey(_) => bytes.get(index).map(|&level| [level; 3]),
                TilePixels::Coloured(colours) => colours.get(index).copied(),
            };
            let colour = Rgb(colour.unwrap_or_default());
            sheet.put_pixel((left + column) as u32, (top + row) as u32, colour);
        }
    }
}

fn draw_bar(sheet: &mut RgbImage, words: &Words, bar: &ColourBar, top: usize) {
    let width = (sheet.width() as usize)
        .saturating_sub(2 * GAP)
        .clamp(1, BAR_WIDTH);
    for column in 0..width {
        let colour = bar
            .colours
            .get(column * bar.colours.len().saturating_sub(1) / (width - 1).max(1));
        for row in 0..BAR {
            sheet.put_pixel(
                (GAP + column) as u32,
                (top + row) as u32,
                Rgb(colour.copied().unwrap_or_default()),
            );
        }
    }
    let below = top + BAR + ABOVE_WORDS;
    words.draw(sheet, &bar.least, GAP, below);
    let right = (GAP + width).saturating_sub(words.width(&bar.most));
    words.draw(sheet, &bar.most, right, below);
}

/// The font of captions, the same as in pictures of curves.
struct Words(PxScaleFont<FontRef<'static>>);

impl Words {
    fn new() -> Self {
        let font = FontRef::try_from_slice(ttf_noto_sans::REGULAR);
        Self(font.expect("the font is built in").into_scaled(LETTERS))
    }

    /// The letters of `text` next to one another, from 0 on, and where they end.
    fn letters(&self, text: &str) -> (Vec<Glyph>, f32) {
        let (mut letters, mut end) = (Vec::new(), 0.0);
        let mut last = None;
        for letter in text.chars() {
            let mut glyph = self.0.scaled_glyph(letter);
            end += last.map_or(0.0, |last| self.0.kern(last, glyph.id));
            glyph.position = point(end, self.0.ascent());
            end += self.0.h_advance(glyph.id);
            last = Some(glyph.id);
            letters.push(glyph);
        }
        (letters, end)
    }

    /// In pixels.
    fn width(&self, text: &str) -> usize {
        self.letters(text).1.ceil() as usize
    }

    fn draw(&self, sheet: &mut RgbImage, text: &str, left: usize, top: usize) {
        let (letters, _) = self.letters(text);
        for outline in letters
            .into_iter()
            .filter_map(|glyph| self.0.outline_glyph(glyph))
        {
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, ink| {
                let column = left as i64 + corner.x as i64 + i64::from(x);
                let row = top as i64 + corner.y as i64 + i64::from(y);
                let place = u32::try_from(column).ok().zip(u32::try_from(row).ok());
                let pixel = place.and_then(|(column, row)| sheet.get_pixel_mut_checked(column, row));
                if let Some(Rgb(colour)) = pixel {
                    for part in colour {
                        *part = (f32::from(*part) * (1.0 - ink.clamp(0.0, 1.0))).round() as u8;
                    }
                }
            });
        }
    }
}

fn encode(sheet: &RgbImage, is_grey: bool) -> Result<Vec<u8>> {
    let mut png = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter);
    let (columns, rows) = sheet.dimensions();
    let written = match is_grey {
        true => {
            let levels: Vec<u8> = sheet.pixels().map(|pixel| pixel.0[0]).collect();
            encoder.write_image(&levels, columns, rows, ExtendedColorType::L8)
        }
        false => encoder.write_image(sheet.as_raw(), columns, rows, ExtendedColorType::Rgb8),
    };
    written.map_err(|error| Error::option("images on the sheet", error, "a picture that can be written"))?;
    Ok(png.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchprop::images;

    #[test]
    fn a_sheet_has_a_place_for_every_image_and_words_below_it() {
        let pixels: Vec<u8> = (0..784)
            .map(|index| if index % 28 == 5 { 255 } else { 0 })
            .collect();
        let tile = Tile {
            pixels: PixelSlice::Bytes(&pixels).into(),
            shape: ImageShape::MNIST,
            caption: vec!["4".to_owned(), "as 9, 98 %".to_owned()],
        };
        let png = png(&vec![tile; 7], 3, None).unwrap();
        let sheet = images::decode(&png, "sheet".as_ref()).unwrap();
        let height = 84 + ABOVE_WORDS + 2 * LINE + GAP;
        assert_eq!(
            (sheet.rows(), sheet.columns()),
            (GAP + 3 * height, GAP + 3 * (84 + GAP))
        );
        let at = |row: usize, column: usize| sheet.pixels()[row * sheet.columns() + column];
        assert_eq!((at(0, 0), at(10, 10), at(10, 10 + 3 * 5)), (255, 0, 255));
        let words = |top: usize| (0..LINE).any(|row| (0..80).any(|column| at(top + row, 10 + column) < 100));
        let below = GAP + 84 + ABOVE_WORDS;
        assert!(words(below) && words(below + LINE));
        // The third row has one image only.
        assert_eq!(at(GAP + 2 * height, GAP + 84 + GAP), 255);
    }

    #[test]
    fn a_bar_of_colours_is_below_the_tiles_with_its_ends_in_words() {
        let tile = Tile {
            pixels: PixelSlice::Bytes(&[0; 784]).into(),
            shape: ImageShape::MNIST,
            caption: vec!["unit 0".to_owned()],
        };
        let bar = ColourBar {
            colours: vec![[0; 3], [255; 3]],
            least: "-1".to_owned(),
            most: "1".to_owned(),
        };
        let png = png(&vec![tile; 4], 4, Some(&bar)).unwrap();
        let sheet = images::decode(&png, "sheet".as_ref()).unwrap();
        let at = |row: usize, column: usize| sheet.pixels()[row * sheet.columns() + column];
        let top = GAP + (84 + ABOVE_WORDS + LINE) + GAP;
        assert_eq!(sheet.rows(), top + BAR + ABOVE_WORDS + LINE + GAP);
        let width = sheet.columns() - 2 * GAP;
        assert_eq!((at(top, GAP), at(top + BAR - 1, GAP + width - 1)), (0, 255));
        let words = |left: usize| {
            (0..LINE).any(|row| (0..16).any(|column| at(top + BAR + ABOVE_WORDS + row, left + column) < 100))
        };
        assert!(words(GAP) && words(GAP + width - 16));
    }

    #[test]
    fn floats_are_intensities_and_any_text_is_a_caption() {
        let tile = Tile {
            pixels: PixelSlice::Floats(&[0.0, 0.5, 1.0, -1.0]).into(),
            shape: ImageShape { rows: 1, columns: 4 },
            caption: vec!["é→\u{7f}\u{202e}字".to_owned(), String::new()],
        };
        let sheet = images::decode(&png(&[tile], 10, None).unwrap(), "sheet".as_ref()).unwrap();
        let level = |pixel: usize| sheet.pixels()[10 * sheet.columns() + 10 + 21 * pixel];
        assert_eq!([0, 1, 2, 3].map(level), [0, 128, 255, 0]);
        assert!(png(&[], 10, None).is_err());
    }
}
