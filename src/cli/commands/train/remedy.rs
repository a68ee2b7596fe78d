//! A network that does not learn: the symptom, and the likeliest remedy for the options of this run.

use crate::cli::options::defaults::Given;
use crate::cli::output::class_names::ClassNames;
use crate::cli::output::words::{counted, listed};
use batchprop::Evaluation;
use batchprop::training::many::Run;
use batchprop::{Digits, Initialisation, Network, Output, Real, TrainingData, evaluate};

/// Training images after which a network should be better than guessing, and know all classes.
const GUESSES: usize = 1_000;
const KNOWS_ALL: usize = 10_000;

/// The most training images that are evaluated to see whether a network learned, where no test images are evaluated.
const SAMPLE: usize = 10_000;

/// More classes than these are not named one by one.
const MOST_NAMED: usize = 10;

/// A learning rate is too large above this factor times the default, and too small below the default divided by it.
const FAR: f64 = 3.0;

/// Weights that shrink by this fraction in each step decay too fast to learn anything.
const FAST_DECAY: f64 = 1e-3;

/// With fewer steps in an epoch, ten epochs are few.
const FEW_STEPS: usize = 100;

/// What was wrong with the network of a run when it was last evaluated.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    /// Images that trained so far.
    seen: usize,
    found: Option<String>,
}

impl Fault {
    /// Looks at the evaluation after an epoch of `run`, in which `training_images` images of `digits` trained.
    pub fn look(&mut self, evaluation: &Evaluation, run: &Run, digits: &Digits, training_images: usize) {
        self.seen += training_images;
        let enough = match is_guessing(evaluation) {
            true => GUESSES,
            false => KNOWS_ALL,
        };
        let names = ClassNames::of(digits.class_names());
        let found = remedy(evaluation, run, &names, training_images);
        self.found = found.filter(|_| self.seen >= enough);
    }

    /// Looks at the network of a run that ended after `trained` images, where its test images were not evaluated.
    pub fn look_at_end<F: Real>(
        &mut self,
        network: &Network<F>,
        run: &Run,
        digits: &Digits,
        data: TrainingData,
        trained: usize,
    ) {
        if data.test.is_none() {
            let images = data.training.len();
            let evaluation = evaluate(network, &data.training.slice(0..images.min(SAMPLE)));
            self.seen = trained.saturating_sub(images);
            self.look(&evaluation, run, digits, images.min(trained));
        }
    }

    /// What was found so far, if enough images trained that the end of the run need not be awaited.
    pub fn found_early(&self) -> Option<&str> {
        self.found().filter(|_| self.seen >= KNOWS_ALL)
    }

    /// What was found, if anything, and what to change.
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }
}

/// What is wrong with the network at the end of an epoch, if its predictions are no better than always guessing the commonest
/// class, or if it never predicts some of them; and what to change.
fn remedy(evaluation: &Evaluation, run: &Run, names: &ClassNames, training_images: usize) -> Option<String> {
    let (images, predicted) = (evaluation.confusion.labelled(), evaluation.confusion.predicted());
    let never = (0..images.len()).filter(|&class| images[class] > 0 && predicted[class] == 0);
    let never: Vec<usize> = never.collect();
    let found = if is_guessing(evaluation) {
        "the network is no better than always guessing the commonest class".to_owned()
    } else if never.is_empty() {
        return None;
    } else {
        let cause = match run.functions.output {
            Output::Sigmoid => ": their outputs are saturated",
            Output::Softmax => "",
        };
        let verb = if never.len() == 1 { "is" } else { "are" };
        let mut named: Vec<String> = never
            .iter()
            .take(MOST_NAMED)
            .map(|&class| names.name(class))
            .collect();
        if never.len() > MOST_NAMED {
            named.push(format!("{} other classes", never.len() - MOST_NAMED));
        }
        format!("{} {verb} never predicted{cause}", listed(&named))
    };
    Some(format!("{found}. Try {}", change(run, training_images)))
}

