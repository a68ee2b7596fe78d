//! Where a sweep in parts has got to.

use std::path::Path;

use super::file::Key;
use super::setup::Setup;
use crate::cli::options::run_files::RunFiles;
use crate::cli::output::words::counted;
use crate::cli::records::runs::PartFile;
use crate::cli::records::runs::report::missing_lines;

/// The first rung that is not complete.
#[derive(Debug)]
pub struct Incomplete {
    pub rung: usize,
    /// Its runs.
    pub runs: usize,
    /// Those that are not done, with their places in the order in which runs are dealt out.
    pub missing: Vec<(Key, usize)>,
    /// Whether none of its runs was trained; some may have ended by themselves on a rung before.
    pub is_untouched: bool,
}

impl Incomplete {
    /// Whether it is a rung after the first, and no part has begun with it.
    pub fn is_next(&self) -> bool {
        self.rung > 0 && self.is_untouched
    }

    /// What is to be done about it.
    pub fn lines(&self, setup: &Setup, files: &RunFiles, parts: &[PartFile]) -> Vec<String> {
        let rungs = setup.rungs.len();
        let rung = setup.rungs[self.rung];
        if self.is_next() {
            let merged = files.merged.as_deref().unwrap_or(Path::new("FILE"));
            return vec![format!(
                "Rung {} of {rungs} is complete. Run all parts again, with --merged {}, for rung {}: {} to epoch {}.",
                self.rung,
                merged.display(),
                self.rung + 1,
                counted(rung.points, "point"),
                rung.epochs
            )];
        }
        let of_rung = if rungs > 1 {
            format!(" of rung {} of {rungs}", self.rung + 1)
        } else {
            String::new()
        };
        let (missing, runs) = (self.missing.len(), self.runs);
        let mut lines = vec![format!(
            "Missing: {missing} of {}{of_rung}.",
            counted(runs, "run")
        )];
        let of_runs = self
            .missing
            .iter()
            .map(|&(key, place)| (setup.name_of_run(key.point, key.seed), place));
        lines.extend(missing_lines(parts, of_runs, runs));
        lines
    }
}
