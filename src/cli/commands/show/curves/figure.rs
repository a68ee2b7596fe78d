//! A figure, independent of how it is drawn: panels with lines.

use std::path::PathBuf;

use crate::cli::options::part::Part;
use crate::cli::records::log::{Epoch, Logged, Measure};
use batchprop::training::many::Statistics;

/// All of the picture.
#[derive(Debug, PartialEq)]
pub struct Figure {
    /// What the lines are of, where that is one run, or the mean of several.
    pub title: Option<String>,
    /// Row by row.
    pub panels: Vec<Panel>,
    /// Panels in a row.
    pub columns: usize,
    /// The name of each colour.
    pub names: Vec<String>,
}

/// A plot with its axes.
#[derive(Debug, PartialEq)]
pub struct Panel {
    pub measure: Measure,
    /// The images, where all lines are of the same.
    pub part: Option<Part>,
    pub lines: Vec<Line>,
}

/// A line with its colour.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// Index in [`Figure::names`].
    pub colour: usize,
    /// Epochs, and accuracies in percent or costs.
    pub points: Vec<(u32, f64)>,
    /// Epochs, and the lowest and highest value of the band around the points, where they are means.
    pub band: Vec<(u32, f64, f64)>,
}

/// Runs that share a line: one, or several that differ only in their seed.
struct Group<'a> {
    name: String,
    runs: Vec<&'a Logged>,
}

impl Figure {
    /// Runs that differ only in their seed are drawn as their mean, with a band of one standard deviation around it; others, and
    /// those whose logs do not say, one by one. With one line, the parts share panels. With several, each part has a panel, which
    /// the lines share.
    pub fn new(paths: &[PathBuf], runs: &[Logged]) -> Self {
        Self::of(&grouped(paths, runs, |group, run| {
            let ids = || group.iter().map(|other| other.id);
            run.id.is_some_and(|id| {
                ids().all(|other| other.is_some_and(|it| it.settings == id.settings && it.seed != id.seed))
            })
        }))
    }

    /// Every run has a line of its own.
    pub fn each(paths: &[PathBuf], runs: &[Logged]) -> Self {
        Self::of(&grouped(paths, runs, |_, _| false))
    }

    fn of(groups: &[Group]) -> Self {
        let is_logged = |part, measure| groups.iter().any(|group| group.line(0, part, measure).is_some());
        let mut parts = Part::ALL.to_vec();
        parts.retain(|&part| Measure::ALL.iter().any(|&measure| is_logged(part, measure)));
        let mut measures = Measure::ALL.to_vec();
        measures.retain(|&measure| parts.iter().any(|&part| is_logged(part, measure)));
        if let [group] = groups {
            let panels = measures.iter().map(|&measure| {
                let lines = parts.iter().enumerate();
                let lines = lines.filter_map(|(colour, &part)| group.line(colour, part, measure));
                Panel::new(measure, None, lines)
            });
            return Self {
                title: Some(group.name.clone()),
                columns: measures.len(),
                panels: panels.collect(),
                names: parts.iter().map(|part| format!("{part} images")).collect(),
            };
        }
        let mut panels = Vec::new();
        for measure in measures {
            panels.extend(parts.iter().map(|&part| {
                let lines = groups.iter().enumerate();
                let lines = lines.filter_map(|(colour, group)| group.line(colour, part, measure));
                Panel::new(measure, Some(part), lines)
            }));
        }
        Self {
            title: None,
            panels,
            columns: parts.len(),
            names: groups.iter().map(|group| group.name.clone()).collect(),
        }
    }
}

/// The runs, each in the first group that it `belongs` to.
fn grouped<'a>(
    paths: &[PathBuf],
    runs: &'a [Logged],
    belongs: impl Fn(&[&Logged], &Logged) -> bool,
) -> Vec<Group<'a>> {
    let short = names(paths);
    let mut groups: Vec<(Vec<usize>, Vec<&Logged>)> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        match groups.iter_mut().find(|(_, group)| belongs(group, run)) {
            Some((members, group)) => {
                members.push(index);
                group.push(run);
            }
            None => groups.push((vec![index], vec![run])),
        }
    }
    let is_one = groups.len() == 1;
    let name = |members: &[usize]| match members {
        [only] if is_one => paths[*only].display().to_string(),
        [only] => short[*only].clone(),
        several => {
            let shorts: Vec<&str> = several.iter().map(|&index| short[index].as_str()).collect();
            format!(
                "{}: mean ± standard deviation of {} seeds",
                common(&shorts),
                several.len()
            )
        }
    };
    let groups = groups.into_iter();
    groups
        .map(|(members, runs)| Group {
            name: name(&members),
            runs,
        })
        .collect()
}

/// What all names have at their beginning and their end, with a star between.
fn common(names: &[&str]) -> String {
    let first = names.first().copied().unwrap_or_default();
    let shared = |of: fn(&str) -> Vec<char>| {
        let first = of(first);
        let same = |other: &&str| first.iter().zip(of(other)).take_while(|(a, b)| **a == *b).count();
        let length = names.iter().map(same).min().unwrap_or(0);
        first.into_iter().take(length).collect::<Vec<char>>()
    };
    let beginning = shared(|name| name.chars().collect());
    let mut end = shared(|name| name.chars().rev().collect());
    let shortest = names.iter().map(|name| name.chars().count()).min().unwrap_or(0);
    end.truncate(shortest.saturating_sub(beginning.len()));
    beginning
        .into_iter()
        .chain(['*'])
        .chain(end.into_iter().rev())
        .collect()
}

