//! The whole mini-batch as matrices, shared over the cores.
//!
//! With A⁰ = X (n_in × B) and one column per sample, the four equations become
//!
//! | | |
//! |---|---|
//! | feedforward | Aˡ = σ(Wˡ Aˡ⁻¹ + bˡ) |
//! | BP1 | Δᴸ = ∇ₐC ⊙ σ′(Zᴸ), or A − Y where the cost cancels σ′ |
//! | BP2 | Δˡ = ((Wˡ⁺¹)ᵀ Δˡ⁺¹) ⊙ σ′(Zˡ) |
//! | BP3 | ∂C/∂bˡ = Δˡ 1, the sum of the columns |
//! | BP4 | ∂C/∂Wˡ = Δˡ (Aˡ⁻¹)ᵀ |
//!
//! Samples are independent up to BP2: a large mini-batch is cut into chunks of columns that go through
//! feedforward, BP1 and BP2 in parallel. In BP4 the *weights* are independent: each product is cut into blocks
//! of columns of W, and one task adds all chunks, in order, to its block. No partial gradient is ever stored or
//! summed, and since all cuts depend on shapes alone, the bits do not depend on the number of threads. Buffers
//! are allocated once.
//!
//! A small mini-batch is done in less time than rayon takes to wake its threads. There the *hidden units* of the first
//! layer are shared by a [`Team`]: each member computes the weighted inputs of its units, and later changes their weights.
//! A weight is only ever touched by one member, and each weight and weighted input is a sum of its own, whose order does
//! not depend on who computes it.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayViewMut2, ShapeBuilder, s};
use rayon::prelude::*;

use super::{GradientEngine, Regularisers};
use crate::math::columns::{DenseColumns, InputColumns, SparseMatrix};
use crate::math::kernel::{add_outer_products, add_outer_products_by_row, most_members};
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::vectorized;
use crate::math::team::Team;
use crate::network::Network;
use crate::network::activation::Activation;
use crate::network::cost::Desired;
use crate::network::dropout::Dropout;
use crate::network::forward::Activations;
use crate::network::functions::Functions;
use crate::network::layer::{Layer, is_for_kernels};
use crate::training::minibatch::Minibatch;

/// The least and the most samples in a chunk; a mini-batch of twice the least is cut in two. Each chunk reads all weights, so
/// smaller ones would read too much for what they compute.
const CHUNK: Range<usize> = 32..64;

/// From this mini-batch size on, the gradient is summed pixel by pixel: so many samples share a pixel that this saves more
/// time than it takes to sort them by pixel.
const BY_PIXEL: usize = 32;

/// Columns of a weight matrix in one task of BP4.
const WEIGHT_BLOCK: usize = 56;

/// Below this many multiplications a mini-batch is not worth a second core.
const PARALLEL_MULTIPLICATIONS: usize = 1 << 21;

/// Below this many multiplications the first layer's products with a small mini-batch are not worth a team, of which
/// each product costs about 0.3 µs.
const SHARED_MULTIPLICATIONS: usize = 1 << 17;

/// The whole mini-batch at once.
#[derive(Debug)]
pub struct Batched<F: Real> {
    desired: Desired,
    regularisers: Regularisers,
    /// Samples in a chunk.
    chunk: usize,
    chunks: Vec<Chunk<F>>,
    /// For small mini-batches.
    team: Team,
}

/// Some columns of a mini-batch, and their way through the network.
#[derive(Debug)]
struct Chunk<F: Real> {
    samples: Range<usize>,
    activations: Activations<F>,
    /// Δ of layer l: (n_out × chunk).
    deltas: Vec<Matrix<F>>,
    /// Δ 1 of layer l: (n_out × 1), summed while Δ is in the core's cache.
    bias_gradients: Vec<Matrix<F>>,
    /// Scratch for (Wˡ)ᵀ of all layers but the first: (n_in × n_out); empty where BLAS multiplies, which needs no transpose.
    transposed_weights: Vec<Matrix<F>>,
    /// The transpose of sparse inputs, (chunk × n_in): for each pixel, the samples in which it is inked. Only for large
    /// mini-batches; the first one takes its memory.
    inputs_by_pixel: SparseMatrix<F>,
    cursors: Vec<u32>,
    /// Summed over the samples.
    cost: f64,
}

