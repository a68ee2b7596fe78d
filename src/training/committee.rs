//! What a [`Committee`] predicts, and what it gains over its members.
//!
//! Averaged are [`probabilities`]: softmax outputs as they are, independent sigmoids divided by their sum. The committee's
//! prediction is the class with the largest mean. A committee of one predicts and costs exactly what its network does.

use crate::data::Dataset;
use crate::network::committee::{Committee, mean, with_network};
use crate::network::cost::{Cost, Desired};
use crate::training::confusion::Confusion;
use crate::training::evaluation::{Evaluation, evaluate, outputs, predict, probabilities};

/// Images at once, times members, times classes: a fixed number, which bounds the memory that probabilities take (32 MB).
const AT_ONCE: usize = 1 << 22;

/// The smallest probability of costs: that of single precision, as in [`Cost::of`].
const SMALLEST: f64 = f32::MIN_POSITIVE as f64;

/// What a committee says of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The class with the largest probability, the first of equals.
    pub label: usize,
    /// Of each class, the mean over the members.
    pub probabilities: Vec<f64>,
    /// The class that each member predicts.
    pub members: Vec<usize>,
}

impl Prediction {
    /// How many members predict what the committee does.
    pub fn votes(&self) -> usize {
        let members = self.members.iter();
        members.filter(|&&member| member == self.label).count()
    }
}

/// How a committee and its members classify a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitteeEvaluation {
    /// The committee. Its cost is the log-likelihood cost of the mean probabilities; that of a single network its own.
    pub whole: Evaluation,
    /// Each member, with the log-likelihood cost of its probabilities; a single network as [`Self::whole`].
    pub members: Vec<Evaluation>,
}

impl CommitteeEvaluation {
    /// The evaluation of these and the `other` images together, by the same committee.
    pub fn and(&self, other: &Self) -> Self {
        let members = self.members.iter().zip(&other.members);
        Self {
            whole: self.whole.and(&other.whole),
            members: members.map(|(one, other)| one.and(other)).collect(),
        }
    }
}

/// Predicts every image of `dataset`, in their order. Labels are not used.
///
/// # Panics
/// When images do not have as many pixels as the committee has inputs.
pub fn predictions(committee: &Committee, dataset: &Dataset) -> Vec<Prediction> {
    let blocks = blocks(committee, dataset);
    blocks
        .flat_map(|block| votes(committee, &block))
        .map(summed_up)
        .collect()
}

/// Evaluates the committee and its members. The result does not depend on the number of threads.
///
/// # Panics
/// As [`evaluate`](fn@evaluate).
pub fn evaluate_committee(committee: &Committee, dataset: &Dataset) -> CommitteeEvaluation {
    if let Some(only) = committee.only() {
        let whole = with_network!(only, network => evaluate(network, dataset));
        return CommitteeEvaluation {
            members: vec![whole.clone()],
            whole,
        };
    }
    let none = || Evaluation {
        confusion: Confusion::new(committee.n_out()),
        cost: 0.0,
    };
    let mut members: Vec<Evaluation> = committee.members().iter().map(|_| none()).collect();
    let mut whole = none();
    for block in blocks(committee, dataset) {
        for (vote, &label) in votes(committee, &block).into_iter().zip(block.labels()) {
            let add = |evaluation: &mut Evaluation, class: usize, probabilities: &[f64]| {
                evaluation.confusion.add(label, class as u16, 1);
                let own = probabilities[usize::from(label)].max(SMALLEST);
                evaluation.cost += Cost::LogLikelihood.of(&[own], 0, Desired::UNIT) / dataset.len() as f64;
            };
            for (evaluation, (class, probabilities)) in members.iter_mut().zip(&vote) {
                add(evaluation, *class, probabilities);
            }
            let prediction = summed_up(vote);
            add(&mut whole, prediction.label, &prediction.probabilities);
        }
    }
    CommitteeEvaluation { whole, members }
}

/// Of each member: the class that it predicts for an image, and the probability of each.
type Vote = Vec<(usize, Vec<f64>)>;

/// `dataset` in slices.
fn blocks<'a>(committee: &Committee, dataset: &'a Dataset) -> impl Iterator<Item = Dataset> + 'a {
    let numbers = committee.members().len().saturating_mul(committee.n_out());
    let images = (AT_ONCE / numbers).max(1);
    let starts = (0..dataset.len()).step_by(images);
    starts.map(move |start| dataset.slice(start..dataset.len().min(start + images)))
}

