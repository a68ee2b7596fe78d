//! The rows of the table, and how each is measured.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::cli::output::words::dashed;
use batchprop::math::random::{Stream, stream};
use batchprop::training::Trainer;
use batchprop::training::minibatch::InputForm;
use batchprop::{Dataset, EngineKind, Error, Network, Real, TrainingOptions, evaluate};

/// Hidden units and mini-batch sizes: the article's network, and three with larger matrices.
const SHAPES: [(usize, usize); 4] = [(30, 10), (100, 64), (800, 128), (800, 1024)];

/// Most images per round of the reference engine, whose speed does not depend on their number.
const REFERENCE_IMAGES: usize = 10_000;

/// Images before the first measurement, to warm up caches, clocks and threads.
const WARM_UP_IMAGES: usize = 2_000;

const SEED: u64 = 0;

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    pub task: Task,
    pub sizes: Vec<usize>,
}

/// What a row measures.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    Train(Box<TrainingOptions>),
    Evaluate,
}

impl Row {
    /// The network's sizes: 784-30-10.
    pub fn network(&self) -> String {
        dashed(&self.sizes)
    }

    /// Multiplications and additions per image if no pixel is skipped: forward, gradient and, above the first layer, backward
    /// are one product each with n_out × n_in weights, of 2 operations per weight.
    pub fn flop_per_image(&self) -> f64 {
        let layers = self.sizes.windows(2).enumerate();
        let products = layers.map(|(index, pair)| {
            let products = match (&self.task, index) {
                (Task::Evaluate, _) => 1.0,
                (Task::Train(_), 0) => 2.0,
                (Task::Train(_), _) => 3.0,
            };
            products * pair[0] as f64 * pair[1] as f64
        });
        2.0 * products.sum::<f64>()
    }
}

/// For the progress bar.
impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task {
            Task::Train(options) => write!(formatter, "train {}, B = {}", self.network(), options.batch_size),
            Task::Evaluate => write!(formatter, "evaluate {}", self.network()),
        }
    }
}

/// All rows; the first is the one the others are compared with.
pub fn rows(n_in: usize, n_out: usize) -> Vec<Row> {
    let row = |hidden, task| Row {
        task,
        sizes: vec![n_in, hidden, n_out],
    };
    let train = |(hidden, batch_size), engine, inputs| {
        let options = TrainingOptions {
            batch_size,
            engine,
            inputs,
            seed: SEED,
            ..Default::default()
        };
        row(hidden, Task::Train(Box::new(options)))
    };
    let mut rows = vec![train(SHAPES[0], EngineKind::Reference, InputForm::Dense)];
    for shape in SHAPES {
        for inputs in [InputForm::Auto, InputForm::Dense] {
            rows.push(train(shape, EngineKind::Batched, inputs));
        }
    }
    rows.push(row(SHAPES[0].0, Task::Evaluate));
    rows
}

/// One network per row.
pub fn networks<F: Real>(rows: &[Row]) -> Result<Vec<Network<F>>, Error> {
    rows.iter().map(|row| Network::new(&row.sizes, SEED)).collect()
}

/// A row's times.
#[derive(Debug)]
pub struct Measured<'a> {
    pub row: &'a Row,
    /// Images in one measurement.
    pub images: usize,
    /// In ascending order.
    pub seconds: Vec<f64>,
}

impl Measured<'_> {
    /// The middle one, or the mean of the middle two.
    pub fn median_seconds(&self) -> f64 {
        let count = self.seconds.len();
        (self.seconds[(count - 1) / 2] + self.seconds[count / 2]) / 2.0
    }

    pub fn images_per_second(&self) -> f64 {
        self.images as f64 / self.median_seconds()
    }

    /// Billions of operations per second, as if no pixel were skipped.
    pub fn gflops(&self) -> f64 {
        1e-9 * self.row.flop_per_image() * self.images_per_second()
    }
}

