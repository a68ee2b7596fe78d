//! How files are to be read, where they leave it open.

use super::csv::LabelColumn;
use super::scale::PixelRange;

/// How files are to be read, where they leave it open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Number of classes; `None`: ten for MNIST's own forms, else as many as the labels say, and at least two.
    pub classes: Option<usize>,
    /// The names of a network's classes: labels are looked up among them. `None`: the labels themselves say what classes
    /// there are.
    pub class_names: Option<Vec<String>>,
    /// Where a CSV file has its labels; `None`: found by evidence, see [`csv`](super::csv).
    pub label_column: Option<LabelColumn>,
    /// What the numbers of CSV and NumPy files mean.
    pub pixel_range: PixelRange,
}
