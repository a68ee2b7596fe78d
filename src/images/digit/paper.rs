//! Takes the paper away: how much darker, or lighter, every pixel is than the paper around it.
//!
//! What the paper would look like without ink is a morphological closing (dilation, then erosion, with a square of half
//! the picture's longer side; Serra, *Image Analysis and Mathematical Morphology*, 1982): it removes what is dark and
//! thinner than the square, and leaves slopes and edges of shadows as they are. With the picture's negative the same is
//! done for light ink on dark paper.
//!
//! Which of the two it is, a sheet tells that lies on a table or in a frame: something large and solid with thinner ink inside.
//! Else the third moment of the differences between pixels and their surroundings tells, as ink is less than paper; and where
//! it is not, the border, where there is paper.

use image::{GrayImage, imageops};

use super::levels::{Levels, otsu, quantile};
use super::parts::{Part, Parts};
use super::thickness;

/// Standard deviation of the blur that makes surroundings of a pixel, as a part of the picture's longer side.
const SURROUNDINGS: f32 = 1.0 / 6.0;

/// The strokes stand out at least by this part of what the sheet stands out from its surroundings.
const STRONG: f64 = 0.4;

/// A sheet of paper is this many times as thick as the strokes on it…
const THICKER: f64 = 2.5;

/// …makes up at most this part of the picture's border…
const AT_BORDER: f64 = 0.3;

/// …covers this part of the picture…
const LARGE: f64 = 0.2;

/// …and, with what is on it, this part of the smallest rectangle around it. A zero has 0.785 of it.
const SOLID: f64 = 0.8;

/// All but this part of the paper is darker than where it is lit best…
const LIT: f64 = 0.9;

/// …and ink there becomes darker by at most this factor, since noise grows with it.
const MOST_GAIN: f64 = 2.0;

/// How much every pixel stands out from the paper: 0 is paper. Ink is thinner than the picture's longer side divided by
/// `part`, half of that on paper that is darker there.
pub(super) fn taken_away(picture: &GrayImage, part: u32) -> GrayImage {
    let mut negative = picture.clone();
    imageops::invert(&mut negative);
    let (dark, light) = (
        darker_than_paper(picture, part),
        darker_than_paper(&negative, part),
    );
    let is_light = match (Inked::of(&dark), Inked::of(&light)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(dark), Some(_)) if dark.is_on_sheet(picture) => false,
        (Some(_), Some(light)) if light.is_on_sheet(&negative) => true,
        _ => is_ink_light(picture),
    };
    if is_light {
        light
    } else {
        evenly_lit(dark, picture)
    }
}

/// `ink` as if all of the paper had the same light: a shadow divides what comes from the paper and from the ink by the same
/// number, and so how much they differ.
fn evenly_lit(mut ink: GrayImage, picture: &GrayImage) -> GrayImage {
    let mut papers = [0; 256];
    for (ink, pixel) in ink.iter().zip(picture.iter()) {
        papers[usize::from(ink + pixel)] += 1;
    }
    let lit = quantile(&papers, LIT) as f64;
    for (ink, pixel) in ink.iter_mut().zip(picture.iter()) {
        let gain = (lit / f64::from(*ink + pixel).max(1.0)).clamp(1.0, MOST_GAIN);
        *ink = (f64::from(*ink) * gain) as u8;
    }
    ink
}

/// What stands out, if that is ink.
struct Inked {
    columns: usize,
    /// How much it stands out.
    contrast: f64,
    parts: Parts,
}

impl Inked {
    /// None where nothing stands out.
    fn of(standing_out: &GrayImage) -> Option<Self> {
        let levels = Levels::of(standing_out)?;
        let half = (levels.paper + levels.ink) / 2.0;
        Some(Self {
            columns: standing_out.width() as usize,
            contrast: levels.ink - levels.paper,
            parts: Parts::of(&binary(standing_out, |level| f64::from(level) >= half)),
        })
    }

