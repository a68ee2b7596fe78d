//! The parts of a data set.

use std::fmt;

use clap::builder::TypedValueParser;

use super::choice::described;
use batchprop::{Dataset, Digits, TrainOn};

/// A part of a data set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    #[default]
    Training,
    Validation,
    Test,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Training, Self::Validation, Self::Test];

    pub fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// Its images.
    pub fn of(self, digits: &Digits) -> Dataset {
        match self {
            Self::Training => digits.training(TrainOn::Train),
            Self::Validation => digits.validation(),
            Self::Test => digits.test().clone(),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A part, or `None`: all of them together.
pub type PartOrAll = Option<Part>;

/// By name.
pub fn part_or_all() -> impl TypedValueParser<Value = PartOrAll> {
    described([
        ("test", "Images to test on", Some(Part::Test)),
        (
            "validation",
            "Images that training leaves out",
            Some(Part::Validation),
        ),
        ("training", "Images that train", Some(Part::Training)),
        ("all", "All of them", None),
    ])
}
