//! `--csv FILE` of `train --runs`: one line per seed with its result on the test images.

use std::sync::OnceLock;

use super::super::job::Job;
use crate::cli::output::words::{best_report, ending_code, final_report, totals};
use crate::cli::records::runs::Runs;
use batchprop::data::checksum::digits_sha256;
use batchprop::{Error, Outcome};

const COLUMNS: [&str; 12] = [
    "settings",
    "version",
    "data_sha256",
    "seed",
    "epochs_trained",
    "ending",
    "final_correct",
    "best_correct",
    "best_epoch",
    "test_images",
    "train_seconds",
    "weights_sha256",
];

const DIVERGED: &str = "diverged";

/// How a run may end that is not interrupted.
const ENDINGS: [&str; 5] = ["epochs", "patience", "plateau", "time", DIVERGED];

/// The result of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub epochs: usize,
    ending: &'static str,
    /// Where test images were evaluated.
    pub test: Option<TestFigures>,
    train_seconds: f64,
    /// SHA-256; empty of a run that diverged.
    pub weights: String,
}

/// Correct test images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestFigures {
    /// Of the network that the run ended with.
    pub last: usize,
    pub best: usize,
    pub best_epoch: usize,
    pub images: usize,
}

impl Figures {
    /// Of a run that ended.
    pub fn new(outcome: &Outcome, kept_best: bool, weights: String) -> Self {
        let (train_time, _) = totals(outcome);
        Self {
            epochs: outcome.reports.len(),
            ending: ending_code(outcome.ending),
            test: TestFigures::of(outcome, kept_best),
            train_seconds: train_time.as_secs_f64(),
            weights,
        }
    }

    /// Of a run that [`Error::Diverged`]; `None` of other errors, which may not come again.
    pub fn of_error(error: &Error) -> Option<Self> {
        match error {
            Error::Diverged { epoch, .. } => Some(Self {
                epochs: *epoch,
                ending: DIVERGED,
                test: None,
                train_seconds: 0.0,
                weights: String::new(),
            }),
            _ => None,
        }
    }

    pub fn is_diverged(&self) -> bool {
        self.ending == DIVERGED
    }

    fn cells(&self) -> [String; 8] {
        let of = |value: fn(&TestFigures) -> usize| {
            self.test
                .as_ref()
                .map_or_else(String::new, |it| value(it).to_string())
        };
        [
            self.epochs.to_string(),
            self.ending.to_owned(),
            of(|it| it.last),
            of(|it| it.best),
            of(|it| it.best_epoch),
            of(|it| it.images),
            self.train_seconds.to_string(),
            self.weights.clone(),
        ]
    }

    /// Parses cells; `None` unless they are as [`Self::cells`] writes them.
    fn of_cells(cells: &[&str]) -> Option<Self> {
        let &[epochs, ending, last, best, best_epoch, images, seconds, weights] = cells else {
            return None;
        };
        let test = match [last, best, best_epoch, images] {
            ["", "", "", ""] => None,
            _ => {
                let images = images.parse().ok().filter(|&images| images > 0)?;
                let correct = |cell: &str| cell.parse().ok().filter(|&correct| correct <= images);
                Some(TestFigures {
                    last: correct(last)?,
                    best: correct(best)?,
                    best_epoch: best_epoch.parse().ok()?,
                    images,
                })
            }
        };
        Some(Self {
            epochs: epochs.parse().ok()?,
            ending: ENDINGS.into_iter().find(|&known| known == ending)?,
            test,
            train_seconds: seconds.parse().ok()?,
            weights: weights.to_owned(),
        })
    }
}

impl TestFigures {
    /// The part of the images that are correct, 0 to 1.
    pub fn accuracy(self, correct: usize) -> f64 {
        correct as f64 / self.images as f64
    }

