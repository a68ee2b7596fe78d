//! The forward pass: the activations of every layer, and the slopes if they are needed.

use ndarray::{Array2, ArrayView2};

use crate::math::columns::DenseColumns;
use crate::math::columns::InputColumns;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::network::Network;
use crate::network::activation::multiply_by;
use crate::network::dropout::Dropout;

impl<F: Real> Network<F> {
    /// The outputs (n_out × B) for `inputs` (n_in × B), Nielsen's equation (25): a′ = σ(w a + b).
    ///
    /// # Panics
    /// When `inputs` does not have [`Self::n_in`] rows.
    pub fn feedforward(&self, inputs: ArrayView2<F>) -> Array2<F> {
        assert_eq!(inputs.nrows(), self.n_in(), "the network's inputs");
        let samples = Matrix::from(inputs);
        let mut activations = Activations::new(self, inputs.ncols());
        activations.feedforward(
            self,
            InputColumns::Dense(DenseColumns::new(&samples, 0..inputs.ncols())),
        );
        activations.outputs().view().to_owned()
    }

    /// The activations of every unit for one `input` (n_in), layer by layer, from the first hidden one to the
    /// outputs.
    ///
    /// # Panics
    /// When `input` is not [`Self::n_in`] long.
    ///
    /// ```
    /// let network = batchprop::Network::<f32>::new(&[784, 30, 10], 0)?;
    /// let layers = network.activations(&[0.0; 784]);
    /// assert_eq!((layers[0].len(), layers[1].len()), (30, 10));
    /// # Ok::<(), batchprop::Error>(())
    /// ```
    pub fn activations(&self, input: &[F]) -> Vec<Vec<F>> {
        assert_eq!(input.len(), self.n_in(), "the network's inputs");
        let mut sample = Matrix::zeros(self.n_in(), 1);
        sample.column_mut(0).copy_from_slice(input);
        let mut activations = Activations::new(self, 1);
        activations.feedforward(self, InputColumns::Dense(DenseColumns::new(&sample, 0..1)));
        let layers = 0..self.layers.len();
        layers
            .map(|index| activations.layer(index).column(0).to_vec())
            .collect()
    }
}

/// The activations of every layer for up to `capacity` samples, allocated once and reused.
#[derive(Debug, Clone)]
pub(crate) struct Activations<F: Real> {
    /// Of layer l: (n_out × capacity).
    layers: Vec<Matrix<F>>,
    /// σ′(Z) of hidden layer l, (n_out × capacity); empty where σ′ is not needed, or can be computed from σ.
    slopes: Vec<Matrix<F>>,
}

impl<F: Real> Activations<F> {
    /// Buffers for `capacity` samples in networks like `network`.
    pub fn new(network: &Network<F>, capacity: usize) -> Self {
        let layers = network.layers().iter();
        Self {
            layers: layers
                .map(|layer| Matrix::zeros(layer.n_out(), capacity))
                .collect(),
            slopes: Vec::new(),
        }
    }

    /// The bytes that [`Self::new`] takes for networks of `sizes`: a value for every unit and sample.
    pub fn bytes(sizes: &[usize], capacity: usize) -> u64 {
        let layers = sizes.iter().skip(1);
        layers
            .map(|&n_out| Matrix::<F>::bytes(n_out, capacity))
            .fold(0, u64::saturating_add)
    }

    /// As [`Self::new`], with the slopes that the backward pass needs: after `dropout` they cannot be computed from activations.
    pub fn with_slopes(network: &Network<F>, capacity: usize, dropout: bool) -> Self {
        let mut activations = Self::new(network, capacity);
        if dropout || !network.functions().activation.tells_slope() {
            let hidden = &activations.layers[..activations.layers.len() - 1];
            activations.slopes = hidden.to_vec();
        }
        activations
    }

    /// The activations of hidden layers.
    pub fn hidden_mut(&mut self) -> &mut [Matrix<F>] {
        let hidden = self.layers.len() - 1;
        &mut self.layers[..hidden]
    }

    /// Computes the activations of `inputs` (n_in × B), B at most the capacity.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn feedforward(&mut self, network: &Network<F>, inputs: InputColumns<F>) {
        self.feedforward_with_dropout(network, inputs, None, 0);
    }

    /// As [`Self::feedforward`], with dropout. `first` is the place of the first sample in its
    /// mini-batch.
    ///
    /// # Panics
    /// Also with dropout, if the slopes were not allocated.
    pub fn feedforward_with_dropout(
        &mut self,
        network: &Network<F>,
        inputs: InputColumns<F>,
        dropout: Option<Dropout>,
        first: usize,
    ) {
        let (len, functions) = (inputs.len(), network.functions());
        let last = network.layers().len() - 1;
        for (index, layer) in network.layers().iter().enumerate() {
            let (below, here) = self.layers.split_at_mut(index);
            let below = match below.last() {
                None => inputs,
                Some(matrix) => InputColumns::Dense(DenseColumns::new(matrix, 0..len)),
            };
            let here = &mut here[0];
            layer.forward(below, here);
            if index == last {
                functions.output.apply(here, len);
                continue;
            }
            let used = len * here.stride();
            let activations = &mut here.elements_mut()[..used];
            match self.slopes.get_mut(index) {
                None => functions.activation.apply(activations),
                Some(slopes) => {
                    let slopes = &mut slopes.elements_mut()[..used];
                    functions.activation.apply_with_slopes(activations, slopes);
                }
            }
            if let Some(dropout) = dropout {
                let slopes = &mut self.slopes[index];
                for k in 0..len {
                    dropout.apply(first + k, index, here.column_mut(k), slopes.column_mut(k));
                }
            }
        }
    }

    /// Δ ← Δ ⊙ σ′(Z) of hidden layer `index`, in the first `len` columns. The padding of Δ is 0 and stays so.
    pub fn times_slopes(&self, network: &Network<F>, index: usize, len: usize, delta: &mut Matrix<F>) {
        let used = len * delta.stride();
        let delta = &mut delta.elements_mut()[..used];
        match self.slopes.get(index) {
            Some(slopes) => multiply_by(&slopes.elements()[..used], delta),
            None => {
                let activations = &self.layers[index].elements()[..used];
                network
                    .functions()
                    .activation
                    .multiply_by_derivative(activations, delta);
            }
        }
    }

    /// Layer `index`'s activations: (n_out × capacity).
    pub fn layer(&self, index: usize) -> &Matrix<F> {
        &self.layers[index]
    }

    /// The outputs: (n_out × capacity).
    pub fn outputs(&self) -> &Matrix<F> {
        &self.layers[self.layers.len() - 1]
    }
}
