//! The work of a sweep: rung by rung, all runs that are not done yet, or a part of them, and which points get to the next rung.
//!
//! The runs of a rung are dealt out to parts as shuffled by a hash of their settings, so that each part has cheap and expensive ones.
//! Which points are on a rung follows from all runs of the rung before. A part therefore ends with the first rung that it does not
//! know whole.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::figures::Figures;
use super::file::{Done, Expected, Key, Record};
use super::halving::Rung;
use super::incomplete::Incomplete;
use super::report::SweepReport;
use super::setup::Setup;
use super::standing::{Standing, rank};
use crate::cli::options::share::Share;
use crate::cli::output::messages::{complain, of_error};
use crate::cli::output::runs_bar::RunsBar;
use crate::cli::signals;
use batchprop::training::Ending;
use batchprop::training::many::{Run, train_many};
use batchprop::{Error, Network, Outcome, Real, TrainingData, TrainingEvent};

/// Which of the runs that are not done are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    All,
    Part(Share),
    Nothing,
}

/// The work, and where its results go.
pub struct Search<'a> {
    pub setup: &'a Setup<'a>,
    pub expected: &'a Expected<'a>,
    pub work: Work,
    pub record: Option<Record<'a>>,
    pub done: Done,
    /// Runs that failed otherwise than by diverging.
    pub failed: usize,
    pub incomplete: Option<Incomplete>,
}

impl Search<'_> {
    /// Trains the runs that are not finished. Ends early after a signal.
    ///
    /// # Errors
    /// When a rung cannot be trained; at the end, when lines could not be written to the file.
    pub fn run<F: Real>(&mut self, data: TrainingData, report: &mut SweepReport) -> Result<(), Error> {
        let trained = self.climb_all::<F>(data, report);
        // Lines may be waiting, however the training ended.
        let expected = self.expected;
        let recorded = self.record.as_mut().map_or(Ok(()), |it| it.finish(expected));
        match (trained, recorded) {
            (Err(error), Err(lost)) => {
                complain(&of_error(&lost));
                Err(error)
            }
            (trained, recorded) => trained.and(recorded),
        }
    }

    /// Whether runs are missing of a rung whose parts have been trained.
    pub fn lacks_runs(&self) -> bool {
        self.incomplete
            .as_ref()
            .is_some_and(|incomplete| !incomplete.is_next())
    }

    /// Rung by rung.
    fn climb_all<F: Real>(&mut self, data: TrainingData, report: &mut SweepReport) -> Result<(), Error> {
        let setup = self.setup;
        let of_all = (self.work == Work::All).then(|| self.bar(setup.rungs));
        let mut candidates: Vec<usize> = (0..setup.points.len()).collect();
        for (index, rung) in setup.rungs.iter().enumerate() {
            candidates.truncate(rung.points);
            let of_rung = of_all.is_none().then(|| self.bar(&[*rung]));
            if let Some(bar) = of_all.as_ref().or(of_rung.as_ref()) {
                self.climb::<F>(&candidates, index, data, report, bar)?;
            }
            let standings = candidates.iter().map(|&point| self.standing(point, index));
            let Some(mut standings) = standings.collect::<Option<Vec<_>>>() else {
                // Runs of other parts, or those that were interrupted or failed: the best points are not known.
                let dealt = dealt(setup, &self.runs(&candidates, index));
                self.incomplete = Some(Incomplete {
                    rung: index,
                    runs: dealt.len(),
                    is_untouched: !dealt.iter().any(|key| self.done.contains_key(key)),
                    missing: dealt
                        .into_iter()
                        .zip(0..)
                        .filter(|(key, _)| self.figures(key.point, key.seed, index).is_none())
                        .collect(),
                });
                break;
            };
            rank(&mut standings);
            candidates = standings.iter().map(|standing| standing.point).collect();
        }
        Ok(())
    }

    /// The progress of the runs of these rungs that are trained here.
    fn bar(&self, rungs: &[Rung]) -> RunsBar {
        let setup = self.setup;
        let runs_of = |rung: &Rung| rung.points * setup.seeds.len();
        let epochs_of = |rung: &Rung| -> Vec<usize> {
            let points = setup.points.iter();
            points.map(|point| setup.epochs(rung, point)).collect()
        };
        let runs: usize = rungs.iter().map(runs_of).sum();
        let epochs: usize = match rungs {
            [rung] if rung.points == setup.points.len() => {
                epochs_of(rung).iter().sum::<usize>() * setup.seeds.len()
            }
            // The points of later rungs are not known yet.
            rungs => {
                let most = |rung: &Rung| epochs_of(rung).into_iter().max().unwrap_or(0);
                rungs.iter().map(|rung| runs_of(rung) * most(rung)).sum()
            }
        };
        match self.work {
            Work::All => RunsBar::new(runs, epochs),
            Work::Part(share) => {
                let own = share.of(runs).len();
                RunsBar::new(own, epochs * own / runs.max(1))
            }
            Work::Nothing => RunsBar::new(0, 0),
        }
    }

    /// The runs of a rung.
    fn runs(&self, candidates: &[usize], rung: usize) -> Vec<Key> {
        let setup = self.setup;
        let of_point = |&point: &usize| {
            let epochs = setup.epochs(&setup.rungs[rung], &setup.points[point]);
            setup.seeds.iter().map(move |&seed| Key { point, seed, epochs })
        };
        candidates.iter().flat_map(of_point).collect()
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
        let (setup, expected) = (self.setup, self.expected);
        let points = setup.points;
        let all = self.runs(candidates, rung);
        let own = match self.work {
            Work::All => all,
            Work::Part(share) => dealt(setup, &all)[share.of(all.len())].to_vec(),
            Work::Nothing => Vec::new(),
        };
        let mut keys = Vec::new();
        for key in own {
            match self.figures(key.point, key.seed, rung) {
                Some(_) => bar.run(key.epochs),
                None => keys.push(key),
            }
        }
        if keys.is_empty() {
            return Ok(());
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
                            let (run, error) = (setup.name_of_run(key.point, key.seed), of_error(&error));
                            bar.suspend(|| complain(&format!("{run}: {error}")));
                        }
                        figures
                    }
                };
                let Some(figures) = figures else {
                    return ControlFlow::Continue(());
                };
                bar.run(key.epochs.saturating_sub(figures.epochs));
                let flow = bar.suspend(|| {
                    if let Some(record) = &mut self.record {
                        record.add_or_warn(expected, key, &figures);
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

    /// The rung that a part trained, or is on, and how many of its runs there are done, and in all.
    pub fn part(&self, share: Share) -> (usize, usize, usize) {
        match &self.incomplete {
            Some(it) => {
                let own = share.of(it.runs);
                let missing = it.missing.iter().filter(|(_, place)| own.contains(place)).count();
                (it.rung, own.len() - missing, own.len())
            }
            None => {
                let last = self.setup.rungs.len() - 1;
                let own = share
                    .of(self.setup.rungs[last].points * self.setup.seeds.len())
                    .len();
                (last, own, own)
            }
        }
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

/// The runs in the order in which they are dealt out to parts: the same for every part, and as if shuffled.
fn dealt(setup: &Setup, runs: &[Key]) -> Vec<Key> {
    let of_settings: HashMap<usize, String> = runs
        .iter()
        .map(|key| (key.point, setup.points[key.point].settings.join("\n")))
        .collect();
    let mut dealt = runs.to_vec();
    dealt.sort_by_cached_key(|key| Sha256::digest(format!("{}\n{}", of_settings[&key.point], key.seed)));
    dealt
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
