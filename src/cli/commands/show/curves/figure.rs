//! A figure, independent of how it is drawn: panels with lines.

use std::path::PathBuf;

use crate::cli::options::part::Part;
use crate::cli::records::log::{Epoch, Measure};

/// All of the picture.
#[derive(Debug, PartialEq)]
pub struct Figure {
    /// The run's name, where there is only one.
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
}

impl Figure {
    /// With one run, its parts share panels. With several, each part has a panel, which the runs share.
    pub fn new(paths: &[PathBuf], runs: &[Vec<Epoch>]) -> Self {
        let is_logged = |part, measure| runs.iter().any(|run| !points(run, part, measure).is_empty());
        let mut parts = Part::ALL.to_vec();
        parts.retain(|&part| Measure::ALL.iter().any(|&measure| is_logged(part, measure)));
        let mut measures = Measure::ALL.to_vec();
        measures.retain(|&measure| parts.iter().any(|&part| is_logged(part, measure)));
        if let ([run], [path]) = (runs, paths) {
            let panels = measures.iter().map(|&measure| {
                let lines = parts.iter().enumerate();
                let lines = lines.map(|(colour, &part)| Line {
                    colour,
                    points: points(run, part, measure),
                });
                Panel::new(measure, None, lines)
            });
            return Self {
                title: Some(path.display().to_string()),
                columns: measures.len(),
                panels: panels.collect(),
                names: parts.iter().map(|part| format!("{part} images")).collect(),
            };
        }
        let mut panels = Vec::new();
        for measure in measures {
            panels.extend(parts.iter().map(|&part| {
                let lines = runs.iter().enumerate();
                let lines = lines.map(|(colour, run)| Line {
                    colour,
                    points: points(run, part, measure),
                });
                Panel::new(measure, Some(part), lines)
            }));
        }
        Self {
            title: None,
            panels,
            columns: parts.len(),
            names: names(paths),
        }
    }
}

impl Panel {
    fn new(measure: Measure, part: Option<Part>, lines: impl Iterator<Item = Line>) -> Self {
        Self {
            measure,
            part,
            lines: lines.filter(|line| !line.points.is_empty()).collect(),
        }
    }

    /// The label of the vertical axis.
    pub fn unit(&self) -> &'static str {
        match self.measure {
            Measure::Accuracy => "accuracy, %",
            Measure::Cost => "cost",
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
        self.lines.iter().flat_map(|line| line.points.iter().copied())
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
