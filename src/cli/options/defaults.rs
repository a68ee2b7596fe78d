//! Defaults that depend on other options: one table of the learning rates and initialisations that work with them.
//!
//! The article's η = 3 and N(0, 1) suit the article's network and little else: with Adam, or with ReLU, they end at 10 %.
//! So the defaults depend on the other options. The numbers were measured on MNIST, ten epochs each.

use batchprop::{Activation, Cost, Functions, Initialisation, Rule};

/// The table, for `help train`.
pub const TABLE: &str = "\
Defaults that follow other options:
  --learning-rate                                   sgd   momentum, nesterov   adam, adamw
    sigmoid units, quadratic cost                     3                  0.1         0.001
    sigmoid units, another cost                     0.5                 0.05         0.001
    other units, quadratic cost                     0.5                 0.05         0.001
    other units, another cost                       0.1                 0.01         0.001
    The rates of sgd, momentum and nesterov are for up to 100 units in a layer;
    with more they are multiplied by 100 / units.
  --init
    relu, leaky-relu, gelu, silu                    he
    tanh                                            xavier
    sigmoid, as in the article: sgd, mini-batches of up to 10,
      one hidden layer of up to 30 units            normal
    sigmoid otherwise                               normalised";

/// Units up to which the table's learning rates hold.
const NARROW: usize = 100;

/// The most hidden units, and the largest mini-batch, with which N(0, 1) starts well.
const ARTICLE_UNITS: usize = 30;
const ARTICLE_BATCH: usize = 10;

/// What the defaults follow.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    pub functions: Functions,
    pub rule: Rule,
    pub hidden: &'a [usize],
    pub batch_size: usize,
}

impl Given<'_> {
    /// The table's `--init`.
    pub fn initialisation(self) -> Initialisation {
        match self.functions.activation {
            Activation::Relu | Activation::LeakyRelu | Activation::Gelu | Activation::Silu => {
                Initialisation::He
            }
            Activation::Tanh | Activation::Identity => Initialisation::Xavier,
            Activation::Sigmoid if self.is_like_the_article() => Initialisation::Normal,
            Activation::Sigmoid => Initialisation::Normalised,
        }
    }

    fn is_like_the_article(self) -> bool {
        let is_small = matches!(self.hidden, [] | [..=ARTICLE_UNITS]);
        is_small && self.rule == Rule::Sgd && self.batch_size <= ARTICLE_BATCH
    }

    /// The table's `--learning-rate`.
    pub fn learning_rate(self) -> f64 {
        let is_sigmoid = self.functions.activation == Activation::Sigmoid;
        let is_quadratic = self.functions.cost == Cost::Quadratic;
        let (sgd, momentum) = match (is_sigmoid, is_quadratic) {
            (true, true) => (3.0, 0.1),
            (true, false) | (false, true) => (0.5, 0.05),
            (false, false) => (0.1, 0.01),
        };
        let rate = match self.rule {
            Rule::Adam(_) | Rule::AdamW(_) => return 0.001,
            Rule::Sgd => sgd,
            Rule::Momentum { .. } | Rule::Nesterov { .. } => momentum,
        };
        let widest = self.hidden.iter().copied().max().unwrap_or(0).max(NARROW);
        rate * NARROW as f64 / widest as f64
    }
}

/// Describes a learning rate that was not given.
pub fn of_rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Sgd => "the default with these functions and sizes",
        Rule::Momentum { .. } => "momentum's default",
        Rule::Nesterov { .. } => "nesterov's default",
        Rule::Adam(_) => "adam's default",
        Rule::AdamW(_) => "adamw's default",
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use clap::Parser;
    use rayon::prelude::*;

    use crate::cli::options::run::RunOptions;
    use batchprop::data::synthetic;
    use batchprop::{Initialisation, TrainOn, TrainingData, train};

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        run: RunOptions,
    }

    fn options(line: &str) -> RunOptions {
        Line::parse_from(std::iter::once("train").chain(line.split_whitespace())).run
    }

    #[test]
    fn the_bare_command_is_the_article_s_run() {
        let run = options("");
        assert_eq!(run.initialisation(), Initialisation::Normal);
        assert_eq!(run.check(true, false).unwrap().get().learning_rate, 3.0);
    }

    #[test]
    fn what_is_given_is_taken() {
        let run = options("--optimizer adam --learning-rate 3 --init normal");
        assert_eq!(run.initialisation(), Initialisation::Normal);
        assert_eq!(run.check(true, false).unwrap().get().learning_rate, 3.0);
    }

    /// With the article's learning rate and initialisation, each of these ended at 10 to 74 %.
    #[test]
    fn any_one_option_and_the_usual_pairs_learn_synthetic_digits() {
        let digits = synthetic::digits(3, 9600, 500);
        let training = digits.training(TrainOn::Train);
        let mut lines: Vec<String> = [
            "",
            "--output-activation softmax",
            "--cost cross-entropy",
            "--cost log-likelihood",
            "--cost cross-entropy --output softmax",
            "--hidden 10",
            "--hidden 300 --epochs 15",
            "--hidden 1000 --epochs 30",
            "--hidden 100-30",
            "--hidden 30-30-30",
            "--hidden 120-120-120",
            "--batch-size 5",
            "--batch-size 40",
            "--batch-size 200 --epochs 60",
        ]
        .map(str::to_owned)
        .into();
        lines.extend(
            ["tanh", "relu", "leaky-relu", "gelu", "silu"].map(|name| format!("--activation {name}")),
        );
        lines.extend(["normalised", "xavier", "he"].map(|name| format!("--init {name}")));
        for optimizer in ["sgd", "momentum", "nesterov", "adam", "adamw"] {
            lines.push(format!("--optimizer {optimizer}"));
            lines.push(format!(
                "--activation relu --output softmax --optimizer {optimizer}"
            ));
        }
        let failed: Vec<_> = lines
            .par_iter()
            .filter_map(|line| {
                let options = options(line);
                // At most half as many images as in ten epochs of MNIST, where the least is 88 %.
                let checked = options.check(true, false).unwrap();
                let run = options.run(&checked, 784, 10);
                let mut network = run.network::<f32>().unwrap();
                let data = TrainingData::new(&training).with_test(digits.test());
                let outcome = train(&mut network, data, &checked, |_| ControlFlow::Continue(())).unwrap();
                let score = outcome.reports.last().unwrap().test.unwrap();
                (score.accuracy() < 0.86).then(|| format!("{line}: {:.3}", score.accuracy()))
            })
            .collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }
}
