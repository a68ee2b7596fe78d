//! Columns of mean 0 and variance 1, for tables whose columns have different units.
//!
//! Column i of a row x becomes (x_i − μ_i) / σ_i, with the mean μ_i and the standard deviation σ_i of the rows that train
//! (as scikit-learn's `StandardScaler`). A column that is the same in all of them is only shifted.

use std::path::Path;

use super::Dataset;
use crate::error::Result;
use crate::images::pixels::Pixels;
use crate::memory;

/// Mean and standard deviation of every column.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardisation {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Standardisation {
    /// Of the columns of `images`.
    pub fn of(images: &Dataset) -> Self {
        let (columns, rows) = (images.inputs(), images.len() as f64);
        let mut means = vec![0.0; columns];
        for (index, value) in images.pixels().intensities().enumerate() {
            means[index % columns] += f64::from(value);
        }
        means.iter_mut().for_each(|mean| *mean /= rows);
        let mut variances = vec![0.0; columns];
        for (index, value) in images.pixels().intensities().enumerate() {
            let column = index % columns;
            let difference = f64::from(value) - means[column];
            variances[column] += difference * difference / rows;
        }
        let deviations = variances.into_iter().map(|variance| match variance.sqrt() {
            0.0 => 1.0,
            deviation => deviation,
        });
        Self {
            means,
            deviations: deviations.collect(),
        }
    }

    /// μ, of every column.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// σ of every column, never 0.
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// `images`, standardised.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    ///
    /// # Panics
    /// When they have another number of columns.
    pub fn applied(&self, images: &Dataset, origin: &str) -> Result<Dataset> {
        let columns = images.inputs();
        assert_eq!(columns, self.means.len(), "columns");
        memory::check_data::<f32>(Path::new(origin), images.len() * columns)?;
        let values = images.pixels().intensities().enumerate().map(|(index, value)| {
            let column = index % columns;
            ((f64::from(value) - self.means[column]) / self.deviations[column]) as f32
        });
        let pixels = Pixels::Floats(values.collect());
        Dataset::new(pixels, images.labels().to_vec(), images.shape(), origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::pixels::ImageShape;

    #[test]
    fn columns_have_mean_0_and_variance_1_and_constant_ones_are_0() {
        let values = vec![1.0, 100.0, 7.0, 3.0, 300.0, 7.0];
        let shape = ImageShape { rows: 1, columns: 3 };
        let images = Dataset::new(Pixels::Floats(values), vec![0u8, 1], shape, "x").unwrap();
        let standardised = Standardisation::of(&images).applied(&images, "x").unwrap();
        let values: Vec<f32> = standardised.pixels().intensities().collect();
        assert_eq!(values, [-1.0, -1.0, 0.0, 1.0, 1.0, 0.0]);
    }
}
