//! The work of a sweep: rung by rung, all runs that are not done yet, and who gets to the next.

use std::ops::ControlFlow;

use super::figures::Figures;
use super::file::{Done, Key, Record};
use super::points::Point;
use super::report::Report;
use super::standing::{Standing, rank};
use crate::cli::commands::sweep::halving::Rung;
use crate::cli::output::messages::{complain, of_error, warn};
use crate::cli::output::runs_bar::RunsBar;
use crate::cli::signals;
use batchprop::training::Ending;
use batchprop::training::many::{Run, train_many};
use batchprop::{Error, Network, Outcome, Real, TrainingData, TrainingEvent};

/// What is to be searched, and where its results go.
pub struct Search<'a> {
    pub points: &'a [Point],
    pub seeds: &'a [u64],
    /// One without `--halving`; of more epochs than a run has means all of them.
    pub rungs: &'a [Rung],
    pub classes: usize,
    pub record: Option<Record>,
    /// Whether the file did not take the last line.
    pub record_is_failing: bool,
    pub done: Done,
    /// Runs that failed otherwise than by diverging.
    pub failed: usize,
}

impl Search<'_> {
    /// Epochs after which a run of `point` is compared on a rung.
    fn epochs(&self, rung: &Rung, point: &Point) -> usize {
        rung.epochs.min(point.options.epochs)
    }

    /// Trains what is not done. Ends early where Ctrl-C asks for it.
    ///
    /// # Errors
    /// At the end, where lines could not be written to the file.
    pub fn run<F: Real>(&mut self, data: TrainingData, report: &mut Report) -> Result<(), Error> {
        let runs_of = |rung: &Rung| rung.points * self.seeds.len();
        let most_epochs = |rung: &Rung| {
            let epochs = self.points.iter().map(|point| self.epochs(rung, point));
            epochs.max().unwrap_or(0)
        };
        let runs = self.rungs.iter().map(runs_of).sum();
        let epochs = match self.rungs {
            [rung] => {
                let all = self.points.iter().map(|point| self.epochs(rung, point));
                all.sum::<usize>() * self.seeds.len()
            }
            rungs => rungs.iter().map(|rung| runs_of(rung) * most_epochs(rung)).sum(),
        };
        let bar = RunsBar::new(runs, epochs);
        let mut candidates: Vec<usize> = (0..self.points.len()).collect();
        for (index, rung) in self.rungs.iter().enumerate() {
            candidates.truncate(rung.points);
            self.climb::<F>(&candidates, index, data, report, &bar)?;
            let standings = candidates.iter().map(|&point| self.standing(point, index));
            let Some(mut standings) = standings.collect::<Option<Vec<_>>>() else {
                // Interrupted, or a run failed that may not fail another time: who is best is not known.
                break;
            };
            rank(&mut standings);
            candidates = standings.iter().map(|standing| standing.point).collect();
        }
        self.record.as_mut().map_or(Ok(()), Record::finish)
    }

    /// The runs of one rung.
    fn climb<F: Real>(
        &mut self,
        candidates: &[usize],
        rung: usize,
        data: TrainingData,
        report: &mut Report,
        bar: &RunsBar,
    ) -> Result<(), Error> {
        let (points, seeds) = (self.points, self.seeds);
        let mut keys = Vec::new();
        for &point in candidates {
            let epochs = self.epochs(&self.rungs[rung], &points[point]);
            for &seed in seeds {
                match self.figures(point, seed, rung) {
                    Some(_) => bar.run(epochs),
                    None => keys.push(Key { point, seed, epochs }),
                }
            }
        }
        let run = |key: &Key| {
            let point = &points[key.point];
            let run = point
                .options
                .run(&point.checked, data.training.inputs(), self.classes);
            run.with_seed(key.seed)
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

    /// What a run came to on a rung: what it came to before, where it had ended by itself.
    fn figures(&self, point: usize, seed: u64, rung: usize) -> Option<&Figures> {
        let on_rung = |rung: &Rung| {
            let epochs = self.epochs(rung, &self.points[point]);
            self.done.get(&Key { point, seed, epochs })
        };
        let before = self.rungs[..rung]
            .iter()
            .filter_map(on_rung)
            .find(|it| it.is_final());
        before.or_else(|| on_rung(&self.rungs[rung]))
    }

    /// Where every seed of a point got to on a rung.
    fn standing(&self, point: usize, rung: usize) -> Option<Standing> {
        let figures = self
            .seeds
            .iter()
            .map(|&seed| self.figures(point, seed, rung).cloned());
        Some(Standing {
            point,
            rung,
            figures: figures.collect::<Option<_>>()?,
        })
    }

    /// All points whose seeds got to some rung, the best first: those of a higher rung before those of a lower one.
    pub fn ranking(&self) -> Vec<Standing> {
        let highest = |point| {
            (0..self.rungs.len())
                .rev()
                .find_map(|rung| self.standing(point, rung))
        };
        let mut standings: Vec<Standing> = (0..self.points.len()).filter_map(highest).collect();
        rank(&mut standings);
        standings
    }
}

/// Whether a run got to where it is compared, or ended by itself.
fn is_whole(outcome: &Outcome, key: Key, images: usize) -> bool {
    let is_there = outcome.reports.len() == key.epochs;
    let last = outcome.reports.last();
    outcome.ending != Ending::Listener || is_there && last.is_some_and(|report| report.images == images)
}

fn figures<F: Real>(network: &Network<F>, outcome: &Outcome, kept_best: bool) -> Option<Figures> {
    Figures::new(outcome, kept_best, network.sha256())
}
