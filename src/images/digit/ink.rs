//! Tells the digit's ink from noise, specks and what else lies at the border of a photograph.

use image::{GrayImage, Luma};
use std::collections::{HashSet, VecDeque};

use crate::images::NoDigit;

/// Less than this many levels darker than the paper is no ink, however clean the paper.
const LEAST_CONTRAST: f64 = 12.0;

/// Ink stands out by this many standard deviations of the paper's noise…
const SIGNIFICANT: f64 = 6.0;

/// …and what stands out by less than so many is paper.
const NOISE: f64 = 3.0;

/// A part of the digit has at least this part of the ink of the largest…
const SMALL_PART: u64 = 25;

/// …and is no further from it than this part of its longer side.
const NEAR: u32 = 3;

/// The digit's ink alone, from 0 for paper to 255 for its full darkness. `standing_out` is what [`taken_away`] left.
///
/// [`taken_away`]: super::paper::taken_away
///
/// # Errors
/// [`NoDigit::Blank`] when nothing stands out enough.
pub(crate) fn of(standing_out: &GrayImage) -> Result<GrayImage, NoDigit> {
    let levels = Levels::of(standing_out).ok_or(NoDigit::Blank)?;
    let mut ink = standing_out.clone();
    ink.iter_mut().for_each(|pixel| *pixel = levels.stretched(*pixel));
    let parts = Parts::of(&ink);
    let digit = parts.digit().ok_or(NoDigit::Blank)?;
    let belongs: Vec<bool> = parts
        .number_of
        .iter()
        .map(|number| digit.contains(number))
        .collect();
    let mut alone = GrayImage::new(ink.width(), ink.height());
    for (column, row, pixel) in ink.enumerate_pixels() {
        // With its soft edge, one pixel wide, which is too faint to be found by itself.
        let mut around = around(&ink, column, row);
        if around.any(|(column, row)| belongs[(row * ink.width() + column) as usize]) {
            alone.put_pixel(column, row, *pixel);
        }
    }
    Ok(alone)
}

/// A pixel and those around it.
fn around(image: &GrayImage, column: u32, row: u32) -> impl Iterator<Item = (u32, u32)> + use<> {
    let columns = column.saturating_sub(1)..(column + 2).min(image.width());
    let rows = row.saturating_sub(1)..(row + 2).min(image.height());
    rows.flat_map(move |row| columns.clone().map(move |column| (column, row)))
}

/// Where paper ends and where ink is at its darkest.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Levels {
    paper: f64,
    ink: f64,
}

impl Levels {
    /// From the levels of all pixels; none where no ink stands out.
    fn of(standing_out: &GrayImage) -> Option<Self> {
        let mut histogram = [0; 256];
        standing_out
            .iter()
            .for_each(|&pixel| histogram[usize::from(pixel)] += 1);
        // Usually there is more paper than ink. Where there is not, paper is what is lighter than Otsu's threshold.
        let threshold = otsu(&histogram);
        let darker: u64 = histogram[threshold + 1..].iter().sum();
        let all: u64 = histogram.iter().sum();
        let mut paper = histogram;
        if 2 * darker >= all {
            paper[threshold + 1..].fill(0);
        }
        let middle = quantile(&paper, 0.5);
        let mut deviations = [0; 256];
        for (level, count) in paper.iter().enumerate() {
            deviations[level.abs_diff(middle)] += count;
        }
        // Of a normal distribution, 1.4826 median absolute deviations are a standard deviation.
        let noise = 1.4826 * quantile(&deviations, 0.5) as f64;
        let middle = middle as f64;
        let least = middle + (SIGNIFICANT * noise).max(LEAST_CONTRAST);
        let mut ink = histogram;
        ink[..256.min(least.ceil() as usize)].fill(0);
        if ink.iter().sum::<u64>() == 0 {
            return None;
        }
        Some(Self {
            paper: middle + NOISE * noise,
            ink: quantile(&ink, 0.95) as f64,
        })
    }

    /// 0 for paper, 255 for the darkest ink.
    fn stretched(self, level: u8) -> u8 {
        ((f64::from(level) - self.paper) / (self.ink - self.paper) * 255.0).round() as u8
    }
}

/// The level that splits a histogram into the two groups whose means are furthest apart, by their between-class variance
/// (Otsu, *A threshold selection method from gray-level histograms*, 1979): the last of the lower group.
fn otsu(histogram: &[u64; 256]) -> usize {
    let moment = |(level, &count): (usize, &u64)| level as f64 * count as f64;
    let all: u64 = histogram.iter().sum();
    let all_moment: f64 = histogram.iter().enumerate().map(moment).sum();
    let (mut below, mut below_moment) = (0, 0.0);
    let (mut best, mut threshold) = (-1.0, 0);
    for (level, count) in histogram.iter().enumerate() {
        below += count;
        below_moment += moment((level, count));
        let (low, high) = (below as f64, (all - below) as f64);
        if low == 0.0 || high == 0.0 {
            continue;
        }
        let between = low * high * ((all_moment - below_moment) / high - below_moment / low).powi(2);
        if between > best {
            (best, threshold) = (between, level);
        }
    }
    threshold
}

