//! Fields drawn on a lattice against Simard's convolution.

use rand::RngExt;

use super::*;
use crate::math::random::{ImageStreams, Stream};

const SHAPE: ImageShape = ImageShape::MNIST;
const FIELDS: u32 = 3000;

/// Means over many fields, of displacements along one axis.
#[derive(Debug)]
struct Statistics {
    /// At the centre, near the edge and in the corner.
    variance: [f64; 3],
    /// With the centre, some columns to the right; then some rows down; then along the diagonal.
    correlation: Vec<f64>,
    /// E x⁴ / (E x²)² at the centre; 3 for a normal distribution.
    kurtosis: f64,
    /// Between the axes at the centre.
    across: f64,
}

const CENTRE: [usize; 2] = [13, 13];
const APART: [usize; 4] = [2, 5, 7, 10];

/// `field(number)` are two fields (rows × columns).
fn statistics(field: impl Fn(u32) -> [Vec<f64>; 2]) -> Statistics {
    let at = |[row, column]: [usize; 2]| row * SHAPE.columns + column;
    let mean = |product: &dyn Fn(&[Vec<f64>; 2]) -> f64, fields: &[[Vec<f64>; 2]]| {
        fields.iter().map(product).sum::<f64>() / fields.len() as f64
    };
    let fields: Vec<_> = (0..FIELDS).map(field).collect();
    // Both axes are fields of the same kind.
    let covariance = |a: usize, b: usize| mean(&|[x, y]| (x[a] * x[b] + y[a] * y[b]) / 2.0, &fields);
    let correlation = |a: usize, b: usize| covariance(a, b) / (covariance(a, a) * covariance(b, b)).sqrt();
    let centre = at(CENTRE);
    let variance = [CENTRE, [1, 13], [0, 0]].map(|place| covariance(at(place), at(place)));
    let others = APART
        .iter()
        .flat_map(|&pixels| [[13, 13 + pixels], [13 + pixels, 13], [13 - pixels, 13 + pixels]]);
    let fourth = mean(&|[x, y]| (x[centre].powi(4) + y[centre].powi(4)) / 2.0, &fields);
    let across = mean(&|[x, y]| x[centre] * y[centre], &fields);
    Statistics {
        correlation: others.map(|other| correlation(centre, at(other))).collect(),
        kurtosis: fourth / (variance[0] * variance[0]),
        across: across / variance[0],
        variance,
    }
}

fn drawn(elastic: Elastic) -> Statistics {
    let (field, streams) = (
        Field::new(elastic, SHAPE),
        ImageStreams::new(7, Stream::Augmentation),
    );
    statistics(|number| {
        let mut lattice = field.lattice();
        field.draw(&mut lattice, &mut streams.get(0, number));
        let mut both = [Vec::new(), Vec::new()];
        for row in 0..SHAPE.rows {
            field.enter_row(&mut lattice, row);
            for block in 0..SHAPE.columns.div_ceil(LANES) {
                let used = LANES.min(SHAPE.columns - block * LANES);
                for (axis, lanes) in both.iter_mut().zip(field.displacements(&lattice, block)) {
                    axis.extend(lanes[..used].iter().map(|&pixels| f64::from(pixels)));
                }
            }
        }
        both
    })
}

/// Simard's way: a uniform number for every pixel, convolved with a Gaussian, times α. The numbers go on outside
/// the image as far as the Gaussian reaches.
fn convolved(elastic: Elastic) -> Statistics {
    let Elastic { alpha, sigma } = elastic;
    let reach = (4.0 * sigma).ceil() as usize;
    let gaussian: Vec<f64> = (0..=2 * reach)
        .map(|k| (-(k as f64 - reach as f64).powi(2) / (2.0 * sigma * sigma)).exp())
        .collect();
    let total: f64 = gaussian.iter().sum();
    let (rows, columns) = (SHAPE.rows + 2 * reach, SHAPE.columns + 2 * reach);
    let streams = ImageStreams::new(8, Stream::Augmentation);
    let convolve = |numbers: &[f64]| -> f64 {
        numbers
            .iter()
            .zip(&gaussian)
            .map(|(number, weight)| number * weight / total)
            .sum()
    };
    statistics(|number| {
        let mut random = streams.get(0, number);
        [(); 2].map(|()| {
            let noise: Vec<f64> = (0..rows * columns)
                .map(|_| random.random_range(-1.0..1.0))
                .collect();
            // Along the rows, kept column by column; then along the columns.
            let mut smooth = vec![0.0; SHAPE.columns * rows];
            for row in 0..rows {
                for column in 0..SHAPE.columns {
                    let numbers = &noise[row * columns + column..][..gaussian.len()];
                    smooth[column * rows + row] = convolve(numbers);
                }
            }
            let pixels = (0..SHAPE.pixels()).map(|pixel| {
                let (row, column) = (pixel / SHAPE.columns, pixel % SHAPE.columns);
                alpha * convolve(&smooth[column * rows + row..][..gaussian.len()])
            });
            pixels.collect()
        })
    })
}

