//! Splits that the user chooses: images that test and validate are drawn at random from those with labels, stratified.
//!
//! All images are shuffled by a seed of their own. In this order each class gives as many images to a part as its share of all
//! images demands, rounded so that the part has exactly the size asked for (largest remainders first). All parts keep the
//! shuffled order. The seed is not that of a run, which must not change the images that it is tested on.

use std::fmt;
use std::str::FromStr;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::Digits;
use crate::error::{Error, Result};
use crate::math::random::{Stream, stream};

/// How many images a part has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// This many.
    Number(usize),
    /// This share of the images, above 0 and below 1.
    Share(f64),
}

impl Amount {
    /// Of `images`, rounded to a whole number.
    fn of(self, images: usize) -> usize {
        match self {
            Self::Number(number) => number,
            Self::Share(share) => (share * images as f64).round() as usize,
        }
    }
}

impl FromStr for Amount {
    type Err = String;

    /// A share has a decimal point: 0.1. A number has none: 5000.
    fn from_str(given: &str) -> std::result::Result<Self, String> {
        let is_share = |share: &f64| *share > 0.0 && *share < 1.0;
        match (given.parse(), given.parse::<f64>().ok().filter(is_share)) {
            (Ok(number @ 1..), _) => Ok(Self::Number(number)),
            (_, Some(share)) => Ok(Self::Share(share)),
            _ => Err("expected a share of the images such as 0.1, or their number such as 5000".to_owned()),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Share(share) => write!(formatter, "{share}"),
        }
    }
}

/// Which parts are drawn at random. By default none: the files decide.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Splits {
    /// Images to test on, of all that have labels. `None`: those of the files, or the last sixth.
    pub test: Option<Amount>,
    /// Images to validate on, of those that do not test. `None`: those of the files; with `test`, a sixth.
    pub validation: Option<Amount>,
    /// Decides which images.
    pub seed: u64,
}

/// Indices of images, part by part.
pub(super) struct Order {
    pub training: Vec<usize>,
    pub validation: Vec<usize>,
    pub test: Vec<usize>,
}

impl Splits {
    /// Whether no part is drawn.
    pub fn is_none(self) -> bool {
        self.test.is_none() && self.validation.is_none()
    }

    /// The parts of images with these labels.
    ///
    /// # Errors
    /// [`Error::Option`] when a part would be empty.
    pub(super) fn order(self, labels: &[u16]) -> Result<Order> {
        let images = labels.len();
        let tested = size("test_split", self.test, images, 2)?;
        let validation = self.validation.unwrap_or_else(|| {
            let learning = images - tested;
            Amount::Number(learning - Digits::training_len_of(learning))
        });
        let validated = size("validation_split", Some(validation), images - tested, 1)?;
        let mut order: Vec<usize> = (0..images).collect();
        order.shuffle(&mut stream(self.seed, Stream::Split));
        let (test, rest) = stratified(&order, labels, tested);
        let (validation, training) = stratified(&rest, labels, validated);
        Ok(Order {
            training,
            validation,
            test,
        })
    }
}

/// As options of the library: "`test_split` 0.1, `split_seed` 3".
impl fmt::Display for Splits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return formatter.write_str("no `test_split` and no `validation_split`");
        }
        let parts = [
            ("`test_split`", self.test),
            ("`validation_split`", self.validation),
        ];
        for (name, amount) in parts {
            if let Some(amount) = amount {
                write!(formatter, "{name} {amount}, ")?;
            }
        }
        write!(formatter, "`split_seed` {}", self.seed)
    }
}

/// The size of a part of `images`, of which at least `left` must be left.
fn size(option: &'static str, amount: Option<Amount>, images: usize, left: usize) -> Result<usize> {
    let Some(amount) = amount else { return Ok(0) };
    let size = amount.of(images);
    match size >= 1 && size.saturating_add(left) <= images {
        true => Ok(size),
        false => Err(Error::option(
            option,
            format!("{amount}, {size} of {images} images"),
            format!("at least 1 image, and at least {left} left over"),
        )),
    }
}

/// `count` of the images of `order`, and the others.
fn stratified(order: &[usize], labels: &[u16], count: usize) -> (Vec<usize>, Vec<usize>) {
    let classes = labels
        .iter()
        .map(|&label| usize::from(label) + 1)
        .max()
        .unwrap_or(0);
    let mut quotas = vec![0u128; classes];
    order
        .iter()
        .for_each(|&index| quotas[usize::from(labels[index])] += 1);
    // Of each class count / images: a whole number and a remainder.
    let images = order.len().max(1) as u128;
    let products: Vec<u128> = quotas.iter().map(|&of_class| of_class * count as u128).collect();
    quotas = products.iter().map(|product| product / images).collect();
    let missing = count - quotas.iter().sum::<u128>() as usize;
    let mut by_remainder: Vec<usize> = (0..classes).collect();
    by_remainder.sort_by_key(|&class| std::cmp::Reverse(products[class] % images));
    by_remainder
        .iter()
        .take(missing)
        .for_each(|&class| quotas[class] += 1);
    order.iter().partition(|&&index| {
        let quota = &mut quotas[usize::from(labels[index])];
        let is_chosen = *quota > 0;
        *quota -= u128::from(is_chosen);
        is_chosen
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_has_a_point_and_a_number_has_none() {
        assert_eq!("0.1".parse(), Ok(Amount::Share(0.1)));
        assert_eq!("5000".parse(), Ok(Amount::Number(5000)));
        for given in ["0", "0.0", "1.0", "1.5", "-1", "10%", "", "nan"] {
            assert!(given.parse::<Amount>().is_err(), "{given}");
        }
    }

    #[test]
    fn parts_that_would_be_empty_are_refused_with_their_option() {
        let refused = |test, validation| {
            let splits = Splits {
                test,
                validation,
                seed: 0,
            };
            let error = splits.order(&[0; 10]).err().unwrap();
            assert!(error.is_usage());
            error.to_string()
        };
        assert!(refused(Some(Amount::Number(9)), None).starts_with("test_split 9, 9 of 10 images"));
        assert!(refused(Some(Amount::Share(0.01)), None).starts_with("test_split 0.01, 0 of 10"));
        let both = refused(Some(Amount::Number(5)), Some(Amount::Number(5)));
        assert!(both.starts_with("validation_split 5, 5 of 5 images"), "{both}");
    }

    proptest! {
        #[test]
        fn every_image_is_in_one_part_and_each_class_in_its_share_of_each(
            labels in proptest::collection::vec(0u16..5, 20..200),
            (test, validation) in (0.05..0.45, 0.05..0.45),
            seed: u64,
        ) {
            let splits = Splits {
                test: Some(Amount::Share(test)),
                validation: Some(Amount::Share(validation)),
                seed,
            };
            let Ok(Order { training, validation, test }) = splits.order(&labels) else {
                return Ok(());
            };
            let mut all = [&training[..], &validation, &test].concat();
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..labels.len()));
            let of_class = |part: &[usize], class| part.iter().filter(|&&index| labels[index] == class).count();
            let all = Vec::from_iter(0..labels.len());
            for class in 0..5 {
                let share = of_class(&all, class) as f64 / labels.len() as f64;
                let expected = share * test.len() as f64;
                prop_assert!((of_class(&test, class) as f64 - expected).abs() < 1.0);
            }
            let again = splits.order(&labels).unwrap();
            prop_assert_eq!((training, validation, test), (again.training, again.validation, again.test));
        }
    }
}
