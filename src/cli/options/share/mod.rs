//! `--part 2/8`: the share of many runs that one of several programs trains.

mod environment;

use std::env;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use batchprop::Error;

/// A share of many runs. All shares of one count together are the whole, and none overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// From 1.
    pub number: usize,
    pub count: usize,
}

/// More parts must be a typo.
const MOST_PARTS: usize = 100_000;

impl Share {
    /// `None` unless 1 ≤ `number` ≤ `count`.
    pub fn new(number: usize, count: usize) -> Option<Self> {
        let is_share = (1..=count).contains(&number) && count <= MOST_PARTS;
        is_share.then_some(Self { number, count })
    }

    /// The places of `total` things in a row that are in this share. The sizes of shares differ by at most one.
    pub fn of(self, total: usize) -> Range<usize> {
        let end = |number| (total as u128 * number as u128 / self.count as u128) as usize;
        end(self.number - 1)..end(self.number)
    }

    /// The share, of `count`, that has the thing at `place` of `total`.
    pub fn at(place: usize, total: usize, count: usize) -> Self {
        let number = ((place as u128 + 1) * count as u128).div_ceil(total as u128);
        Self {
            number: number as usize,
            count,
        }
    }

    /// "2 of 8"
    pub fn in_words(self) -> String {
        format!("{} of {}", self.number, self.count)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let numbers = given
            .split_once('/')
            .map(|(number, count)| (number.parse(), count.parse()));
        let share = match numbers {
            Some((Ok(number), Ok(count))) => Self::new(number, count),
            _ => None,
        };
        share.ok_or_else(|| format!("expected K/N with K from 1 to N, such as 2/8, and N up to {MOST_PARTS}"))
    }
}

/// A value of `--part`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOption {
    Given(Share),
    /// From the environment, with the number of parts where the user gives it.
    Auto(Option<usize>),
}

impl FromStr for PartOption {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let count = match given.strip_prefix("auto") {
            None => {
                return given
                    .parse()
                    .map(Self::Given)
                    .map_err(|expected: String| format!("{expected}; or auto"));
            }
            Some("") => return Ok(Self::Auto(None)),
            Some(count) => count.strip_prefix('/').and_then(|count| count.parse().ok()),
        };
        match count {
            Some(count @ 2..=MOST_PARTS) => Ok(Self::Auto(Some(count))),
            _ => Err(format!(
                "expected auto, or auto/N with N from 2 to {MOST_PARTS}, such as auto/8"
            )),
        }
    }
}

/// A share, and the variable that says so, if the user does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub share: Share,
    /// With its value.
    pub from: Option<String>,
}

impl PartOption {
    /// The share.
    ///
    /// # Errors
    /// [`Error::Option`] where variables of the environment are missing, malformed or contradict each other.
    pub fn taken(self) -> Result<Taken, Error> {
        match self {
            Self::Given(share) => Ok(Taken { share, from: None }),
            Self::Auto(count) => environment::taken(count, |name| env::var_os(name)),
        }
    }
}

impl Taken {
    /// "2 of 8, from SLURM_ARRAY_TASK_ID=2"
    pub fn in_words(&self) -> String {
        let from = self
            .from
            .as_ref()
            .map_or_else(String::new, |from| format!(", from {from}"));
        format!("{}{from}", self.share.in_words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_the_whole_and_none_overlap() {
        for count in [1, 2, 3, 8, 100] {
            for total in [0, 1, 2, 7, 8, 100, 1001] {
                let mut next = 0;
                for number in 1..=count {
                    let share = Share::new(number, count).unwrap();
                    let places = share.of(total);
                    assert_eq!(places.start, next);
                    assert!((total / count..=total.div_ceil(count)).contains(&places.len()));
                    next = places.end;
                    for place in places {
                        assert_eq!(Share::at(place, total, count), share);
                    }
                }
                assert_eq!(next, total);
            }
        }
    }

    #[test]
    fn parts_are_numbered_from_one_to_their_count() {
        let share = |number, count| PartOption::Given(Share { number, count });
        for (given, expected) in [
            ("1/1", share(1, 1)),
            ("2/8", share(2, 8)),
            ("8/8", share(8, 8)),
            ("auto", PartOption::Auto(None)),
            ("auto/8", PartOption::Auto(Some(8))),
        ] {
            assert_eq!(given.parse(), Ok(expected));
        }
        for given in [
            "",
            "2",
            "0/8",
            "9/8",
            "2/0",
            "-1/8",
            "a/8",
            "2/8/9",
            "1/100001",
            "auto/",
            "auto/1",
            "auto/x",
            "automatic",
        ] {
            assert!(given.parse::<PartOption>().is_err(), "{given}");
        }
    }
}
