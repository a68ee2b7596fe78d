//! Which of the images trained the network: their accuracy says nothing about new images.

use std::path;

use crate::cli::options::part::{Part, PartOrAll};
use crate::cli::output::messages::note;
use batchprop::data::checksum::digits_sha256;
use batchprop::storage::model::Metadata;
use batchprop::{Digits, TrainOn};

/// Whether the data trained the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// These data did, in this part.
    Trained(TrainOn),
    /// They have the name of the training data; whether they are the same is not known.
    SameName,
    /// Nothing shows that they did.
    Unknown,
}

impl Seen {
    /// Compares the data with the model's metadata.
    pub fn of(digits: &Digits, metadata: Option<&Metadata>) -> Self {
        let Some(metadata) = metadata else {
            return Self::Unknown;
        };
        match &metadata.data_sha256 {
            Some(sum) if *sum == digits_sha256(digits) => {
                let all = digits.training(TrainOn::All).len();
                let is_all = metadata.training_images == Some(all);
                Self::Trained(if is_all { TrainOn::All } else { TrainOn::Train })
            }
            _ if metadata
                .data
                .as_deref()
                .is_some_and(|data| is_same_place(data, digits.origin())) =>
            {
                Self::SameName
            }
            _ => Self::Unknown,
        }
    }

    /// How many images of this part trained the network, if that is known.
    pub fn trained(self, part: PartOrAll, digits: &Digits) -> Option<usize> {
        let Self::Trained(on) = self else {
            return None;
        };
        let validation = digits.training(on).len() - digits.training(TrainOn::Train).len();
        Some(match part {
            None => digits.training(on).len(),
            Some(Part::Training) => digits.training(TrainOn::Train).len(),
            Some(Part::Validation) => validation,
            Some(Part::Test) => 0,
        })
    }

    /// The part to evaluate by default. For data in one part, a note says why.
    pub fn usual_part(self, digits: &Digits) -> PartOrAll {
        match (digits.whole(), self) {
            (None, _) => Some(Part::Test),
            (Some(_), Self::Trained(_)) => {
                note(&format!(
                    "the network was trained on {}: only its test images, the last sixth, are evaluated; --part all \
                     evaluates all",
                    digits.origin()
                ));
                Some(Part::Test)
            }
            (Some(_), Self::SameName) => {
                note(&format!(
                    "the network was trained on data called {}, which may have been these: all images are evaluated, \
                     also those that may have trained it; --part test evaluates the last sixth",
                    digits.origin()
                ));
                None
            }
            (Some(_), Self::Unknown) => None,
        }
    }
}

/// Whether two origins are the same path, or the same words.
fn is_same_place(one: &str, other: &str) -> bool {
    let absolute = |origin: &str| path::absolute(origin).ok();
    one == other || absolute(one) == absolute(other)
}