#[test]
fn fields_have_the_variance_and_the_correlation_of_simards_convolution() {
    for elastic in [
        Elastic {
            alpha: 36.0,
            sigma: 5.0,
        },
        Elastic {
            alpha: 8.0,
            sigma: 3.0,
        },
    ] {
        let Elastic { alpha, sigma } = elastic;
        let variance = (alpha / (2.0 * sigma * (3.0 * std::f64::consts::PI).sqrt())).powi(2);
        for (name, found) in [("drawn", drawn(elastic)), ("convolved", convolved(elastic))] {
            // Twice FIELDS draws of a variance: a relative standard error of √(2 / 6000) = 0.018.
            for found in found.variance {
                assert!(
                    (found / variance - 1.0).abs() < 0.075,
                    "{name}: {found} for {variance}"
                );
            }
            let distances = APART.iter().flat_map(|&pixels| {
                let pixels = pixels as f64;
                [pixels, pixels, pixels * 2.0_f64.sqrt()]
            });
            for (distance, &found) in distances.zip(&found.correlation) {
                let expected = (-distance * distance / (4.0 * sigma * sigma)).exp();
                assert!(
                    (found - expected).abs() < 0.05,
                    "{name}: {found} at {distance}, not {expected}"
                );
            }
            assert!(
                (found.kurtosis - 3.0).abs() < 0.3,
                "{name}: kurtosis {}",
                found.kurtosis
            );
            assert!(
                found.across.abs() < 0.08,
                "{name}: axes correlate by {}",
                found.across
            );
        }
    }
}

#[test]
fn the_covariance_of_the_lattice_is_simards_wherever_a_pixel_stands() {
    // No chance here: the exact covariance of the sum, from its weights.
    for sigma in [1.0, 2.0, 5.0, 9.0, 40.0] {
        let elastic = Elastic { alpha: 10.0, sigma };
        let field = Field::new(elastic, SHAPE);
        let h = |column: usize, point: usize| {
            f64::from(field.by_column[column / LANES * field.point_columns + point][column % LANES])
        };
        let across = |a: usize, b: usize| -> f64 {
            (0..field.point_columns)
                .map(|point| h(a, point) * h(b, point))
                .sum()
        };
        let down = |a: usize, b: usize| -> f64 {
            (0..field.points)
                .map(|point| {
                    let weight = |row: usize| f64::from(field.by_row[row * field.points + point]);
                    weight(a) * weight(b)
                })
                .sum()
        };
        let variance = 100.0 / (12.0 * std::f64::consts::PI * sigma * sigma);
        for (a, b) in [
            ([13, 13], [13, 13]),
            ([0, 0], [0, 0]),
            ([27, 3], [25, 5]),
            ([9, 14], [4, 20]),
        ] {
            let found = down(a[0], b[0]) * across(a[1], b[1]);
            let squared = |a: usize, b: usize| (a as f64 - b as f64).powi(2);
            let distance = squared(a[0], b[0]) + squared(a[1], b[1]);
            let expected = variance * (-distance / (4.0 * sigma * sigma)).exp();
            assert!(
                (found - expected).abs() < 0.01 * variance,
                "σ {sigma}, {a:?} and {b:?}: {found}, not {expected}"
            );
        }
    }
}