/// The first level with `part` of all at or below it.
fn quantile(histogram: &[u64; 256], part: f64) -> usize {
    let wanted = part * histogram.iter().sum::<u64>() as f64;
    let mut counted = 0;
    let is_reached = |count: &u64| {
        counted += count;
        counted as f64 >= wanted
    };
    histogram.iter().position(is_reached).unwrap_or(255)
}

/// Connected parts of the ink, numbered from 1.
struct Parts {
    /// Of each pixel; 0 for none.
    number_of: Vec<u32>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    number: u32,
    mass: u64,
    darkest: u8,
    left: u32,
    right: u32,
    top: u32,
    bottom: u32,
    touches_border: bool,
}

impl Parts {
    /// Ink is followed as far as it is an eighth as dark as it can be: strokes fade, but not to nothing.
    const FOLLOWED: u8 = 32;
    /// A part is half as dark somewhere.
    const DARK: u8 = 128;

    fn of(ink: &GrayImage) -> Self {
        let mut parts = Self {
            number_of: vec![0; ink.as_raw().len()],
            parts: Vec::new(),
        };
        let mut number = 0;
        for (column, row, pixel) in ink.enumerate_pixels() {
            if pixel.0[0] >= Self::FOLLOWED && parts.number_of[(row * ink.width() + column) as usize] == 0 {
                number += 1;
                let part = parts.follow(ink, column, row, number);
                if part.darkest >= Self::DARK {
                    parts.parts.push(part);
                }
            }
        }
        parts
    }

    /// All that hangs together with a pixel.
    fn follow(&mut self, ink: &GrayImage, column: u32, row: u32, number: u32) -> Part {
        let mut part = Part {
            number,
            mass: 0,
            darkest: 0,
            left: column,
            right: column,
            top: row,
            bottom: row,
            touches_border: false,
        };
        self.number_of[(row * ink.width() + column) as usize] = number;
        let mut ahead = VecDeque::from([(column, row)]);
        while let Some((column, row)) = ahead.pop_front() {
            let Luma([value]) = *ink.get_pixel(column, row);
            part.mass += u64::from(value);
            part.darkest = part.darkest.max(value);
            part.left = part.left.min(column);
            part.right = part.right.max(column);
            part.top = part.top.min(row);
            part.bottom = part.bottom.max(row);
            part.touches_border |=
                column == 0 || row == 0 || column + 1 == ink.width() || row + 1 == ink.height();
            for (column, row) in around(ink, column, row) {
                let place = &mut self.number_of[(row * ink.width() + column) as usize];
                if *place == 0 && ink.get_pixel(column, row).0[0] >= Self::FOLLOWED {
                    *place = number;
                    ahead.push_back((column, row));
                }
            }
        }
        part
    }

    /// The numbers of the parts that make up the digit: the largest, and those near it that are large enough to be more
    /// than specks. At the border are tables and other pages; what begins inside is preferred.
    fn digit(&self) -> Option<HashSet<u32>> {
        let mass = |part: &&Part| part.mass;
        let heaviest = self.parts.iter().max_by_key(mass)?;
        let inside = self.parts.iter().filter(|part| !part.touches_border);
        let main = match inside.max_by_key(mass) {
            Some(inside) if inside.mass * SMALL_PART >= heaviest.mass => inside,
            _ => heaviest,
        };
        let mut digit = *main;
        let mut numbers = HashSet::from([main.number]);
        let mut others: Vec<&Part> = self.parts.iter().collect();
        others.retain(|part| {
            part.number != main.number
                && part.mass * SMALL_PART >= main.mass
                && (part.mass <= main.mass || !part.touches_border)
        });
        // What is near a part that was added may be further from the first. A picture may have a hundred thousand parts,
        // but few rounds: in two of them the digit grows by a third, or nothing is near it any more.
        loop {
            let before = others.len();
            others.retain(|part| {
                let is_near = part.is_near(&digit);
                if is_near {
                    numbers.insert(part.number);
                    digit = digit.with(part);
                }
                !is_near
            });
            if others.len() == before {
                return Some(numbers);
            }
        }
    }
}

impl Part {
    fn is_near(&self, digit: &Self) -> bool {
        let across = (self.left.max(digit.left)).saturating_sub(self.right.min(digit.right));
        let down = (self.top.max(digit.top)).saturating_sub(self.bottom.min(digit.bottom));
        let longer = (digit.right - digit.left).max(digit.bottom - digit.top) + 1;
        across.max(down) * NEAR <= longer
    }

    /// The smallest that contains both.
    fn with(self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            right: self.right.max(other.right),
            top: self.top.min(other.top),
            bottom: self.bottom.max(other.bottom),
            ..self
        }
    }
}