    /// `None` where no test images were evaluated.
    pub fn of(outcome: &Outcome, kept_best: bool) -> Option<Self> {
        let (last, best) = (final_report(outcome, kept_best)?, best_report(outcome)?);
        let (last, test) = (last.test?, best.test?);
        Some(Self {
            last: last.correct,
            best: test.correct,
            best_epoch: best.epoch,
            images: test.images,
        })
    }
}

/// The runs of a job, which differ in their seeds.
pub struct SeedRuns<'a> {
    job: &'a Job<'a>,
    count: usize,
    settings: String,
    /// SHA-256 of the data, once it is needed.
    data: OnceLock<String>,
}

impl<'a> SeedRuns<'a> {
    pub fn new(job: &'a Job<'a>, count: usize) -> Self {
        Self {
            job,
            count,
            settings: job.settings_anywhere(),
            data: OnceLock::new(),
        }
    }

    fn first(&self) -> u64 {
        self.job.run.options.get().seed
    }

    fn data(&self) -> &str {
        self.data.get_or_init(|| digits_sha256(&self.job.digits))
    }
}

impl Runs for SeedRuns<'_> {
    type Key = u64;
    type Figures = Figures;

    fn columns(&self) -> Vec<String> {
        COLUMNS.map(str::to_owned).to_vec()
    }

    fn cells(&self, seed: u64, figures: &Figures) -> Vec<String> {
        let of_run = [&self.settings, env!("CARGO_PKG_VERSION"), self.data()].map(str::to_owned);
        let figures = figures.cells();
        of_run
            .into_iter()
            .chain([seed.to_string()])
            .chain(figures)
            .collect()
    }

    fn read(&self, cells: &[&str]) -> Result<(u64, Figures), (String, String)> {
        let (of_run, cells) = cells.split_at(4);
        for ((column, found), own) in
            COLUMNS
                .iter()
                .zip(of_run)
                .zip([&self.settings, env!("CARGO_PKG_VERSION"), self.data()])
        {
            if *found != own {
                return Err((format!("a run with the {column} {own}"), (*found).to_owned()));
            }
        }
        let is_own = |seed: &u64| {
            seed.checked_sub(self.first())
                .is_some_and(|index| index < self.count as u64)
        };
        let Some(seed) = of_run[3].parse().ok().filter(is_own) else {
            return Err((
                "one of the seeds of --runs".to_owned(),
                format!("seed {}", of_run[3]),
            ));
        };
        let figures =
            Figures::of_cells(cells).ok_or_else(|| ("the figures of a run".to_owned(), cells.join(",")))?;
        Ok((seed, figures))
    }

    fn place(&self, seed: u64) -> impl Ord {
        seed
    }

    fn name(&self, seed: u64) -> String {
        format!("seed {seed}")
    }

    fn is_same(one: &Figures, other: &Figures) -> bool {
        let train_seconds = one.train_seconds;
        *one == Figures {
            train_seconds,
            ..other.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_back_is_the_same_and_damaged_cells_are_refused() {
        let good = Figures {
            epochs: 3,
            ending: "patience",
            test: Some(TestFigures {
                last: 7,
                best: 9,
                best_epoch: 1,
                images: 10,
            }),
            train_seconds: 0.1 + 0.2,
            weights: "ab".to_owned(),
        };
        let without_test = Figures {
            test: None,
            ..good.clone()
        };
        let diverged = Figures {
            ending: DIVERGED,
            ..without_test.clone()
        };
        for figures in [&good, &without_test, &diverged] {
            let cells = figures.cells();
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            assert_eq!(Figures::of_cells(&cells).as_ref(), Some(figures));
        }
        let cells = good.cells();
        for (place, damaged) in [
            (0, "-1"),
            (1, "interrupted"),
            (2, "11"),
            (3, ""),
            (4, "x"),
            (5, "0"),
            (6, ""),
        ] {
            let mut cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            cells[place] = damaged;
            assert_eq!(Figures::of_cells(&cells), None, "{damaged}");
        }
    }
}
