//! Pictures as people take them: with frames, lines, grids, boxes, shadows and thin strokes, and with several digits.
//!
//! Each kind is drawn here, 60 digits of it, six of each class, with widths, shades and places of chance. The table in
//! docs/pictures.md is what `cargo test --test library disturbed -- --nocapture` prints.

use batchprop::data::find::load_source;
use batchprop::data::find::locate::locate;
use batchprop::data::read::Reading;
use batchprop::data::synthetic;
use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::images::{Found, Grey};
use batchprop::training::evaluation::{outputs, predict, probabilities};
use batchprop::{Dataset, Digits, Network, images};
use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::common::{self, bytes};
use crate::pictures::trained;

/// Pictures of a kind.
const COUNT: usize = 60;

/// A digit's 28 pixels become so many.
const SIDE: u32 = 160;

/// Paper of a picture with one digit.
const PAPER: u32 = 300;

type Random = Xoshiro256PlusPlus;

/// Of paper: 0 is black.
struct Sheet {
    columns: u32,
    rows: u32,
    levels: Vec<f32>,
}

impl Sheet {
    fn new(columns: u32, rows: u32, level: f32) -> Self {
        let levels = vec![level; (columns * rows) as usize];
        Self {
            columns,
            rows,
            levels,
        }
    }

    /// Lays `ink` on it, 255 where it is darkest, of the shade `level`.
    fn draw(&mut self, ink: &GrayImage, (left, top): (u32, u32), level: f32) {
        for (column, row, pixel) in ink.enumerate_pixels() {
            let part = f32::from(pixel.0[0]) / 255.0;
            let (column, row) = (left + column, top + row);
            if column < self.columns && row < self.rows {
                let paper = &mut self.levels[(row * self.columns + column) as usize];
                *paper = *paper * (1.0 - part) + level * part;
            }
        }
    }

    /// A straight line from one point to another.
    fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, level: f32) {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let length = across.hypot(down);
        for row in 0..self.rows {
            for column in 0..self.columns {
                let (x, y) = (column as f32 + 0.5 - from.0, row as f32 + 0.5 - from.1);
                let along = (x * across + y * down) / length;
                let beside = (x * down - y * across).abs() / length;
                if (-width / 2.0..=length + width / 2.0).contains(&along) {
                    let part = (width / 2.0 + 0.5 - beside).clamp(0.0, 1.0);
                    let paper = &mut self.levels[(row * self.columns + column) as usize];
                    *paper = *paper * (1.0 - part) + level * part;
                }
            }
        }
    }

    /// Along the sides of a rectangle.
    fn rectangle(&mut self, (left, top, right, bottom): (f32, f32, f32, f32), width: f32, level: f32) {
        self.line((left, top), (right, top), width, level);
        self.line((right, top), (right, bottom), width, level);
        self.line((right, bottom), (left, bottom), width, level);
        self.line((left, bottom), (left, top), width, level);
    }

    /// Parallel lines across all of it, turned by `slope`.
    fn rules(&mut self, pitch: f32, width: f32, level: f32, slope: f32, is_column: bool) {
        let (columns, rows) = (self.columns as f32, self.rows as f32);
        let mut at = pitch / 3.0;
        while at < rows.max(columns) {
            match is_column {
                false => self.line((-9.0, at), (columns + 9.0, at + slope * columns), width, level),
                true => self.line((at, -9.0), (at - slope * rows, rows + 9.0), width, level),
            }
            at += pitch;
        }
    }

    /// As a camera takes it, with noise.
    fn taken(self, random: &mut Random) -> GrayImage {
        GrayImage::from_fn(self.columns, self.rows, |column, row| {
            let normal: f32 = (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0;
            Luma([(self.levels[(row * self.columns + column) as usize] + 3.0 * normal) as u8])
        })
    }
}

/// A digit and what chance decides of its picture.
struct Scene<'a> {
    /// White on black, `SIDE` pixels wide and high.
    digit: &'a GrayImage,
    random: Random,
}

impl Scene<'_> {
    fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * self.random.random::<f32>()
    }

    /// The digit somewhere on light paper, and where it begins.
    fn sheet(&mut self, ink: &GrayImage) -> (Sheet, f32, f32) {
        let mut sheet = Sheet::new(PAPER, PAPER, self.between(200.0, 250.0));
        let left = self.random.random_range(30..PAPER - SIDE - 30);
        let top = self.random.random_range(30..PAPER - SIDE - 30);
        let level = self.between(10.0, 90.0);
        sheet.draw(ink, (left, top), level);
        (sheet, left as f32, top as f32)
    }

    fn plain(&mut self) -> (Sheet, f32, f32) {
        let digit = self.digit.clone();
        self.sheet(&digit)
    }

    /// As with a ballpoint: 1 to 4 pixels wide, where the digit is 115 high.
    fn thin(&mut self) -> (Sheet, f32, f32) {
        let ink = ballpoint(self.digit, self.random.random_range(0..3));
        self.sheet(&ink)
    }
}

