//! Where data are searched and downloaded by default.

use std::io;
use std::path::{Path, PathBuf};

use super::mnist::{Content, look_into};
use crate::data::find::source::DataSource;
use crate::error::Error;

/// The directories that are searched by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Searched first: the project's own data.
    pub local: PathBuf,
    /// Searched next: the user's cache. `None` if the system has none.
    pub cache: Option<PathBuf>,
}

impl Places {
    /// `./data`, then `batchprop` in the user's cache directory.
    pub fn standard() -> Self {
        Self {
            local: "./data".into(),
            cache: dirs::cache_dir().map(|cache| cache.join("batchprop")),
        }
    }

    /// Where to download to: the local directory if it exists, else the cache.
    pub fn download_directory(&self) -> &Path {
        match &self.cache {
            Some(cache) if !self.local.is_dir() => cache,
            _ => &self.local,
        }
    }

    /// The first complete data set, and the errors of directories that were skipped because they are incomplete or
    /// unreadable. An empty or missing directory is not an error.
    pub fn search(&self) -> (Option<DataSource>, Vec<Error>) {
        let mut passed_over = Vec::new();
        for directory in std::iter::once(&self.local).chain(&self.cache) {
            match look_into(directory) {
                Ok(Content::Whole(source)) => return (Some(source), passed_over),
                Ok(Content::Part(part)) => passed_over.push(part.into_error(directory)),
                Ok(Content::Nothing | Content::Several(_)) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => passed_over.push(Error::io(directory, "look into")(error)),
            }
        }
        (None, passed_over)
    }
}
