//! The work of a sweep: rung by rung, all runs that are not done yet, and which points get to the next rung.

use std::ops::ControlFlow;

use super::figures::Figures;
use super::file::{Done, Key, Record};
use super::halving::Rung;
use super::report::SweepReport;
use super::setup::Setup;
use super::standing::{Standing, rank};
use crate::cli::output::messages::{complain, of_error, warn};
use crate::cli::output::runs_bar::RunsBar;
use crate::cli::signals;
use batchprop::training::Ending;
use batchprop::training::many::{Run, train_many};
use batchprop::{Error, Network, Outcome, Real, TrainingData, TrainingEvent};

/// The work, and where its results go.
pub struct Search<'a> {
    pub setup: &'a Setup<'a>,
    pub record: Option<Record>,
    /// Whether the last line could not be written.
    pub record_is_failing: bool,
    pub done: Done,
    /// Runs that failed otherwise than by diverging.
    pub failed: usize,
}

impl Search<'_> {
    /// Trains the runs that are not finished. Ends early after a signal.
    ///
    /// # Errors
    /// When a rung cannot be trained; at the end, when lines could not be written to the file.
    pub fn run<F: Real>(&mut self, data: TrainingData, report: &mut SweepReport) -> Result<(), Error> {
        let trained = self.climb_all::<F>(data, report);
        // Lines may be waiting, however the training ended.
        let recorded = self.record.as_mut().map_or(Ok(()), Record::finish);
        match (trained, recorded) {
            (Err(error), Err(lost)) => {
                complain(&of_error(&lost));
                Err(error)
            }
            (trained, recorded) => trained.and(recorded),
        }
    }

    /// Rung by rung.
    fn climb_all<F: Real>(&mut self, data: TrainingData, report: &mut SweepReport) -> Result<(), Error> {
        let setup = self.setup;
        let runs_of = |rung: &Rung| rung.points * setup.seeds.len();
        let epochs_of = |rung: &Rung| -> Vec<usize> {
            let points = setup.points.iter();
            points.map(|point| setup.epochs(rung, point)).collect()
        };
        let runs = setup.rungs.iter().map(runs_of).sum();
        let epochs = match setup.rungs {
            [rung] => epochs_of(rung).iter().sum::<usize>() * setup.seeds.len(),
            // The points of later rungs are not known yet.
            rungs => {
                let most = |rung: &Rung| epochs_of(rung).into_iter().max().unwrap_or(0);
                rungs.iter().map(|rung| runs_of(rung) * most(rung)).sum()
            }
        };
        let bar = RunsBar::new(runs, epochs);
        let mut candidates: Vec<usize> = (0..setup.points.len()).collect();
        for (index, rung) in setup.rungs.iter().enumerate() {
            candidates.truncate(rung.points);
            self.climb::<F>(&candidates, index, data, report, &bar)?;
            let standings = candidates.iter().map(|&point| self.standing(point, index));
            let Some(mut standings) = standings.collect::<Option<Vec<_>>>() else {
                // Interrupted, or a run failed that may succeed another time: the best points are not known.
                break;
            };
            rank(&mut standings);
            candidates = standings.iter().map(|standing| standing.point).collect();
        }
        Ok(())
    }

    /// The runs of one rung.
    fn climb<F: Real>(
        &mut self,
        candidates: &[usize],
        rung: usize,
        data: TrainingData,
        report: &mut SweepReport,
        bar: &RunsBar,
    ) -> Result<(), Error> {
        let setup = self.setup;
        let (points, seeds) = (setup.points, setup.seeds);
        let mut keys = Vec::new();
        for &point in candidates {
            let epochs = setup.epochs(&setup.rungs[rung], &points[point]);
            for &seed in seeds {
                match self.figures(point, seed, rung) {
                    Some(_) => bar.run(epochs),
                    None => keys.push(Key { point, seed, epochs }),
                }
            }
        }
        let run = |key: &Key| {
            let point = &points[key.point];
            let (inputs, classes) = (data.training.inputs(), setup.digits.classes());
            point
                .options
                .run(&point.checked, inputs, classes)
                .with_seed(key.seed)
        };
        let runs: Vec<Run> = keys.iter().map(run).collect();
        train_many::<F>(
            &runs,
            data,
            rayon::current_num_threads(),
            |index, event| {
                if let TrainingEvent::Epoch(epoch) = event {
                    bar.epoch();
                    let is_last = runs[index].options.get().epochs == epoch.epoch + 1;
                    if keys[index].epochs == epoch.epoch + 1 && !is_last {
                        return ControlFlow::Break(());
                    }
                }
                signals::flow()
            },
            |index, result| {
                let key = keys[index];
                let kept_best = runs[index].options.get().control.keep_best;
                let figures = match result {
                    Ok((network, outcome)) => match is_whole(&outcome, key, data.training.len()) {
                        true => figures(&network, &outcome, kept_best),
                        false => return ControlFlow::Break(()),
                    },
                    Err(error) => {
                        let figures = Figures::diverged(&error);
                        if figures.is_none() {
                            self.failed += 1;
                            let (point, error) = (report.name(&points[key.point]), of_error(&error));
                            bar.suspend(|| complain(&format!("{point}, seed {}: {error}", key.seed)));
                        }
                        figures
                    }
                };
                let Some(figures) = figures else {
                    return ControlFlow::Continue(());
                };
                bar.run(key.epochs.saturating_sub(figures.epochs));
                let recorded = self
                    .record
                    .as_mut()
                    .map_or(Ok(()), |it| it.run(&points[key.point], key, &figures));
                let was_failing = std::mem::replace(&mut self.record_is_failing, recorded.is_err());
                let flow = bar.suspend(|| {
                    if let (Err(error), false) = (recorded, was_failing) {
                        warn(&format!(
                            "no line: {}. The sweep goes on; the line is written with the next",
                            of_error(&error)
                        ));
                    }
                    report.run(&points[key.point], key, &figures)
                });
                self.done.insert(key, figures);
                flow
            },
        )
    }

    /// The figures of a run on a rung: those of an earlier rung where it had ended by itself.
    fn figures(&self, point: usize, seed: u64, rung: usize) -> Option<&Figures> {
        let setup = self.setup;
        let on_rung = |rung: &Rung| {
            let epochs = setup.epochs(rung, &setup.points[point]);
            self.done.get(&Key { point, seed, epochs })
        };
        let before = setup.rungs[..rung]
            .iter()
            .filter_map(on_rung)
            .find(|it| it.is_final());
        before.or_else(|| on_rung(&setup.rungs[rung]))
    }

    /// The result of a point on a rung, if all its seeds reached it.
    fn standing(&self, point: usize, rung: usize) -> Option<Standing> {
        let seeds = self.setup.seeds.iter();
        let figures = seeds.map(|&seed| self.figures(point, seed, rung).cloned());
        Some(Standing {
            point,
            rung,
            figures: figures.collect::<Option<_>>()?,
        })
    }

    /// All points whose seeds all reached some rung, the best first; those of a higher rung before those of a lower one.
    pub fn ranking(&self) -> Vec<Standing> {
        let setup = self.setup;
        let highest = |point| {
            (0..setup.rungs.len())
                .rev()
                .find_map(|rung| self.standing(point, rung))
        };
        let mut standings: Vec<Standing> = (0..setup.points.len()).filter_map(highest).collect();
        rank(&mut standings);
        standings
    }
}

/// Whether a run reached the epoch after which it is compared, or ended by itself.
fn is_whole(outcome: &Outcome, key: Key, images: usize) -> bool {
    let is_there = outcome.reports.len() == key.epochs;
    let last = outcome.reports.last();
    outcome.ending != Ending::Listener || is_there && last.is_some_and(|report| report.images == images)
}

fn figures<F: Real>(network: &Network<F>, outcome: &Outcome, kept_best: bool) -> Option<Figures> {
    Figures::new(outcome, kept_best, network.sha256())
}