/// The middle of a digit's strokes, by Zhang and Suen's thinning (*A fast parallel algorithm for thinning digital patterns*,
/// 1984), made wider by `radius` pixels on each side.
fn ballpoint(digit: &GrayImage, radius: i32) -> GrayImage {
    let (columns, rows) = (digit.width() as i32, digit.height() as i32);
    let mut inked: Vec<bool> = digit.iter().map(|&level| level > 110).collect();
    let at = |inked: &[bool], column: i32, row: i32| {
        (0..columns).contains(&column) && (0..rows).contains(&row) && inked[(row * columns + column) as usize]
    };
    let mut is_done = false;
    while !is_done {
        is_done = true;
        for pass in 0..2 {
            let before = inked.clone();
            for row in 0..rows {
                for column in 0..columns {
                    let near = [
                        (0, -1),
                        (1, -1),
                        (1, 0),
                        (1, 1),
                        (0, 1),
                        (-1, 1),
                        (-1, 0),
                        (-1, -1),
                    ]
                    .map(|(right, down)| at(&before, column + right, row + down));
                    let count = near.iter().filter(|&&inked| inked).count();
                    let begins = (0..8)
                        .filter(|&index| !near[index] && near[(index + 1) % 8])
                        .count();
                    let [north, _, east, _, south, _, west, _] = near;
                    let may_go = match pass {
                        0 => !(east && south && (north || west)),
                        _ => !(north && west && (east || south)),
                    };
                    if at(&before, column, row) && (2..=6).contains(&count) && begins == 1 && may_go {
                        inked[(row * columns + column) as usize] = false;
                        is_done = false;
                    }
                }
            }
        }
    }
    let wide = GrayImage::from_fn(digit.width(), digit.height(), |column, row| {
        let is_inked = (-radius..=radius)
            .any(|down| (-radius..=radius).any(|right| at(&inked, column as i32 + right, row as i32 + down)));
        Luma([if is_inked { 255 } else { 0 }])
    });
    imageops::blur(&wide, 0.6)
}

/// The kinds: what they are called, how many of 60 are to be right, and how one is made.
type Kind = (&'static str, usize, fn(&mut Scene<'_>) -> GrayImage);

