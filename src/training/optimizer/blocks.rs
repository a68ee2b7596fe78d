//! Parameters, gradient and memory, element by element and over the cores.
//!
//! Elements are independent of each other, and sums are cut into blocks of fixed size: bits do not depend on the
//! number of threads.

use rayon::prelude::*;

use crate::math::real::Real;
use crate::math::simd::vectorized;
use crate::network::layer::Layer;

/// Fewest elements per core.
const BLOCK: usize = 1 << 15;

/// Slices of equal length, or empty, that are traversed together.
pub(super) struct Blocks<'a, F>([&'a mut [F]; 4]);

impl<'a, F: Real> Blocks<'a, F> {
    pub fn new(slices: [&'a mut [F]; 4]) -> Self {
        Self(slices)
    }

    /// Calls `work` for blocks of the slices, the same block of each, in parallel.
    pub fn for_each(self, work: &(impl Fn([&mut [F]; 4]) + Sync)) {
        let len = self.0[0].len();
        if len <= BLOCK {
            return work(self.0);
        }
        let middle = len / 2;
        let [a, b, c, d] = self.0.map(|slice| slice.split_at_mut(middle.min(slice.len())));
        rayon::join(
            || Self([a.0, b.0, c.0, d.0]).for_each(work),
            || Self([a.1, b.1, c.1, d.1]).for_each(work),
        );
    }
}

/// Computes the sum of squares of all parameters, in memory that is allocated once.
#[derive(Debug)]
pub(super) struct SquareSum {
    /// Of each block of each layer.
    parts: Vec<Vec<f64>>,
}

impl SquareSum {
    /// For layers of the shapes of `layers`.
    pub fn new<F: Real>(layers: &[Layer<F>]) -> Self {
        let blocks = layers
            .iter()
            .map(|layer| vec![0.0; layer.elements().len().div_ceil(BLOCK)]);
        Self {
            parts: blocks.collect(),
        }
    }

    /// Σ p² of all parameters p.
    pub fn of<F: Real>(&mut self, layers: &[Layer<F>]) -> f64 {
        for (layer, parts) in layers.iter().zip(&mut self.parts) {
            let blocks = layer.elements().par_chunks(BLOCK).zip(parts);
            blocks.for_each(|(block, part)| *part = squares(block));
        }
        self.parts.iter().flatten().sum()
    }
}

/// Σ p², in one sum per lane of a vector. The padding is 0, and fills the last cache line.
fn squares<F: Real>(parameters: &[F]) -> f64 {
    const LANES: usize = 8;
    let (whole, rest) = parameters.as_chunks::<LANES>();
    assert!(rest.is_empty(), "columns are padded to cache lines");
    vectorized(
        #[inline(always)]
        move || {
            let mut sums = [0.0; LANES];
            for eight in whole {
                for (sum, p) in sums.iter_mut().zip(eight) {
                    *sum += p.as_f64() * p.as_f64();
                }
            }
            sums.iter().sum()
        },
    )
}
