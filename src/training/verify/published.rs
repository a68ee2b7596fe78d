//! Short trainings whose weights are published: on every machine the same, to the last bit.
//!
//! The first three are the recipes `article`, `book` and `fast`, for three epochs. The others together have every
//! activation, output, cost, initialisation, optimizer, penalty, schedule and regulariser that the crate's own kernels
//! compute, small and large mini-batches, and hidden layers of all sizes that the kernels treat differently.

use std::ops::ControlFlow;

use crate::data::augment::Augmentation;
use crate::data::{TrainOn, synthetic};
use crate::error::Result;
use crate::math::real::{Precision, Real};
use crate::network::activation::Activation::{self, Gelu, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
use crate::network::cost::Cost::{self, CrossEntropy, LogLikelihood, Quadratic};
use crate::network::functions::Functions;
use crate::network::initialisation::Initialisation::{self, He, Normal, Normalised, Xavier};
use crate::network::output::Output;
use crate::training::many::Run;
use crate::training::optimizer::{Moments, OptimizerOptions, Penalties, Rule};
use crate::training::schedule::Schedule;
use crate::training::{TrainingData, TrainingOptions, train};

/// Synthetic digits of seed 0 that are trained on.
pub const IMAGES: usize = 120;

/// Epochs.
pub const EPOCHS: usize = 3;

/// A short training, and the SHA-256 of its weights.
#[derive(Debug, Clone)]
pub struct Published {
    /// The recipe's name, or what is special about it.
    pub name: &'static str,
    /// Everything but the images.
    pub run: Run,
    /// Of the weights in `f32` and in `f64`, as [`Network::sha256`](crate::Network::sha256) makes it.
    pub sha256: [&'static str; 2],
}

impl Published {
    /// The published sum.
    pub fn expected<F: Real>(&self) -> &'static str {
        self.sha256[usize::from(F::PRECISION == Precision::F64)]
    }

    /// The sum on this machine.
    ///
    /// # Errors
    /// Those of [`train`].
    pub fn found<F: Real>(&self) -> Result<String> {
        let digits = synthetic::digits(0, IMAGES, 1);
        let training = digits.training(TrainOn::All);
        let mut network = self.run.network::<F>()?;
        train(
            &mut network,
            TrainingData::new(&training),
            &self.run.options,
            |_| ControlFlow::Continue(()),
        )?;
        Ok(network.sha256())
    }
}

/// The output that goes with a cost.
fn functions(activation: Activation, cost: Cost) -> Functions {
    let output = match cost {
        Quadratic | CrossEntropy => Output::Sigmoid,
        LogLikelihood => Output::Softmax,
    };
    Functions {
        activation,
        output,
        cost,
    }
}

/// All of them.
pub fn published() -> Vec<Published> {
    let training = |name,
                    hidden: &[usize],
                    functions,
                    initialisation: Initialisation,
                    options: TrainingOptions,
                    sha256| Published {
        name,
        run: Run {
            sizes: [&[784], hidden, &[10]].concat(),
            functions,
            initialisation,
            start: None,
            options: TrainingOptions {
                epochs: EPOCHS,
                ..options
            }
            .check()
            .expect("all options are in their ranges"),
        },
        sha256,
    };
    let plain = TrainingOptions::default;
    let with = |rule, penalties, clip_norm| OptimizerOptions {
        rule,
        penalties,
        clip_norm,
    };
    let none = Penalties::default();
    let (momentum, moments) = (0.8, Moments::default());
    vec![
        training(
            "article",
            &[30],
            functions(Sigmoid, Quadratic),
            Normal,
            plain(),
            [
                "89963b75201d16a48ba1aa9d1ab6d100e8468838f4cfb724654102c53288cbcf",
                "a512ccf822eb6cca180b2313cfb81b235ea9144bd6e06092e8c9b1ccd650129c",
            ],
        ),
        training(
            "book",
            &[100],
            functions(Sigmoid, CrossEntropy),
            Normalised,
            TrainingOptions {
                learning_rate: 0.5,
                schedule: Schedule::Cosine,
                optimizer: with(Rule::Sgd, Penalties { l2: 5.0, ..none }, None),
                ..plain()
            },
            [
                "82b1ac2414a451b88211cf0d9af21cbfe17f8d7e8a3ca4f3db0cf6ac05700288",
                "9cb40a828aa067a783a704a894a51f3abd2df38ea3f081c3dd33223d6661286b",
            ],
        ),
        training(
            "fast",
            &[160],
            functions(Relu, LogLikelihood),
            He,
            TrainingOptions {
                batch_size: 16,
                learning_rate: 0.4,
                schedule: Schedule::OneCycle,
                label_smoothing: 0.05,
                ..plain()
            },
            [
                "cc4ef42629b6c6dc210b0a9230cdbbdfd4e81991a80e5e65640d496e0123a0e8",
                "e9c017f2223127e2ea3ae69ddd9709d7386921c48dd0c155c0e0373f6729207a",
            ],
        ),
        training(
            "tanh, momentum, l1, dropout",
            &[40, 20],
            functions(Tanh, LogLikelihood),
            Xavier,
            TrainingOptions {
                batch_size: 40,
                learning_rate: 0.05,
                label_smoothing: 0.1,
                dropout: 0.2,
                optimizer: with(Rule::Momentum { momentum }, Penalties { l1: 0.1, ..none }, None),
                ..plain()
            },
            [
                "b7f4ffa81aa6cd629146d468337011aa50623b3f068236bd657a061559f6eeac",
                "3f2a0e6efcdccd443b163045c5f68c7663841403d0d81a02944e1f810cb94b48",
            ],
        ),
        training(
            "gelu, adam, distorted images",
            &[60],
            functions(Gelu, LogLikelihood),
            He,
            TrainingOptions {
                batch_size: 100,
                learning_rate: 0.003,
                augmentation: Augmentation::ALL,
                optimizer: with(Rule::Adam(moments), none, None),
                ..plain()
            },
            [
                "edeca8af9afe598d462791e6d18324aafc343bc968bff53a4de967f2d8556eaf",
                "b8bf4b918f36e7636c98e9df815426a2305e572262680339256d66b373b62495",
            ],
        ),
        training(
            "silu, adamw, clipping, shifted images",
            &[200, 16],
            functions(Silu, CrossEntropy),
            Xavier,
            TrainingOptions {
                learning_rate: 0.003,
                label_smoothing: 0.1,
                augmentation: Augmentation::SHIFT,
                schedule: Schedule::Step {
                    every: 1,
                    factor: 0.3,
                },
                optimizer: with(
                    Rule::AdamW(moments),
                    Penalties {
                        weight_decay: 0.01,
                        ..none
                    },
                    Some(1.0),
                ),
                ..plain()
            },
            [
                "3c0bf1fd8be94ca03fdd4dc2f2f0b85c66b82ba0a28f3bbda06bb4fc67771741",
                "59efb8e1738efdf076c2a4ef7b11cafebed0746f10d62cf2a1e73bec9b9a8624",
            ],
        ),
        training(
            "leaky relu, nesterov, warm-up",
            &[24],
            functions(LeakyRelu, Quadratic),
            He,
            TrainingOptions {
                batch_size: 7,
                learning_rate: 0.1,
                warmup_epochs: 0.5,
                optimizer: with(Rule::Nesterov { momentum }, none, None),
                ..plain()
            },
            [
                "24b4e27c69dcb10040bbdea0bb23ac7d937e88d44594ce568ea9e25ec36ff62d",
                "d5caa2e05065dd529f3387ce25974bbe3719e1ba85fe5c22eb1977a3652dc22f",
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::simd::instruction_sets::InstructionSet;
    use crate::training::bits::Bits;

    #[test]
    fn every_instruction_set_finds_the_published_weights() {
        let mut wrong = Vec::new();
        for set in InstructionSet::all() {
            for training in published() {
                let found = set.run(|| [training.found::<f32>().unwrap(), training.found::<f64>().unwrap()]);
                if found != training.sha256 {
                    wrong.push(format!("{set:?}, {}: {found:?}", training.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn published_trainings_are_those_whose_header_promises_the_same_bits() {
        let digits = synthetic::digits(0, IMAGES, 1);
        let images = digits.training(TrainOn::All);
        for Published { name, run, .. } in published() {
            let data = TrainingData::new(&images);
            let bits = Bits::of(&run.sizes, run.initialisation, run.options.get(), data);
            assert_eq!(bits, Bits::EveryMachine, "{name}");
        }
    }
}