impl<F: Real> Batched<F> {
    /// An engine for networks of the shape of `network` and mini-batches of up to `capacity` samples.
    pub fn new(network: &Network<F>, capacity: usize, regularisers: Regularisers) -> Self {
        let chunk = Self::chunk(capacity);
        let chunks = (0..capacity)
            .step_by(chunk)
            .map(|start| Chunk::new(network, chunk.min(capacity - start), regularisers));
        Self {
            desired: regularisers.desired(network),
            regularisers,
            chunk,
            chunks: chunks.collect(),
            team: Team::new(members(network, capacity)),
        }
    }

    /// The bytes that an engine takes for networks of `sizes` and `functions`, and mini-batches of up to `capacity`
    /// samples: with `inked` inputs that are not 0 where they are stored sparse.
    pub(super) fn bytes(
        sizes: &[usize],
        functions: Functions,
        capacity: usize,
        inked: Option<u64>,
        dropout: bool,
    ) -> u64 {
        let chunks = capacity.div_ceil(Self::chunk(capacity)) as u64;
        let transposed = sizes[1..]
            .windows(2)
            .filter(|pair| is_for_kernels(pair[0], pair[1]))
            .map(|pair| Matrix::<F>::bytes(pair[0], pair[1]))
            .fold(0, u64::saturating_add);
        let by_pixel = match inked {
            Some(inked) if capacity >= BY_PIXEL => SparseMatrix::<F>::bytes(inked, capacity, sizes[0]),
            _ => 0,
        };
        // Activations, errors and, where activations do not tell them, slopes.
        let matrices = if dropout || !functions.activation.tells_slope() {
            3
        } else {
            2
        };
        Activations::<F>::bytes(sizes, capacity)
            .saturating_mul(matrices)
            .saturating_add(transposed.saturating_mul(chunks))
            .saturating_add(by_pixel)
    }

    /// Samples in a chunk of mini-batches of up to `capacity`.
    fn chunk(capacity: usize) -> usize {
        (capacity / 2).clamp(CHUNK.start, CHUNK.end)
    }
}

/// Whether a mini-batch is worth more than one core, by its size and the largest layer.
fn is_parallel<F: Real>(layers: &[Layer<F>], batch_size: usize) -> bool {
    let largest = layers
        .iter()
        .map(|layer| layer.n_in() * layer.n_out())
        .max()
        .unwrap_or(0);
    largest * batch_size >= PARALLEL_MULTIPLICATIONS && batch_size >= BY_PIXEL
}

/// How many threads are worth it for mini-batches of up to `capacity` samples that are too small for rayon.
fn members<F: Real>(network: &Network<F>, capacity: usize) -> usize {
    let first = &network.layers()[0];
    if capacity >= BY_PIXEL || first.n_in() * first.n_out() * capacity < SHARED_MULTIPLICATIONS {
        return 1;
    }
    rayon::current_num_threads().min(most_members::<F>(first.n_out()))
}

impl<F: Real> GradientEngine<F> for Batched<F> {
    fn backpropagate(&mut self, network: &Network<F>, minibatch: &Minibatch<F>) -> f64 {
        assert_eq!(
            minibatch.n_in(),
            network.n_in(),
            "inputs of the mini-batch and of the network"
        );
        for (index, chunk) in self.chunks.iter_mut().enumerate() {
            let start = minibatch.len().min(index * self.chunk);
            chunk.samples = start..minibatch.len().min(start + self.chunk);
        }
        let (desired, dropout) = (self.desired, self.regularisers.dropout(minibatch));
        let run = |chunk: &mut Chunk<F>, team: &mut Team| {
            chunk.backpropagate(network, desired, dropout, minibatch, team);
        };
        if is_parallel(network.layers(), minibatch.len()) {
            let chunks = self.chunks.par_iter_mut();
            chunks.for_each(|chunk| run(chunk, &mut Team::alone()));
        } else {
            let chunks = self.chunks.iter_mut();
            chunks.for_each(|chunk| run(chunk, &mut self.team));
        }
        self.chunks.iter().map(|chunk| chunk.cost).sum()
    }

