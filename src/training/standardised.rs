//! Turns a network that was trained on standardised columns into one that takes the columns as they are, and back.

use crate::data::standardisation::Standardisation;
use crate::math::real::Real;
use crate::network::Network;

/// A network with the outputs for x that `network` has for (x − μ) / σ. Its first layer has the weights W / σ,
/// column by column, and the biases b − (W / σ) μ. So every model format can keep the standardisation.
///
/// # Panics
/// When the network does not have as many inputs as there are columns.
pub fn for_unstandardised<F: Real>(network: &Network<F>, standardisation: &Standardisation) -> Network<F> {
    with_first_layer(network, standardisation, |weight, mean, deviation| {
        let scaled = weight / deviation;
        (scaled, -scaled * mean)
    })
}

/// The inverse: a network that has for (x − μ) / σ the outputs of `network` for x. Its first layer has the weights W σ, column by
/// column, and the biases b + W μ.
///
/// # Panics
/// As [`for_unstandardised`].
pub fn for_standardised<F: Real>(network: &Network<F>, standardisation: &Standardisation) -> Network<F> {
    with_first_layer(network, standardisation, |weight, mean, deviation| {
        (weight * deviation, weight * mean)
    })
}

/// `of` gives, from a weight of the first layer, μ and σ of its column, the weight that takes its place and what is added to
/// the bias.
fn with_first_layer<F: Real>(
    network: &Network<F>,
    standardisation: &Standardisation,
    of: impl Fn(f64, f64, f64) -> (f64, f64),
) -> Network<F> {
    let (means, deviations) = (standardisation.means(), standardisation.deviations());
    assert_eq!(network.n_in(), means.len(), "inputs");
    let mut network = network.clone();
    let first = &mut network.layers_mut()[0];
    let mut shifts = vec![0.0; first.n_out()];
    for (mut row, shift) in first.weights_mut().rows_mut().into_iter().zip(&mut shifts) {
        for ((weight, &mean), &deviation) in row.iter_mut().zip(means).zip(deviations) {
            let (new, added) = of(weight.as_f64(), mean, deviation);
            *weight = F::of(new);
            *shift += added;
        }
    }
    for (bias, shift) in first.biases_mut().iter_mut().zip(shifts) {
        *bias = F::of(bias.as_f64() + shift);
    }
    network
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::data::Dataset;
    use crate::images::pixels::{ImageShape, Pixels};

    #[test]
    fn the_outputs_are_those_for_standardised_inputs() {
        let values: Vec<f32> = (0..40)
            .map(|k| ((k * 37) % 11) as f32 * [1.0, 100.0, 0.01, 5.0][k % 4])
            .collect();
        let shape = ImageShape { rows: 1, columns: 4 };
        let images = Dataset::new(Pixels::Floats(values), vec![0u8; 10], shape, "x").unwrap();
        let standardisation = Standardisation::of(&images);
        let standardised = standardisation.applied(&images, "x").unwrap();
        let network = Network::<f64>::new(&[4, 5, 3], 1).unwrap();
        let folded = for_unstandardised(&network, &standardisation);
        let columns = |images: &Dataset| {
            let values: Vec<f64> = images.pixels().intensities().map(f64::from).collect();
            Array2::from_shape_vec((images.len(), 4), values)
                .unwrap()
                .reversed_axes()
        };
        let expected = network.feedforward(columns(&standardised).view());
        let found = folded.feedforward(columns(&images).view());
        let largest = (expected - found)
            .iter()
            .fold(0.0, |largest: f64, difference| largest.max(difference.abs()));
        // The standardised inputs were rounded to f32.
        assert!(largest < 1e-6, "{largest:e}");
        let unfolded = for_standardised(&folded, &standardisation);
        for (layer, expected) in unfolded.layers().iter().zip(network.layers()) {
            assert!(
                (&layer.weights() - &expected.weights())
                    .iter()
                    .all(|it| it.abs() < 1e-12)
            );
            assert!(
                (&layer.biases() - &expected.biases())
                    .iter()
                    .all(|it| it.abs() < 1e-12)
            );
        }
    }
}
