//! Any combination of options trains the same on any number of threads and with either engine, and to a lower cost.

use std::ops::ControlFlow;

use batchprop::data::augment::Augmentation;
use batchprop::storage::checkpoint::Folder;
use batchprop::training::Control;
use batchprop::training::optimizer::{Moments, OptimizerOptions, Penalties};
use batchprop::{
    Activation, Cost, EngineKind, Functions, Initialisation, Network, Outcome, Output, Real, Rule, Schedule,
    TrainingEvent, TrainingOptions, resume, train,
};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::common::parts::functions;
use crate::common::{self, Split, checked, largest_difference, on_threads, parameters};

/// A choice of options.
#[derive(Debug, Clone)]
struct Parts {
    hidden: Vec<usize>,
    functions: Functions,
    init: Initialisation,
    options: TrainingOptions,
}

/// Any rule with a learning rate that suits it, any penalties and clipping.
fn optimizer() -> impl Strategy<Value = (OptimizerOptions, f64)> {
    let momentum = 0.8;
    let rule = prop::sample::select(vec![
        (Rule::Sgd, 0.2),
        (Rule::Momentum { momentum }, 0.05),
        (Rule::Nesterov { momentum }, 0.05),
        (Rule::Adam(Moments::default()), 0.003),
        (Rule::AdamW(Moments::default()), 0.003),
    ]);
    let constant = |most: f64| prop_oneof![Just(0.0), 0.0..most];
    let clip = prop::option::of(0.1..10.0);
    (rule, constant(0.1), constant(0.1), constant(0.01), clip).prop_map(
        |((rule, learning_rate), l1, l2, weight_decay, clip_norm)| {
            let weight_decay = if matches!(rule, Rule::Adam(_)) {
                0.0
            } else {
                weight_decay
            };
            let penalties = Penalties { l1, l2, weight_decay };
            let options = OptimizerOptions {
                rule,
                penalties,
                clip_norm,
            };
            (options, learning_rate)
        },
    )
}

fn parts() -> impl Strategy<Value = Parts> {
    let init = prop::sample::select(vec![
        Initialisation::Normalised,
        Initialisation::Xavier,
        Initialisation::He,
    ]);
    let schedule = prop::sample::select(vec![
        Schedule::Constant,
        Schedule::Step {
            every: 1,
            factor: 0.5,
        },
        Schedule::Cosine,
        Schedule::OneCycle,
        Schedule::HalveOnPlateau { patience: 1 },
    ]);
    let augmentation = prop::sample::select(vec![Augmentation::NONE, Augmentation::SHIFT, Augmentation::ALL]);
    let part = || prop_oneof![Just(0.0), 0.0..0.3];
    let shape = (prop::collection::vec(8..40usize, 0..3), 1..100usize, any::<u64>());
    let augment_end = prop::sample::select(vec![1.0, 0.3]);
    let passes = (
        schedule,
        part(),
        part(),
        any::<bool>(),
        (augmentation, augment_end),
    );
    (shape, functions(), init, optimizer(), passes).prop_map(
        |((hidden, batch_size, seed), functions, init, (optimizer, learning_rate), passes)| {
            let (schedule, dropout, label_smoothing, warms_up, (augmentation, augment_end)) = passes;
            let augment_end = if augmentation.is_none() { 1.0 } else { augment_end };
            let warms_up = warms_up && schedule != Schedule::OneCycle;
            // Linear layers bound nothing: at the rates of the other functions their training diverges.
            let learning_rate = match functions.activation {
                Activation::Identity => learning_rate / 100.0,
                _ => learning_rate,
            };
            let control = Control {
                keep_best: true,
                ..Control::default()
            };
            let options = TrainingOptions {
                epochs: 3,
                batch_size,
                learning_rate,
                schedule,
                warmup_epochs: if warms_up { 0.5 } else { 0.0 },
                optimizer,
                label_smoothing,
                dropout,
                augmentation,
                augment_end,
                seed,
                control,
                ..TrainingOptions::default()
            };
            Parts {
                hidden,
                functions,
                init,
                options,
            }
        },
    )
}

/// The network before training.
fn network<F: Real>(parts: &Parts) -> Network<F> {
    let sizes: Vec<usize> = [&[784], &parts.hidden[..], &[10]].concat();
    let network = Network::zeros(&sizes).unwrap();
    let network = network.with_functions(parts.functions).unwrap();
    network.initialised(parts.init, parts.options.seed).unwrap()
}

