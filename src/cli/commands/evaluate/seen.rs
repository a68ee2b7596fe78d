//! Which of the images trained the network: their accuracy says nothing about new images.

use std::path;

use crate::cli::options::part::{Part, PartOrAll};
use crate::cli::output::messages::note;
use batchprop::data::checksum::digits_sha256;
use batchprop::data::splits::Splits;
use batchprop::storage::model::Metadata;
use batchprop::{Digits, Error, TrainOn};

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
    /// Compares the data with the model's metadata, and divides them: data that trained the network as in its training.
    ///
    /// # Errors
    /// When data that trained the network were `given` other splits than in its training: images would test that trained.
    pub fn divide(
        digits: Digits,
        given: Splits,
        metadata: Option<&Metadata>,
    ) -> Result<(Digits, Self), Error> {
        let seen = Self::of(&digits, metadata);
        let trained = metadata.and_then(|metadata| metadata.splits).unwrap_or_default();
        let splits = match seen {
            Self::Trained(_) if given.is_none() || given == trained => trained,
            Self::Trained(_) => {
                return Err(Error::option(
                    "splits",
                    format!("of data that trained the network ({given})"),
                    format!("those of its training ({trained}), which it has without these options"),
                ));
            }
            _ => given,
        };
        Ok((digits.divided(splits)?, seen))
    }

    /// Compares the data as they were read with the model's metadata.
    fn of(digits: &Digits, metadata: Option<&Metadata>) -> Self {
        let Some(metadata) = metadata else {
            return Self::Unknown;
        };
        match &metadata.data_sha256 {
            Some(sum) if *sum == digits_sha256(digits) => {
                Self::Trained(metadata.train_on.unwrap_or_else(|| {
                    // Older models have the number only.
                    let all = digits.training(TrainOn::All).len();
                    match metadata.training_images == Some(all) {
                        true => TrainOn::All,
                        false => TrainOn::Train,
                    }
                }))
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
        Some(match part {
            None => digits.training(on).len(),
            Some(Part::Training) => digits.training(TrainOn::Train).len(),
            Some(Part::Validation) if on == TrainOn::Train => 0,
            Some(Part::Validation) => digits.validation().len(),
            Some(Part::Test) if digits.keeps_test(on) => 0,
            Some(Part::Test) => digits.test().len(),
        })
    }

    /// The part to evaluate by default. For data in one part, a note says why.
    pub fn usual_part(self, digits: &Digits) -> PartOrAll {
        match (digits.whole(), self) {
            (None, _) => Some(Part::Test),
            (Some(_), Self::Trained(on)) if !digits.keeps_test(on) => {
                note(&format!(
                    "all images of {} trained the network: on new images it is less accurate",
                    digits.origin()
                ));
                None
            }
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