impl Group<'_> {
    /// The mean over all runs, at the epochs that all of them have, and one standard deviation to either side; `None` where there
    /// is no such epoch.
    fn line(&self, colour: usize, part: Part, measure: Measure) -> Option<Line> {
        let highest = match measure {
            Measure::Accuracy => 100.0,
            Measure::Cost => f64::MAX,
        };
        let runs: Vec<_> = self
            .runs
            .iter()
            .map(|run| points(&run.epochs, part, measure))
            .collect();
        let (first, others) = runs.split_first()?;
        // Epochs ascend in every run.
        let mut others: Vec<_> = others.iter().map(|run| run.iter().copied().peekable()).collect();
        let mut line = Line {
            colour,
            points: Vec::new(),
            band: Vec::new(),
        };
        for &(epoch, value) in first {
            let of_others = others.iter_mut().map(|run| {
                while run.next_if(|&(other, _)| other < epoch).is_some() {}
                run.next_if(|&(other, _)| other == epoch).map(|(_, value)| value)
            });
            let values: Option<Vec<f64>> = std::iter::once(Some(value)).chain(of_others).collect();
            let Some(of_all) = values.and_then(|values| Statistics::of(&values)) else {
                continue;
            };
            line.points.push((epoch, of_all.mean));
            if let Some(deviation) = of_all.deviation {
                let (low, high) = (of_all.mean - deviation, of_all.mean + deviation);
                line.band.push((epoch, low.max(0.0), high.min(highest)));
            }
        }
        (!line.points.is_empty()).then_some(line)
    }
}

impl Line {
    /// The first of the best points, and the last one: highest accuracy, lowest cost. `None` where there are not two points.
    pub fn marks(&self, measure: Measure) -> Option<[(u32, f64); 2]> {
        let [first, .., last] = self.points[..] else {
            return None;
        };
        let better = |best: (u32, f64), point: (u32, f64)| match measure {
            Measure::Accuracy => point.1 > best.1,
            Measure::Cost => point.1 < best.1,
        };
        let points = self.points.iter().copied();
        let best = points.fold(
            first,
            |best, point| if better(best, point) { point } else { best },
        );
        Some([best, last])
    }
}

impl Panel {
    fn new(measure: Measure, part: Option<Part>, lines: impl Iterator<Item = Line>) -> Self {
        Self {
            measure,
            part,
            lines: lines.collect(),
        }
    }

    /// The label of the vertical axis.
    pub fn unit(&self) -> &'static str {
        match self.measure {
            Measure::Accuracy => "accuracy, %",
            Measure::Cost => "cost",
        }
    }

    /// A value as the marks have it: with two decimals more than the axis has, at least those of a percentage.
    pub fn exactly(&self, value: f64) -> String {
        let (least, most) = self.values();
        let decimals = (3.0 - (most - least).log10()).round().clamp(0.0, 6.0) as usize;
        match self.measure {
            Measure::Accuracy => number(value, 2),
            Measure::Cost => number(value, decimals),
        }
    }

    /// First and last epoch, which differ; 0 and 1 where there are no lines.
    pub fn epochs(&self) -> (u32, u32) {
        let epochs = || self.points().map(|(epoch, _)| epoch);
        let first = epochs().min().unwrap_or(0);
        let last = epochs().max().unwrap_or(1);
        (first, last.max(first.saturating_add(1)))
    }

    /// From a little below the smallest to a little above the largest value.
    pub fn values(&self) -> (f64, f64) {
        let (least, most) = self
            .points()
            .fold((f64::MAX, 0.0_f64), |(least, most), (_, value)| {
                (least.min(value), most.max(value))
            });
        // Values that differ by less than a thousandth look like a straight line.
        let margin = ((most - least) / 20.0).max(most / 1000.0).max(1e-9);
        let highest = match self.measure {
            Measure::Accuracy => 100.0,
            Measure::Cost => f64::MAX,
        };
        ((least.min(most) - margin).max(0.0), (most + margin).min(highest))
    }

    fn points(&self) -> impl Iterator<Item = (u32, f64)> {
        self.lines.iter().flat_map(|line| {
            let band = line.band.iter();
            let band = band.flat_map(|&(epoch, low, high)| [(epoch, low), (epoch, high)]);
            line.points.iter().copied().chain(band)
        })
    }
}

/// The points with a value.
fn points(run: &[Epoch], part: Part, measure: Measure) -> Vec<(u32, f64)> {
    let scale = match measure {
        Measure::Accuracy => 100.0,
        Measure::Cost => 1.0,
    };
    run.iter()
        .filter_map(|epoch| Some((epoch.number, scale * epoch.value(part, measure)?)))
        .collect()
}

/// The files' names without folder and ending where these differ, else the paths.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let short: Vec<String> = paths
        .iter()
        .map(|path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let mut sorted = short.clone();
    sorted.sort_unstable();
    sorted.dedup();
    match sorted.len() == paths.len() {
        true => short,
        false => paths.iter().map(|path| path.display().to_string()).collect(),
    }
}

/// A number beside a plot.
pub fn number(value: f64, decimals: usize) -> String {
    match value >= 1e6 {
        true => format!("{value:.1e}"),
        false => format!("{value:.decimals$}"),
    }
}