/// The votes on each of `images`.
fn votes(committee: &Committee, images: &Dataset) -> Vec<Vote> {
    let members = committee.members();
    let mut votes = vec![Vote::with_capacity(members.len()); images.len()];
    for member in members {
        with_network!(&member.network, network => {
            let outputs = outputs(network, images);
            for (vote, outputs) in votes.iter_mut().zip(outputs.outer_iter()) {
                let outputs = outputs.to_vec();
                vote.push((predict(&outputs), probabilities(&outputs, network.functions().output)));
            }
        });
    }
    votes
}

fn summed_up(vote: Vote) -> Prediction {
    let probabilities = mean(vote.iter().map(|(_, probabilities)| &probabilities[..]));
    let members: Vec<usize> = vote.iter().map(|(class, _)| *class).collect();
    Prediction {
        // Outputs that differ may round to equal probabilities.
        label: match members[..] {
            [only] => only,
            _ => predict(&probabilities),
        },
        probabilities,
        members,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synthetic;
    use crate::network::Network;
    use crate::network::activation::Activation;
    use crate::network::committee::{AnyNetwork, Member};
    use crate::network::functions::Functions;
    use crate::network::output::Output;

    fn networks() -> [AnyNetwork; 3] {
        let softmax = Functions {
            activation: Activation::Relu,
            output: Output::Softmax,
            cost: Cost::LogLikelihood,
        };
        let single = Network::<f32>::new(&[784, 12, 10], 1).unwrap();
        let double = Network::<f64>::new(&[784, 9, 10], 2).unwrap();
        let wide = Network::<f32>::new(&[784, 30, 20, 10], 3).unwrap();
        [
            AnyNetwork::F32(single),
            AnyNetwork::F64(double.with_functions(softmax).unwrap()),
            AnyNetwork::F32(wide.with_functions(softmax).unwrap()),
        ]
    }

    fn committee(networks: &[AnyNetwork]) -> Committee {
        let member = |network: &AnyNetwork| Member {
            name: "member".into(),
            network: network.clone(),
            class_names: None,
        };
        Committee::new(networks.iter().map(member).collect()).unwrap()
    }

    #[test]
    fn a_committee_of_one_is_its_network_to_the_bit() {
        let digits = synthetic::digits(1, 24, 300);
        for network in networks() {
            let committee = committee(std::slice::from_ref(&network));
            let found = evaluate_committee(&committee, digits.test());
            let (expected, outputs) = with_network!(&network, network => {
                let outputs = outputs(network, digits.test());
                let output = network.functions().output;
                let rows = outputs.outer_iter().map(|row| {
                    let row = row.to_vec();
                    (predict(&row), probabilities(&row, output))
                });
                (evaluate(network, digits.test()), rows.collect::<Vec<_>>())
            });
            assert_eq!(found.whole, expected);
            let predictions = predictions(&committee, digits.test());
            for (prediction, (label, probabilities)) in predictions.into_iter().zip(outputs) {
                assert_eq!(
                    (prediction.label, prediction.probabilities),
                    (label, probabilities)
                );
            }
        }
    }

    #[test]
    fn a_committee_averages_what_its_members_say_alone_on_any_number_of_threads() {
        let digits = synthetic::digits(1, 24, 600);
        let networks = networks();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| {
                let committee = committee(&networks);
                (
                    predictions(&committee, digits.test()),
                    evaluate_committee(&committee, digits.test()),
                )
            })
        };
        let (predicted, evaluation) = on(1);
        assert_eq!((&predicted, &evaluation), (&on(3).0, &on(3).1));

        let alone: Vec<_> = networks
            .iter()
            .map(|network| predictions(&committee(std::slice::from_ref(network)), digits.test()))
            .collect();
        let mut costs = 0.0;
        for (index, prediction) in predicted.iter().enumerate() {
            let votes: Vec<usize> = alone.iter().map(|member| member[index].label).collect();
            assert_eq!(prediction.members, votes);
            for (class, probability) in prediction.probabilities.iter().enumerate() {
                let sum: f64 = alone
                    .iter()
                    .map(|member| member[index].probabilities[class])
                    .sum();
                assert!((probability - sum / 3.0).abs() < 1e-15);
            }
            let label = usize::from(digits.test().labels()[index]);
            costs -= prediction.probabilities[label].max(SMALLEST).ln();
        }
        assert!((evaluation.whole.cost - costs / 600.0).abs() < 1e-12);
        let right = predicted.iter().zip(digits.test().labels());
        let right = right
            .filter(|(it, label)| it.label == usize::from(**label))
            .count();
        assert_eq!(evaluation.whole.correct(), right);
        for (member, network) in evaluation.members.iter().zip(&networks) {
            let own = with_network!(network, network => evaluate(network, digits.test()));
            assert_eq!(member.confusion, own.confusion);
            if network.functions().cost == Cost::LogLikelihood && matches!(network, AnyNetwork::F32(_)) {
                assert!((member.cost - own.cost).abs() < 1e-12);
            }
        }
    }
}
