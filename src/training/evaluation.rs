//! How well a network classifies a data set, computed on all cores.

use std::ops::Range;

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};

use crate::data::Dataset;
use crate::math::matrix::Matrix;
use crate::math::real::Real;
use crate::network::Network;
use crate::network::cost::Desired;
use crate::network::forward::Activations;
use crate::network::output::Output;
use crate::training::confusion::Confusion;
use crate::training::members::{Members, gather, part};
use crate::training::minibatch::{Gathered, InputForm};
use crate::training::rows::{Rows, Taken};

/// Images in one task: a fixed number, so that sums do not depend on the number of threads.
const CHUNK: usize = 250;

/// How a network classifies a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Of each label, how many images were predicted as which class.
    pub confusion: Confusion,
    /// The network's cost, averaged over the images; of unsmoothed labels, without penalties.
    pub cost: f64,
}

/// An [`Evaluation`] without its confusion matrix: kept for each epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Images whose prediction is their label.
    pub correct: usize,
    /// Number of images.
    pub images: usize,
    /// [`Evaluation::cost`].
    #[serde(deserialize_with = "number")]
    pub cost: f64,
}

impl Score {
    /// The part of the images whose prediction is their label, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images as f64
    }
}

impl From<&Evaluation> for Score {
    fn from(evaluation: &Evaluation) -> Self {
        Self {
            correct: evaluation.correct(),
            images: evaluation.images(),
            cost: evaluation.cost,
        }
    }
}

/// Reads a number that may be null: JSON has no NaN and no infinity.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Evaluation {
    /// Images whose prediction is their label.
    pub fn correct(&self) -> usize {
        self.confusion.right().iter().sum()
    }

    /// The part of the images whose prediction is their label, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.correct() as f64 / self.images() as f64
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.confusion.entries().map(|(.., images)| images).sum()
    }

    /// The evaluation of these and the `other` images together. Both have the same number of classes.
    pub fn and(&self, other: &Self) -> Self {
        let cost = |evaluation: &Self| evaluation.cost * evaluation.images() as f64;
        let mut confusion = self.confusion.clone();
        confusion.add_all(&other.confusion);
        Self {
            confusion,
            cost: (cost(self) + cost(other)) / (self.images() + other.images()) as f64,
        }
    }

    /// Precision, recall and F1 of each class.
    pub fn classes(&self) -> Vec<ClassScores> {
        let confusion = &self.confusion;
        let (right, labelled, predicted) = (confusion.right(), confusion.labelled(), confusion.predicted());
        let of = |class: usize| {
            let (correct, images, predicted) = (right[class], labelled[class], predicted[class]);
            let part = |number: usize, of: usize| (of > 0).then(|| number as f64 / of as f64);
            ClassScores {
                precision: part(correct, predicted),
                recall: part(correct, images),
                f1: part(2 * correct, images + predicted),
                images,
            }
        };
        (0..confusion.classes()).map(of).collect()
    }

    /// The averages of [`Self::classes`], as in scikit-learn's `classification_report`: over the classes that are labels or
    /// predictions. What is undefined counts as 0, as with its `zero_division=0`.
    pub fn averages(&self) -> Averages {
        let predicted = self.confusion.predicted();
        let classes = self.classes().into_iter().zip(predicted);
        let classes: Vec<ClassScores> = classes
            .filter(|(scores, predicted)| scores.images + predicted > 0)
            .map(|(scores, _)| scores)
            .collect();
        let average = |weight: &dyn Fn(&ClassScores) -> f64| {
            let all: f64 = classes.iter().map(weight).sum();
            let of = |score: &dyn Fn(&ClassScores) -> Option<f64>| {
                let sum: f64 = classes
                    .iter()
                    .map(|scores| weight(scores) * score(scores).unwrap_or(0.0))
                    .sum();
                Some(sum / all)
            };
            ClassScores {
                precision: of(&|scores| scores.precision),
                recall: of(&|scores| scores.recall),
                f1: of(&|scores| scores.f1),
                images: self.images(),
            }
        };
        Averages {
            unweighted: average(&|_| 1.0),
            weighted: average(&|scores| scores.images as f64),
        }
    }
}

