//! Connected parts of the ink.

use std::collections::VecDeque;

use image::{GrayImage, Luma};

use super::place::Place;

/// Ink is followed as far as it is an eighth as dark as it can be: strokes fade, but not to nothing.
const FOLLOWED: u8 = 32;

/// A part is half as dark somewhere.
const DARK: u8 = 128;

/// A ring holds something when that is at least this part of the ring, by its longer side.
const HELD: u32 = 4;

/// Rings are sought among so many of the heaviest parts.
const MOST_RINGS: usize = 500;

/// All parts of some ink, numbered from 1.
pub(super) struct Parts {
    columns: u32,
    rows: u32,
    /// Of each pixel; 0 for none.
    pub number_of: Vec<u32>,
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub number: u32,
    pub mass: u64,
    pub place: Place,
    darkest: u8,
    /// How many of its pixels are at the picture's border.
    pub at_border: u32,
}

impl Parts {
    pub(super) fn of(ink: &GrayImage) -> Self {
        let mut parts = Self {
            columns: ink.width(),
            rows: ink.height(),
            number_of: vec![0; ink.as_raw().len()],
            parts: Vec::new(),
        };
        let mut number = 0;
        for (column, row, pixel) in ink.enumerate_pixels() {
            if pixel.0[0] >= FOLLOWED && parts.number_of[(row * ink.width() + column) as usize] == 0 {
                number += 1;
                let part = parts.follow(ink, column, row, number);
                if part.darkest >= DARK {
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
            place: Place::pixel(column, row),
            at_border: 0,
        };
        self.number_of[(row * ink.width() + column) as usize] = number;
        let mut ahead = VecDeque::from([(column, row)]);
        while let Some((column, row)) = ahead.pop_front() {
            let Luma([value]) = *ink.get_pixel(column, row);
            part.mass += u64::from(value);
            part.darkest = part.darkest.max(value);
            part.place = part.place.with(Place::pixel(column, row));
            let is_at_border =
                column == 0 || row == 0 || column + 1 == ink.width() || row + 1 == ink.height();
            part.at_border += u32::from(is_at_border);
            for (column, row) in around(ink, column, row) {
                let place = &mut self.number_of[(row * ink.width() + column) as usize];
                if *place == 0 && ink.get_pixel(column, row).0[0] >= FOLLOWED {
                    *place = number;
                    ahead.push_back((column, row));
                }
            }
        }
        part
    }

    /// Takes out the parts that go round others: frames and rings that no line was found in.
    pub(super) fn without_rings(&mut self) {
        let mut heaviest: Vec<Part> = self.parts.clone();
        heaviest.sort_by_key(|part| std::cmp::Reverse(part.mass));
        heaviest.truncate(MOST_RINGS);
        let is_ring = |ring: &&Part| {
            let holds = |part: &&Part| {
                part.number != ring.number
                    && part.place.is_inside(ring.place)
                    && part.place.longer() * HELD >= ring.place.longer()
                    && part.mass * 8 >= ring.mass
            };
            let mut held = heaviest.iter().filter(holds).peekable();
            held.peek().is_some() && {
                let outside = self.outside(ring);
                held.any(|part| !outside.contains_any(self, part))
            }
        };
        let rings: Vec<u32> = heaviest.iter().filter(is_ring).map(|ring| ring.number).collect();
        self.parts.retain(|part| !rings.contains(&part.number));
    }

    /// What of a part's place can be reached from outside without crossing the part.
    fn outside(&self, ring: &Part) -> Outside {
        let place = ring.place;
        let (columns, rows) = (place.columns() as usize, place.rows() as usize);
        let mut reached = vec![false; columns * rows];
        let mut ahead = Vec::new();
        let is_free = |column: usize, row: usize| {
            let index = (place.top as usize + row) * self.columns as usize + place.left as usize + column;
            self.number_of[index] != ring.number
        };
        let border = (0..columns)
            .flat_map(|column| [(column, 0), (column, rows - 1)])
            .chain((0..rows).flat_map(|row| [(0, row), (columns - 1, row)]));
        for (column, row) in border {
            if is_free(column, row) && !reached[row * columns + column] {
                reached[row * columns + column] = true;
                ahead.push((column, row));
            }
        }
        while let Some((column, row)) = ahead.pop() {
            let neighbours = [
                (column.wrapping_sub(1), row),
                (column + 1, row),
                (column, row.wrapping_sub(1)),
                (column, row + 1),
            ];
            for (column, row) in neighbours {
                if column < columns && row < rows && !reached[row * columns + column] && is_free(column, row)
                {
                    reached[row * columns + column] = true;
                    ahead.push((column, row));
                }
            }
        }
        Outside { place, reached }
    }

    /// Whether a part is at the border with much of itself: as a table's edge is, not a digit that touches it.
    pub(super) fn is_cut_off(&self, part: &Part) -> bool {
        part.at_border * 4 >= part.place.longer()
    }

    /// Whether a part goes along the border as a frame does, or a side of one: far along one of the picture's sides and close
    /// to it, and wide or solid nowhere.
    pub(super) fn is_along_border(&self, part: &Part) -> bool {
        let Place {
            left,
            right,
            top,
            bottom,
        } = part.place;
        let (columns, rows) = (part.place.columns(), part.place.rows());
        let (margin_across, margin_down) = (self.columns / 10 + 1, self.rows / 10 + 1);
        let at_left = left < margin_across;
        let at_right = right + margin_across >= self.columns;
        let at_top = top < margin_down;
        let at_bottom = bottom + margin_down >= self.rows;
        let is_hollow = part.mass * 3 <= 255 * u64::from(columns) * u64::from(rows);
        let goes_around =
            at_left && at_right && (at_top || at_bottom) || at_top && at_bottom && (at_left || at_right);
        let is_side = 10 * columns >= 6 * self.columns
            && (bottom < margin_down || top + margin_down >= self.rows)
            || 10 * rows >= 6 * self.rows && (right < margin_across || left + margin_across >= self.columns);
        goes_around && is_hollow || is_side
    }

    pub(super) fn longer_side(&self) -> u32 {
        self.columns.max(self.rows)
    }
}

struct Outside {
    place: Place,
    reached: Vec<bool>,
}

impl Outside {
    fn contains_any(&self, parts: &Parts, part: &Part) -> bool {
        let columns = self.place.columns();
        (part.place.top..=part.place.bottom).any(|row| {
            (part.place.left..=part.place.right).any(|column| {
                parts.number_of[(row * parts.columns + column) as usize] == part.number
                    && self.reached[((row - self.place.top) * columns + column - self.place.left) as usize]
            })
        })
    }
}

/// A pixel and those around it.
pub(super) fn around(image: &GrayImage, column: u32, row: u32) -> impl Iterator<Item = (u32, u32)> + use<> {
    let columns = column.saturating_sub(1)..(column + 2).min(image.width());
    let rows = row.saturating_sub(1)..(row + 2).min(image.height());
    rows.flat_map(move |row| columns.clone().map(move |column| (column, row)))
}
