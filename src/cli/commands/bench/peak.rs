//! The peak: how fast the linked BLAS multiplies matrices so large that only arithmetic matters.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Instant;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use rayon::prelude::*;

use batchprop::Real;
use batchprop::math::blas;

/// Rows and columns of the matrices.
pub const SIZE: usize = 2048;

/// C ← A B.
pub type Multiply<F> = fn(&ArrayView2<F>, &ArrayView2<F>, &mut ArrayViewMut2<F>);

/// Products of large square matrices, one per thread.
pub struct Peak<F: Real> {
    products: Vec<Product<F>>,
    /// By the pure-Rust kernels, if another BLAS is linked.
    rust_product: Option<Multiply<F>>,
    figures: Figures,
}

/// The best measurements.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// GFLOP/s of one thread alone.
    pub one_thread: f64,
    /// GFLOP/s of all threads together, each with a product of its own.
    pub all_threads: f64,
    /// The number of these threads, at most one per core.
    pub threads: usize,
    /// GFLOP/s of the pure-Rust kernels on one thread, if another BLAS is linked.
    pub rust: Option<f64>,
}

impl<F: Real> Peak<F> {
    /// Allocates the matrices. `rust_product` is that of the pure-Rust kernels.
    pub fn new(rust_product: Multiply<F>) -> Self {
        // More products than cores would take memory and only wait for each other.
        let cores = available_parallelism().map_or(1, NonZero::get);
        let threads = rayon::current_num_threads().min(cores);
        // There is advice only if no other BLAS is linked.
        let rust_product = blas::advice().is_none().then_some(rust_product);
        Self {
            rust_product,
            products: (0..threads).map(|_| Product::new()).collect(),
            figures: Figures {
                one_thread: 0.0,
                all_threads: 0.0,
                threads,
                rust: rust_product.map(|_| 0.0),
            },
        }
    }

    /// One product on one thread, one on each, and one by the pure-Rust kernels.
    pub fn measure(&mut self) {
        let blas: Multiply<F> = |a, b, c| general_mat_mul(F::one(), a, b, F::zero(), c);
        let figures = &mut self.figures;
        let alone = gflops(&mut self.products[..1], blas);
        figures.one_thread = figures.one_thread.max(alone);
        figures.all_threads = figures.all_threads.max(gflops(&mut self.products, blas));
        if let (Some(rust), Some(rust_product)) = (&mut figures.rust, self.rust_product) {
            *rust = rust.max(gflops(&mut self.products[..1], rust_product));
        }
    }

    /// The best of all measurements: other load on the machine can only make them worse.
    pub fn figures(&self) -> Figures {
        self.figures
    }
}

/// GFLOP/s of all `products` at once.
fn gflops<F: Real>(products: &mut [Product<F>], multiply: Multiply<F>) -> f64 {
    let flop = 2.0 * (SIZE as f64).powi(3) * products.len() as f64;
    let start = Instant::now();
    products
        .par_iter_mut()
        .with_max_len(1)
        .for_each(|Product { a, b, c }| multiply(&a.view(), &b.view(), &mut c.view_mut()));
    1e-9 * flop / start.elapsed().as_secs_f64()
}

/// C ← A B.
struct Product<F> {
    a: Array2<F>,
    b: Array2<F>,
    c: Array2<F>,
}

impl<F: Real> Product<F> {
    fn new() -> Self {
        let matrix = |period: usize| {
            Array2::from_shape_fn((SIZE, SIZE), |(row, column)| {
                F::of(((row * SIZE + column) % period) as f64 / period as f64)
            })
        };
        Self {
            a: matrix(251),
            b: matrix(241),
            c: Array2::zeros((SIZE, SIZE)),
        }
    }
}
