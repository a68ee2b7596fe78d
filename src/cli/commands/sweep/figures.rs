//! The figures of a run of a sweep: the part of a line of `--csv` after its settings.

use crate::cli::output::words::ending_code;
use batchprop::training::Ending;
use batchprop::{EpochReport, Error, Outcome};

/// The columns, in the order of [`Figures::cells`].
pub const COLUMNS: [&str; 9] = [
    "epochs_trained",
    "ending",
    "validation_accuracy",
    "best_validation_accuracy",
    "best_validation_epoch",
    "validation_cost",
    "training_cost",
    "train_seconds",
    "weights_sha256",
];

/// The state of a run when it is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub epochs: usize,
    pub ending: &'static str,
    /// `None` of a run that diverged.
    pub accuracies: Option<Accuracies>,
    pub train_seconds: f64,
    pub weights: String,
}

/// On the validation images, 0 to 1, and costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Accuracies {
    /// For the network that the run would end with here.
    pub last: f64,
    pub best: f64,
    pub best_epoch: usize,
    pub validation_cost: f64,
    pub training_cost: f64,
}

/// How a run may end.
const ENDINGS: [&str; 6] = ["epochs", "patience", "plateau", "time", STOPPED, DIVERGED];
const STOPPED: &str = "stopped";
const DIVERGED: &str = "diverged";

impl Figures {
    /// Of a run whose last epoch is done; `None` where there are no validation images.
    pub fn new(outcome: &Outcome, kept_best: bool, weights: String) -> Option<Self> {
        let reports = &outcome.reports;
        let last = match outcome.best_epoch {
            Some(epoch) if kept_best => reports.get(epoch)?,
            _ => reports.last()?,
        };
        let best = reports.get(outcome.best_epoch?)?;
        let accuracy = |report: &EpochReport| report.validation.map(|score| score.accuracy());
        let train_seconds = reports.iter().map(|report| report.train_time.as_secs_f64());
        Some(Self {
            epochs: reports.len(),
            ending: match outcome.ending {
                // The sweep itself ended it, where halving compares.
                Ending::Listener => STOPPED,
                ending => ending_code(ending),
            },
            accuracies: Some(Accuracies {
                last: accuracy(last)?,
                best: accuracy(best)?,
                best_epoch: best.epoch,
                validation_cost: last.validation?.cost,
                training_cost: last.cost,
            }),
            train_seconds: train_seconds.sum(),
            weights,
        })
    }

    /// Of a run that [`Error::Diverged`]; `None` of other errors, which may not come again.
    pub fn diverged(error: &Error) -> Option<Self> {
        match error {
            Error::Diverged { epoch, .. } => Some(Self {
                epochs: *epoch,
                ending: DIVERGED,
                accuracies: None,
                train_seconds: 0.0,
                weights: String::new(),
            }),
            _ => None,
        }
    }

    /// Whether more epochs would change nothing.
    pub fn is_final(&self) -> bool {
        self.ending != STOPPED
    }

    /// For the file. Missing values are empty.
    pub fn cells(&self) -> [String; COLUMNS.len()] {
        let of = |value: fn(&Accuracies) -> String| self.accuracies.as_ref().map_or_else(String::new, value);
        [
            self.epochs.to_string(),
            self.ending.to_owned(),
            of(|it| it.last.to_string()),
            of(|it| it.best.to_string()),
            of(|it| it.best_epoch.to_string()),
            of(|it| it.validation_cost.to_string()),
            of(|it| it.training_cost.to_string()),
            self.train_seconds.to_string(),
            self.weights.clone(),
        ]
    }

    /// Parses cells; `None` unless they are as [`Self::cells`] writes them.
    pub fn of_cells(cells: &[&str]) -> Option<Self> {
        let &[
            epochs,
            ending,
            last,
            best,
            best_epoch,
            validation,
            training,
            seconds,
            weights,
        ] = cells
        else {
            return None;
        };
        let ending = ENDINGS.into_iter().find(|&known| known == ending)?;
        let fraction = |cell: &str| cell.parse().ok().filter(|part| (0.0..=1.0).contains(part));
        let accuracies = match ending {
            DIVERGED => None,
            _ => Some(Accuracies {
                last: fraction(last)?,
                best: fraction(best)?,
                best_epoch: best_epoch.parse().ok()?,
                validation_cost: validation.parse().ok()?,
                training_cost: training.parse().ok()?,
            }),
        };
        Some(Self {
            epochs: epochs.parse().ok()?,
            ending,
            accuracies,
            train_seconds: seconds.parse().ok()?,
            weights: weights.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_back_is_the_same() {
        let good = Figures {
            epochs: 3,
            ending: "patience",
            accuracies: Some(Accuracies {
                last: 1.0 / 3.0,
                best: 0.1 + 0.2,
                best_epoch: 1,
                validation_cost: 1e-300,
                training_cost: 7.5,
            }),
            train_seconds: 0.123456789,
            weights: "ab".to_owned(),
        };
        let diverged = Figures {
            ending: DIVERGED,
            accuracies: None,
            ..good.clone()
        };
        for figures in [good, diverged] {
            let cells = figures.cells();
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            assert_eq!(Figures::of_cells(&cells), Some(figures));
            for damaged in ["", "x", "-1"] {
                let mut cells = cells.clone();
                cells[0] = damaged;
                assert_eq!(Figures::of_cells(&cells), None);
            }
        }
    }
}