    /// Whether the largest of what is away from the border is on the largest light sheet in the `picture`.
    fn is_on_sheet(&self, picture: &GrayImage) -> bool {
        let threshold = otsu(&histogram(picture));
        let sheets = Parts::of(&binary(picture, |level| usize::from(level) > threshold));
        let mass = |part: &&Part| part.mass;
        let inner = self.parts.parts.iter().filter(|part| part.at_border == 0);
        let (Some(ink), Some(sheet)) = (inner.max_by_key(mass), sheets.parts.iter().max_by_key(mass)) else {
            return false;
        };
        let area = rectangle_around(&sheets, sheet, self.columns);
        let pixels = |part: &Part| part.mass as f64 / 255.0;
        ink.place.is_inside(sheet.place)
            && ink.place.longer() * 8 >= sheet.place.longer()
            && f64::from(sheet.at_border) <= AT_BORDER * 2.0 * f64::from(picture.width() + picture.height())
            && pixels(sheet) >= LARGE * self.parts.number_of.len() as f64
            && pixels(sheet) + pixels(ink) >= SOLID * area
            && self.contrast >= STRONG * contrast(picture, threshold)
            && thickness_of(&self.parts, ink, self.columns) * THICKER
                <= thickness_of(&sheets, sheet, self.columns)
    }
}

/// The mean width of a part, in pixels.
fn thickness_of(parts: &Parts, part: &Part, columns: usize) -> f64 {
    let numbers = parts.number_of.iter();
    let inside: Vec<bool> = numbers.map(|&number| number == part.number).collect();
    thickness::of(&inside, columns)
}

/// The area of the smallest rectangle around a part, in pixels: the part may be turned.
fn rectangle_around(parts: &Parts, part: &Part, columns: usize) -> f64 {
    let ends = |row: u32| {
        let numbers = &parts.number_of[row as usize * columns..][..columns];
        let is_own = |&number: &u32| number == part.number;
        let (first, last) = (
            numbers.iter().position(is_own)?,
            numbers.iter().rposition(is_own)?,
        );
        Some([
            (first, row),
            (last + 1, row),
            (first, row + 1),
            (last + 1, row + 1),
        ])
    };
    let corners: Vec<(f64, f64)> = (part.place.top..=part.place.bottom)
        .filter_map(ends)
        .flatten()
        .map(|(column, row)| (column as f64, f64::from(row)))
        .collect();
    let extent = |right: f64, down: f64| {
        let along = corners.iter().map(|(column, row)| right * column + down * row);
        let (least, most) = along.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), at| {
            (least.min(at), most.max(at))
        });
        most - least
    };
    let area = |slope: f64| extent(1.0, slope) * extent(-slope, 1.0) / (1.0 + slope * slope);
    let areas = (-16..=16).map(|sixteenths| area(f64::from(sixteenths) / 16.0));
    areas.fold(f64::INFINITY, f64::min)
}

/// 255 for what is inked, 0 for the rest.
fn binary(picture: &GrayImage, is_inked: impl Fn(u8) -> bool) -> GrayImage {
    let mut binary = picture.clone();
    binary
        .iter_mut()
        .for_each(|level| *level = if is_inked(*level) { 255 } else { 0 });
    binary
}

fn histogram(picture: &GrayImage) -> [u64; 256] {
    let mut histogram = [0; 256];
    picture
        .iter()
        .for_each(|&level| histogram[usize::from(level)] += 1);
    histogram
}

/// By how much the mean of what is lighter than a threshold is lighter than the mean of the rest.
fn contrast(picture: &GrayImage, threshold: usize) -> f64 {
    let (mut light, mut lights, mut dark, mut darks) = (0, 0, 0, 0);
    for (level, count) in histogram(picture).into_iter().enumerate() {
        if level > threshold {
            (light, lights) = (light + level as u64 * count, lights + count);
        } else {
            (dark, darks) = (dark + level as u64 * count, darks + count);
        }
    }
    light as f64 / lights.max(1) as f64 - dark as f64 / darks.max(1) as f64
}

/// Whether what stands out from its surroundings is light. Shadows are wider than the surroundings; what is at the
/// border is paper, but for a table's edge or a stroke that runs out of the picture.
fn is_ink_light(picture: &GrayImage) -> bool {
    let (columns, rows) = picture.dimensions();
    let surroundings = imageops::fast_blur(picture, columns.max(rows) as f32 * SURROUNDINGS);
    let (mut border, mut cubes) = (Vec::new(), 0);
    for (column, row, pixel) in picture.enumerate_pixels() {
        let difference = i64::from(pixel.0[0]) - i64::from(surroundings.get_pixel(column, row).0[0]);
        cubes += difference.pow(3);
        if row == 0 || column == 0 || row + 1 == rows || column + 1 == columns {
            border.push(difference);
        }
    }
    let middle = border.len() / 2;
    let (_, median, _) = border.select_nth_unstable(middle);
    let pixels = i64::from(columns) * i64::from(rows);
    cubes > median.pow(3) * pixels
}

