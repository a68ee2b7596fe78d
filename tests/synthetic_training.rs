//! Synthetic digits are about as hard to learn as MNIST: the article's run ends between 90 % and 99 %.

use std::ops::ControlFlow;

use batchprop::data::synthetic;
use batchprop::{Network, TrainOn, TrainingData, TrainingOptions, train};

#[test]
fn the_article_s_run_on_synthetic_digits_ends_between_90_and_99_percent() {
    let digits = synthetic::digits(0, synthetic::TRAINING, synthetic::TEST);
    let mut network = Network::<f32>::new(&[784, 30, 10], 0).unwrap();
    let training = digits.training(TrainOn::Train);
    let reports = train(
        &mut network,
        TrainingData::new(&training).with_test(digits.test()),
        &TrainingOptions::default().check().unwrap(),
        |_| ControlFlow::Continue(()),
    );
    let reports = reports.unwrap().reports;
    let correct = reports
        .iter()
        .filter_map(|report| report.evaluation.map(|score| score.correct));
    let correct: Vec<usize> = correct.collect();
    assert_eq!(correct.len(), 30);
    assert!((9000..=9900).contains(&correct[29]), "{correct:?}");
    assert!(correct.iter().all(|&correct| correct <= 9900), "{correct:?}");
}