/// The scores of all classes together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Averages {
    /// Every class counts the same: scikit-learn's "macro avg".
    pub unweighted: ClassScores,
    /// Every class counts by its number of images: "weighted avg".
    pub weighted: ClassScores,
}

/// How well one class is distinguished from the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassScores {
    /// Of the images predicted as this class, the part that belongs to it; `None` where there are none.
    pub precision: Option<f64>,
    /// Of the images of this class, the part that was predicted as it; `None` where there are none.
    pub recall: Option<f64>,
    /// The harmonic mean of both: 2 · correct / (images of the class + images predicted as it).
    pub f1: Option<f64>,
    /// Images of this class.
    pub images: usize,
}

/// Predicts every image of `dataset`: the largest output, the first of equals.
///
/// # Panics
/// When images do not have as many pixels as the network has inputs, or a label has no output.
pub fn evaluate<F: Real>(network: &Network<F>, dataset: &Dataset) -> Evaluation {
    evaluate_by(None, network, dataset)
}

/// As [`evaluate`], of which each of the members, where there are any, computes its part of the chunks.
pub(super) fn evaluate_by<F: Real>(
    members: Option<&dyn Members>,
    network: &Network<F>,
    dataset: &Dataset,
) -> Evaluation {
    let (n_out, cost_function) = (network.n_out(), network.functions().cost);
    let chunks = dataset.len().div_ceil(CHUNK);
    let own = members.map_or(0..chunks, |it| part(chunks, it.rank(), it.count()));
    let parts = in_chunks(network, dataset, own.clone(), |outputs, labels| {
        let mut predictions = Vec::with_capacity(labels.len());
        let mut cost = 0.0;
        for (k, &label) in labels.iter().enumerate() {
            let outputs = outputs.column(k);
            predictions.push(predict(outputs) as u16);
            cost += cost_function.of(outputs, label, Desired::UNIT);
        }
        (predictions, cost)
    });
    let mut classes = vec![0; chunks * CHUNK];
    let mut costs = vec![0.0; chunks];
    for (chunk, (predictions, cost)) in own.zip(parts) {
        classes[chunk * CHUNK..][..predictions.len()].copy_from_slice(&predictions);
        costs[chunk] = cost;
    }
    if let Some(members) = members {
        gather(members, &mut classes, chunks);
        gather(members, &mut costs, chunks);
    }
    let mut confusion = Confusion::new(n_out);
    for (&label, class) in dataset.labels().iter().zip(classes) {
        confusion.add(label, class, 1);
    }
    let cost: f64 = costs.into_iter().fold(0.0, |sum, cost| sum + cost);
    Evaluation {
        confusion,
        cost: cost / dataset.len() as f64,
    }
}

/// The outputs for every image of `dataset`, one row per image: (images × n_out), on all cores. Labels are not used.
///
/// # Panics
/// When images do not have as many pixels as the network has inputs.
pub fn outputs<F: Real>(network: &Network<F>, dataset: &Dataset) -> Array2<F> {
    let n_out = network.n_out();
    let chunks = 0..dataset.len().div_ceil(CHUNK);
    let parts = in_chunks(network, dataset, chunks, |outputs, labels| {
        let columns = (0..labels.len()).flat_map(|k| outputs.column(k).iter().copied());
        columns.collect::<Vec<F>>()
    });
    let outputs = parts.concat();
    Array2::from_shape_vec((dataset.len(), n_out), outputs).expect("one row per image")
}

/// The bytes that evaluating a network of `sizes` on `images` images takes, over all threads of the rayon pool.
pub(super) fn bytes<F: Real>(sizes: &[usize], images: usize) -> u64 {
    let chunk = CHUNK.min(images);
    let at_once = rayon::current_num_threads().min(images.div_ceil(CHUNK));
    Taken::<F>::bytes(sizes[0], chunk)
        .saturating_add(Activations::<F>::bytes(sizes, chunk))
        .saturating_mul(at_once as u64)
}