/// Whether the predictions are no better than always guessing the commonest class.
fn is_guessing(evaluation: &Evaluation) -> bool {
    let commonest = evaluation.confusion.labelled().into_iter().max();
    evaluation.correct() <= commonest.unwrap_or(0)
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
        format!(
            "a smaller --batch-size, or more --epochs: an epoch has only {}",
            counted(steps, "step")
        )
    } else {
        // In few digits, as people write it.
        let smaller: f64 = format!("{:.1e}", rate / 3.0).parse().expect("a number");
        format!("a smaller --learning-rate, such as {smaller}, or another --seed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchprop::training::Confusion;
    use batchprop::{Functions, Rule, TrainingOptions};

    fn run(change: impl FnOnce(&mut TrainingOptions)) -> Run {
        let mut options = TrainingOptions::default();
        change(&mut options);
        Run {
            sizes: vec![784, 30, 10],
            functions: Functions::default(),
            initialisation: Initialisation::Normal,
            start: None,
            options: options.check().unwrap(),
        }
    }

    /// An evaluation in which each image of class c is predicted as `prediction(c)`.
    fn predicted(prediction: fn(u16) -> u16) -> Evaluation {
        let mut confusion = Confusion::new(10);
        for class in 0..10 {
            confusion.add(class, prediction(class), 100);
        }
        Evaluation { confusion, cost: 0.5 }
    }

    fn remedied(evaluation: &Evaluation, run: &Run) -> Option<String> {
        remedy(evaluation, run, &ClassNames::default(), 50_000)
    }

    #[test]
    fn a_network_that_learns_gets_no_note() {
        assert_eq!(remedied(&predicted(|class| class), &run(|_| ())), None);
    }

    #[test]
    fn a_constant_prediction_is_told_with_the_option_that_is_far_from_its_default() {
        let adam = |options: &mut TrainingOptions| options.optimizer.rule = Rule::Adam(Default::default());
        let note = remedied(&predicted(|_| 1), &run(adam)).unwrap();
        assert!(
            note.contains("commonest class") && note.contains("--learning-rate 0.001"),
            "{note}"
        );
        let decay = |options: &mut TrainingOptions| options.optimizer.penalties.weight_decay = 0.01;
        let note = remedied(&predicted(|_| 1), &run(decay)).unwrap();
        assert!(note.contains("--weight-decay"), "{note}");
        let large = |options: &mut TrainingOptions| options.batch_size = 10_000;
        let note = remedied(&predicted(|_| 1), &run(large)).unwrap();
        assert!(note.contains("--init normalised"), "{note}");
    }

    #[test]
    fn classes_that_are_never_predicted_are_named() {
        let three = predicted(|class| if [2, 5, 8].contains(&class) { 0 } else { class });
        let note = remedied(&three, &run(|_| ())).unwrap();
        assert!(
            note.starts_with("2, 5 and 8 are never predicted: their outputs are saturated"),
            "{note}"
        );
        let one = predicted(|class| if class == 4 { 0 } else { class });
        let note = remedied(&one, &run(|_| ())).unwrap();
        assert!(note.starts_with("4 is never predicted"), "{note}");
        let names: Vec<String> = "abcdefghij".chars().map(String::from).collect();
        let note = remedy(&three, &run(|_| ()), &ClassNames::of(Some(&names)), 50_000).unwrap();
        assert!(note.starts_with("c, f and i are never predicted"), "{note}");
    }

    #[test]
    fn a_run_without_evaluations_is_looked_at_when_it_ends_and_a_short_one_is_not_judged_by_single_classes() {
        let digits = batchprop::data::synthetic::digits(1, 2400, 12);
        let training = digits.training(batchprop::TrainOn::All);
        let blind = TrainingData::new(&training);
        let network = batchprop::Network::<f32>::zeros(&[784, 10]).unwrap();
        let found = |data, trained| {
            let mut fault = Fault::default();
            fault.look_at_end(&network, &run(|_| ()), &digits, data, trained);
            fault.found().map(str::to_owned)
        };
        assert!(found(blind, 2400).unwrap().contains("commonest class"));
        assert_eq!(found(blind, 240), None);
        assert_eq!(found(blind.with_test(digits.test()), 2400), None);

        let three = predicted(|class| if [2, 5, 8].contains(&class) { 0 } else { class });
        let mut fault = Fault::default();
        fault.look(&three, &run(|_| ()), &digits, 5_000);
        assert_eq!(fault.found(), None);
        fault.look(&three, &run(|_| ()), &digits, 5_000);
        assert!(fault.found_early().is_some());

        // A short run may still learn, and is judged at its end.
        let mut fault = Fault::default();
        fault.look(&predicted(|_| 1), &run(|_| ()), &digits, 5_000);
        assert!(fault.found().is_some() && fault.found_early().is_none());
    }
}
