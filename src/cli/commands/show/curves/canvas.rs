//! A picture that the plotting library draws, as SVG or PNG.
//!
//! The library has integer pixels only, and no anti-aliasing of lines in bitmaps. So pictures are drawn several
//! times as large as they should be. An SVG says so in its header, a bitmap is scaled down.
//!
//! `benches/peers/chart.rs` draws with this file, too.

use std::io::{self, Cursor};
use std::sync::Once;

use image::imageops::{self, FilterType};
use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;

/// How much larger everything is drawn.
pub const FINE: u32 = 4;

pub const TEXT_SIZE: u32 = 15;
pub const TITLE_SIZE: u32 = 17;

pub const TEXT: RGBColor = RGBColor(51, 51, 51);

const PAPER: RGBColor = RGBColor(255, 255, 255);
const FONT: &str = "sans-serif";

/// What drawing on a backend returns.
pub type DrawResult<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// A picture of `width` × `height` pixels as SVG.
pub fn svg(
    (width, height): (u32, u32),
    draw: impl FnOnce(&DrawingArea<SVGBackend, Shift>) -> DrawResult<SVGBackend<'static>>,
) -> io::Result<String> {
    let (fine_width, fine_height) = (FINE * width, FINE * height);
    let mut svg = String::new();
    let backend = SVGBackend::with_string(&mut svg, (fine_width, fine_height));
    on_paper(&backend.into_drawing_area(), draw)?;
    // Only the first: the size on the page. The coordinates are those of the view box.
    Ok(svg.replacen(
        &format!("width=\"{fine_width}\" height=\"{fine_height}\""),
        &format!("width=\"{width}\" height=\"{height}\""),
        1,
    ))
}

/// A picture of `width` × `height` pixels as PNG.
pub fn png(
    (width, height): (u32, u32),
    draw: impl FnOnce(&DrawingArea<BitMapBackend, Shift>) -> DrawResult<BitMapBackend<'static>>,
) -> io::Result<Vec<u8>> {
    let (fine_width, fine_height) = (FINE * width, FINE * height);
    let mut fine = RgbImage::new(fine_width, fine_height);
    let backend = BitMapBackend::with_buffer(&mut fine, (fine_width, fine_height));
    on_paper(&backend.into_drawing_area(), draw)?;
    let picture = imageops::resize(&fine, width, height, FilterType::Triangle);
    let mut bytes = Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

fn on_paper<DB: DrawingBackend<ErrorType: 'static>>(
    picture: &DrawingArea<DB, Shift>,
    draw: impl FnOnce(&DrawingArea<DB, Shift>) -> DrawResult<DB>,
) -> io::Result<()> {
    let drawn = picture.fill(&PAPER).and_then(|()| draw(picture));
    drawn.and_then(|()| picture.present()).map_err(io::Error::other)
}

/// In pixels of the picture.
pub fn text_width(text: &str) -> u32 {
    let size = text_style(TEXT_SIZE).font.box_size(text);
    size.map_or(0, |(width, _)| width.div_ceil(FINE))
}

/// Text of the size that is `size` in the picture.
pub fn text_style(size: u32) -> TextStyle<'static> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // An unreadable font would be a bug of its crate; texts are then missing.
        let _ = register_font(FONT, FontStyle::Normal, ttf_noto_sans::REGULAR);
    });
    TextStyle::from((FONT, FINE * size)).color(&TEXT)
}