fn darker_than_paper(picture: &GrayImage, part: u32) -> GrayImage {
    let (columns, rows) = picture.dimensions();
    let radius = (columns.max(rows) / (2 * part)).max(1) as usize;
    let paper = closing(picture.as_raw(), columns as usize, radius);
    let mut ink = picture.clone();
    for (pixel, paper) in ink.iter_mut().zip(paper) {
        *pixel = paper.saturating_sub(*pixel);
    }
    ink
}

/// The smallest, for each pixel, of the largest values in the squares of 2 · `radius` + 1 that contain it. Squares may
/// reach beyond the picture: so a slope is left as it is up to the border.
fn closing(pixels: &[u8], columns: usize, radius: usize) -> Vec<u8> {
    let window = 2 * radius + 1;
    let (dilated, wide) = along_rows(pixels, columns, |row| dilate(row, window));
    let turned = transpose(&dilated, wide);
    let rows = pixels.len() / columns;
    let (closed, _) = along_rows(&turned, rows, |row| erode(&dilate(row, window), window));
    let turned = transpose(&closed, rows);
    along_rows(&turned, wide, |row| erode(row, window)).0
}

/// Every row of `columns` turned into another, and how long that is.
fn along_rows(pixels: &[u8], columns: usize, turn: impl Fn(&[u8]) -> Vec<u8>) -> (Vec<u8>, usize) {
    let rows: Vec<Vec<u8>> = pixels.chunks_exact(columns).map(turn).collect();
    let length = rows.first().map_or(0, Vec::len);
    (rows.concat(), length)
}

fn transpose(pixels: &[u8], columns: usize) -> Vec<u8> {
    let columns_of = |column| pixels.iter().skip(column).step_by(columns);
    (0..columns).flat_map(columns_of).copied().collect()
}

/// The largest value of every `window` that touches the row: `window` - 1 more than there are pixels.
fn dilate(row: &[u8], window: usize) -> Vec<u8> {
    let beyond = vec![0; window - 1];
    let padded = [&beyond, row, &beyond].concat();
    first_of_windows(&padded, window, |a, b| a >= b)
}

/// The smallest value of every `window` that lies in the row: `window` - 1 less than there are pixels.
fn erode(row: &[u8], window: usize) -> Vec<u8> {
    first_of_windows(row, window, |a, b| a <= b)
}

/// The value of every window in `row` that comes `before` all others there, by Lemire's queue of those that may yet.
fn first_of_windows(row: &[u8], window: usize, before: impl Fn(u8, u8) -> bool) -> Vec<u8> {
    let mut queue = std::collections::VecDeque::with_capacity(window);
    let mut firsts = Vec::with_capacity((row.len() + 1).saturating_sub(window));
    for (index, &value) in row.iter().enumerate() {
        while queue.back().is_some_and(|&(_, last)| before(value, last)) {
            queue.pop_back();
        }
        queue.push_back((index, value));
        if queue.front().is_some_and(|&(first, _)| first + window <= index) {
            queue.pop_front();
        }
        if index + 1 >= window {
            firsts.extend(queue.front().map(|&(_, first)| first));
        }
    }
    firsts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_fills_what_is_thin_and_leaves_slopes_and_wide_valleys() {
        let thin = [9, 9, 9, 1, 9, 9, 9];
        assert_eq!(closing(&thin, 7, 1), [9; 7]);
        let slope = [1, 2, 3, 4, 5, 6, 7];
        assert_eq!(closing(&slope, 7, 2), slope);
        let valley = [9, 9, 1, 1, 1, 9, 9];
        assert_eq!(closing(&valley, 7, 1), valley);
        assert_eq!(closing(&valley, 1, 1), valley);
        assert_eq!(closing(&valley, 7, 2), [9; 7]);
        assert_eq!(closing(&[5], 1, 3), [5]);
    }

    #[test]
    fn a_stroke_stands_out_from_paper_in_a_shadow_whether_dark_or_light() {
        let lit = |row: u32, column: u32| 90 + 2 * row + column + if column > 25 { 40 } else { 0 };
        for ink in [-60, 60] {
            let is_ink = |row: u32, column: u32| (18..22).contains(&column) && (10..30).contains(&row);
            let picture = GrayImage::from_fn(40, 40, |column, row| {
                let ink = if is_ink(row, column) { ink } else { 0 };
                image::Luma([(lit(row, column) as i32 + ink) as u8])
            });
            for (column, row, pixel) in taken_away(&picture, 2).enumerate_pixels() {
                let stands_out = pixel.0[0] >= 50;
                assert_eq!(
                    stands_out,
                    is_ink(row, column),
                    "ink {ink}, row {row}, column {column}: {pixel:?}"
                );
            }
        }
    }
}