fn with(
    made: (Sheet, f32, f32),
    scene: &mut Scene<'_>,
    change: impl FnOnce(&mut Sheet, &mut Scene<'_>, f32, f32),
) -> GrayImage {
    let (mut sheet, left, top) = made;
    change(&mut sheet, scene, left, top);
    sheet.taken(&mut scene.random)
}

fn frame(sheet: &mut Sheet, scene: &mut Scene<'_>, sides: usize, widest: f32) {
    let (width, level) = (scene.between(1.0, widest).round(), scene.between(0.0, 180.0));
    let (end, half) = (PAPER as f32, width / 2.0);
    let lines = [
        ((0.0, half), (end, half)),
        ((half, 0.0), (half, end)),
        ((0.0, end - half), (end, end - half)),
        ((end - half, 0.0), (end - half, end)),
    ];
    let first = scene.random.random_range(0..4);
    for side in 0..sides {
        let (from, to) = lines[(first + side) % 4];
        sheet.line(from, to, width, level);
    }
}

fn negative(mut image: GrayImage) -> GrayImage {
    imageops::invert(&mut image);
    image
}

const KINDS: [Kind; 23] = [
    ("plain", 59, |scene| with(scene.plain(), scene, |_, _, _, _| ())),
    ("frame, one side", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            frame(sheet, scene, 1, 10.0)
        })
    }),
    ("frame, two sides", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            frame(sheet, scene, 2, 10.0)
        })
    }),
    ("frame, three sides", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            frame(sheet, scene, 3, 10.0)
        })
    }),
    ("frame, four sides", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            frame(sheet, scene, 4, 10.0)
        })
    }),
    ("frame, four sides, wide", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            frame(sheet, scene, 4, 28.0)
        })
    }),
    ("frame inside a margin", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            let (inset, width, level) = (
                scene.between(8.0, 18.0),
                scene.between(1.0, 6.0),
                scene.between(0.0, 150.0),
            );
            let end = PAPER as f32 - inset;
            sheet.rectangle((inset, inset, end, end), width, level);
        })
    }),
    ("light on dark, light frame", 59, |scene| {
        negative(with(scene.plain(), scene, |sheet, scene, _, _| {
            frame(sheet, scene, 4, 10.0)
        }))
    }),
    ("sheet on a table", 59, |scene| {
        let (sheet, ..) = scene.plain();
        let mut table = Sheet::new(PAPER + 100, PAPER + 120, scene.between(20.0, 110.0));
        let slope = scene.between(-0.07, 0.07);
        for row in 0..table.rows {
            for column in 0..table.columns {
                let (x, y) = (column as f32 - 40.0, row as f32 - 50.0);
                let (x, y) = (x - slope * y, y + slope * x);
                if (0.0..PAPER as f32).contains(&x) && (0.0..PAPER as f32).contains(&y) {
                    table.levels[(row * table.columns + column) as usize] =
                        sheet.levels[(y as u32 * PAPER + x as u32) as usize];
                }
            }
        }
        table.taken(&mut scene.random)
    }),
    ("ruled paper", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            let (pitch, width, level) = (
                scene.between(25.0, 60.0),
                scene.between(1.0, 4.0),
                scene.between(60.0, 190.0),
            );
            let slope = scene.between(-0.03, 0.03);
            sheet.rules(pitch, width, level, slope, false);
        })
    }),
    ("squared paper", 55, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            let (pitch, width, level) = (
                scene.between(15.0, 50.0),
                scene.between(1.0, 2.5),
                scene.between(90.0, 200.0),
            );
            let slope = scene.between(-0.03, 0.03);
            sheet.rules(pitch, width, level, slope, false);
            sheet.rules(pitch, width, level, slope, true);
        })
    }),
    ("form box around the digit", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, left, top| {
            let (margin, width, level) = (
                scene.between(0.0, 20.0),
                scene.between(1.0, 6.0),
                scene.between(0.0, 140.0),
            );
            let side = SIDE as f32 + margin;
            sheet.rectangle(
                (left - margin, top - margin, left + side, top + side),
                width,
                level,
            );
        })
    }),
    ("form box through the digit", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, left, top| {
            let (right, down) = (scene.between(-30.0, 30.0), scene.between(-30.0, 30.0));
            let (width, level) = (scene.between(1.0, 6.0), scene.between(0.0, 140.0));
            let side = SIDE as f32;
            sheet.rectangle(
                (left + right, top + down, left + right + side, top + down + side),
                width,
                level,
            );
        })
    }),
    ("edge of a cell through the digit", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, left, top| {
            let (width, level) = (scene.between(1.0, 7.0), scene.between(0.0, 140.0));
            let (inset, end) = (scene.between(0.1, 0.35) * SIDE as f32, PAPER as f32);
            match scene.random.random_range(0..4) {
                0 => sheet.line((left + inset, 0.0), (left + inset, end), width, level),
                1 => sheet.line(
                    (left + SIDE as f32 - inset, 0.0),
                    (left + SIDE as f32 - inset, end),
                    width,
                    level,
                ),
                2 => sheet.line((0.0, top + inset), (end, top + inset), width, level),
                _ => sheet.line(
                    (0.0, top + SIDE as f32 - inset),
                    (end, top + SIDE as f32 - inset),
                    width,
                    level,
                ),
            }
        })
    }),
    ("underlined", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, left, top| {
            let (width, level, below) = (
                scene.between(1.0, 5.0),
                scene.between(0.0, 120.0),
                scene.between(-3.0, 25.0),
            );
            let (from, to) = (
                left - scene.between(0.0, 25.0),
                left + SIDE as f32 + scene.between(0.0, 25.0),
            );
            let down = top + 0.86 * SIDE as f32 + below;
            sheet.line((from, down), (to, down), width, level);
        })
    }),
    ("ballpoint", 57, |scene| {
        with(scene.thin(), scene, |_, _, _, _| ())
    }),
    ("ballpoint, frame", 58, |scene| {
        with(scene.thin(), scene, |sheet, scene, _, _| {
            frame(sheet, scene, 4, 8.0)
        })
    }),
    ("ballpoint on ruled paper", 56, |scene| {
        with(scene.thin(), scene, |sheet, scene, _, _| {
            let (pitch, level, slope) = (
                scene.between(30.0, 60.0),
                scene.between(120.0, 200.0),
                scene.between(-0.02, 0.02),
            );
            sheet.rules(pitch, 1.0, level, slope, false);
        })
    }),
    ("shadow across", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            let (dark, slope, at) = (
                scene.between(0.45, 0.8),
                scene.between(-0.6, 0.6),
                scene.between(0.3, 0.7),
            );
            shade(sheet, |x, y| if x + slope * (y - 0.5) > at { 1.0 } else { dark });
        })
    }),
    ("uneven light", 59, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            let dark = scene.between(0.4, 0.7);
            shade(sheet, |x, y| 1.0 - dark * (0.7 * x + 0.3 * y));
        })
    }),
    ("shadow of a hand", 58, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            let (x0, y0) = (scene.between(0.2, 0.8), scene.between(0.2, 0.8));
            shade(sheet, |x, y| {
                1.0 - 0.45 * (-((x - x0).powi(2) + (y - y0).powi(2)) / 0.08).exp()
            });
        })
    }),
    ("ruled paper, upright", 58, |scene| {
        with(scene.plain(), scene, |sheet, scene, _, _| {
            let (pitch, width, level) = (
                scene.between(25.0, 70.0),
                scene.between(1.0, 2.0),
                scene.between(40.0, 190.0),
            );
            sheet.rules(pitch, width, level, 0.0, true);
        })
    }),
    ("row of cells", 58, |scene| {
        const CELL: u32 = 100;
        let count = scene.random.random_range(5..11);
        let mut sheet = Sheet::new(count * CELL + 40, CELL + 60, scene.between(200.0, 250.0));
        let (width, level) = (scene.between(1.0, 3.0), scene.between(0.0, 140.0));
        for cell in 0..count {
            let left = (20 + cell * CELL) as f32;
            let side = CELL as f32;
            sheet.rectangle((left, 30.0, left + side, 30.0 + side), width, level);
        }
        let cell = scene.random.random_range(0..count);
        let ink = imageops::resize(scene.digit, 80, 80, FilterType::CatmullRom);
        let level = scene.between(10.0, 90.0);
        sheet.draw(&ink, (30 + cell * CELL, 40), level);
        sheet.taken(&mut scene.random)
    }),
];

