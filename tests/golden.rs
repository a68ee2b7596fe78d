//! The article's own Python program and both engines compute the same on a small network.

mod common;

use batchprop::EngineKind;
use batchprop::training::gradient::Regularisers;
use batchprop::training::optimizer::{Optimizer, OptimizerOptions};
use common::golden::{Golden, largest_difference};

const ENGINES: [EngineKind; 2] = [EngineKind::Reference, EngineKind::Batched];

#[test]
fn feedforward_gives_the_articles_outputs() {
    let mut golden = Golden::open("seed_12_7_5_3.npz");
    let outputs = golden.network(3).feedforward(golden.samples().inputs().view());
    let difference = (outputs - golden.matrix("output"))
        .mapv(f64::abs)
        .into_iter()
        .fold(0.0, f64::max);
    assert!(difference <= 1e-12, "{difference:e}");
}

#[test]
fn the_summed_gradient_is_the_articles() {
    for kind in ENGINES {
        let mut golden = Golden::open("seed_12_7_5_3.npz");
        let network = golden.network(3);
        let (gradient, _) = kind
            .build(&network, 6, Regularisers::default())
            .gradient(&network, &golden.samples());
        let difference = largest_difference(&gradient, &golden.layers("nabla", 3));
        assert!(difference <= 1e-12, "{kind:?}: {difference:e}");
    }
}

#[test]
fn one_step_ends_at_the_articles_parameters() {
    for kind in ENGINES {
        let mut golden = Golden::open("seed_12_7_5_3.npz");
        let mut network = golden.network(3);
        let mut sgd = Optimizer::new(&network, OptimizerOptions::default(), 6);
        let mut engine = kind.build(&network, 6, Regularisers::default());
        sgd.step(
            &mut *engine,
            &mut network,
            &golden.samples(),
            golden.number("eta"),
        );
        let difference = largest_difference(network.layers(), &golden.layers("final", 3));
        assert!(difference <= 1e-12, "{kind:?}: {difference:e}");
    }
}
