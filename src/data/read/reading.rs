//! How files are to be read, where they leave it open.

use super::csv::LabelColumn;
use super::scale::PixelRange;

/// How files are to be read, where they leave it open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Number of classes; `None`: ten for MNIST's own forms, else one more than the largest label, and at least two.
    pub classes: Option<usize>,
    /// Where a CSV file has its labels; `None`: where they seem to be.
    pub label_column: Option<LabelColumn>,
    /// What the numbers of CSV and NumPy files mean.
    pub pixel_range: PixelRange,
}
