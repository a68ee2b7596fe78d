//! The whole mini-batch as matrices, in fixed chunks over the cores.
//!
//! With A⁰ = X (n_in × B) and one column a sample, the four equations become
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

use std::ops::Range;
use std::sync::Arc;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayViewMut2, ShapeBuilder, s};
use rayon::prelude::*;

use super::{GradientEngine, Regularisers};
use crate::math::columns::DenseColumns;
use crate::math::columns::InputColumns;
use crate::math::columns::SparseMatrix;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::math::simd::vectorized;
use crate::network::Network;
use crate::network::activation::Activation;
use crate::network::cost::Desired;
use crate::network::dropout::Dropout;
use crate::network::forward::Activations;
use crate::network::functions::Functions;
use crate::network::layer::{Layer, is_for_kernels};
use crate::training::members::{Members, Others, part};
use crate::training::minibatch::Minibatch;

/// Samples in a chunk, at least and at most: two chunks from twice the least on. Smaller ones read the weights
/// too often for the work they share out.
const CHUNK: Range<usize> = 32..64;

/// From this mini-batch size on, enough samples share a pixel that summing their gradients by pixel pays for
/// sorting them so.
const BY_PIXEL: usize = 32;

/// Columns of a weight matrix in one task of BP4.
const WEIGHT_BLOCK: usize = 56;

/// Below this many multiplications a mini-batch is not worth a second core.
const PARALLEL_MULTIPLICATIONS: usize = 1 << 21;

/// The whole mini-batch at once.
#[derive(Debug)]
pub struct Batched<F: Real> {
    desired: Desired,
    regularisers: Regularisers,
    /// Samples in a chunk.
    chunk: usize,
    chunks: Vec<Chunk<F>>,
    /// Those that share the mini-batches, where there are others.
    members: Option<Others>,
}

/// Some columns of a mini-batch, and their way through the network.
#[derive(Debug)]
struct Chunk<F: Real> {
    samples: Range<usize>,
    activations: Activations<F>,
    /// Δ of layer l: (n_out × chunk).
    deltas: Vec<Matrix<F>>,
    /// Δ 1 of layer l: (n_out × 1), summed by the core that has Δ at hand.
    bias_gradients: Vec<Matrix<F>>,
    /// Scratch for (Wˡ)ᵀ of the layers that have one below: (n_in × n_out); empty where BLAS needs no transpose.
    transposed_weights: Vec<Matrix<F>>,
    /// Sparse inputs by pixel, (chunk × n_in), where they are summed so: its memory is taken by the first of them.
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
            members: None,
        }
    }

    /// The smallest mini-batch that members share, in training a network of `sizes`: smaller ones are not worth more than one
    /// core, and every member computes them whole.
    pub fn shared_from(sizes: &[usize]) -> usize {
        parallel_from(sizes.windows(2).map(|pair| pair[0] * pair[1]))
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

    /// The largest number of bytes that the engine gathers from other members at once.
    pub(super) fn gathered_bytes(sizes: &[usize], capacity: usize) -> u64 {
        if capacity < Self::shared_from(sizes) {
            return 0;
        }
        let weights = sizes.windows(2).map(|pair| Matrix::<F>::bytes(pair[1], pair[0]));
        // Activations and errors.
        let chunks = Activations::<F>::bytes(sizes, capacity).saturating_mul(2);
        weights.fold(chunks, u64::max)
    }

    /// Samples in a chunk of mini-batches of up to `capacity`.
    fn chunk(capacity: usize) -> usize {
        (capacity / 2).clamp(CHUNK.start, CHUNK.end)
    }
}

/// Whether a mini-batch is worth more than one core, by its size and the largest layer.
fn is_parallel<F: Real>(layers: &[Layer<F>], batch_size: usize) -> bool {
    batch_size >= parallel_from(layers.iter().map(|layer| layer.n_in() * layer.n_out()))
}