/// All rows, ready to be measured in any order.
pub struct Jobs<'a, F: Real> {
    training: &'a Dataset,
    test: &'a Dataset,
    rows: &'a [Row],
    jobs: Vec<Job<'a, F>>,
    order: Vec<u32>,
    random: Xoshiro256PlusPlus,
    /// One per row.
    seconds: Vec<Vec<f64>>,
}

enum Job<'a, F: Real> {
    Train {
        trainer: Box<Trainer<'a, F>>,
        images: usize,
    },
    Evaluate {
        network: &'a Network<F>,
    },
}

impl<'a, F: Real> Jobs<'a, F> {
    /// Allocates all memory for the measurements. `networks`: one per row.
    pub fn new(
        rows: &'a [Row],
        networks: &'a mut [Network<F>],
        training: &'a Dataset,
        test: &'a Dataset,
    ) -> Result<Self, Error> {
        let jobs = rows.iter().zip(networks).map(|(row, network)| match &row.task {
            Task::Train(options) => Ok(Job::Train {
                images: match options.engine {
                    EngineKind::Reference => training.len().min(REFERENCE_IMAGES),
                    EngineKind::Batched => training.len(),
                },
                trainer: Box::new(Trainer::new(network, &options.clone().check()?, training)),
            }),
            Task::Evaluate => Ok(Job::Evaluate { network }),
        });
        Ok(Self {
            training,
            test,
            rows,
            jobs: jobs.collect::<Result<_, Error>>()?,
            order: (0..training.len() as u32).collect(),
            random: stream(SEED, Stream::Shuffle),
            seconds: vec![Vec::new(); rows.len()],
        })
    }

    /// Runs a little of every row.
    pub fn warm_up(&mut self) -> Result<(), Error> {
        for index in 0..self.jobs.len() {
            self.run(index, WARM_UP_IMAGES)?;
        }
        Ok(())
    }

    /// Measures a row: one epoch, its shuffle included, or one evaluation.
    pub fn measure(&mut self, index: usize) -> Result<(), Error> {
        let start = Instant::now();
        self.run(index, usize::MAX)?;
        self.seconds[index].push(start.elapsed().as_secs_f64());
        Ok(())
    }

    fn run(&mut self, index: usize, most_images: usize) -> Result<(), Error> {
        match &mut self.jobs[index] {
            Job::Train { trainer, images } => {
                self.order.shuffle(&mut self.random);
                let order = &self.order[..most_images.min(*images)];
                let cost = trainer.epoch(self.training, order, |_| ControlFlow::Continue(()));
                let learning_rate = TrainingOptions::default().learning_rate;
                cost.map_err(|diverged| diverged.in_epoch::<F>(0, learning_rate))?;
            }
            Job::Evaluate { network } => {
                std::hint::black_box(evaluate(network, self.test));
            }
        }
        Ok(())
    }

    /// The times of all rows.
    pub fn measured(&self) -> Vec<Measured<'a>> {
        let rows = self.rows.iter().zip(&self.jobs).zip(&self.seconds);
        rows.map(|((row, job), seconds)| {
            let mut seconds = seconds.clone();
            seconds.sort_by(f64::total_cmp);
            let images = match job {
                Job::Train { images, .. } => *images,
                Job::Evaluate { .. } => self.test.len(),
            };
            Measured { row, images, seconds }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_of_the_large_network_takes_127_gflop() {
        let large = rows(784, 10).into_iter().find(|row| row.sizes[1] == 800).unwrap();
        assert_eq!(large.flop_per_image(), (4 * 784 * 800 + 6 * 800 * 10) as f64);
        assert_eq!((large.flop_per_image() * 50_000e-9).round(), 128.0);
    }

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle_two() {
        let rows = rows(784, 10);
        let measured = |seconds: &[f64]| Measured {
            row: &rows[0],
            images: 6,
            seconds: seconds.to_vec(),
        };
        assert_eq!(measured(&[1.0, 2.0, 9.0]).images_per_second(), 3.0);
        assert_eq!(measured(&[1.0, 2.0, 4.0, 9.0]).images_per_second(), 2.0);
    }
}
