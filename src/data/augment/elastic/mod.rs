//! Simard's random displacement field, drawn on a coarse lattice.
//!
//! Simard, Steinkraus and Platt ("Best Practices for Convolutional Neural Networks Applied to Visual Document
//! Analysis", 2003) draw a displacement for every pixel, uniform in (−1, 1), convolve with the Gaussian
//! g(r) = exp(−r²/2σ²) / 2πσ², and multiply by α. The result is a sum of many small independent terms, so it is
//! practically normal, and fully described by its covariance. With a variance of ⅓ for each term, two pixels r apart
//! have
//!
//! ```text
//! α² ⅓ (g ∗ g)(r) = α² / (12 π σ²) · exp(−r² / 4σ²)
//! ```
//!
//! that is, a standard deviation of α / (2 σ √(3π)), and a correlation that falls to 1/e at a distance of 2 σ.
//!
//! A field that smooth needs no draw for every pixel. Here independent normal numbers of variance τ² stand on a square
//! lattice of spacing s, and the field is their sum, each times h(r) = exp(−r²/2σ²) of its distance r. By Poisson's
//! summation formula the covariance of that sum is
//!
//! ```text
//! τ² π (σ/s)² · exp(−r² / 4σ²) · (1 + ε),   |ε| ≲ 4 exp(−π² σ²/s²)
//! ```
//!
//! so that τ = α s / (2 √3 π σ²) gives Simard's field, everywhere and in every direction, to a hundredth for
//! s = 1.25 σ. For 28 × 28 pixels and σ = 5 these are 11 × 11 draws and not 784 for each axis. And h is a product
//! of a function of the row and one of the column, so that the sum costs about 30 multiplications per pixel.
//!
//! One difference: pixels at the image's edge vary as much as all others, as if Simard's draws continued beyond it.

use rand::Rng;

use super::{Elastic, LANES, Lanes};
use crate::images::pixels::ImageShape;

/// s/σ: as coarse as possible with a ripple that a thousand fields do not show.
const SPACING: f64 = 1.25;

/// How far the lattice reaches beyond the image, in σ: outside, h² has a share of 0.0002 of its sum left.
const REACH: f64 = 2.5;

/// Turns lattices of random numbers into displacement fields of one shape.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Lattice rows.
    points: usize,
    /// Blocks of [`LANES`] lattice columns.
    point_blocks: usize,
    /// τ h of each image row (slower) and lattice row.
    by_row: Vec<f32>,
    /// h of each block of image columns (slower) and lattice column.
    by_column: Vec<Lanes>,
    /// Lattice columns.
    point_columns: usize,
}

/// A lattice of random numbers, and its sums for one row of the image; for both axes.
#[derive(Debug, Clone)]
pub(super) struct Lattice {
    /// (lattice rows × blocks of lattice columns) of x and of y.
    noise: Vec<[Lanes; 2]>,
    /// Summed over lattice rows, each times h of one image row.
    row: Vec<[Lanes; 2]>,
}

impl Field {
    /// Fields for images of `shape`.
    pub fn new(elastic: Elastic, shape: ImageShape) -> Self {
        let Elastic { alpha, sigma } = elastic;
        let tau = alpha * SPACING / (2.0 * 3.0_f64.sqrt() * std::f64::consts::PI * sigma);
        let (points, point_columns) = (
            lattice_points(shape.rows, sigma),
            lattice_points(shape.columns, sigma),
        );
        let by_row = (0..shape.rows).flat_map(|row| {
            (0..points).map(move |point| (tau * weight(row, shape.rows, point, points, sigma)) as f32)
        });
        let by_column = (0..shape.columns.div_ceil(LANES)).flat_map(|block| {
            (0..point_columns).map(move |point| {
                std::array::from_fn(|lane| {
                    weight(block * LANES + lane, shape.columns, point, point_columns, sigma) as f32
                })
            })
        });
        Self {
            points,
            point_blocks: point_columns.div_ceil(LANES),
            by_row: by_row.collect(),
            by_column: by_column.collect(),
            point_columns,
        }
    }