/// The network after training, and the training costs of the epochs.
fn run<F: Real>(parts: &Parts, split: &Split, engine: EngineKind, threads: usize) -> (Network<F>, Vec<f64>) {
    let options = TrainingOptions {
        engine,
        ..parts.options.clone()
    };
    on_threads(threads, || {
        let mut network = network(parts);
        let outcome = common::run(&mut network, split.data(), &options).unwrap();
        (network, costs(&outcome))
    })
}

fn costs(outcome: &Outcome) -> Vec<f64> {
    outcome.reports.iter().map(|report| report.cost).collect()
}

/// As [`run`], but interrupted after this many mini-batches and resumed from a checkpoint.
fn stop_and_resume(parts: &Parts, split: &Split, stopped_at: u64) -> (Network<f32>, Vec<f64>) {
    let options = checked(&parts.options);
    let directory = tempfile::tempdir().unwrap();
    let mut folder = Folder::create(directory.path()).unwrap();
    let listener = |event: TrainingEvent<f32>| match event {
        TrainingEvent::Resumable(state) if state.steps() == stopped_at => {
            folder.write(&state.snapshot(), &options, &()).unwrap();
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    };
    train(&mut network(parts), split.data(), &options, listener).unwrap();
    let checkpoint = folder.newest::<()>().unwrap().checkpoint;
    let snapshot = checkpoint.snapshot().unwrap();
    let go_on = |_: TrainingEvent<f32>| ControlFlow::Continue(());
    let (network, outcome) = resume(snapshot, split.data(), checkpoint.options(), go_on).unwrap();
    (network, costs(&outcome))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_parts_train_bit_for_bit_the_same_on_any_number_of_threads(parts in parts()) {
        let split = Split::new(2, 360, 1);
        let (one, costs) = run::<f32>(&parts, &split, EngineKind::Batched, 1);
        for threads in [2, 5] {
            let (other, other_costs) = run::<f32>(&parts, &split, EngineKind::Batched, threads);
            prop_assert_eq!(one.sha256(), other.sha256());
            prop_assert_eq!(&costs, &other_costs);
        }
    }

    #[test]
    fn any_parts_stopped_anywhere_and_read_from_a_checkpoint_go_on_to_the_same_bits(
        parts in parts(),
        stopped_at in any::<Index>(),
    ) {
        let split = Split::new(2, 360, 1);
        let (whole, costs) = run::<f32>(&parts, &split, EngineKind::Batched, 2);
        let steps = parts.options.epochs * 300usize.div_ceil(parts.options.batch_size);
        let stopped_at = 1 + stopped_at.index(steps) as u64;
        let (resumed, resumed_costs) = stop_and_resume(&parts, &split, stopped_at);
        prop_assert_eq!(resumed.sha256(), whole.sha256());
        prop_assert_eq!(resumed_costs, costs);
    }

    #[test]
    fn any_parts_train_alike_with_either_engine(parts in parts()) {
        let split = Split::new(2, 180, 1);
        let (batched, costs) = run::<f64>(&parts, &split, EngineKind::Batched, 1);
        let (reference, reference_costs) = run::<f64>(&parts, &split, EngineKind::Reference, 1);
        for (cost, expected) in costs.iter().zip(reference_costs) {
            prop_assert!((cost / expected - 1.0).abs() < 1e-6, "{} {}", cost, expected);
        }
        let largest = largest_difference(parameters(batched.layers()), parameters(reference.layers()));
        prop_assert!(largest < 1e-5, "{largest:e}");
    }
}

#[test]
fn every_optimizer_and_activation_learns() {
    let split = Split::new(4, 1200, 1);
    for (rule, learning_rate) in [
        (Rule::Sgd, 0.1),
        (Rule::Momentum { momentum: 0.9 }, 0.01),
        (Rule::Nesterov { momentum: 0.9 }, 0.01),
        (Rule::Adam(Moments::default()), 0.003),
        (Rule::AdamW(Moments::default()), 0.003),
    ] {
        for activation in Activation::ALL {
            let mut parts = Parts {
                hidden: vec![30],
                functions: Functions {
                    activation,
                    output: Output::Softmax,
                    cost: Cost::LogLikelihood,
                },
                init: Initialisation::Xavier,
                options: TrainingOptions {
                    epochs: 4,
                    learning_rate,
                    ..TrainingOptions::default()
                },
            };
            parts.options.optimizer.rule = rule;
            let (_, costs) = run::<f32>(&parts, &split, EngineKind::Batched, 1);
            assert!(costs[3] < 0.6 * costs[0], "{rule:?}, {activation:?}: {costs:?}");
        }
    }
}