/// The smallest mini-batch that is worth more than one core, in a network whose layers have these numbers of weights.
fn parallel_from(weights: impl Iterator<Item = usize>) -> usize {
    let largest = weights.max().unwrap_or(0).max(1);
    PARALLEL_MULTIPLICATIONS.div_ceil(largest).max(BY_PIXEL)
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
        let run = |chunk: &mut Chunk<F>| {
            chunk.backpropagate(network, desired, dropout, minibatch);
            chunk.sort_inputs(minibatch);
        };
        match (is_parallel(network.layers(), minibatch.len()), &mut self.members) {
            (false, _) => self.chunks.iter_mut().for_each(run),
            (true, None) => self.chunks.par_iter_mut().for_each(run),
            (true, Some(shared)) => {
                let used = minibatch.len().div_ceil(self.chunk);
                let own = shared.part(used);
                self.chunks.par_iter_mut().enumerate().for_each(|(index, chunk)| {
                    // Chunks that a short mini-batch leaves empty are of nobody.
                    if own.contains(&index) || index >= used {
                        chunk.backpropagate(network, desired, dropout, minibatch);
                    }
                    // The weights of a member are multiplied by the inputs of all samples.
                    chunk.sort_inputs(minibatch);
                });
                shared.gather_chunks(&mut self.chunks[..used]);
            }
        }
        self.chunks.iter().map(|chunk| chunk.cost).sum()
    }

    fn add_gradient(&mut self, minibatch: &Minibatch<F>, scale: F, target: &mut [Layer<F>]) {
        let parallel = is_parallel(target, minibatch.len());
        match self.members.as_mut().filter(|_| parallel) {
            None => add_to_layers(&self.chunks, minibatch, 0, scale, target, parallel),
            Some(shared) => {
                for (index, layer) in target.iter_mut().enumerate() {
                    let own = shared.part(blocks(layer));
                    add_to_layer(&self.chunks, minibatch, index, scale, layer, Some(own));
                    shared.gather_weights(layer);
                }
            }
        }
    }

    /// Shares each mini-batch that is worth more than one core. A member computes its part of the chunks, and gathers activations,
    /// errors and costs from the others; then it adds all chunks to its part of the blocks of weights, and gathers the others'.
    /// The bits are those of one member.
    fn share_with(&mut self, members: Arc<dyn Members>) {
        self.members = Some(Others::new(members));
    }
}

/// BP3 and BP4 of layer `index` and all above it.
fn add_to_layers<F: Real>(
    chunks: &[Chunk<F>],
    minibatch: &Minibatch<F>,
    index: usize,
    scale: F,
    layers: &mut [Layer<F>],
    parallel: bool,
) {
    let Some((layer, above)) = layers.split_first_mut() else {
        return;
    };
    let mut rest = || add_to_layers(chunks, minibatch, index + 1, scale, above, parallel);
    if parallel {
        rayon::join(
            || {
                let all = 0..blocks(layer);
                add_to_layer(chunks, minibatch, index, scale, layer, Some(all));
            },
            rest,
        );
    } else {
        add_to_layer(chunks, minibatch, index, scale, layer, None);
        rest();
    }
}

/// Blocks of columns of the weights of a layer.
fn blocks<F: Real>(layer: &Layer<F>) -> usize {
    layer.n_in().div_ceil(WEIGHT_BLOCK)
}

/// BP3 of one layer, and BP4 of these blocks of its weights in parallel, or of all by one core.
fn add_to_layer<F: Real>(
    chunks: &[Chunk<F>],
    minibatch: &Minibatch<F>,
    index: usize,
    scale: F,
    layer: &mut Layer<F>,
    parallel: Option<Range<usize>>,
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
    let add = |(block, weights): (usize, &mut [F])| {
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
                    F::add_outer_products_by_row(scale, delta, pixels, weights);
                }
                InputColumns::Dense(samples) if few => {
                    let samples = InputColumns::Dense(samples.rows(columns.clone()));
                    F::add_outer_products(scale, delta, samples, weights);
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
                below => F::add_outer_products(scale, delta, below, weights),
            }
        }
    };
    match parallel {
        Some(own) => {
            let start = |block: usize| n_in.min(block * WEIGHT_BLOCK) * stride;
            weights[start(own.start)..start(own.end)]
                .par_chunks_mut(WEIGHT_BLOCK * stride)
                .enumerate()
                .for_each(|(index, weights)| add((own.start + index, weights)));
        }
        None => add((0, weights)),
    }
}

impl Others {
    /// The parts of all members of things in a row that begin at `starts`, the last of which is the end.
    fn parts(&self, starts: &[usize]) -> Vec<Range<usize>> {
        let members = self.members.count();
        let part = |rank| part(starts.len() - 1, rank, members);
        (0..members)
            .map(part)
            .map(|part| starts[part.start]..starts[part.end])
            .collect()
    }

