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
        let trainings: Vec<&Metadata> = metadata.into_iter().flat_map(Metadata::trainings).collect();
        // Sums take time.
        let sum = trainings
            .iter()
            .any(|it| it.data_sha256.is_some())
            .then(|| digits_sha256(&digits));
        let mut same = trainings
            .iter()
            .filter(|it| sum.is_some() && it.data_sha256 == sum);
        let Some(last) = same.next() else {
            let mut origins = trainings.iter().filter_map(|it| it.data.as_deref());
            let seen = match origins.any(|data| is_same_place(data, digits.origin())) {
                true => Self::SameName,
                false => Self::Unknown,
            };
            return Ok((digits.divided(given)?, seen));
        };
        let splits = last.splits.unwrap_or_default();
        if !given.is_none() && given != splits {
            return Err(Error::option(
                "splits",
                format!("of data that trained the network ({given})"),
                format!("those of its training ({splits}), which it has without these options"),
            ));
        }
        let mut on = last.trained_on(&digits);
        for earlier in same {
            match earlier.splits.unwrap_or_default() {
                other if other == splits => on = on.max(earlier.trained_on(&digits)),
                other => note(&format!(
                    "the network started from one that was trained on these data with {other}: it may have seen some of these images"
                )),
            }
        }
        Ok((digits.divided(splits)?, Self::Trained(on)))
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
