//! The files of many runs: of one command, of its parts, and of all parts together.

use std::path::{Path, PathBuf};

use super::recipe::quoted;
use super::share::{PartOption, Share, Taken};
use crate::cli::output::outputs::check_ending;
use batchprop::Error;

/// Replaced by the number of the part.
const PART: &str = "{part}";

/// Options of `sweep` and of `train --runs`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Many runs")]
pub struct RunFileArgs {
    /// Add one line per finished run to FILE, and skip runs that are already there. Several files, or a quoted pattern such as
    /// 'part*.csv', are merged: nothing is trained, all their runs are compared, and missing runs are named.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    csv: Vec<PathBuf>,
    /// Train part K of N: the runs are shared by N programs, each with a --csv file of its own. In its name {part} stands for K. auto
    /// takes K and N from the variables of a SLURM array, Open MPI, MPICH or srun; auto/N also takes K from Kubernetes.
    #[arg(long, value_name = "K/N", allow_negative_numbers = true)]
    part: Option<PartOption>,
    /// The file of all parts: merging adds their runs to it, and a part skips the runs that are in it.
    #[arg(long, value_name = "FILE", requires = "csv")]
    merged: Option<PathBuf>,
    /// Train the runs that are missing after merging, and add them to the file of --merged.
    #[arg(long, requires = "merged", conflicts_with = "part")]
    finish: bool,
}

/// The files, checked against each other.
#[derive(Debug, Clone, Default)]
pub struct RunFiles {
    pub csv: Csv,
    pub part: Option<Taken>,
    pub merged: Option<PathBuf>,
    pub finish: bool,
    /// What to write after `--csv` to merge all parts.
    pattern: String,
}

/// `--csv`
#[derive(Debug, Clone, Default)]
pub enum Csv {
    #[default]
    None,
    /// The runs of this command.
    One(PathBuf),
    /// Runs of other commands, to be merged.
    Several(Vec<PathBuf>),
}

impl RunFileArgs {
    /// The option of these that was given, if any was.
    pub fn given(&self) -> Option<&'static str> {
        match (self.csv.is_empty(), self.part) {
            (_, Some(_)) => Some("--part"),
            (false, _) => Some("--csv"),
            _ => None,
        }
    }

    /// The files, with patterns replaced by what they match, and the part that this is.
    ///
    /// # Errors
    /// [`Error::Option`] where the options do not fit each other or the environment; [`Error::NotFound`] where no file matches.
    pub fn check(&self) -> Result<RunFiles, Error> {
        let part = self.part.map(PartOption::taken).transpose()?;
        let share = part.as_ref().map(|part| part.share);
        let files = RunFiles {
            csv: self.csv(share)?,
            part,
            merged: self.merged.clone(),
            finish: self.finish,
            pattern: match self.csv.first().and_then(|path| path.to_str()) {
                Some(path) if path.contains(PART) => quoted(&path.replace(PART, "*")),
                _ => "FILES, the files of all parts".to_owned(),
            },
        };
        if let Some(merged) = &files.merged {
            check_ending("--merged", merged, &["csv"])?;
            if matches!(files.csv, Csv::One(_)) && share.is_none() {
                let expected = "the files of all parts after --csv, or --part K/N";
                return Err(Error::option("--merged", merged.display(), expected));
            }
        }
        Ok(files)
    }

    fn csv(&self, share: Option<Share>) -> Result<Csv, Error> {
        let has_part = |path: &Path| path.to_str().is_some_and(|path| path.contains(PART));
        if let (Some(path), None) = (self.csv.iter().find(|path| has_part(path)), share) {
            let expected = "a name without {part}, which only --part replaces";
            return Err(Error::option("--csv", path.display(), expected));
        }
        let csv = match &*self.csv {
            [] => Csv::None,
            [path] if !is_pattern(path) => Csv::One(match (path.to_str(), share) {
                (Some(text), Some(share)) => text.replace(PART, &share.number.to_string()).into(),
                _ => path.clone(),
            }),
            given => Csv::Several(self.matching(given)?),
        };
        match (&csv, share) {
            (Csv::Several(_), Some(share)) => {
                let expected =
                    "one --csv FILE of this part; without --part the files of all parts are merged";
                Err(Error::option("--part", share, expected))
            }
            (Csv::One(path), _) => check_ending("--csv", path, &["csv"]).map(|_| csv),
            _ => Ok(csv),
        }
    }

    /// All files but that of `--merged`, each once.
    fn matching(&self, given: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
        let merged = self.merged.as_ref().and_then(|merged| merged.canonicalize().ok());
        let mut found = Vec::new();
        for path in given {
            let mut files = matches_of(path);
            files.retain(|path| merged.is_none() || path.canonicalize().ok() != merged);
            if files.is_empty() {
                return Err(Error::NotFound {
                    path: path.clone(),
                    found: "no file".to_owned(),
                    expected: "files that `--csv` of parts wrote".to_owned(),
                    hint: "Each part writes its file when it starts.".to_owned(),
                });
            }
            found.extend(files);
        }
        found.sort();
        found.dedup();
        found
            .iter()
            .try_for_each(|path| check_ending("--csv", path, &["csv"]).map(|_| ()))?;
        Ok(found)
    }
}

/// Whether a name means the files that match it. A file of just this name is meant itself.
fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.contains(['*', '?', '['])) && !path.exists()
}

fn matches_of(path: &Path) -> Vec<PathBuf> {
    match path.to_str().filter(|_| is_pattern(path)).map(glob::glob) {
        Some(Ok(found)) => found
            .filter_map(Result::ok)
            .filter(|path| path.is_file())
            .collect(),
        Some(Err(_)) => Vec::new(),
        None => vec![path.to_owned()],
    }
}

impl RunFiles {
    /// The part of this command.
    pub fn share(&self) -> Option<Share> {
        self.part.as_ref().map(|part| part.share)
    }

    /// What comes after a part that is done.
    pub fn merge_line(&self) -> String {
        format!(
            "When all parts are done, merge them: the same command without --part, and with --csv {}",
            self.pattern
        )
    }

    /// Whether other files are merged.
    pub fn merges(&self) -> bool {
        matches!(self.csv, Csv::Several(_))
    }
}
