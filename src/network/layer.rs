//! One layer: its parameters and its three products, forward and backward side by side.
//!
//! | product | |
//! |---|---|
//! | forward | Z = W X + b |
//! | backward | Wᵀ Δ, for BP2 |
//! | gradient | Δ Xᵀ and Δ 1, for BP4 and BP3 |

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, s};

use crate::math::columns::DenseColumns;
use crate::math::columns::InputColumns;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::vectorized;

/// Products with a weight matrix of at most this size on the shorter and on the longer side are computed by the
/// kernels: BLAS pads its blocks to more, and its setup takes longer than a small product. benches/README.md has the
/// measurements.
const FEW: usize = 32;
const MANY: usize = 256;

/// Weights and biases of one layer, or anything of their shape: a gradient, an optimizer's memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer<F: Real> {
    /// (n_out × (n_in + 1)): the weights, and in the last column the biases, which are the weights of a constant 1.
    parameters: Matrix<F>,
}

impl<F: Real> Layer<F> {
    /// All zeros.
    pub fn zeros(n_out: usize, n_in: usize) -> Self {
        Self {
            parameters: Matrix::zeros(n_out, n_in + 1),
        }
    }

    /// Units below.
    pub fn n_in(&self) -> usize {
        self.parameters.columns() - 1
    }

    /// Units in the layer.
    pub fn n_out(&self) -> usize {
        self.parameters.rows()
    }

    /// W: (n_out × n_in).
    pub fn weights(&self) -> ArrayView2<'_, F> {
        self.parameters.view().slice_move(s![.., ..self.n_in()])
    }

    /// W: (n_out × n_in).
    pub fn weights_mut(&mut self) -> ArrayViewMut2<'_, F> {
        let n_in = self.n_in();
        self.parameters.view_mut().slice_move(s![.., ..n_in])
    }

    /// b: (n_out).
    pub fn biases(&self) -> ArrayView1<'_, F> {
        self.parameters.column(self.n_in()).into()
    }

    /// b: (n_out).
    pub fn biases_mut(&mut self) -> ArrayViewMut1<'_, F> {
        let n_in = self.n_in();
        self.parameters.column_mut(n_in).into()
    }

    /// Weights, then biases, column by column with the padding, each column [`Matrix::stride`] long.
    pub(crate) fn parameters_mut(&mut self) -> &mut Matrix<F> {
        &mut self.parameters
    }

    /// As [`Self::parameters_mut`], only the numbers.
    pub(crate) fn elements(&self) -> &[F] {
        self.parameters.elements()
    }

    /// As [`Self::elements`], the weights and the biases apart.
    pub(crate) fn elements_mut(&mut self) -> (&mut [F], &mut [F]) {
        let weights = self.n_in() * self.parameters.stride();
        self.parameters.elements_mut().split_at_mut(weights)
    }

    /// Σ w² over the weights. Independent partial sums let the processor add them in parallel.
    pub(crate) fn weights_squared(&self) -> f64 {
        const SUMS: usize = 32;
        // With the padding, which is 0.
        let weights = &self.elements()[..self.n_in() * self.parameters.stride()];
        let (whole, rest) = weights.as_chunks::<SUMS>();
        vectorized(
            #[inline(always)]
            move || {
                let mut sums = [F::zero(); SUMS];
                for weights in whole {
                    for (sum, &w) in sums.iter_mut().zip(weights) {
                        *sum += w * w;
                    }
                }
                sums.iter_mut().zip(rest).for_each(|(sum, &w)| *sum += w * w);
                sums.iter().map(|sum| sum.as_f64()).sum()
            },
        )
    }

    /// Forward: the first columns of `out` (n_out × capacity) ← W X + b.
    pub(crate) fn forward(&self, inputs: InputColumns<F>, out: &mut Matrix<F>) {
        let biases = Some(self.n_in());
        match inputs {
            InputColumns::Dense(samples) if !self.is_for_kernels() => {
                let mut out = out.view_mut().slice_move(s![.., ..inputs.len()]);
                out.assign(&self.biases().insert_axis(Axis(1)));
                general_mat_mul(F::one(), &self.weights(), &samples.view(), F::one(), &mut out);
            }
            inputs => F::weighted_sums(&self.parameters, biases, inputs, out),
        }
    }

    /// Backward: the first `len` columns of `out` (n_in × capacity) ← Wᵀ Δ. `transposed` (n_in × n_out) is scratch.
    pub(crate) fn backward(
        &self,
        delta: &Matrix<F>,
        len: usize,
        transposed: &mut Matrix<F>,
        out: &mut Matrix<F>,
    ) {
        let delta = DenseColumns::new(delta, 0..len);
        if self.is_for_kernels() {
            transposed.assign_transpose(&self.parameters);
            F::weighted_sums(transposed, None, InputColumns::Dense(delta), out);
        } else {
            let mut out = out.view_mut().slice_move(s![.., ..len]);
            general_mat_mul(F::one(), &self.weights().t(), &delta.view(), F::zero(), &mut out);
        }
    }

    /// Whether the products with dense samples are too small for BLAS.
    pub(crate) fn is_for_kernels(&self) -> bool {
        is_for_kernels(self.n_in(), self.n_out())
    }
}

/// Whether a layer's products with dense samples are too small for BLAS.
pub(crate) fn is_for_kernels(n_in: usize, n_out: usize) -> bool {
    n_in.min(n_out) <= FEW && n_in.max(n_out) <= MANY
}
