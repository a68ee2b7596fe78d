//! Which pixels are inked, to be read along rows or along columns.

use image::GrayImage;

/// Pixels, some of them inked, that can be read along rows and along columns.
pub(super) struct Mask {
    pub along: usize,
    pub across: usize,
    pub inked: Vec<bool>,
}

impl Mask {
    pub fn is_inked(&self, along: usize, across: usize) -> bool {
        self.inked[across * self.along + along]
    }

    /// What of `picture` is at least as dark as `least`; columns are read as rows where `is_column`.
    pub fn of(picture: &GrayImage, least: u8, is_column: bool) -> Self {
        let (columns, rows) = (picture.width() as usize, picture.height() as usize);
        let inked: Vec<bool> = picture.iter().map(|&level| level >= least).collect();
        if !is_column {
            return Self {
                along: columns,
                across: rows,
                inked,
            };
        }
        let turned = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
        Self {
            along: rows,
            across: columns,
            inked: turned.map(|index| inked[index]).collect(),
        }
    }

    /// Smaller by `factor`: a pixel is inked where any of its pixels is.
    pub fn smaller(&self, factor: usize) -> Self {
        let (along, across) = (self.along.div_ceil(factor), self.across.div_ceil(factor));
        let mut inked = vec![false; along * across];
        for (index, &is_inked) in self.inked.iter().enumerate() {
            let place = index / self.along / factor * along + index % self.along / factor;
            inked[place] |= is_inked;
        }
        Self { along, across, inked }
    }

    /// Of each inked pixel, how many hang together with it across.
    pub fn thicknesses(&self) -> Vec<u16> {
        let mut thicknesses = vec![0; self.inked.len()];
        for along in 0..self.along {
            let mut across = 0;
            while across < self.across {
                let start = across;
                while across < self.across && self.is_inked(along, across) {
                    across += 1;
                }
                for inside in start..across {
                    thicknesses[inside * self.along + along] = (across - start).min(u16::MAX.into()) as u16;
                }
                across += 1;
            }
        }
        thicknesses
    }
}