fn shade(sheet: &mut Sheet, light: impl Fn(f32, f32) -> f32) {
    for row in 0..sheet.rows {
        for column in 0..sheet.columns {
            let part = light(
                column as f32 / sheet.columns as f32,
                row as f32 / sheet.rows as f32,
            );
            sheet.levels[(row * sheet.columns + column) as usize] *= part;
        }
    }
}

/// Where the first six of each class are that the network recognises as they are.
fn six_of_each(network: &Network<f32>, digits: &Dataset) -> Vec<usize> {
    let mut counts = [0; 10];
    let outputs = outputs(network, digits);
    let is_wanted = |&index: &usize| {
        let label = digits.labels()[index];
        let is_right = predict(&outputs.row(index).to_vec()) == usize::from(label);
        let count = &mut counts[usize::from(label)];
        *count += usize::from(is_right);
        is_right && *count <= COUNT / 10
    };
    (0..digits.len()).filter(is_wanted).collect()
}

/// White on black, `side` pixels wide and high.
fn enlarged(digits: &Dataset, index: usize, side: u32) -> GrayImage {
    let pixels = bytes(&digits.slice(index..index + 1)).to_vec();
    let image = GrayImage::from_raw(28, 28, pixels).unwrap();
    imageops::resize(&image, side, side, FilterType::CatmullRom)
}

fn found(image: GrayImage) -> Vec<Found> {
    let (columns, rows) = (image.width() as usize, image.height() as usize);
    let picture = Grey::new(rows, columns, image.into_raw()).unwrap();
    images::digits(&picture, 28).unwrap_or_default()
}

/// What the network makes of each, and how sure it is.
fn answers(network: &Network<f32>, found: &[Found]) -> Vec<(usize, f64)> {
    if found.is_empty() {
        return Vec::new();
    }
    let pixels = found
        .iter()
        .flat_map(|found| found.digit.pixels.clone())
        .collect();
    let labels = vec![0u16; found.len()];
    let seen = Dataset::new(Pixels::Bytes(pixels), labels, ImageShape::MNIST, "pictures").unwrap();
    let outputs = outputs(network, &seen);
    let answer = |outputs: Vec<f32>| {
        let label = predict(&outputs);
        (label, probabilities(&outputs, network.functions().output)[label])
    };
    outputs
        .outer_iter()
        .map(|outputs| answer(outputs.to_vec()))
        .collect()
}

