//! Mean and standard deviation of many runs.

/// Mean and spread of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// How many values, at least 1.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The sample standard deviation, √(Σ (x − mean)² / (count − 1)); `None` for a single value.
    pub deviation: Option<f64>,
}

impl Statistics {
    /// Of `values`; `None` where there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some(Self {
            count,
            mean,
            deviation: (count > 1).then(|| (squares / (count - 1) as f64).sqrt()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_sample_deviation_are_the_textbook_s() {
        // Python: statistics.mean and statistics.stdev
        let found = Statistics::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!((found.count, found.mean), (8, 5.0));
        assert!((found.deviation.unwrap() - 2.138089935299395).abs() < 1e-15);
    }

    #[test]
    fn one_value_has_no_deviation_and_none_no_mean() {
        let one = Statistics::of(&[0.25]).unwrap();
        assert_eq!((one.mean, one.deviation), (0.25, None));
        assert_eq!(Statistics::of(&[]), None);
    }
}