    fn add_gradient(&mut self, minibatch: &Minibatch<F>, scale: F, target: &mut [Layer<F>]) {
        let team = (!is_parallel(target, minibatch.len())).then_some(&mut self.team);
        add_to_layers(&self.chunks, minibatch, 0, scale, target, team);
    }
}

/// BP3 and BP4 of layer `index` and all above it: by a team, or without one in parallel.
fn add_to_layers<F: Real>(
    chunks: &[Chunk<F>],
    minibatch: &Minibatch<F>,
    index: usize,
    scale: F,
    layers: &mut [Layer<F>],
    team: Option<&mut Team>,
) {
    let Some((layer, above)) = layers.split_first_mut() else {
        return;
    };
    match team {
        None => {
            rayon::join(
                || add_to_layer(chunks, minibatch, index, scale, layer, None),
                || add_to_layers(chunks, minibatch, index + 1, scale, above, None),
            );
        }
        Some(team) => {
            add_to_layer(chunks, minibatch, index, scale, layer, Some(&mut *team));
            add_to_layers(chunks, minibatch, index + 1, scale, above, Some(team));
        }
    }
}

/// BP3 and BP4 of one layer.
fn add_to_layer<F: Real>(
    chunks: &[Chunk<F>],
    minibatch: &Minibatch<F>,
    index: usize,
    scale: F,
    layer: &mut Layer<F>,
    team: Option<&mut Team>,
) {
    let (n_in, few) = (layer.n_in(), layer.is_for_kernels());
    let parameters = layer.parameters_mut();
    let (rows, stride) = (parameters.rows(), parameters.stride());
    let (weights, biases) = parameters.elements_mut().split_at_mut(n_in * stride);
    for chunk in chunks {
        let sums = chunk.bias_gradients[index].elements();
        for (bias, &sum) in biases.iter_mut().zip(sums) {
            *bias += scale * sum;
        }
    }
    let add = |(block, weights): (usize, &mut [F]), team: &mut Team| {
        let first = block * WEIGHT_BLOCK;
        let columns = first..first + weights.len() / stride;
        for chunk in chunks.iter().filter(|chunk| !chunk.samples.is_empty()) {
            let delta = &chunk.deltas[index];
            let below = match index {
                0 => minibatch.columns(chunk.samples.clone()),
                _ => InputColumns::Dense(DenseColumns::new(
                    chunk.activations.layer(index - 1),
                    0..chunk.samples.len(),
                )),
            };
            match below {
                InputColumns::Sparse(_) | InputColumns::Ink(_) if minibatch.len() >= BY_PIXEL => {
                    let pixels = chunk.inputs_by_pixel.view(columns.clone());
                    add_outer_products_by_row(scale, delta, pixels, weights);
                }
                InputColumns::Ink(samples) => add_outer_products(team, scale, delta, samples, weights),
                InputColumns::Sparse(samples) => {
                    add_outer_products(&mut Team::alone(), scale, delta, samples, weights);
                }
                InputColumns::Dense(samples) if few => {
                    let samples = samples.rows(columns.clone());
                    add_outer_products(&mut Team::alone(), scale, delta, samples, weights);
                }
                InputColumns::Dense(samples) => {
                    let padded = ArrayViewMut2::from_shape((stride, columns.len()).f(), &mut *weights);
                    let mut weights = padded
                        .expect("a block has whole columns")
                        .slice_move(s![..rows, ..]);
                    let delta = DenseColumns::new(delta, 0..chunk.samples.len()).view();
                    let below = samples.rows(columns.clone()).view();
                    general_mat_mul(scale, &delta, &below.t(), F::one(), &mut weights);
                }
            }
        }
    };
    match team {
        None => weights
            .par_chunks_mut(WEIGHT_BLOCK * stride)
            .enumerate()
            .for_each(|block| add(block, &mut Team::alone())),
        Some(team) => add((0, weights), team),
    }
}