/// Calls `of` with the outputs (n_out × B) and labels of these [`CHUNK`]s of images, and returns its results in order.
fn in_chunks<F: Real, T: Send>(
    network: &Network<F>,
    dataset: &Dataset,
    chunks: Range<usize>,
    of: impl Fn(&Matrix<F>, &[u16]) -> T + Sync,
) -> Vec<T> {
    assert_eq!(
        dataset.inputs(),
        network.n_in(),
        "inputs of the data set and of the network"
    );
    // Once, by all threads.
    let ink = dataset.ink_if_read_again();
    let rows = Rows::of_images(dataset);
    chunks
        .into_par_iter()
        .map_init(
            || {
                let gathered = ink.map(|_| Gathered::new(dataset, CHUNK, InputForm::Auto));
                (gathered, Taken::new(), Activations::new(network, CHUNK))
            },
            |(gathered, taken, activations), chunk| {
                let images = chunk * CHUNK..dataset.len().min((chunk + 1) * CHUNK);
                let inked = || dataset.slice(images.clone()).inked();
                // As `Taken` decides: so whether there is an ink list changes no bit.
                let most = rows.most_if_sparse::<F>(images.len());
                let by_ink = |_: &&mut _| inked() <= most.map(|most| most as u64);
                let inputs = match gathered.as_mut().filter(by_ink) {
                    Some(gathered) => {
                        let indices: Vec<u32> = (images.start as u32..images.end as u32).collect();
                        gathered.gather(dataset, &indices, &[]).columns(0..images.len())
                    }
                    None => {
                        taken.take(&rows, images.clone());
                        taken.columns()
                    }
                };
                activations.feedforward(network, inputs);
                of(activations.outputs(), &dataset.labels()[images])
            },
        )
        .collect()
}

