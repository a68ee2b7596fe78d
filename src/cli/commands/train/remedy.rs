//! A network that does not learn: the symptom, and the likeliest remedy for the options of this run.

use crate::cli::options::defaults::Given;
use crate::cli::output::words::listed;
use batchprop::Evaluation;
use batchprop::training::many::Run;
use batchprop::{Initialisation, Output};

/// A learning rate is too large above this factor times the default, and too small below the default divided by it.
const FAR: f64 = 3.0;

/// Weights that shrink by this fraction in each step decay too fast to learn anything.
const FAST_DECAY: f64 = 1e-3;

/// With fewer steps in an epoch, ten epochs are few.
const FEW_STEPS: usize = 100;

/// What is wrong with the network at the end of an epoch, if its predictions are no better than always guessing the commonest
/// class, or if it never predicts some of them; and what to change.
pub fn remedy(evaluation: &Evaluation, run: &Run, training_images: usize) -> Option<String> {
    let confusion = &evaluation.confusion;
    let classes = 0..confusion.nrows();
    let images = |class: usize| confusion.row(class).sum();
    let commonest = classes.clone().map(images).max()?;
    // With two classes, one output may be enough.
    let never: Vec<usize> = classes
        .filter(|&class| images(class) > 0 && confusion.column(class).sum() == 0)
        .collect();
    let found = if evaluation.correct() <= commonest {
        "the network is no better than always guessing the commonest class".to_owned()
    } else if never.is_empty() {
        return None;
    } else {
        let cause = match run.functions.output {
            Output::Sigmoid => ": their outputs are saturated",
            Output::Softmax => "",
        };
        let verb = if never.len() == 1 { "is" } else { "are" };
        format!("{} {verb} never predicted{cause}", listed(&never))
    };
    Some(format!("{found}. Try {}", change(run, training_images)))
}

/// The option whose change is likeliest to help.
fn change(run: &Run, training_images: usize) -> String {
    let options = run.options.get();
    let given = Given {
        functions: run.functions,
        rule: options.optimizer.rule,
        hidden: &run.sizes[1..run.sizes.len() - 1],
        batch_size: options.batch_size,
    };
    let usual = given.learning_rate();
    let (rate, penalties) = (options.learning_rate, options.optimizer.penalties);
    // Penalties are per training image.
    let shrinks = rate * (penalties.weight_decay + penalties.l2 / training_images as f64);
    let steps = training_images.div_ceil(options.batch_size);
    if rate > FAR * usual {
        format!("--learning-rate {usual}, the default with these options, instead of {rate}")
    } else if shrinks > FAST_DECAY && penalties.weight_decay > 0.0 {
        format!(
            "a smaller --weight-decay: weights shrink by {:.2} % in each step",
            100.0 * shrinks
        )
    } else if shrinks > FAST_DECAY {
        format!(
            "a smaller --l2: weights shrink by {:.2} % in each step",
            100.0 * shrinks
        )
    } else if run.initialisation == Initialisation::Normal && given.initialisation() != Initialisation::Normal
    {
        let name = given.initialisation().name();
        format!("--init {name}: with N(0, 1) so many units start saturated")
    } else if FAR * rate < usual {
        format!("--learning-rate {usual}, the default with these options, instead of {rate}")
    } else if options.dropout > 0.5 {
        format!("less dropout than {}", options.dropout)
    } else if steps < FEW_STEPS {
        format!("a smaller --batch-size, or more --epochs: there are only {steps} steps in an epoch")
    } else {
        format!(
            "a smaller --learning-rate, such as {}, or another --seed",
            rate / 3.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchprop::{Functions, Rule, TrainingOptions};
    use ndarray::Array2;

    fn run(change: impl FnOnce(&mut TrainingOptions)) -> Run {
        let mut options = TrainingOptions::default();
        change(&mut options);
        Run {
            sizes: vec![784, 30, 10],
            functions: Functions::default(),
            initialisation: Initialisation::Normal,
            options: options.check().unwrap(),
        }
    }

    /// An evaluation in which each image of class c is predicted as `prediction(c)`.
    fn predicted(prediction: fn(usize) -> usize) -> Evaluation {
        let mut confusion = Array2::zeros((10, 10));
        for class in 0..10 {
            confusion[(class, prediction(class))] = 100;
        }
        Evaluation { confusion, cost: 0.5 }
    }

    #[test]
    fn a_network_that_learns_gets_no_note() {
        assert_eq!(remedy(&predicted(|class| class), &run(|_| ()), 50_000), None);
    }

    #[test]
    fn a_constant_prediction_is_told_with_the_option_that_is_far_from_its_default() {
        let adam = |options: &mut TrainingOptions| options.optimizer.rule = Rule::Adam(Default::default());
        let note = remedy(&predicted(|_| 1), &run(adam), 50_000).unwrap();
        assert!(
            note.contains("commonest class") && note.contains("--learning-rate 0.001"),
            "{note}"
        );
        let decay = |options: &mut TrainingOptions| options.optimizer.penalties.weight_decay = 0.01;
        let note = remedy(&predicted(|_| 1), &run(decay), 50_000).unwrap();
        assert!(note.contains("--weight-decay"), "{note}");
        let large = |options: &mut TrainingOptions| options.batch_size = 10_000;
        let note = remedy(&predicted(|_| 1), &run(large), 50_000).unwrap();
        assert!(note.contains("--init normalised"), "{note}");
    }

    #[test]
    fn classes_that_are_never_predicted_are_named() {
        let note = remedy(
            &predicted(|class| if [2, 5, 8].contains(&class) { 0 } else { class }),
            &run(|_| ()),
            50_000,
        );
        let note = note.unwrap();
        assert!(
            note.starts_with("2, 5 and 8 are never predicted: their outputs are saturated"),
            "{note}"
        );
        let note = remedy(
            &predicted(|class| if class == 4 { 0 } else { class }),
            &run(|_| ()),
            50_000,
        )
        .unwrap();
        assert!(note.starts_with("4 is never predicted"), "{note}");
    }
}