impl<F: Real> Chunk<F> {
    fn new(network: &Network<F>, capacity: usize, regularisers: Regularisers) -> Self {
        let sizes = network.sizes();
        let deltas = sizes[1..].iter().map(|&n_out| Matrix::zeros(n_out, capacity));
        let transposed = network.layers()[1..]
            .iter()
            .map(|layer| match layer.is_for_kernels() {
                true => Matrix::zeros(layer.n_in(), layer.n_out()),
                false => Matrix::zeros(0, 0),
            });
        Self {
            samples: 0..0,
            activations: Activations::with_slopes(network, capacity, regularisers.dropout > 0.0),
            deltas: deltas.collect(),
            bias_gradients: sizes[1..].iter().map(|&n_out| Matrix::zeros(n_out, 1)).collect(),
            transposed_weights: transposed.collect(),
            inputs_by_pixel: SparseMatrix::with_capacity(capacity, 0),
            cursors: Vec::new(),
            cost: 0.0,
        }
    }

    /// Feedforward, BP1 and BP2 of the chunk's samples.
    fn backpropagate(
        &mut self,
        network: &Network<F>,
        desired: Desired,
        dropout: Option<Dropout>,
        minibatch: &Minibatch<F>,
        team: &mut Team,
    ) {
        let (functions, len) = (network.functions(), self.samples.len());
        let inputs = minibatch.columns(self.samples.clone());
        self.activations
            .feedforward_with_dropout(network, inputs, dropout, self.samples.start, team);

        let last = network.layers().len() - 1;
        self.cost = 0.0;
        for (k, &label) in minibatch.labels()[self.samples.clone()].iter().enumerate() {
            let outputs = self.activations.outputs().column(k);
            self.cost += functions.cost.of(outputs, label, desired);
            let delta = self.deltas[last].column_mut(k);
            delta.copy_from_slice(outputs);
            functions.cost.subtract_desired(delta, label, desired);
        }
        if functions.cost.keeps_slope() {
            let outputs = self.activations.outputs();
            let used = len * outputs.stride();
            let delta = &mut self.deltas[last].elements_mut()[..used];
            Activation::Sigmoid.multiply_by_derivative(&outputs.elements()[..used], delta);
        }
        self.sum_bias_gradient(last);

        for l in (0..last).rev() {
            let (here, above) = self.deltas.split_at_mut(l + 1);
            network.layers()[l + 1].backward(&above[0], len, &mut self.transposed_weights[l], &mut here[l]);
            self.activations.times_slopes(network, l, len, &mut here[l]);
            self.sum_bias_gradient(l);
        }

        if minibatch.len() >= BY_PIXEL {
            let (by_pixel, cursors) = (&mut self.inputs_by_pixel, &mut self.cursors);
            match inputs {
                InputColumns::Dense(_) => {}
                InputColumns::Sparse(samples) => by_pixel.assign_transpose(samples, network.n_in(), cursors),
                InputColumns::Ink(samples) => by_pixel.assign_transpose(samples, network.n_in(), cursors),
            }
        }
    }

    /// BP3 of layer `l`, while its Δ is at hand.
    fn sum_bias_gradient(&mut self, l: usize) {
        let delta = &self.deltas[l];
        let stride = delta.stride();
        let deltas = &delta.elements()[..self.samples.len() * stride];
        let sums = self.bias_gradients[l].elements_mut();
        vectorized(
            #[inline(always)]
            || {
                sums.fill(F::zero());
                for delta in deltas.chunks_exact(stride) {
                    for (sum, &delta) in sums.iter_mut().zip(delta) {
                        *sum += delta;
                    }
                }
            },
        );
    }
}