/// The probability of each class, from an image's `outputs`: those of softmax are probabilities; independent sigmoids are
/// divided by their sum, as scikit-learn does for one-vs-rest classifiers. Where all are 0, all classes are equally likely.
pub fn probabilities<F: Real>(outputs: &[F], output: Output) -> Vec<f64> {
    let outputs: Vec<f64> = outputs.iter().map(|&output| output.as_f64()).collect();
    let sum: f64 = outputs.iter().sum();
    match output {
        Output::Softmax => outputs,
        Output::Sigmoid if sum > 0.0 => outputs.iter().map(|output| output / sum).collect(),
        Output::Sigmoid => vec![1.0 / outputs.len() as f64; outputs.len()],
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

#[cfg(test)]
mod tests {
    use ndarray::s;

    use super::*;
    use crate::data::synthetic;
    use crate::images::pixels::{ImageShape, Pixels};

    /// The first evaluation reads the pixels, later ones the ink list, where there is one.
    #[test]
    fn every_evaluation_of_the_same_images_has_the_same_bits() {
        let shape = ImageShape { rows: 4, columns: 5 };
        let images = 3 * CHUNK - 7;
        let network = Network::<f32>::new(&[20, 7, 3], 1).unwrap();
        // For each chunk: every pixel is inked (1), every second (2), and so on.
        for steps in [[3, 3, 3], [3, 1, 4], [1, 1, 3], [2, 2, 2]] {
            let level = |index: usize| {
                let is_inked = index.is_multiple_of(steps[index / 20 / CHUNK]);
                if is_inked { (index % 255 + 1) as u8 } else { 0 }
            };
            let levels: Vec<u8> = (0..20 * images).map(level).collect();
            let floats = |shades: usize| {
                let float = |(index, &level): (usize, &u8)| f32::from(level) / (251 + index % shades) as f32;
                Pixels::Floats(levels.iter().enumerate().map(float).collect())
            };
            for pixels in [Pixels::Bytes(levels.clone()), floats(1), floats(100)] {
                let set = || Dataset::new(pixels.clone(), vec![0u8; images], shape, "test").unwrap();
                let dataset = set();
                let first = outputs(&network, &dataset);
                assert_eq!(first, outputs(&network, &dataset));
                let dataset = set();
                dataset.ink();
                assert_eq!(first, outputs(&network, &dataset));
                assert_eq!(
                    first.slice(s![CHUNK.., ..]),
                    outputs(&network, &dataset.slice(CHUNK..images))
                );
            }
        }
    }

    #[test]
    fn precision_recall_and_f1_are_those_of_the_textbook() {
        let mut confusion = Confusion::new(3);
        for (label, class, images) in [(0, 0, 3), (0, 1, 1), (1, 0, 2), (1, 1, 4)] {
            confusion.add(label, class, images);
        }
        let evaluation = Evaluation { confusion, cost: 0.0 };
        let [zero, one, two] = evaluation.classes().try_into().unwrap();
        let scores = |scores: ClassScores| (scores.precision, scores.recall, scores.f1, scores.images);
        assert_eq!(scores(zero), (Some(0.6), Some(0.75), Some(6.0 / 9.0), 4));
        assert_eq!(scores(one), (Some(0.8), Some(4.0 / 6.0), Some(8.0 / 11.0), 6));
        assert_eq!(scores(two), (None, None, None, 0));
    }

    /// What scikit-learn 1.9's `classification_report` prints of the same labels and predictions.
    #[test]
    fn averages_are_those_of_classification_report() {
        let mut confusion = Confusion::new(6);
        for (label, class, images) in [(0, 0, 3), (0, 1, 1), (1, 0, 2), (1, 1, 4), (3, 1, 5), (0, 4, 2)] {
            confusion.add(label, class, images);
        }
        let averages = Evaluation { confusion, cost: 0.0 }.averages();
        for (found, expected) in [
            (
                averages.unweighted,
                [0.25, 0.291_666_666_666_666_63, 0.261_363_636_363_636_35],
            ),
            (
                averages.weighted,
                [
                    0.352_941_176_470_588_26,
                    0.411_764_705_882_352_9,
                    0.368_983_957_219_251_3,
                ],
            ),
        ] {
            let scores = [found.precision, found.recall, found.f1].map(Option::unwrap);
            for (found, expected) in scores.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-15, "{found} {expected}");
            }
            assert_eq!(found.images, 17);
        }
    }

    #[test]
    fn outputs_come_in_the_order_of_the_images_whatever_the_threads() {
        let digits = synthetic::digits(1, 24, 3 * CHUNK + 7);
        let network = Network::<f32>::new(&[784, 12, 10], 3).unwrap();
        let outputs_on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| outputs(&network, digits.test()))
        };
        let all = outputs_on(1);
        assert_eq!(all, outputs_on(3));
        assert_eq!(all.dim(), (3 * CHUNK + 7, 10));
        let correct = all.outer_iter().zip(digits.test().labels());
        let correct = correct.filter(|(row, label)| predict(row.as_slice().unwrap()) == usize::from(**label));
        assert_eq!(correct.count(), evaluate(&network, digits.test()).correct());
        for index in [0, CHUNK - 1, CHUNK, 3 * CHUNK + 6] {
            let one = outputs(&network, &digits.test().slice(index..index + 1));
            let difference = (&one.row(0) - &all.row(index)).mapv(f32::abs).sum();
            assert!(difference < 1e-5, "image {index}: {difference}");
        }
    }

    /// Images with more pixels than the network has inputs were once evaluated, if all their inked pixels had one.
    #[test]
    #[should_panic(expected = "inputs of the data set and of the network")]
    fn a_data_set_with_fewer_pixels_than_the_network_has_inputs_has_no_outputs() {
        let digits = synthetic::digits(1, 24, 12);
        assert!(digits.test().inked().is_some());
        outputs(&Network::<f32>::new(&[785, 12, 10], 3).unwrap(), digits.test());
    }

    #[test]
    fn probabilities_sum_to_one() {
        assert_eq!(probabilities(&[0.25_f64, 0.75], Output::Softmax), [0.25, 0.75]);
        assert_eq!(
            probabilities(&[0.5_f64, 0.0, 0.5], Output::Sigmoid),
            [0.5, 0.0, 0.5]
        );
        assert_eq!(probabilities(&[0.1_f32, 0.1], Output::Sigmoid), [0.5, 0.5]);
        assert_eq!(probabilities(&[0.0_f32; 4], Output::Sigmoid), [0.25; 4]);
    }
}
