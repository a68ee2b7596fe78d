//! Random options.

use batchprop::{Activation, Cost, Functions, Output};
use proptest::prelude::*;

/// Any activation, with any output and cost that fit each other.
pub fn functions() -> impl Strategy<Value = Functions> {
    let activation = prop::sample::select(Activation::ALL.to_vec());
    let outputs = prop::sample::select(vec![
        (Output::Sigmoid, Cost::Quadratic),
        (Output::Sigmoid, Cost::CrossEntropy),
        (Output::Softmax, Cost::LogLikelihood),
    ]);
    (activation, outputs).prop_map(|(activation, (output, cost))| Functions {
        activation,
        output,
        cost,
    })
}
