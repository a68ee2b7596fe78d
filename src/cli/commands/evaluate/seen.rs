//! Which of the images trained the networks: their accuracy says nothing about new images.

use std::path::{self, Path};

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
    /// Compares the data with the metadata of the models, and divides them: data that trained a network as in its training.
    ///
    /// # Errors
    /// When data that trained a network were `given` other splits than in its training: images would test that trained.
    pub fn divide<'a>(
        digits: Digits,
        given: Splits,
        models: impl Iterator<Item = (&'a Path, &'a Metadata)>,
    ) -> Result<(Digits, Self), Error> {
        let trainings: Vec<(&Path, &Metadata)> = models
            .flat_map(|(file, metadata)| metadata.trainings().map(move |training| (file, training)))
            .collect();
        // Sums take time.
        let sum = trainings
            .iter()
            .any(|(_, it)| it.data_sha256.is_some())
            .then(|| digits_sha256(&digits));
        let mut same = trainings
            .iter()
            .filter(|(_, it)| sum.is_some() && it.data_sha256 == sum);
        let Some((_, last)) = same.next() else {
            let mut origins = trainings.iter().filter_map(|(_, it)| it.data.as_deref());
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
        for (file, earlier) in same {
            match earlier.splits.unwrap_or_default() {
                other if other == splits => on = on.max(earlier.trained_on(&digits)),
                other => note(&format!(
                    "{}, or a network that it started from, was trained on these data with {other}: it may have seen some of these \
                     images",
                    file.display()
                )),
            }
        }
        Ok((digits.divided(splits)?, Self::Trained(on)))
    }

    /// How many images of this part trained a network, if that is known.
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

    /// The part to evaluate by default. For data in one part, a note about `who` says why.
    pub fn usual_part(self, digits: &Digits, who: &str) -> PartOrAll {
        match (digits.whole(), self) {
            (None, _) => Some(Part::Test),
            (Some(_), Self::Trained(on)) if !digits.keeps_test(on) => {
                note(&format!(
                    "all images of {} trained {who}: on new images it is less accurate",
                    digits.origin()
                ));
                None
            }
            (Some(_), Self::Trained(_)) => {
                note(&format!(
                    "{who} was trained on {}: only its test images, the last sixth, are evaluated; --part all \
                     evaluates all",
                    digits.origin()
                ));
                Some(Part::Test)
            }
            (Some(_), Self::SameName) => {
                note(&format!(
                    "{who} was trained on data called {}, which may have been these: all images are evaluated, \
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