    /// Gathers what each member computed of its chunks.
    fn gather_chunks<F: Real>(&mut self, chunks: &mut [Chunk<F>]) {
        let mut starts = vec![0];
        for chunk in chunks.iter_mut() {
            let numbers: usize = chunk.computed().0.map(|numbers| size_of_val(numbers)).sum();
            starts.push(starts[starts.len() - 1] + numbers + size_of::<f64>());
        }
        self.gathered.resize(starts[chunks.len()], 0);
        let own = self.part(chunks.len());
        for (chunk, start) in chunks[own.clone()].iter_mut().zip(&starts[own.clone()]) {
            let mut room = &mut self.gathered[*start..];
            let (numbers, cost) = chunk.computed();
            for numbers in numbers {
                let bytes = bytemuck::cast_slice(numbers);
                room.split_off_mut(..bytes.len())
                    .expect("the room of the chunk")
                    .copy_from_slice(bytes);
            }
            room[..size_of::<f64>()].copy_from_slice(&cost.to_ne_bytes());
        }
        let parts = self.parts(&starts);
        self.members.gather(&mut self.gathered, &parts);
        for (index, chunk) in chunks
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| !own.contains(index))
        {
            let mut room = &self.gathered[starts[index]..];
            let (numbers, cost) = chunk.computed();
            for numbers in numbers {
                let bytes: &mut [u8] = bytemuck::cast_slice_mut(numbers);
                bytes.copy_from_slice(room.split_off(..bytes.len()).expect("the room of the chunk"));
            }
            *cost = f64::from_ne_bytes(*room.first_chunk().expect("the room of the chunk"));
        }
    }

    /// Gathers the blocks of weights of a layer.
    fn gather_weights<F: Real>(&mut self, layer: &mut Layer<F>) {
        let (count, n_in) = (blocks(layer), layer.n_in());
        let (weights, _) = layer.elements_mut();
        let column = size_of_val(weights) / n_in;
        let starts: Vec<usize> = (0..=count)
            .map(|block| n_in.min(block * WEIGHT_BLOCK) * column)
            .collect();
        let parts = self.parts(&starts);
        self.members.gather(bytemuck::cast_slice_mut(weights), &parts);
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
    ) {
        let (functions, len) = (network.functions(), self.samples.len());
        let inputs = minibatch.columns(self.samples.clone());
        self.activations
            .feedforward_with_dropout(network, inputs, dropout, self.samples.start);

        let last = network.layers().len() - 1;
        self.cost = 0.0;
        for (k, &label) in minibatch.labels()[self.samples.clone()].iter().enumerate() {
            let outputs = self.activations.outputs().column(k);
            let cost = functions.cost.of(outputs, label, desired);
            let delta = self.deltas[last].column_mut(k);
            delta.copy_from_slice(outputs);
            functions.cost.subtract_desired(delta, label, desired);
            match minibatch.weight(self.samples.start + k) {
                None => self.cost += cost,
                Some(weight) => {
                    self.cost += weight * cost;
                    delta.iter_mut().for_each(|delta| *delta *= F::of(weight));
                }
            }
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
    }

    /// Sorts the inputs of the chunk by pixel, where they are summed so.
    fn sort_inputs(&mut self, minibatch: &Minibatch<F>) {
        if minibatch.len() >= BY_PIXEL {
            let inputs = minibatch.columns(self.samples.clone());
            let (by_pixel, cursors) = (&mut self.inputs_by_pixel, &mut self.cursors);
            match inputs {
                InputColumns::Dense(_) => {}
                InputColumns::Sparse(samples) => {
                    by_pixel.assign_transpose(samples, minibatch.n_in(), cursors)
                }
                InputColumns::Ink(samples) => by_pixel.assign_transpose(samples, minibatch.n_in(), cursors),
            }
        }
    }

    /// What other members need of this chunk: activations of hidden layers, errors and their sums, and the cost.
    fn computed(&mut self) -> (impl Iterator<Item = &mut [F]>, &mut f64) {
        let len = self.samples.len();
        let hidden = self.activations.hidden_mut();
        let columns = hidden.iter_mut().chain(&mut self.deltas).map(move |matrix| {
            let used = len * matrix.stride();
            &mut matrix.elements_mut()[..used]
        });
        let sums = self.bias_gradients.iter_mut().map(Matrix::elements_mut);
        (columns.chain(sums), &mut self.cost)
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
