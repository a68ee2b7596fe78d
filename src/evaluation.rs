//! How good a network is on images it did not learn from, computed over all cores.

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};

use crate::activations::Activations;
use crate::cost::Desired;
use crate::dataset::Dataset;
use crate::minibatch::{InputForm, Minibatch};
use crate::network::Network;
use crate::real::Real;

/// Images in one task: a fixed number, so that sums do not depend on the number of threads.
pub(crate) const CHUNK: usize = 250;

/// What a network makes of a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Row: label; column: prediction; value: images.
    pub confusion: Array2<usize>,
    /// The network's cost, averaged over the images; of unsmoothed labels, without penalties.
    #[serde(deserialize_with = "number")]
    pub cost: f64,
}

/// JSON has no word for what is no finite number, and null instead.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Evaluation {
    /// Images whose prediction is their label.
    pub fn correct(&self) -> usize {
        self.confusion.diag().sum()
    }

    /// The part of the images whose prediction is their label, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.correct() as f64 / self.images() as f64
    }

    /// Images.
    pub fn images(&self) -> usize {
        self.confusion.sum()
    }
}

/// Predicts every image of `dataset`: the largest output, the first of equals.
///
/// # Panics
/// When the network's inputs are not the data set's, or a label has no output.
pub fn evaluate<F: Real>(network: &Network<F>, dataset: &Dataset) -> Evaluation {
    let (n_out, cost_function) = (network.n_out(), network.functions().cost);
    let starts: Vec<usize> = (0..dataset.len()).step_by(CHUNK).collect();
    let parts: Vec<(Array2<usize>, f64)> = starts
        .into_par_iter()
        .map_init(
            || {
                let minibatch = Minibatch::new(dataset, CHUNK, InputForm::Auto);
                (minibatch, Activations::new(network, CHUNK))
            },
            |(minibatch, activations), start| {
                let end = dataset.len().min(start + CHUNK);
                let indices: Vec<u32> = (start as u32..end as u32).collect();
                minibatch.gather(dataset, &indices, &[]);
                activations.feedforward(network, minibatch.columns(0..minibatch.len()));
                let mut confusion = Array2::zeros((n_out, n_out));
                let mut cost = 0.0;
                for (k, &label) in minibatch.labels().iter().enumerate() {
                    let outputs = activations.outputs().column(k);
                    confusion[(usize::from(label), predict(outputs))] += 1;
                    cost += cost_function.of(outputs, label, Desired::UNIT);
                }
                (confusion, cost)
            },
        )
        .collect();
    let mut confusion = Array2::zeros((n_out, n_out));
    let mut cost = 0.0;
    for (part, part_cost) in parts {
        confusion += &part;
        cost += part_cost;
    }
    Evaluation {
        confusion,
        cost: cost / dataset.len() as f64,
    }
}

/// The class with the largest output, the first of equals.
///
/// # Panics
/// When there is no output.
pub fn predict<F: Real>(outputs: &[F]) -> usize {
    let mut best = 0;
    for (class, &output) in outputs.iter().enumerate() {
        if output > outputs[best] {
            best = class;
        }
    }
    best
}