/// Checks all kinds, and prints the rows of the table: right, and wrong with more than 90 % confidence. So many fewer may be
/// right than the table asks for, and so many may be sure and wrong.
fn check(digits: &Digits, fewer: usize, most_sure: usize) {
    let network = trained(digits);
    let test = digits.test();
    let chosen = six_of_each(&network, test);
    assert_eq!(chosen.len(), COUNT);
    let mut failures = Vec::new();
    for (kind, (name, least, made)) in KINDS.iter().enumerate() {
        let results: Vec<(bool, bool)> = chosen
            .par_iter()
            .map(|&index| {
                let digit = &enlarged(test, index, SIDE);
                let random = Random::seed_from_u64((kind * 100_000 + index) as u64);
                let answers = answers(&network, &found(made(&mut Scene { digit, random })));
                let label = usize::from(test.labels()[index]);
                let is_right = matches!(answers[..], [(answer, _)] if answer == label);
                (is_right, !is_right && answers.iter().any(|&(_, sure)| sure > 0.9))
            })
            .collect();
        let right = results.iter().filter(|result| result.0).count();
        let sure = results.iter().filter(|result| result.1).count();
        println!("| {name} | {right} | {sure} |");
        if right + fewer < *least || sure > most_sure {
            failures.push(format!("{name}: {right} of {COUNT} right, {sure} sure and wrong"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn disturbed_pictures_of_mnist_are_recognised() {
    let Some(directory) = common::mnist() else { return };
    check(
        &load_source(&locate(&directory).unwrap(), &Reading::default()).unwrap(),
        0,
        3,
    );
}

/// Where there is no MNIST: both would take minutes.
#[test]
fn disturbed_pictures_of_synthetic_digits_are_recognised() {
    if common::mnist().is_some() {
        return;
    }
    // The table is of MNIST; the network has seen fewer synthetic digits.
    check(&synthetic::digits(5, 12_000, 300), 4, 4);
}

/// A sheet of rows of digits, and the label and the corner of each.
fn sheet_of(digits: &Dataset, chosen: &[usize], columns: usize) -> (Sheet, Vec<(usize, u32, u32)>) {
    const PITCH: u32 = 100;
    let rows = chosen.len().div_ceil(columns);
    let mut sheet = Sheet::new(columns as u32 * PITCH + 40, rows as u32 * PITCH + 40, 230.0);
    let places = chosen.iter().enumerate().map(|(place, &index)| {
        let (left, top) = (
            (place % columns) as u32 * PITCH + 20,
            (place / columns) as u32 * PITCH + 20,
        );
        sheet.draw(&enlarged(digits, index, 96), (left, top), 40.0);
        (usize::from(digits.labels()[index]), left, top)
    });
    let places = places.collect();
    (sheet, places)
}

#[test]
fn several_digits_in_a_picture_are_found_in_reading_order_with_their_boxes() {
    let digits = synthetic::digits(5, 12_000, 300);
    let network = trained(&digits);
    let test = digits.test();
    let chosen = six_of_each(&network, test);
    let mut random = Random::seed_from_u64(1);
    for (count, columns, change) in [
        (2, 2, (|_| ()) as fn(&mut Sheet)),
        (5, 5, |sheet| sheet.rules(45.0, 2.0, 150.0, 0.0, false)),
        (6, 3, |sheet| {
            sheet.rectangle(
                (3.0, 3.0, sheet.columns as f32 - 3.0, sheet.rows as f32 - 3.0),
                4.0,
                20.0,
            )
        }),
        (30, 6, |_| ()),
        (60, 10, |_| ()),
    ] {
        let (mut sheet, expected) = sheet_of(test, &chosen[..count], columns);
        change(&mut sheet);
        let found = found(sheet.taken(&mut random));
        let answers = answers(&network, &found);
        assert_eq!(answers.len(), expected.len(), "{count} digits");
        let right = answers
            .iter()
            .zip(&expected)
            .filter(|(answer, expected)| answer.0 == expected.0);
        assert!(right.count() * 20 >= 19 * count, "{answers:?}, {expected:?}");
        for (found, (_, left, top)) in found.iter().zip(expected) {
            let place = found.place;
            let is_inside = place.left >= left && place.top >= top;
            let is_within = place.left + place.columns <= left + 96 && place.top + place.rows <= top + 96;
            assert!(
                is_inside && is_within && place.rows >= 40,
                "{place:?} at {left},{top}"
            );
        }
    }
}
