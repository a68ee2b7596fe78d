//! Whole mini-batches have the textbook's gradient for any shape, and so have finite differences of the cost.

use crate::common::parts::functions;
use batchprop::training::gradient::Regularisers;
use batchprop::training::verify::{
    Case, batched_against_reference, engine_bound, reference_against_differences,
};
use proptest::prelude::*;

/// One to four layers of 1 to 40 units, and mini-batches of one to several chunks, rarely whole ones; any parts.
fn case() -> impl Strategy<Value = Case> {
    let sizes = (1..200usize, prop::collection::vec(1..40usize, 0..4), 2..12usize);
    let part = || prop_oneof![Just(0.0), 0.0..0.5];
    let regularisers =
        (part(), part(), any::<u64>()).prop_map(|(label_smoothing, dropout, seed)| Regularisers {
            label_smoothing,
            dropout,
            seed,
        });
    (sizes, 1..200usize, functions(), regularisers).prop_map(
        |((inputs, hidden, outputs), batch_size, functions, regularisers)| Case {
            sizes: std::iter::once(inputs).chain(hidden).chain([outputs]).collect(),
            batch_size,
            functions,
            regularisers,
        },
    )
}

proptest! {
    #[test]
    fn batched_gradient_equals_reference_for_any_shape(case in case(), seed: u64) {
        // If a ReLU's z is within rounding of 0, two correct engines may disagree on its sign; this happens in f32.
        if case.functions.activation.is_smooth() {
            let single = batched_against_reference::<f32>(&case, seed).unwrap();
            prop_assert!(single <= engine_bound::<f32>(), "f32 {single:e}");
        }
        let double = batched_against_reference::<f64>(&case, seed).unwrap();
        prop_assert!(double <= engine_bound::<f64>(), "f64 {double:e}");
    }

    #[test]
    fn reference_gradient_is_the_slope_of_the_cost(case in case(), seed: u64) {
        let error = reference_against_differences(&case, seed, 2).unwrap();
        prop_assert!(error <= 1e-5, "{error:e}");
    }
}

#[test]
fn batched_gradient_equals_reference_for_a_mini_batch_with_a_short_last_chunk() {
    for batch_size in [63, 64, 65, 127, 128, 129, 500] {
        let case = Case::new(&[784, 120, 10], batch_size);
        let error = batched_against_reference::<f64>(&case, 1).unwrap();
        assert!(error <= 1e-12, "B = {batch_size}: {error:e}");
    }
}
