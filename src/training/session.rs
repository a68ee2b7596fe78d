//! A network in training whose caller brings the mini-batches and the learning rates, and may go on at any time.

use crate::error::Result;
use crate::math::real::Real;
use crate::network::Network;
use crate::network::layer::Layer;
use crate::training::gradient::{EngineKind, GradientEngine, Regularisers};
use crate::training::minibatch::Minibatch;
use crate::training::optimizer::{Optimizer, OptimizerOptions};

/// Owns a network and all that its steps need. A [`Trainer`](super::Trainer) borrows its network and reads a data set in epochs.
#[allow(missing_debug_implementations)] // the engine is open to all
pub struct Session<F: Real> {
    network: Network<F>,
    engine: Box<dyn GradientEngine<F>>,
    optimizer: Optimizer<F>,
    regularisers: Regularisers,
    /// The largest mini-batch that the engine has room for.
    capacity: usize,
}

impl<F: Real> Session<F> {
    /// A session of `network`. Penalties are not divided by a number of images: λ/n is what is given.
    ///
    /// # Errors
    /// [`Error::Option`](crate::error::Error::Option) when an option of the optimizer is out of its range.
    ///
    /// ```
    /// use batchprop::math::matrix::Matrix;
    /// use batchprop::training::gradient::Regularisers;
    /// use batchprop::training::session::Session;
    /// use batchprop::{Minibatch, Network, OptimizerOptions};
    ///
    /// let network = Network::<f64>::new(&[4, 3, 2], 0)?;
    /// let mut session = Session::new(network, OptimizerOptions::default(), Regularisers::default())?;
    /// let inputs = Matrix::zeros(4, 5);
    /// let minibatch = Minibatch::dense(&inputs, &[0, 1, 0, 1, 1]);
    /// let first = session.step(&minibatch, 0.5);
    /// assert!(session.step(&minibatch, 0.5) < first);
    /// # Ok::<(), batchprop::Error>(())
    /// ```
    pub fn new(network: Network<F>, options: OptimizerOptions, regularisers: Regularisers) -> Result<Self> {
        options.check()?;
        Ok(Self {
            engine: EngineKind::Batched.build(&network, 0, regularisers),
            optimizer: Optimizer::new(&network, options, 1),
            network,
            regularisers,
            capacity: 0,
        })
    }

    /// A step against the gradient of `minibatch`. The cost before it, summed over the samples by their weights.
    ///
    /// # Panics
    /// When the mini-batch does not fit the network.
    pub fn step(&mut self, minibatch: &Minibatch<F>, learning_rate: f64) -> f64 {
        if minibatch.len() > self.capacity {
            self.capacity = minibatch.len();
            self.engine = EngineKind::Batched.build(&self.network, self.capacity, self.regularisers);
        }
        let minibatch = minibatch.numbered(self.optimizer.steps());
        self.optimizer
            .step(&mut *self.engine, &mut self.network, &minibatch, learning_rate)
    }

    /// Takes other options of the optimizer, for the steps to come.
    ///
    /// # Panics
    /// As [`Optimizer::set_options`].
    pub fn set_options(&mut self, options: OptimizerOptions) {
        self.optimizer.set_options(options, 1);
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network<F> {
        &self.network
    }

    /// The network as it is now, to be changed between steps. Its shape stays.
    pub fn network_mut(&mut self) -> &mut Network<F> {
        &mut self.network
    }

    /// The optimizer, which knows the steps so far and what the rule remembers.
    pub fn optimizer(&self) -> &Optimizer<F> {
        &self.optimizer
    }

    /// Goes on where another session of such a network stood.
    ///
    /// # Errors
    /// Those of [`Optimizer::restore`].
    pub fn restore(&mut self, steps: u64, memories: Vec<Vec<Layer<F>>>) -> Result<()> {
        self.optimizer.restore(steps, memories)
    }

    /// Σ w² over all weights, biases not counted: what an L2 penalty is a multiple of.
    pub fn weights_squared(&self) -> f64 {
        let layers = self.network.layers().iter();
        layers.map(Layer::weights_squared).sum()
    }
}
