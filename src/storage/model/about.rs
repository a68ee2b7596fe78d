//! What a model's file says about its network.

use serde::{Deserialize, Serialize};

use crate::data::splits::Splits;
use crate::data::{Digits, TrainOn};
use crate::math::real::{Precision, Real};
use crate::network::Network;
use crate::network::functions::Functions;
use crate::network::initialisation::Initialisation;
use crate::training::TrainingOptions;
use crate::training::evaluation::Score;

/// How a network was trained. Everything is optional, and nothing depends on it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metadata {
    /// The initialisation.
    pub initialisation: Option<Initialisation>,
    /// The network that training started from, in place of an initialisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_from: Option<StartedFrom>,
    /// The options of training.
    pub options: Option<TrainingOptions>,
    /// Where the images are from, for people.
    pub data: Option<String>,
    /// The sum [`digits_sha256`](crate::data::checksum::digits_sha256) of these data as they were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_sha256: Option<String>,
    /// How these data were divided, where the files did not decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub splits: Option<Splits>,
    /// The largest possible number in the files of its data; other data are scaled accordingly: see
    /// [`scale`](crate::data::read::scale).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_max: Option<f64>,
    /// The names of its classes, if labels were not numbers of classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_names: Option<Vec<String>>,
    /// Which of them trained it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_on: Option<TrainOn>,
    /// Number of images that trained it.
    pub training_images: Option<usize>,
    /// The epoch whose parameters these are, from 0.
    pub epoch: Option<usize>,
    /// On the validation images.
    pub validation: Option<Accuracy>,
    /// On the test images.
    pub test: Option<Accuracy>,
}

/// The network that training started from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartedFrom {
    /// Its file, for people.
    pub file: String,
    /// [`Network::sha256`](crate::Network::sha256), as its file has it.
    pub weights_sha256: String,
    /// How it was trained, if its file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Box<Metadata>>,
}

impl Metadata {
    /// This training, and those of the networks that it started from, the first one last.
    pub fn trainings(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |it| it.started_from.as_ref()?.training.as_deref())
    }

    /// Which images trained the network in this training, of data that were read and not yet divided.
    pub fn trained_on(&self, digits: &Digits) -> TrainOn {
        self.train_on.unwrap_or_else(|| {
            // Older models have the number only.
            let all = digits.training(TrainOn::All).len();
            match self.training_images == Some(all) {
                true => TrainOn::All,
                false => TrainOn::Train,
            }
        })
    }
}

/// The accuracy of a network on some images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Images whose prediction is their label.
    pub correct: usize,
    /// Number of images.
    pub images: usize,
}

impl From<Score> for Accuracy {
    fn from(score: Score) -> Self {
        Self {
            correct: score.correct,
            images: score.images,
        }
    }
}

/// What is needed to use a network besides its tensors, and what can be computed from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Architecture {
    pub sizes: Vec<usize>,
    pub functions: Functions,
    pub precision: Precision,
    pub weights_sha256: String,
}

/// The metadata of a network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    pub network: Architecture,
    pub training: Metadata,
}

impl About {
    /// Of `network`, with `metadata` on its training.
    pub fn new<F: Real>(network: &Network<F>, metadata: &Metadata) -> Self {
        Self {
            network: Architecture {
                sizes: network.sizes(),
                functions: network.functions(),
                precision: F::PRECISION,
                weights_sha256: network.sha256(),
            },
            training: metadata.clone(),
        }
    }
}