    /// Memory for a lattice.
    pub fn lattice(&self) -> Lattice {
        Lattice {
            noise: vec![[[0.0; LANES]; 2]; self.points * self.point_blocks],
            row: vec![[[0.0; LANES]; 2]; self.point_blocks],
        }
    }

    /// Draws new numbers.
    #[inline(always)]
    pub fn draw(&self, lattice: &mut Lattice, random: &mut impl Rng) {
        for blocks in lattice.noise.chunks_exact_mut(self.point_blocks) {
            let mut left = self.point_columns;
            for block in blocks {
                let used = left.min(LANES);
                for axis in block {
                    for number in &mut axis[..used] {
                        *number = nearly_normal(random);
                    }
                }
                left -= used;
            }
        }
    }

    /// Prepares the displacements of image row `row`.
    #[inline(always)]
    pub fn enter_row(&self, lattice: &mut Lattice, row: usize) {
        let weights = &self.by_row[row * self.points..][..self.points];
        for (block, sums) in lattice.row.iter_mut().enumerate() {
            let (mut x, mut y) = ([0.0; LANES], [0.0; LANES]);
            let noise = lattice.noise[block..].iter().step_by(self.point_blocks);
            for (&weight, [noise_x, noise_y]) in weights.iter().zip(noise) {
                for lane in 0..LANES {
                    x[lane] += weight * noise_x[lane];
                    y[lane] += weight * noise_y[lane];
                }
            }
            *sums = [x, y];
        }
    }

    /// The displacements in pixels, along x and along y, of a block of columns of the row entered last.
    #[inline(always)]
    pub fn displacements(&self, lattice: &Lattice, column_block: usize) -> [Lanes; 2] {
        let weights = &self.by_column[column_block * self.point_columns..][..self.point_columns];
        let (mut x, mut y) = ([0.0; LANES], [0.0; LANES]);
        for (weights, [sums_x, sums_y]) in weights.chunks(LANES).zip(&lattice.row) {
            for (weights, (sum_x, sum_y)) in weights.iter().zip(sums_x.iter().zip(sums_y)) {
                for lane in 0..LANES {
                    x[lane] += sum_x * weights[lane];
                    y[lane] += sum_y * weights[lane];
                }
            }
        }
        [x, y]
    }
}

/// Lattice points along `pixels` pixels: one in the middle, and as many to both sides as reach far enough.
fn lattice_points(pixels: usize, sigma: f64) -> usize {
    let to_the_edge = (pixels as f64 - 1.0) / 2.0;
    let one_side = ((to_the_edge / sigma + REACH) / SPACING).ceil();
    2 * one_side as usize + 1
}

/// h along one axis.
fn weight(pixel: usize, pixels: usize, point: usize, points: usize, sigma: f64) -> f64 {
    let pixel = pixel as f64 - (pixels as f64 - 1.0) / 2.0;
    let point = (point as f64 - (points as f64 - 1.0) / 2.0) * SPACING * sigma;
    let distance = pixel - point;
    libm::exp(-distance * distance / (2.0 * sigma * sigma))
}

/// Mean 0, variance 1: the sum of the four quarters of a draw, which is close enough to normal for further sums.
#[inline(always)]
fn nearly_normal(random: &mut impl Rng) -> f32 {
    const MEAN: f32 = 2.0 * 65_535.0;
    // √(12 / 4) / 65536
    const SCALE: f32 = 1.732_050_8 / 65_536.0;
    let draw = random.next_u64();
    // Quarters 0 and 2, and 1 and 3, are summed side by side.
    let pairs = (draw & 0x0000_ffff_0000_ffff) + (draw >> 16 & 0x0000_ffff_0000_ffff);
    let sum = (pairs as u32) + (pairs >> 32) as u32;
    (sum as f32 - MEAN) * SCALE
}

#[cfg(test)]
mod tests;
